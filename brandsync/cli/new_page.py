"""Replacing a page in one move: a reader sees either the old page or the new one."""

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from brandsync.errors import ConfigError
from brandsync.report.stream import write_bytes

_SIGN = b'<meta name="generator" content="brandsync '
_BEGINNING = 2_000
"""How many first bytes of a page name its generator."""


def write_page(target: Path, pieces: Iterable[bytes]) -> None:
    """Write a page; ``-`` is stdout. The umask decides who may read it: a page is made to be published.

    Raises:
        ConfigError: it can't be written, or would replace a file that isn't one of brandsync's pages.
    """
    if str(target) == "-":
        for piece in pieces:
            write_bytes(sys.stdout, piece)
        return
    try:
        _require_replaceable(target)
        _replace(target, pieces)
    except OSError as error:
        raise ConfigError(
            f"{target}: cannot be written: {error.strerror}", hint="name a file in a directory that is there"
        ) from None


def _require_replaceable(target: Path) -> None:
    """Check the target: an older page may be replaced every night. A file of another kind is named by mistake."""
    if not os.path.lexists(target):
        return
    if target.is_file() and not target.is_symlink():
        with target.open("rb") as file:
            beginning = file.read(_BEGINNING)
        if not beginning or _SIGN in beginning:
            return
    raise ConfigError(
        f"{target}: is there already, and brandsync did not make it: nothing is overwritten",
        hint="name another file, or remove this one; `--html -` writes to stdout",
    )


def _replace(target: Path, pieces: Iterable[bytes]) -> None:
    new = target.with_name(f".{target.name}.{token_hex(4)}")
    descriptor = os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - by its descriptor
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        new.replace(target)
    except BaseException:
        with suppress(OSError):
            new.unlink()
        raise
