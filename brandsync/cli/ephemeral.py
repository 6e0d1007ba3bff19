"""A warning about a journal that is lost with its container: such a journal can't keep its promise to undo."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from peewee import SqliteDatabase

from brandsync.backend import Finding
from brandsync.run.pipeline import Pipeline

SIGNS = (Path("/.dockerenv"), Path("/run/.containerenv"))
"""Files that Docker and Podman leave in a container."""
MOUNTS = Path("/proc/self/mountinfo")
_EMPTY_DIR = "/kubernetes.io~empty-dir/"
"""Part of where the kubelet keeps a pod's emptyDir volumes."""


def in_container(signs: Iterable[Path] = SIGNS) -> bool:
    """Whether this process runs in a container."""
    return "KUBERNETES_SERVICE_HOST" in os.environ or any(sign.exists() for sign in signs)


def is_lost(file: Path, mounts: Path = MOUNTS, device: Callable[[Path], int] = lambda path: path.stat().st_dev) -> bool:
    """Whether a container's file is on the container's own disk, or on a volume that is lost with the pod."""
    directory = next(parent for parent in file.absolute().parents if parent.exists())
    return device(directory) == device(Path("/")) or _goes_with_its_pod(directory, mounts)


def _goes_with_its_pod(directory: Path, mountinfo: Path) -> bool:
    """Whether it is in memory or in an emptyDir, by the kernel's list of mounts: proc_pid_mountinfo(5)."""
    try:
        mounts = [line.split() for line in mountinfo.read_text("utf-8").splitlines()]
    except OSError:
        return False
    above = [mount for mount in mounts if directory.resolve().is_relative_to(mount[4])]
    # If two are at one place, the later one covers the earlier.
    nearest = max(reversed(above), key=lambda mount: len(mount[4]), default=None)
    if nearest is None:
        return False
    return _EMPTY_DIR in nearest[3] or nearest[nearest.index("-") + 1] == "tmpfs"


def ephemeral_finding(pipeline: Pipeline) -> Finding | None:
    """What is wrong with the journal's place, and what to do about it. None if it is safe.

    A journal in the store's own database is lost only with the store.
    """
    database = pipeline.journal.database
    if pipeline.shared or not isinstance(database, SqliteDatabase) or database.database in {None, ":memory:"}:
        return None
    file = Path(database.database)
    if not (in_container() and is_lost(file)):
        return None
    return Finding(
        ok=True,
        what=f"the journal in {file} is on this container's own disk: it is lost with it, and so is what undoing needs",
        fix="keep the journal on a volume, or in a database: [journal] url",
    )
