"""Options that several commands share."""

import re
from pathlib import Path
from typing import Annotated

import typer

from brandsync.errors import EXIT_CODES, UNWRITTEN
from brandsync.report.interface import Output

READING = (75, 77, 78)
"""The exit codes of a command that reads a journal."""
WRITING = (1, *READING)
ALL = tuple(code for code, _ in EXIT_CODES)


def _checksum(text: str | None) -> str | None:
    """Check the form of a checksum before anything is read, so that a typing error doesn't look like another plan."""
    if text is None or re.fullmatch(r"[0-9a-f]{16}", text.strip().lower()):
        return text and text.strip().lower()
    raise typer.BadParameter("must be a checksum as a dry run prints it: 16 characters of 0 to 9 and a to f")


def codes(*which: int, **said: str) -> str:
    """The end of a command's help: its exit codes. ``done``, ``failed`` and ``left``: what 0, 1 and 65 mean there."""
    own = {0: said.get("done"), 1: said.get("failed"), 65: said.get("left")}
    shown = [(code, own.get(code) or meaning) for code, meaning in EXIT_CODES if code in {0, 2, 70, UNWRITTEN, *which}]
    return "Exit codes:\n\n" + "\n".join(f"- **{code}** {meaning}" for code, meaning in shown)


ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="PATH",
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
        callback=_checksum,
        help="Refuse (exit 4) unless the plan is the one with this checksum, which a dry run prints.",
        show_default=False,
    ),
]
ForceOption = Annotated[bool, typer.Option("--force", metavar="", help="Go beyond the safety limits, this once.")]
OutputOption = Annotated[
    Output | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FORMAT",
        help="rich: tables; plain: one fact a line; json: one object. By default rich on a terminal, else plain.",
        show_default=False,
    ),
]
