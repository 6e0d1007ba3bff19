"""The command line: one file for each command. A command's imports wait until it runs."""

import gc

from brandsync.report.stream import open_closed
from brandsync.run.signals import Signals

_COLLECTOR = (100_000, 20, 100)
"""A batch has tens of thousands of values, all in use until it is written. To search them for garbage as often as
Python does by default takes a fifth of an undo's time and finds nothing."""


def main() -> None:
    """Run the command line."""
    open_closed()
    # First of all: process number 1 in a container ignores signals until it handles them. A signal that comes before
    # the command can show a result is noted, and ends the command as soon as possible.
    Signals().install()
    gc.set_threshold(*_COLLECTOR)
    from brandsync.cli.application import run  # noqa: PLC0415 - see above

    run()
