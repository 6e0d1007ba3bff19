"""``brandsync init wordpress-plugin``: the brand type, and a role that can touch nothing else."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from brandsync.cli.ending import finish
from brandsync.cli.new_files import NewFile, missing_of, samples, write_new
from brandsync.report.stream import write


def wordpress_plugin(
    directory: Annotated[
        Path, typer.Argument(metavar="DIRECTORY", help="The site's wp-content/mu-plugins, or any other directory.")
    ],
) -> None:
    """Write a WordPress plugin: the brand type, a role for brandsync, and a write that leaves texts as they are.

    It is one PHP file of your own, to be read and changed as you like. Nothing is ever overwritten.
    """
    finish(None, lambda _report: _run(directory))


def write_wordpress_plugin(directory: Path) -> list[Path]:
    """Write the plugin. Returns its files, or none if it is there already.

    Raises:
        ConfigError: a file with its name is there with other content, or it cannot be written.
    """
    missing = missing_of({directory / name: NewFile(content) for name, content in samples("wordpress")})
    write_new(missing, hint="name a directory that you may write to: `brandsync init wordpress-plugin DIRECTORY`")
    return [*missing]


def _run(directory: Path) -> int:
    lines = [f"Wrote {path}." for path in write_wordpress_plugin(directory)] or ["The plugin is there already."]
    following = "Next: give a user the role brandsync and an application password, then `brandsync check`."
    write(sys.stdout, "\n".join([*lines, following]) + "\n")
    return 0
