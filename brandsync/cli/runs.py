"""``brandsync runs`` and ``brandsync runs show RUN``."""

from pathlib import Path
from typing import Annotated

import typer

from brandsync.cli.ending import finish
from brandsync.cli.options import READING, ConfigOption, OutputOption, codes
from brandsync.report.interface import Report

runs = typer.Typer(invoke_without_command=True, rich_markup_mode="markdown")


@runs.callback()
def latest(
    context: typer.Context,
    *,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help="How many runs to list. By default 20, and 14 on a terminal.", show_default=False),
    ] = None,
    config: ConfigOption = None,
    output: OutputOption = None,
) -> None:
    """List the latest runs, newest first: when, how each ended, and what it changed.

    Reads the journal and writes nothing. For a directory, the runs of every pipeline are listed. `runs show RUN` tells
    all of one run; `undo RUN` takes it back.
    """
    if context.invoked_subcommand:
        return

    def work(report: Report) -> int:
        from brandsync.cli.run_lists import list_runs  # noqa: PLC0415
        from brandsync.config import load_all  # noqa: PLC0415

        return list_runs(report, load_all(config), limit)

    finish(output, work)


@runs.command(epilog=codes(*READING, done="done, whatever the run came to"))
def show(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's id, or how it begins; or `last`.")],
    *,
    html: Annotated[
        Path | None,
        typer.Option(
            "--html",
            metavar="FILE",
            help="Write a page for the people who edit brands instead; `-` is stdout. It replaces an older such page,"
            " and no other file.",
            show_default=False,
        ),
    ] = None,
    config: ConfigOption = None,
    output: OutputOption = None,
) -> None:
    """Tell all that the journal remembers of one run: its counts, its error, what was skipped, and every change.

    Writes nothing but the page that `--html` asks for. It exits with 78 if no run, or more than one, is called so.
    """
    above = context.parent.params if context.parent else {}
    file = config or above.get("config")

    def work(report: Report) -> int:
        from brandsync.cli.opening import opened  # noqa: PLC0415
        from brandsync.config import load  # noqa: PLC0415

        with opened(load(file), read_only=True) as pipeline:
            if html:
                from brandsync.cli.run_page import write_run_page  # noqa: PLC0415 - Jinja takes a while

                write_run_page(pipeline.journal, run, html)
            else:
                from brandsync.cli.run_details import show_run  # noqa: PLC0415

                show_run(report, pipeline, run)
        return 0

    finish(output or above.get("output"), work)
