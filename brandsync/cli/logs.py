"""Warnings and, with ``--verbose``, what goes on: to stderr, one line each."""

import logging
import sys

from brandsync.report.stream import write
from brandsync.report.visible import visible

_CHATTY = ("httpx", "httpcore")
"""Their lines hold whole URLs."""


class StderrLines(logging.Handler):
    """Writes ``warning: the message``. Finds stderr anew each time: progress bars put themselves before it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; never its traceback, which could show a secret."""
        write(sys.stderr, f"{record.levelname.lower()}: {visible(record.getMessage())}\n")


def configure(*, verbose: bool) -> None:
    """Send log records to stderr: warnings, and with ``verbose`` all of brandsync's own."""
    root = logging.getLogger()
    if not any(isinstance(handler, StderrLines) for handler in root.handlers):
        root.addHandler(StderrLines())
    logging.getLogger("brandsync").setLevel(logging.DEBUG if verbose else logging.WARNING)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
