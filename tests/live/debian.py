"""Programs of Debian's packages, which a live test installs where they are missing and it may."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

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
    apt("install", "-y", "--no-install-recommends", *packages)
    found = shutil.which(program)
    assert found, f"{program} is not in {packages}"
    return found


def apt(*command: str, directory: Path | None = None) -> None:
    """Run apt-get in a directory; where it fails, once more with new lists of packages."""
    if _run(command, directory):
        _run(["update"], None)
        if _run(command, directory):
            raise RuntimeError(f"apt-get {' '.join(command)} fails")


def _run(command: Sequence[str], directory: Path | None) -> int:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    asked = [*_APT, *command]
    return subprocess.run(asked, cwd=directory, env=environment, stdin=subprocess.DEVNULL, check=False).returncode
