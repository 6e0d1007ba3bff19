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


class SourceFile:
    """Opens one file, and says what is wrong where it can't."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def open(self, version: str) -> Iterator[tuple[str, BinaryIO]]:
        """The file's current version, and its bytes. If a ``version`` is given, it must still be that one.

        Raises:
            ConfigError: it isn't there, isn't a file, or may not be read.
            TryAgainLater: it was changed since, or the disk fails.
        """
        try:
            stream = self.path.open("rb")
        except OSError as error:
            problem = self._unopened(error)
        else:
            with stream:
                yield self._same(version, stream), stream
            return
        raise problem

    def _same(self, version: str, stream: BinaryIO) -> str:
        status = os.fstat(stream.fileno())
        now = f"{status.st_ino}-{status.st_size}-{status.st_mtime_ns}"
        if version and version != now:
            raise TryAgainLater(
                f"{self.path} was changed while it was being read",
                hint="run again; replace the file in one step (write another one, then rename it)",
            )
        return now

    def _unopened(self, error: OSError) -> BrandsyncError:
        if isinstance(error, FileNotFoundError | NotADirectoryError):
            return ConfigError(f"{self.path} does not exist", hint="check `path` in [cms]")
        if isinstance(error, IsADirectoryError):
            return ConfigError(f"{self.path} is a directory", hint="name a file in it: `path` in [cms]")
        if isinstance(error, PermissionError):
            return ConfigError(f"{self.path} may not be read", hint="give the user that runs brandsync the right to")
        return TryAgainLater(f"{self.path} cannot be read: {error.strerror}")
