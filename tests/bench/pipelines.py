"""A pipeline to measure: a served catalogue, an empty database, and what each kind of work is for both sides."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from databases import fresh_database
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


@dataclass(frozen=True, slots=True)
class Run:
    """What a run of brandsync took, and which it was."""

    cost: Cost
    id: str
    requests: int


class Pipeline:
    """brandsync, the bare script and its peers, over the same catalogue and into the same database."""

    def __init__(self, directory: Path, cms: str, url: str) -> None:
        self._directory = directory
        self._cms = cms
        self._url = url
        self._config = directory / "brandsync.toml"
        self._config.write_text(_CONFIG.format(cms=cms, database=url), encoding="utf-8")

    def bare(self, work: str) -> Cost:
        """What the work costs the bare script."""
        return measured([sys.executable, str(_HERE / "bare.py"), work, self._cms, self._url])[0]

    def peer(self, name: str) -> Cost:
        """What creating all brands costs a peer."""
        return measured([sys.executable, str(_HERE / "peers.py"), name, self._cms, self._url, str(self._directory)])[0]

    def sync(self, *options: str, code: int = 0) -> "Run":
        """What a run of brandsync costs."""
        return self._brandsync("sync", *options, code=code)

    def undo(self, run: str) -> "Run":
        """What taking a run back costs."""
        return self._brandsync("undo", run)

    def _brandsync(self, *arguments: str, code: int = 0) -> "Run":
        options = ["--force", "--output", "json", "--config", str(self._config)]
        cost, output = measured([program("brandsync"), *arguments, *options], code=code)
        result = json.loads(output)
        return Run(cost, result["run"], result["requests"])

    def edit(self, brands: int, hours: float = 0.0) -> None:
        """Let editors rename so many brands, in so many hours until now."""
        httpx.post(f"{self._cms}/_edit", params={"brands": brands, "hours": hours}, timeout=60).raise_for_status()

    def refuse(self, name: str) -> None:
        """Let the database refuse a brand of this name."""
        with closing(connect(self._url)) as database:
            execute(database, _REFUSING[isinstance(database, SqliteDatabase)].format(name=name))


@contextmanager
def pipeline(store: str, cms: str) -> Iterator[Pipeline]:
    """A pipeline into a database of its own."""
    with tempfile.TemporaryDirectory() as name, fresh_database(store, Path(name)) as url:
        yield Pipeline(Path(name), cms, url)


def costs(store: str, cms: str, brands: int) -> Iterator[tuple[str, Cost, Run]]:
    """Each kind of work, with what it costs the bare script and right afterwards brandsync."""
    with pipeline(store, cms) as one:
        yield "create", one.bare("create"), one.sync()
        yield "again", one.bare("again"), one.sync("--full")
        one.edit(max(1, brands // 100), hours=24)
        yield "changed", one.bare("changed"), one.sync("--full")
        one.edit(A_DAY)
        yield "incremental", one.bare("incremental"), one.sync()
    with pipeline(store, cms) as one:
        one.bare("create")
        run = one.sync().id
        yield "undo", one.bare("undo"), one.undo(run)
        one.refuse(f"Brand {brands - 1:07}")
        yield "rollback", one.bare("rollback"), one.sync(code=1)
