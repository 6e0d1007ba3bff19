"""``brandsync init``: a new project, and what the other side needs."""

import os
import shlex
import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from brandsync.cli.ending import finish
from brandsync.cli.medusa_routes import medusa_routes
from brandsync.cli.new_files import samples, write_missing, write_new
from brandsync.cli.options import WRITING, codes
from brandsync.cli.shopify_definition import shopify_definition
from brandsync.report.interface import Report
from brandsync.report.stream import write

_PROJECT: Final = "project"


class _InitGroup(TyperGroup):
    """``init [DIRECTORY]`` beside ``init medusa-routes DIRECTORY``: a word that isn't a command is a directory."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Go to the command that writes a project, unless another is named."""
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = [_PROJECT, *args]
        return super().parse_args(ctx, args)


init = typer.Typer(
    cls=_InitGroup,
    rich_markup_mode="markdown",
    subcommand_metavar="[DIRECTORY] | COMMAND [ARGS]...",
    add_help_option=True,
)


@init.callback()
def _init() -> None:
    """Write a commented brandsync.toml, and a sample catalogue for a first run with nothing else installed.

    DIRECTORY is where to write it; by default here. The configuration holds every setting with its default and a line
    of explanation; it syncs brands.json into a SQLite file. Nothing is ever overwritten: if one of the two files is
    there, it writes neither (exit 2).

    The commands below write or make what a Medusa shop, a WordPress site or a Shopify shop needs besides.
    """


@init.command(_PROJECT, hidden=True, epilog=codes(78, done="done"))
def project(
    directory: Annotated[
        Path, typer.Argument(metavar="DIRECTORY", help="Where to write it; by default here.", show_default=False)
    ] = (Path()),
) -> None:
    """Write a commented brandsync.toml, and a sample catalogue for a first run with nothing else installed."""
    finish(None, lambda report: _write_project(report, directory))


init.command("medusa-routes", epilog=codes(78, done="done"))(medusa_routes)
init.command("shopify-definition", epilog=codes(*WRITING, done="done", failed="Shopify refused it"))(shopify_definition)


@init.command("wordpress-plugin", epilog=codes(78, done="done"))
def wordpress_plugin(
    directory: Annotated[
        Path, typer.Argument(metavar="DIRECTORY", help="The site's wp-content/mu-plugins, or any other directory.")
    ],
) -> None:
    """Write a WordPress plugin: the brand type, a role for brandsync, and a write that leaves texts as they are.

    It is one PHP file of your own, to be read and changed as you like. Nothing is ever overwritten.
    """
    finish(None, lambda _report: _write_plugin(directory))


def write_wordpress_plugin(directory: Path) -> list[Path]:
    """Write the plugin. Returns its files, or none if it is there already.

    Raises:
        ConfigError: a file with its name is there with other content, or it cannot be written.
    """
    hint = "name a directory that you may write to: `brandsync init wordpress-plugin DIRECTORY`"
    return write_missing(samples("wordpress", directory), hint=hint)


def _write_plugin(directory: Path) -> int:
    lines = [f"Wrote {path}.\n" for path in write_wordpress_plugin(directory)] or ["The plugin is there already.\n"]
    following = "Next: give a user the role brandsync and an application password, then `brandsync check`.\n"
    write(sys.stdout, "".join([*lines, following]))
    return 0


def _write_project(report: Report, directory: Path) -> int:
    contents, config = samples(_PROJECT, directory), directory / "brandsync.toml"
    contents[config] = contents[config]._replace(mode=0o600)  # its owner may put a secret into it later
    present = [path for path in contents if os.path.lexists(path)]
    if present:
        report.error(
            f"{', '.join(map(str, present))}: is there already, and nothing is overwritten",
            "name another directory: `brandsync init DIRECTORY`",
        )
        return 2
    write_new(contents, hint="name a directory that you may write to: `brandsync init DIRECTORY`")
    place = "" if directory == Path() else f"cd {shlex.quote(str(directory))} && "
    wrote = f"Wrote {config} and {directory / 'brands.json'}."
    write(sys.stdout, f"{wrote}\nNext: {place}brandsync sync --dry-run\n")
    return 0
