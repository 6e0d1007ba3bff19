"""Writing files that aren't there yet: all of them, or none."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from brandsync.errors import ConfigError
from brandsync.run.directories import make_directories

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to write."""

    content: bytes
    mode: int = 0o644
    """Its permission bits."""


def write_new(contents: Mapping[Path, NewFile], *, hint: str) -> None:
    """Write files, and the directories that they need. Never overwrites anything, even if it has just appeared.

    Raises:
        ConfigError: one of them can't be written; then none is there. ``hint`` says what to name instead.
    """
    written: list[Path] = []
    try:
        for path, new in contents.items():
            make_directories(path.parent, 0o755)
            _write(path, new, written)
    except OSError as error:
        for path in written:
            with suppress(OSError):
                path.unlink()
        raise ConfigError(f"{error.filename}: cannot be written: {error.strerror}", hint=hint) from None


def _write(path: Path, new: NewFile, written: list[Path]) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, new.mode)
    written.append(path)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - by its descriptor
        file.write(new.content)


def missing_of(wanted: Mapping[Path, NewFile]) -> dict[Path, NewFile]:
    """The files that aren't there yet.

    Raises:
        ConfigError: some are there with other content.
    """
    present = [path for path in wanted if os.path.lexists(path)]
    differing = [str(path) for path in present if not (path.is_file() and path.read_bytes() == wanted[path].content)]
    if differing:
        raise ConfigError(
            f"{', '.join(differing)}: is there already with other content, and nothing is overwritten",
            hint="rename it or merge it by hand, and run the command again",
        )
    return {path: new for path, new in wanted.items() if path not in present}


def samples(name: str) -> Iterator[tuple[PurePosixPath, bytes]]:
    """The files below one directory of the samples: each path inside it, and its content."""
    from importlib.resources import files  # noqa: PLC0415 - no other command needs it

    return _walk(files("brandsync") / "samples" / name, PurePosixPath())


def _walk(directory: "Traversable", path: PurePosixPath) -> Iterator[tuple[PurePosixPath, bytes]]:
    for entry in sorted(directory.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _walk(entry, path / entry.name)
        elif not entry.name.endswith(".pyc"):
            yield path / entry.name, entry.read_bytes()
