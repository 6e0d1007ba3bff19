"""Writing to stdout and stderr, although the reader may be gone (``| head``) or the disk full."""

import os
import sys
from typing import Final, TextIO
from weakref import WeakSet

_lost: Final[WeakSet[TextIO]] = WeakSet()
"""The streams that have lost text that somebody wanted to read."""


def open_closed() -> None:
    """Open stdin, stdout and stderr on nothing, where the process was started without them.

    Otherwise the next file that is opened, such as a database, would get the descriptor and everything written there.
    """
    for descriptor, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != descriptor:
                os.dup2(nowhere, descriptor)
                os.close(nowhere)
            setattr(sys, name, open(descriptor, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


def write(stream: TextIO, text: str) -> None:
    """Write at once. Text that nobody reads any more is dropped. Text that cannot be written is too, but with an error.

    It raises nothing: a finished run must still be told to those who watch it.
    """
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        give_up(stream, error)


def write_bytes(stream: TextIO, content: bytes) -> None:
    """Write bytes at once, without the stream's own encoding. Otherwise as ``write`` does."""
    try:
        stream.flush()
        stream.buffer.write(content)
        stream.buffer.flush()
    except OSError as error:
        give_up(stream, error)


def give_up(stream: TextIO, error: OSError) -> None:
    """Send the stream to nowhere from now on. Otherwise Python would complain when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
    if isinstance(error, BrokenPipeError):
        return
    _lost.add(stream)
    if stream is sys.stdout:
        write(sys.stderr, f"error: the result could not be written to stdout: {error.strerror}\n")


def has_lost_text(stream: TextIO) -> bool:
    """Whether text could not be written. A reader that went away wanted no more of it."""
    return stream in _lost
