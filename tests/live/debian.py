"""Programs of Debian's packages, which a live test installs where they are missing and it may."""

import os
import shutil
import subprocess

from live_server import NotHereError

_APT = ("apt-get", "-q", "-o", "DPkg::Lock::Timeout=600")


def have(*packages: str, program: str) -> str:
    """The path of a program, its packages installed first where it isn't there.

    Raises:
        NotHereError: it isn't, and cannot be installed here.
    """
    if found := shutil.which(program):
        return found
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise NotHereError(f"`{program}` is not here, and only root on Debian can install {' '.join(packages)}")
    install = [*_APT, "install", "-y", "--no-install-recommends", *packages]
    if _run(install):
        _run([*_APT, "update"])
        if _run(install):
            raise RuntimeError(f"apt-get cannot install {' '.join(packages)}")
    found = shutil.which(program)
    assert found, f"{program} is not in {packages}"
    return found


def _run(command: list[str]) -> int:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False).returncode
