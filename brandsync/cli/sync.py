"""``brandsync sync``."""

import os
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from brandsync.cli.ending import finish
from brandsync.cli.options import ConfigOption, ExpectOption, ForceOption, OutputOption
from brandsync.report.interface import Report

if TYPE_CHECKING:
    from brandsync.config import Shard

RecoverOption = Annotated[
    Literal["rollback", "resume"] | None,
    typer.Option(
        metavar="HOW",
        help="What to do first with a run that died: rollback or resume. By default what `recover` in the"
        " configuration says.",
        show_default=False,
    ),
]
ShardOption = Annotated[
    str | None,
    typer.Option(
        "--shard",
        metavar="I/N",
        help="Sync only part I of N of a directory of pipelines. Parts count from 0: the pipelines are sorted by"
        " name and dealt out in turn. With N alone, I is $JOB_COMPLETION_INDEX, which an Indexed Job of Kubernetes"
        " sets.",
        show_default=False,
    ),
]


def sync(  # noqa: PLR0913 - each is an option of the command
    *,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", metavar="", help="Show every change, field by field, and write nothing anywhere."),
    ] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", metavar="", help="With --dry-run: exit 3 when there is anything to change.")
    ] = False,
    expect: ExpectOption = None,
    full: Annotated[
        bool, typer.Option("--full", metavar="", help="List the whole CMS, where only changes would do.")
    ] = False,
    keep_going: Annotated[
        bool,
        typer.Option(
            "--keep-going", metavar="", help="Skip a brand that is refused for good, instead of rolling back."
        ),
    ] = False,
    force: ForceOption = False,
    recover: RecoverOption = None,
    shard: ShardOption = None,
    config: ConfigOption = None,
    output: OutputOption = None,
) -> None:
    """Bring the store's brands in line with what the CMS has published.

    Reads both sides, makes a plan, holds it to the safety limits, and then creates and updates brands in the store and
    writes their ids to the CMS. If anything fails, everything written is rolled back (exit 1; 75 if a later run may
    succeed). Brands that could not be matched are skipped and listed (exit 65). For a directory, every pipeline is
    run, one after another, and the exit code is the worst. A pipeline that ended with 75 is first tried again, for up
    to some minutes, where a worse code would hide that it should be.
    """
    if exit_code and not dry_run:
        raise typer.BadParameter("goes with --dry-run only", param_hint="--exit-code")
    part = _part(shard)

    def work(report: Report) -> int:
        from brandsync.cli.pipelines import sync_all  # noqa: PLC0415
        from brandsync.config import load_all  # noqa: PLC0415
        from brandsync.run.sync import Options  # noqa: PLC0415

        options = Options(dry_run=dry_run, full=full, force=force, expect=expect)
        overrides = {"keep_going": keep_going, "recover": recover}
        configs = load_all(config, {"sync": {name: value for name, value in overrides.items() if value}}, part)
        if expect and len(configs) > 1:
            report.error("--expect goes with one pipeline: a checksum is of one plan", "name its file with --config")
            return 2
        if not configs:
            report.notice(f"no pipeline is in shard {part}: there are fewer pipelines than shards")
        return sync_all(report, configs, options, exit_code=exit_code)

    finish(output, work)


def _part(text: str | None) -> "Shard | None":
    if text is None:
        return None
    from brandsync.config.shard import Shard  # noqa: PLC0415

    try:
        return Shard.parse(text, os.environ)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--shard") from None
