"""What is at the path of a SQLite file, and why it can't be used there."""

import os
from pathlib import Path
from typing import Final

from brandsync.errors import BrandsyncError, ConfigError
from brandsync.errors.paths import unusable

_ANOTHER: Final = "name another file in the URL"


def is_there(file: Path) -> bool:
    """Whether there is a file.

    Raises:
        ConfigError: its path can lead to none.
        TryAgainLater: this can't be seen now.
    """
    try:
        file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise unusable_file(file, error) from None
    return True


def file_error(file: Path, *, read_only: bool = False, with_directories: bool = False) -> BrandsyncError | None:
    """Why a file can't be read and written, or made, or none. ``with_directories``: missing ones will be made."""
    try:
        there = is_there(file)
    except BrandsyncError as error:
        return error
    directory = next(path for path in file.parents if path.is_dir())
    if directory != file.parent and not with_directories:
        return ConfigError(f"{file.parent}, where {file.name} belongs, is not a directory", hint="make it")
    if file.is_dir():
        return ConfigError(f"{file} is a directory", hint="name a file in it")
    paths = [file] * there + [directory] * (not read_only)  # SQLite writes its rollback journal beside the file
    return next(filter(None, (_forbidden(path, read_only=read_only) for path in paths)), None)


def _forbidden(path: Path, *, read_only: bool) -> ConfigError | None:
    if not os.access(path, os.R_OK):
        return ConfigError(f"{path} may not be read", hint="let this user read it, or choose another")
    if not read_only and not os.access(path, os.W_OK):
        return ConfigError(f"{path} may not be written", hint="let this user write there, or choose another")
    return None


def make_file(file: Path) -> None:
    """Make the file, unless it is there.

    Raises:
        ConfigError: it can't be there, or this user may not make it.
        TryAgainLater: it can't be made now.
    """
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        pass
    except OSError as error:
        raise file_error(file) or unusable_file(file, error) from None


def unusable_file(file: Path, error: OSError) -> BrandsyncError:
    """The error for a file whose path can't be used."""
    is_closed = isinstance(error, PermissionError)
    return unusable(file, error, hint=f"let this user into its directory, or {_ANOTHER}" if is_closed else _ANOTHER)
