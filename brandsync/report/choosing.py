"""Which report a command shows. Each is imported only when it is wanted."""

import os
import sys

from brandsync.report.interface import Output, Report


def choose(output: Output | None, *, in_colour: bool = True) -> Report:
    """The report that was asked for. By default tables on a terminal, and plain lines anywhere else.

    ``in_colour``: stderr lines may be coloured. They are then no lines of the log.
    """
    output = output or ("rich" if _on_terminal() else "plain")
    if output == "json":
        from brandsync.report.json import JsonReport  # noqa: PLC0415

        return JsonReport()
    if output == "plain":
        from brandsync.report.plain import PlainReport  # noqa: PLC0415

        return PlainReport()
    from brandsync.report.rich import RichReport  # noqa: PLC0415 - rich takes a while

    return RichReport(in_colour=in_colour)


def _on_terminal() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
