"""``brandsync undo RUN``."""

from typing import TYPE_CHECKING, Annotated

import typer

from brandsync.cli.ending import finish
from brandsync.cli.options import ConfigOption, OutputOption

if TYPE_CHECKING:
    from brandsync.report import Report


def undo(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's id, or how it begins; or `last`.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what it would do, and write nothing.")] = False,
    config: ConfigOption = None,
    output: OutputOption = None,
) -> None:
    """Take a finished run back: delete what it created, and set back what it updated.

    Writes to the store, to the CMS (external ids) and to the journal. What a person has edited since is kept and
    listed, with both values (exit 65); what the store refuses to take back calls a person (exit 74). An undo is a run
    of its own: it can be undone too.
    """

    def work(report: "Report") -> int:
        from brandsync.cli.pipelines import opened  # noqa: PLC0415
        from brandsync.config import load  # noqa: PLC0415
        from brandsync.undo import preview_undo  # noqa: PLC0415
        from brandsync.undo import undo as take_back  # noqa: PLC0415

        with opened(load(config), read_only=dry_run) as pipeline:
            with report:
                result = preview_undo(pipeline, run) if dry_run else take_back(pipeline, run, report.progress)
            report.result(result)
        return result.exit_code

    finish(output, work)
