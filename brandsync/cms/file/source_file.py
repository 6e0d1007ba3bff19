"""A file that somebody else writes: it is opened again for each page, and a change in between is noticed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from brandsync.errors import BrandsyncError, ConfigError, TryAgainLater
from brandsync.errors.paths import unusable


@dataclass(frozen=True, slots=True)
class Position:
    """A place between two entries."""

    offset: int = 0
    """Bytes before it."""
    line: int = 0
    """Lines before it."""

    def __str__(self) -> str:
        return f"{self.offset}:{self.line}"

    @classmethod
    def parse(cls, text: str) -> "Position":
        """The position that was written as text; the start for an empty text."""
        return cls(*map(int, text.split(":"))) if text else cls()


@contextmanager
def opened(path: Path, version: str) -> Iterator[tuple[str, BinaryIO]]:
    """The file's current version, and its bytes. If a ``version`` is given, it must still be that one.

    Raises:
        ConfigError: it isn't there, isn't a file, or may not be read.
        TryAgainLater: it was changed since, or the disk fails.
    """
    try:
        with path.open("rb") as stream:
            now = _version(stream)
            if version and version != now:
                raise TryAgainLater(
                    f"{path} was changed while it was being read",
                    hint="run again; replace the file in one step (write another one, then rename it)",
                )
            yield now, stream
    except OSError as error:
        raise unreadable(path, error) from None


def _version(stream: BinaryIO) -> str:
    status = os.fstat(stream.fileno())
    return f"{status.st_ino}-{status.st_size}-{status.st_mtime_ns}"


def unreadable(path: Path, error: OSError) -> BrandsyncError:
    """Why a file could not be opened or read, and what to do about it."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return ConfigError(f"{path} does not exist", hint="check `path` in [cms]")
    if isinstance(error, IsADirectoryError):
        return ConfigError(f"{path} is a directory", hint="name a file in it: `path` in [cms]")
    if isinstance(error, PermissionError):
        return ConfigError(f"{path} may not be read", hint="give the user that runs brandsync the right to")
    return unusable(path, error, hint="check `path` in [cms]")
