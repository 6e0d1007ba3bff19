"""The record of every run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from peewee import Database

from brandsync.journal.tables import Run

UNFINISHED = ("running", "rollback_incomplete")
"""The states in which a run may have left something that is still to be taken back."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run, as the journal remembers it."""

    id: str
    pipeline: str
    kind: str
    """``sync`` or ``undo``."""
    undoes: str | None
    """The run that this one took back, for an ``undo``."""
    status: str
    exit_code: int | None
    started_at: str
    """ISO 8601, UTC."""
    seconds: float | None
    requests: int | None
    host: str
    version: str
    """Of brandsync."""
    source: str
    """Which CMS, without credentials."""
    target: str
    """Which store, without credentials."""
    settings: str
    """A fingerprint of the settings that decide what is synced."""
    complete: bool
    """The CMS was listed as a whole."""
    watermark: str | None
    """The moment from which the next incremental run has to ask, as ISO 8601, UTC."""
    checksum: str | None
    counts: Mapping[str, int]
    skipped: Sequence[Mapping[str, str]]
    """The first of those skipped: ``cms_id``, ``reason``, ``detail``."""
    error: str | None


class Runs:
    """The runs of one pipeline."""

    def __init__(self, database: Database, pipeline: str) -> None:
        self._database = database
        self._pipeline = pipeline

    def start(self, run: str, **fields: Any) -> None:
        """Record that a run has begun."""
        started_at = datetime.now(UTC).isoformat(timespec="seconds")
        Run.insert(id=run, pipeline=self._pipeline, status="running", started_at=started_at, **fields).execute(
            self._database
        )

    def finish(self, run: str, **fields: Any) -> None:
        """Record how a run ended."""
        for name in ("counts", "skipped"):
            if name in fields:
                fields[name] = json.dumps(fields[name])
        Run.update(**fields).where(Run.id == run).execute(self._database)

    def latest(self, limit: int = 20) -> list[RunRecord]:
        """The latest runs, newest first."""
        query = Run.select().where(Run.pipeline == self._pipeline).order_by(Run.id.desc()).limit(limit)
        return [_record(row) for row in query.dicts().execute(self._database)]

    def find(self, prefix: str) -> list[RunRecord]:
        """The runs whose id begins so; ``last`` finds the latest."""
        if prefix == "last":
            return self.latest(1)
        query = Run.select().where(Run.pipeline == self._pipeline, Run.id.startswith(prefix.upper()))
        return [_record(row) for row in query.order_by(Run.id).limit(2).dicts().execute(self._database)]

    def unfinished(self) -> list[RunRecord]:
        """Runs that may have left something behind, newest first."""
        query = Run.select().where(Run.pipeline == self._pipeline, Run.status.in_(UNFINISHED))
        return [_record(row) for row in query.order_by(Run.id.desc()).dicts().execute(self._database)]

    def last_good(self, *, complete: bool = False) -> RunRecord | None:
        """The latest sync that ended well; with ``complete``, the latest that listed the whole CMS."""
        query = Run.select().where(
            Run.pipeline == self._pipeline, Run.kind == "sync", Run.status.in_(("done", "skipped_some"))
        )
        if complete:
            query = query.where(Run.complete)
        rows = list(query.order_by(Run.id.desc()).limit(1).dicts().execute(self._database))
        return _record(rows[0]) if rows else None

    def prunable(self, keep: int) -> list[str]:
        """The ids of finished runs beyond the ``keep`` latest."""
        query = Run.select(Run.id).where(Run.pipeline == self._pipeline, Run.status.not_in(UNFINISHED))
        rows = query.order_by(Run.id.desc()).offset(keep).limit(1_000).tuples().execute(self._database)
        return [row[0] for row in rows]

    def forget(self, runs: Sequence[str]) -> None:
        """Remove the records of runs."""
        Run.delete().where(Run.id.in_(runs)).execute(self._database)


def _record(row: dict[str, Any]) -> RunRecord:
    row["counts"] = json.loads(row["counts"] or "{}")
    row["skipped"] = json.loads(row["skipped"] or "[]")
    row["complete"] = bool(row["complete"])
    return RunRecord(**row)
