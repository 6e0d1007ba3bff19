"""``brandsync recover``."""

from typing import Annotated

import typer

from brandsync.cli.ending import finish
from brandsync.cli.options import ConfigOption, OutputOption
from brandsync.report.interface import Report


def recover(
    *,
    resume: Annotated[
        bool, typer.Option("--resume", metavar="", help="Keep what dead runs wrote, for the next run to go on from.")
    ] = False,
    accept: Annotated[
        bool, typer.Option("--accept", metavar="", help="Leave everything as it is: a person has put it right by hand.")
    ] = False,
    config: ConfigOption = None,
    output: OutputOption = None,
) -> None:
    """Settle the runs that died or could not be rolled back: take back what they wrote.

    Every `sync` does this first; this does it alone. Writes to the store, to the CMS (external ids) and to the journal.
    What a person has edited since is kept and listed; what still cannot be taken back is listed with both values
    (exit 74). While a run is at work it exits 75.
    """
    if resume and accept:
        raise typer.BadParameter("goes without --resume", param_hint="--accept")
    mode = "resume" if resume else "accept" if accept else "rollback"

    def work(report: Report) -> int:
        from brandsync.cli.opening import opened, spelled_result  # noqa: PLC0415
        from brandsync.config import load  # noqa: PLC0415
        from brandsync.run.recovery import RecoveryMode, recover_runs  # noqa: PLC0415

        with opened(load(config)) as pipeline:
            with report:
                result = spelled_result(pipeline.config, recover_runs(pipeline, RecoveryMode(mode), report.progress))
            report.result(result)
        return result.exit_code

    finish(output, work)
