"""A pipeline to measure: a served catalogue, an empty database, and what each kind of work is for both sides."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
from peewee import SqliteDatabase
from processes import Cost, measured, program

from brandsync.database import connect, execute

_HERE = Path(__file__).parent
A_DAY = 100
"""Brands that are edited between two incremental runs, whatever the catalogue's size."""

_CONFIG = """
[cms]
backend = "rest"
url = "{cms}"
paging = "page"
page_size = 1000
total = "header:X-Total-Count"
changed_since_param = "updated_since"

[cms.fields]
name = "name"
handle = "handle"
description = "description"
logo_url = "logo_url"
website_url = "website_url"

[store]
backend = "sql"
url = "{database}"

[sync]
link = "journal"
"""

_REFUSING = {
    True: "CREATE TRIGGER refuse BEFORE INSERT ON brand WHEN NEW.name = '{name}' BEGIN SELECT RAISE(ABORT, 'no'); END",
    False: "ALTER TABLE brand ADD CHECK (name <> '{name}')",
}


@contextmanager
def catalogue(brands: int) -> Iterator[str]:
    """A CMS of so many brands, by its URL."""
    command = [sys.executable, str(_HERE / "catalogue.py"), "--brands", str(brands)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


class Pipeline:
    """brandsync and the bare script, over the same catalogue and into the same database, which is emptied first."""

    def __init__(self, directory: Path, cms: str, brands: int, url: str) -> None:
        self._cms = cms
        self._brands = brands
        self._url = url.format(directory=directory)
        self._config = directory / "brandsync.toml"
        self._config.write_text(_CONFIG.format(cms=cms, database=self._url), encoding="utf-8")
        self.empty()

    def bare(self, work: str) -> Cost:
        """What the work costs the bare script."""
        return measured([sys.executable, str(_HERE / "bare.py"), work, self._cms, self._url])

    def sync(self, *options: str, code: int = 0) -> Cost:
        """What a run of brandsync costs."""
        return self._brandsync("sync", *options, code=code)

    def undo(self, run: str) -> Cost:
        """What taking a run back costs."""
        return self._brandsync("undo", run)

    def _brandsync(self, *arguments: str, code: int = 0) -> Cost:
        options = ["--force", "--output", "json", "--config", str(self._config)]
        return measured([program("brandsync"), *arguments, *options], code=code)

    def edit(self, brands: int) -> None:
        """Let editors rename so many brands."""
        httpx.post(f"{self._cms}/_edit", params={"brands": brands}, timeout=60).raise_for_status()

    def empty(self) -> None:
        """Start anew."""
        with closing(connect(self._url)) as database:
            for table in database.get_tables():
                execute(database, f'DROP TABLE "{table}"')

    def refuse(self, name: str) -> None:
        """Let the database refuse a brand of this name."""
        with closing(connect(self._url)) as database:
            execute(database, _REFUSING[isinstance(database, SqliteDatabase)].format(name=name))


def costs(pipeline: Pipeline, brands: int) -> Iterator[tuple[str, Cost, Cost]]:
    """Each kind of work, with what it costs the bare script and right afterwards brandsync."""
    yield "create", pipeline.bare("create"), pipeline.sync()
    yield "again", pipeline.bare("again"), pipeline.sync("--full")
    pipeline.edit(max(1, brands // 100))
    yield "changed", pipeline.bare("changed"), pipeline.sync("--full")
    pipeline.edit(A_DAY)
    yield "incremental", pipeline.bare("incremental"), pipeline.sync()
    pipeline.empty()
    pipeline.bare("create")
    run = json.loads(pipeline.sync().output)["run"]
    yield "undo", pipeline.bare("undo"), pipeline.undo(run)
    pipeline.refuse(f"Brand {brands - 1:07}")
    yield "rollback", pipeline.bare("rollback"), pipeline.sync(code=1)
