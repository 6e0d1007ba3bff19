"""A catalogue whose editors mean no good, and the results of runs that are hard to come by."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from brandsync.config import load
from brandsync.errors import RollbackIncomplete
from brandsync.plan.change import Change
from brandsync.run.pipeline import Pipeline
from brandsync.run.result import Recovered, Result
from brandsync.run.sync import Options, sync
from brandsync.workflow.outcome import Failed, Kept

HOSTILE = "\x1b]0;pwned\x07[red]Evil[/red]\u202e :smile:\nSynced brands from CMS: 0 brands"
CONFIG = """
[cms]
backend = "file"
path = "brands.json"
[cms.fields]
name = "name"
description = "description"
[store]
backend = "sql"
url = "sqlite:///shop.db"
"""


def write(directory: Path, brands: list[dict[str, Any]]) -> None:
    (directory / "brandsync.toml").write_text(CONFIG, "utf-8")
    (directory / "brands.json").write_text(json.dumps(brands), "utf-8")


@contextmanager
def synced(directory: Path, *, dry_run: bool) -> Iterator[Result]:
    """The result of a sync of what was written."""
    with closing(Pipeline.open(load(directory / "brandsync.toml"), read_only=dry_run)) as pipeline:
        yield sync(pipeline, Options(dry_run=dry_run), lambda _phase, _count: None)


def incomplete() -> Result:
    """A rollback that kept one brand and could not restore another."""
    row = Change("cms-1", "brand-1", {"name": "Written"}, {"name": "Before"})
    return Result.of_error(
        "shop",
        RollbackIncomplete("1 write of run 01RUN could not be undone", hint="remove the cause"),
        run="01RUN",
        kept=[Kept(row, {"name": HOSTILE})],
        failed=[Failed(Change("cms-2", None, {"external_id": "brand-2"}, {"external_id": None}), HOSTILE)],
        recovered=[Recovered("01DEAD", "rolled_back", 1)],
    )
