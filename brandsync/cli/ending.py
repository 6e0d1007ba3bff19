"""How every command ends: with its exit code, and never with a traceback."""

import os
import signal
import sys
from collections.abc import Callable
from typing import NoReturn

import typer

from brandsync.errors import UNWRITTEN, BrandsyncError
from brandsync.report.interface import Output, Report
from brandsync.report.stream import has_lost_text
from brandsync.run.signals import Signals

SEVERITY = (74, 70, 1, 77, 78, 4, 75, 130, UNWRITTEN, 65, 3, 0)
"""Exit codes: the one that a person most needs to see comes first."""


def worst(codes: list[int]) -> int:
    """The exit code for several pipelines: the most severe one, or 0 for none."""
    return min(codes, key=SEVERITY.index, default=0)


def finish(output: Output | None, work: Callable[[Report], int]) -> NoReturn:
    """Do a command's work, and exit with the code that it returns, or with its error's code.

    Raises:
        typer.Exit: always.
    """
    code = 130
    try:
        from brandsync.cli.logs import is_text  # noqa: PLC0415 - only a command that runs needs these
        from brandsync.monitoring.traces import exporting  # noqa: PLC0415

        report = choose(output, in_colour=is_text())
        with exporting():
            code = _written(report, _stoppable(report, work))
            # All is done: a signal that comes now must not change the exit code. A handler would be gone while Python
            # shuts down. A collector may take its time, and Ctrl-C ends that.
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            signal.signal(signal.SIGINT, signal.default_int_handler)
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise typer.Exit(code)


def _written(report: Report, code: int) -> int:
    """The exit code, or that of a lost result where it is worse."""
    if not has_lost_text(sys.stdout):
        return code
    report.tell("hint", "make room where stdout leads to; what a run did stays done, and the journal has its result")
    return worst([code, UNWRITTEN])


def choose(output: Output | None, *, in_colour: bool = True) -> Report:
    """The report that was asked for, which is imported only then. By default tables on a terminal, else plain lines.

    ``in_colour``: stderr lines may be coloured. They are then no lines of the log.
    """
    output = output or ("rich" if sys.stdout.isatty() and os.environ.get("TERM") != "dumb" else "plain")
    if output == "json":
        from brandsync.report.json import JsonReport  # noqa: PLC0415

        return JsonReport()
    if output == "plain":
        from brandsync.report.plain import PlainReport  # noqa: PLC0415

        return PlainReport()
    from brandsync.report.rich import RichReport  # noqa: PLC0415 - rich takes a while

    return RichReport(in_colour=in_colour)


def _stoppable(report: Report, work: Callable[[Report], int]) -> int:
    """Do the work. A signal ends it at any moment, until a run begins. A run decides itself how it ends."""

    def reading() -> int:
        with signals.reading():
            return work(report)

    with Signals() as signals:
        return attempt(report, reading)


def attempt(report: Report, work: Callable[[], int]) -> int:
    """Do some work. Returns its exit code, or that of its error, which the report shows."""
    try:
        return work()
    except BrandsyncError as error:
        report.failure(error)
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - reported like every other end
        from brandsync.run.unexpected import ours  # noqa: PLC0415 - hardly ever needed

        report.failure(ours(error))
        return BrandsyncError.exit_code
