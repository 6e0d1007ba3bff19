"""``brandsync init``."""

import os
import shlex
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brandsync.cli.ending import finish
from brandsync.errors import ConfigError
from brandsync.report.stream import write

if TYPE_CHECKING:
    from brandsync.report import Report

_FILES = {"brandsync.toml": 0o600, "brands.json": 0o644}
"""What is written, with its mode: the configuration may come to hold a secret."""


def init(
    directory: Annotated[Path, typer.Argument(metavar="[DIRECTORY]", help="Where to write it.", show_default=".")] = (
        Path()
    ),
) -> None:
    """Write a commented brandsync.toml, and a sample catalogue for a first run with nothing else installed.

    The configuration holds every setting with its default and a line of explanation; it syncs brands.json into a SQLite
    file. Nothing is ever overwritten: if one of the two files is there, it writes neither (exit 2).
    """
    finish(None, lambda report: _init(report, directory))


def _init(report: "Report", directory: Path) -> int:
    present = [directory / name for name in _FILES if os.path.lexists(directory / name)]
    if present:
        report.error(
            f"{', '.join(map(str, present))}: is there already, and nothing is overwritten",
            "name another directory: `brandsync init DIRECTORY`",
        )
        return 2
    _write_all(directory)
    place = "" if directory == Path() else f"cd {shlex.quote(str(directory))} && "
    wrote = f"Wrote {directory / 'brandsync.toml'} and {directory / 'brands.json'}."
    write(sys.stdout, f"{wrote}\nNext: {place}brandsync sync --dry-run\n")
    return 0


def _write_all(directory: Path) -> None:
    """Write both files, or neither."""
    from importlib.resources import files  # noqa: PLC0415 - no other command needs it

    written: list[Path] = []
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, mode in _FILES.items():
            _write(directory / name, (files("brandsync") / "samples" / name).read_bytes(), mode, written)
    except OSError as error:
        for path in written:
            with suppress(OSError):
                path.unlink()
        raise ConfigError(
            f"{error.filename or directory}: cannot be written: {error.strerror}",
            hint="name a directory that you may write to: `brandsync init DIRECTORY`",
        ) from None


def _write(path: Path, content: bytes, mode: int, written: list[Path]) -> None:
    """Write a new file; it fails where one is there, even one that came a moment ago."""
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
    written.append(path)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - by its descriptor
        file.write(content)
