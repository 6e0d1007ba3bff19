"""A file that somebody else writes: it is opened again for each page, and a change in between is noticed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from brandsync.errors import BrandsyncError, ConfigError, TryAgainLater


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
        stream = path.open("rb")
    except OSError as error:
        raise unopened(path, error) from None
    with stream:
        status = os.fstat(stream.fileno())
        now = f"{status.st_ino}-{status.st_size}-{status.st_mtime_ns}"
        if version and version != now:
            raise TryAgainLater(
                f"{path} was changed while it was being read",
                hint="run again; replace the file in one step (write another one, then rename it)",
            )
        yield now, stream


def unopened(path: Path, error: OSError) -> BrandsyncError:
    """Why a file could not be opened, and what to do about it."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return ConfigError(f"{path} does not exist", hint="check `path` in [cms]")
    if isinstance(error, IsADirectoryError):
        return ConfigError(f"{path} is a directory", hint="name a file in it: `path` in [cms]")
    if isinstance(error, PermissionError):
        return ConfigError(f"{path} may not be read", hint="give the user that runs brandsync the right to")
    return TryAgainLater(f"{path} cannot be read: {error.strerror}")
