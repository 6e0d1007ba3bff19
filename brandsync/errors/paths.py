"""Why a path can't be used, in our terms: what somebody must change, and what may pass."""

from errno import EACCES, EEXIST, EINVAL, EISDIR, ELOOP, ENAMETOOLONG, ENODEV, ENOENT, ENOTDIR, ENXIO, EPERM, EROFS
from pathlib import Path
from typing import Final

from brandsync.errors import BrandsyncError, ConfigError, TryAgainLater

_LASTING: Final = frozenset(
    {EACCES, EEXIST, EINVAL, EISDIR, ELOOP, ENAMETOOLONG, ENODEV, ENOENT, ENOTDIR, ENXIO, EPERM, EROFS}
)
"""Errors that last until somebody changes the path, or what is there. Any other, such as of a disk, may pass."""
_LATER: Final = "run again; see whether its disk is full or fails, or the server that it is on can't be reached"


def unusable(path: Path, error: OSError, *, hint: str) -> BrandsyncError:
    """The error for a path that can't be used. ``hint``: what to do if that lasts."""
    kind, remedy = (ConfigError, hint) if error.errno in _LASTING else (TryAgainLater, _LATER)
    return kind(f"{path} cannot be used: {error.strerror or error}", hint=remedy)
