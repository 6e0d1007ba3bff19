"""The options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from brandsync.output import Output

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        help="The configuration file; where a command says so, a directory with one file a pipeline."
        " By default $BRANDSYNC_CONFIG, else brandsync.toml here.",
        show_default=False,
    ),
]
ExpectOption = Annotated[
    str | None,
    typer.Option(
        "--expect",
        metavar="CHECKSUM",
        help="Refuse (exit 4) unless the plan is the one with this checksum, which a dry run prints.",
        show_default=False,
    ),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Go beyond the safety limits, this once.")]
OutputOption = Annotated[
    Output | None,
    typer.Option(
        "--output",
        "-o",
        help="rich: tables; plain: one fact a line; json: one object. By default rich on a terminal, else plain.",
        show_default=False,
    ),
]
