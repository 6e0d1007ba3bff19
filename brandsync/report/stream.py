"""Writing to stdout and stderr, whose reader may have gone away (``| head``) or whose disk may be full."""

import os
import sys
from typing import TextIO


def open_closed() -> None:
    """Open each of stdin, stdout and stderr that the process was started without, on nothing.

    Otherwise the next file that is opened, such as a database, would get its descriptor, and what is written there.
    """
    for descriptor, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != descriptor:
                os.dup2(nowhere, descriptor)
                os.close(nowhere)
            setattr(sys, name, open(descriptor, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


def write(stream: TextIO, text: str) -> None:
    """Write at once. What nobody reads any more is dropped; so is what cannot be written, but that is told.

    It raises nothing: a run that is over must end with its own exit code.
    """
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        give_up(stream, error)


def write_bytes(stream: TextIO, content: bytes) -> None:
    """Write at once, past the stream's own encoding. Otherwise as ``write``."""
    try:
        stream.flush()
        stream.buffer.write(content)
        stream.buffer.flush()
    except OSError as error:
        give_up(stream, error)


def give_up(stream: TextIO, error: OSError) -> None:
    """Send a stream to nowhere from now on: Python would complain of it at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
    if stream is sys.stdout and not isinstance(error, BrokenPipeError):
        write(sys.stderr, f"error: the result could not be written to stdout: {error.strerror}\n")
