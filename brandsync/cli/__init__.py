"""The command line: a file a command. What a command needs is imported when it is run, not before."""

import gc

from brandsync.report.stream import open_closed
from brandsync.run.signals import Signals

_COLLECTOR = (100_000, 20, 100)
"""The values of a batch, tens of thousands, all live until it is written: to look through them for garbage, as often
as Python does by default, takes a fifth of an undo's time and finds none."""


def main() -> None:
    """Run the command line."""
    open_closed()
    # First of all: a process that is number 1 in its container would ignore the signals until somebody handles them.
    # What comes before the command can show a result is taken note of, and ends it as soon as it can.
    Signals().install()
    gc.set_threshold(*_COLLECTOR)
    from brandsync.cli.application import run  # noqa: PLC0415 - see above

    run()
