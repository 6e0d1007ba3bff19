"""The application: its commands, its global options, and how the process ends."""

import sys
from io import TextIOWrapper
from typing import Annotated

import typer

import brandsync
from brandsync.cli.backends import backends
from brandsync.cli.check import check
from brandsync.cli.init import init
from brandsync.cli.options import ALL, READING, WRITING, codes
from brandsync.cli.recover import recover
from brandsync.cli.runs import runs
from brandsync.cli.sync import sync
from brandsync.cli.undo import undo
from brandsync.errors import UNWRITTEN
from brandsync.report.interface import LogFormat
from brandsync.report.stream import give_up, has_lost_text, write

app = typer.Typer(
    name="brandsync",
    help="Keeps the brands of a commerce store equal to what editors publish in a CMS.",
    epilog=codes(*ALL),
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(epilog=codes(*ALL))(sync)
app.add_typer(init, name="init", epilog=codes(*WRITING, done="done", failed="failed, and nothing was written"))
app.command(
    epilog=codes(1, *READING, done="a run could begin", failed="a side answers in a way that cannot be understood")
)(check)
app.command(epilog=codes(78, done="done"))(backends)
app.add_typer(runs, name="runs", epilog=codes(*READING, done="done, whatever the runs came to"))
app.command(epilog=codes(4, 65, 74, *WRITING, left="done, but what was edited since is kept"))(undo)
app.command(
    epilog=codes(65, 74, *WRITING, done="done, or nothing to recover", left="done, but what was edited since is kept")
)(recover)


def _version(wanted: bool) -> None:
    if wanted:
        write(sys.stdout, f"brandsync {brandsync.__version__}\n")
        raise typer.Exit(UNWRITTEN if has_lost_text(sys.stdout) else 0)


@app.callback()
def _options(
    *,
    version: Annotated[  # noqa: ARG001 - its callback has done everything
        bool,
        typer.Option("--version", metavar="", callback=_version, is_eager=True, help="Print the version and exit."),
    ] = False,
    log_format: Annotated[
        LogFormat,
        typer.Option(
            "--log-format",
            metavar="FORMAT",
            envvar="BRANDSYNC_LOG_FORMAT",
            help="How lines on stderr look: text, or json, where each one names its pipeline and run.",
            show_default=False,
        ),
    ] = "text",
    verbose: Annotated[bool, typer.Option("--verbose", "-v", metavar="", help="Say on stderr what goes on.")] = False,
) -> None:
    from brandsync.cli.logs import configure  # noqa: PLC0415 - --version doesn't need it

    configure(verbose=verbose, log_format=log_format)


def run() -> None:
    """Run the application. No traceback is ever shown: it could hold a secret."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # an ASCII locale must not stop a report
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:  # of the help: all else is told where it happens
        give_up(sys.stdout, error)
        sys.exit(UNWRITTEN)
    except Exception as error:  # noqa: BLE001 - what is left is a bug, or a broken installation
        sys.stderr.write(f"error: a bug in brandsync: {type(error).__name__}\n")
        sys.exit(70)
