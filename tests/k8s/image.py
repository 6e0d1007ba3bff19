"""The image, built and run without a Docker engine: by buildah, on a Debian of our own, in the kernel's namespaces."""

import json
import os
import shutil
import ssl
import subprocess
from collections.abc import Iterable
from pathlib import Path

import debian
from live_server import NotHereError

ROOT = Path(__file__).parent.parent.parent
SUITE = "trixie"
"""The Debian that the Dockerfile's own base is made of: its Python is of the same version."""
PACKAGES = ("buildah", "mmdebstrap")
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
VOLUME = "/var/lib/brandsync"
"""Where a container's volume is mounted."""
BASE = f"""FROM scratch
ADD base.tar /
# It trusts whom this machine trusts, and so reaches packages where this machine does.
COPY authorities.pem {CERTIFICATES}
ENV SSL_CERT_FILE={CERTIFICATES} PIP_CERT={CERTIFICATES}
"""
CONTAINER = f"""set -eu
mount --bind "$ROOT" "$ROOT"
mkdir -p "$ROOT/proc" "$ROOT/dev" "$ROOT{VOLUME}"
mount -t proc proc "$ROOT/proc"
mount -t tmpfs tmpfs "$ROOT/tmp" -o mode=1777
mount -t tmpfs tmpfs "$ROOT/dev" -o mode=755
for device in null zero random urandom; do
    touch "$ROOT/dev/$device"
    mount --bind "/dev/$device" "$ROOT/dev/$device"
done
touch "$ROOT/dev/termination-log" "$HOLDS/termination-log"
chmod 666 "$HOLDS/termination-log"
mount --bind "$HOLDS/termination-log" "$ROOT/dev/termination-log"
mount --bind "$HOLDS" "$ROOT{VOLUME}"
touch "$ROOT/etc/hosts"
mount --bind /etc/hosts "$ROOT/etc/hosts"
mount -o remount,bind,ro "$ROOT"
exec env -i "$@"
"""
"""What a container runtime does: a read-only root, a /tmp, a few devices, a volume; then nothing of the environment."""


class Image:
    """The image of ``k8s/Dockerfile``."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._storage = ("--root", f"{directory}/root", "--runroot", f"{directory}/run", "--storage-driver", "vfs")

    def build(self) -> "Image":
        """Build it; returns itself.

        Raises:
            NotHereError: this machine lacks what that takes.
        """
        _install_missing()
        self._build_base()
        self._buildah(
            *("build", "--isolation", "chroot", "--layers=false", "--tag", "localhost/brandsync"),
            *("--build-arg", "PYTHON_IMAGE=localhost/base", "--file", "k8s/Dockerfile", "."),
        )
        inspected = json.loads(self._buildah("inspect", "--type", "image", "localhost/brandsync"))
        self.config: dict[str, object] = inspected["OCIv1"]["config"]
        container = self._buildah("from", "localhost/brandsync").strip()
        self.root = Path(self._buildah("mount", container).strip())
        return self

    def _build_base(self) -> None:
        sites = _run("apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages", "Component: main")
        _run(
            *("env", f"TMPDIR={self._directory}", "mmdebstrap", "--quiet", "--dpkgopt=force-unsafe-io"),
            *("--variant=essential", "--include=python3,python3-pip,ca-certificates,libstdc++6"),
            *(SUITE, str(self._directory / "base.tar"), f"deb {sites.splitlines()[0]} {SUITE} main"),
        )
        trusted = os.environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile or CERTIFICATES
        shutil.copy(trusted, self._directory / "authorities.pem")
        (self._directory / "Dockerfile").write_text(BASE)
        self._buildah("build", "--isolation", "chroot", "--tag", "localhost/base", str(self._directory))

    def start(self, arguments: Iterable[str], volume: Path, user: str = "", **environment: str) -> "Container":
        """Run it as Kubernetes would, with arguments for its entry point."""
        return self.start_program([*self._listed("Entrypoint"), *arguments], volume, user, **environment)

    def start_program(self, words: Iterable[str], volume: Path, user: str = "", **environment: str) -> "Container":
        """Run another program in it."""
        user = user or str(self.config["User"])
        os.chown(volume, *(int(part) for part in user.split(":")))
        variables = [*self._listed("Env"), *(f"{name}={value}" for name, value in environment.items())]
        programs = [
            shutil.which("setpriv"),
            "--no-new-privs",
            shutil.which("chroot"),
            "--groups=",
            f"--userspec={user}",
        ]
        namespaces = ["unshare", "--pid", "--fork", "--kill-child", "--mount", "--ipc", "--uts"]
        command = [*namespaces, "sh", "-c", CONTAINER, "sh", *variables, *programs, str(self.root), *words]
        return Container(command, os.environ | {"ROOT": str(self.root), "HOLDS": str(volume)})

    def _listed(self, key: str) -> list[str]:
        found = self.config[key]
        assert isinstance(found, list)
        return found

    def _buildah(self, *command: str) -> str:
        return _run("buildah", *self._storage, *command)


class Container:
    """One process that is number 1 where it is."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    @property
    def pid(self) -> int:
        """Its number outside, as soon as it has one."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        while not (numbers := children.read_text().split()):
            assert self._process.poll() is None
        return int(numbers[0])

    def ended(self) -> tuple[int, str, str]:
        """Its exit code, and what it printed and complained of."""
        printed, complained = self._process.communicate(timeout=60)
        return self._process.returncode, printed, complained


def _install_missing() -> None:
    programs = ("apt-get", "unshare", "chroot", "setpriv")
    lacking = [program for program in programs if shutil.which(program) is None]
    if "ID=debian" not in Path("/etc/os-release").read_text("utf-8").splitlines():
        lacking.append("Debian")
    if os.geteuid() != 0 or _is_refused("unshare", "--pid", "--fork", "--mount", "true"):
        lacking.append("the right to install packages and to make namespaces")
    if lacking:
        raise NotHereError(f"building and running the image needs {', '.join(lacking)}")
    for package in PACKAGES:
        debian.have(package, program=package)


def _is_refused(program: str, *arguments: str) -> bool:
    found = shutil.which(program)
    return found is not None and subprocess.run([found, *arguments], capture_output=True, check=False).returncode != 0


def _run(*command: str) -> str:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} exits {done.returncode}:\n{(done.stdout + done.stderr)[-4000:]}")
    return done.stdout
