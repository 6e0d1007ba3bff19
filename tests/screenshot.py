"""The README's screenshot: a real dry run of the sample catalogue, on a shop that is a day behind.

python tests/screenshot.py        # writes tests/screenshot.svg
"""

import io
import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.text import Text

FILE = Path(__file__).with_name("screenshot.svg")
COMMAND = ("sync", "--dry-run", "--output", "rich")
WIDTH = 104
_TERMINAL = {"COLUMNS": str(WIDTH), "FORCE_COLOR": "1", "TERM": "xterm-256color", "COLORTERM": "truecolor"}
_STEADY_IDS = (
    "UPDATE brand SET id = printf('01KCWQ2M9X%016d', rowid)",
    "UPDATE brandsync_link SET brand_id = (SELECT id FROM brand WHERE brand.cms_id = brandsync_link.cms_id)",
)
_MADE_BY_HAND = (
    "INSERT INTO brand (id, name, handle, created_at, updated_at)"
    " VALUES ('01KCWQ2M9X0000000000000099', ?, ?, '2026-01-01', '2026-01-01')"
)


def screenshot() -> str:
    """The dry run as SVG: the same each time, however long it takes."""
    with TemporaryDirectory() as name:
        directory = Path(name)
        _yesterday(directory)
        shown = Text.from_ansi(_steady(_brandsync(directory, *COMMAND)))
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(shown)
    return console.export_svg(title=f"brandsync {' '.join(COMMAND[:2])}", unique_id="brandsync")


def _yesterday(directory: Path) -> None:
    """A shop that has synced an older catalogue, and in which somebody made a brand by hand."""
    _brandsync(directory, "init")
    catalogue = directory / "brands.json"
    today = catalogue.read_bytes()
    *brands, _, by_hand = json.loads(today)
    brands[0]["description"] = "Linen sheets."
    catalogue.write_text(json.dumps(brands), "utf-8")
    _brandsync(directory, "sync")
    catalogue.write_bytes(today)
    with closing(sqlite3.connect(directory / "shop.db")) as shop, shop:
        for statement in _STEADY_IDS:
            shop.execute(statement)
        shop.execute(_MADE_BY_HAND, (by_hand["name"], by_hand["handle"]))


def _brandsync(directory: Path, *arguments: str) -> str:
    """Run the command itself; returns what it printed."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("BRANDSYNC_", "NO_COLOR"))}
    return subprocess.run(
        [sys.executable, "-m", "brandsync", *arguments],
        cwd=directory,
        env=clean | _TERMINAL | {"PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    ).stdout


def _steady(printed: str) -> str:
    """How long it took is all that differs from run to run."""
    return re.sub(r"\b\d+\.\d+ s\b", "0.01 s", printed)


if __name__ == "__main__":
    FILE.write_text(screenshot(), "utf-8")
