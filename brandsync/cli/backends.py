"""``brandsync backends``."""

from typing import Annotated

import typer

from brandsync.cli.ending import finish
from brandsync.cli.options import OutputOption
from brandsync.report.interface import Report


def backends(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="A backend, to show its settings.", show_default=False)
    ] = None,
    *,
    output: OutputOption = None,
) -> None:
    """List the CMS and store backends that are installed; with NAME, every setting that one takes.

    Reads no configuration, reaches nothing and writes nothing. It exits with 78 if there is no such backend, or it
    doesn't work. What a configured backend can do is told by `check`.
    """

    def work(report: Report) -> int:
        from brandsync.cli.backend_lists import show_all, show_one  # noqa: PLC0415

        if name:
            show_one(report, name)
        else:
            show_all(report)
        return 0

    finish(output, work)
