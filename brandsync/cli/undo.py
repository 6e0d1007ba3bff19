"""``brandsync undo RUN``."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from brandsync.cli.ending import finish
from brandsync.cli.options import ConfigOption, ExpectOption, ForceOption, OutputOption
from brandsync.report.interface import Report

if TYPE_CHECKING:
    from brandsync.run.pipeline import Pipeline
    from brandsync.run.result import Result

_LOOK_BACK: Final = 100
"""How many runs may have come after one that changed something."""


def undo(  # noqa: PLR0913 - each is an option of the command
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's id, or how it begins; or `last`.")],
    *,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", metavar="", help="Show every change that it would make, and write nothing anywhere."),
    ] = False,
    through: Annotated[
        bool,
        typer.Option("--through", metavar="", help="Take back the later runs that changed the same brands as well."),
    ] = False,
    expect: ExpectOption = None,
    force: ForceOption = False,
    config: ConfigOption = None,
    output: OutputOption = None,
) -> None:
    """Take a finished run back: delete what it created, and set back what it updated.

    Makes a plan first, and holds it to the safety limits; then writes to the store, to the CMS (external ids) and to
    the journal. Refuses (exit 4) where a later run has changed the same brands. What a person has edited since is kept
    and listed, with both values (exit 65); what the store refuses to take back is left, and calls a person (exit 74).
    An undo is a run of its own: it can be undone too.
    """

    def work(report: Report) -> int:
        from brandsync.cli.opening import opened, spelled_result  # noqa: PLC0415
        from brandsync.config import load  # noqa: PLC0415
        from brandsync.report.words import took_nothing_back  # noqa: PLC0415
        from brandsync.run.undo import UndoOptions  # noqa: PLC0415
        from brandsync.run.undo import undo as take_back  # noqa: PLC0415

        options = UndoOptions(dry_run=dry_run, through=through, force=force, expect=expect)
        with opened(load(config), read_only=dry_run) as pipeline:
            with report:
                result = spelled_result(pipeline.config, take_back(pipeline, run, options, report.progress))
            report.result(result)
            if (result.undone or result.dry_run) and took_nothing_back(result):
                _lead_to_changes(report, pipeline, result)
        return result.exit_code

    finish(output, work)


def _lead_to_changes(report: Report, pipeline: "Pipeline", result: "Result") -> None:
    """Say which run last changed something that can still be undone: probably that one was meant."""
    from brandsync.report.run_words import has_changed  # noqa: PLC0415

    with pipeline.journal.errors(), pipeline.journal.reading() as journal:
        runs = journal.runs.latest(_LOOK_BACK)
    others = (run for run in runs if run.status.is_undoable and run.id not in {result.run, result.undoes})
    if last := next((run for run in others if has_changed(run)), None):
        report.notice(f"run {last.id} last changed a brand: `{pipeline.config.command('undo', last.id)}` takes it back")
