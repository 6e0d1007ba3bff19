"""Writing files that aren't there yet: all of them, or none."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from brandsync.errors import ConfigError
from brandsync.run.directories import make_directories

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


class NewFile(NamedTuple):
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
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, new.mode)
            written.append(path)
            with open(descriptor, "wb") as file:  # noqa: PTH123 - by its descriptor
                file.write(new.content)
    except OSError as error:
        for path in written:
            with suppress(OSError):
                path.unlink()
        raise ConfigError(f"{error.filename}: cannot be written: {error.strerror}", hint=hint) from None


def write_missing(wanted: Mapping[Path, NewFile], *, hint: str) -> list[Path]:
    """Write those files that aren't there yet. Returns their paths.

    Raises:
        ConfigError: some are there with other content, or one can't be written; then none is.
    """
    present = [path for path in wanted if os.path.lexists(path)]
    differing = [str(path) for path in present if not (path.is_file() and path.read_bytes() == wanted[path].content)]
    if differing:
        raise ConfigError(
            f"{', '.join(differing)}: is there already with other content, and nothing is overwritten",
            hint="rename it or merge it by hand, and run the command again",
        )
    missing = {path: new for path, new in wanted.items() if path not in present}
    write_new(missing, hint=hint)
    return list(missing)


def samples(name: str, directory: Path) -> dict[Path, NewFile]:
    """The files below one directory of the samples, by the paths that they are to have below ``directory``."""
    from importlib.resources import files  # noqa: PLC0415 - no other command needs it

    return dict(_walk(files("brandsync") / "samples" / name, directory))


def _walk(source: "Traversable", directory: Path) -> Iterator[tuple[Path, NewFile]]:
    for entry in sorted(source.iterdir(), key=lambda entry: entry.name):
        path = directory / entry.name
        if entry.is_dir():
            yield from _walk(entry, path)
        elif path.suffix != ".pyc":
            yield path, NewFile(entry.read_bytes())
