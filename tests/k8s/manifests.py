"""The manifests as Kubernetes gets them: an overlay, rendered."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

K8S = Path(__file__).parent.parent.parent / "k8s"
OVERLAYS = sorted(path.parent.name for path in K8S.glob("overlays/*/kustomization.yaml"))
Object = dict[str, Any]


def has_kubectl() -> bool:
    """Whether overlays can be rendered here."""
    return shutil.which("kubectl") is not None


@cache
def rendered(overlay: str) -> str:
    """What ``kubectl apply -k`` would send."""
    command = ["kubectl", "kustomize", str(K8S / "overlays" / overlay)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@dataclass(frozen=True)
class Manifests:
    """The objects of one overlay, and the example of the secret that goes with it."""

    objects: list[Object]
    secret: Object

    @classmethod
    def of(cls, overlay: str) -> "Manifests":
        """A copy of its own, which a test may spoil."""
        example = yaml.safe_load((K8S / "overlays" / overlay / "secret.example.yaml").read_text("utf-8"))
        return cls(list(yaml.safe_load_all(rendered(overlay))), example)

    def one(self, kind: str) -> Object:
        """The only object of its kind."""
        (found,) = (candidate for candidate in self.objects if candidate["kind"] == kind)
        return found

    def names(self, kind: str) -> set[str]:
        """The names of all objects of a kind; the example stands for the secret."""
        return {found["metadata"]["name"] for found in [*self.objects, self.secret] if found["kind"] == kind}

    @property
    def cron_job(self) -> Object:
        """The CronJob's specification."""
        spec: Object = self.one("CronJob")["spec"]
        return spec

    @property
    def job(self) -> Object:
        """The specification of the job that it starts."""
        spec: Object = self.cron_job["jobTemplate"]["spec"]
        return spec

    @property
    def pod(self) -> Object:
        """The specification of that job's pods."""
        spec: Object = self.job["template"]["spec"]
        return spec

    @property
    def container(self) -> Object:
        """The only container of such a pod."""
        (only,) = self.pod["containers"]
        found: Object = only
        return found

    @property
    def command(self) -> list[str]:
        """What the container runs."""
        return [*self.container["command"], *self.container["args"]]

    @property
    def environment(self) -> dict[str, str]:
        """The container's variables."""
        return {variable["name"]: variable["value"] for variable in self.container["env"]}

    def mounts(self) -> Iterator[tuple[str, Object, Object]]:
        """Each mount: where it is, itself, and the volume that it mounts."""
        volumes = {volume["name"]: volume for volume in self.pod["volumes"]}
        for mount in self.container["volumeMounts"]:
            assert mount["name"] in volumes, f"there is no volume {mount['name']}"
            yield mount["mountPath"], mount, volumes[mount["name"]]

    @contextmanager
    def mounted(self) -> Iterator[Path]:
        """The pod's file system: what is mounted in it, with the links by which the kubelet swaps all files at once."""
        with tempfile.TemporaryDirectory() as directory:
            Path(directory, "dev").mkdir()
            for path, _, volume in self.mounts():
                data = self.one("ConfigMap")["data"] if "configMap" in volume else {}
                data = self.secret["stringData"] if "secret" in volume else data
                mount = Path(directory + path)
                (mount / "..2026_11_25").mkdir(parents=True)
                (mount / "..data").symlink_to("..2026_11_25")
                for name, text in data.items():
                    (mount / "..data" / name).write_text(text, "utf-8")
                    (mount / name).symlink_to(f"..data/{name}")
            yield Path(directory)

    def variables(self, root: Path) -> dict[str, str]:
        """The container's variables where its file system begins at ``root``."""
        return {name: f"{root}{value}" if value.startswith("/") else value for name, value in self.environment.items()}
