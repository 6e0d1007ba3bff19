"""The record of every run."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, NotRequired, TypedDict

import msgspec
from peewee import Database

from brandsync.journal.damage import Damaged, damaged
from brandsync.journal.room import Room
from brandsync.journal.status import UNFINISHED, RunStatus
from brandsync.journal.tables import Run
from brandsync.observing.excerpt import excerpt

EDITED_SINCE = "edited_since"
NOT_UNDONE = "not_undone"
"""Reasons why a brand was not restored."""

_NOT_RESTORED = {EDITED_SINCE, NOT_UNDONE}
_NUMBERS = ("exit_code", "seconds", "requests")
_AT_ONCE = 1_000
"""The most runs to forget at the end of a run: older runs must not hold it up for long."""


@dataclass(frozen=True, slots=True)
class RunStart:
    """What is known about a run when it begins."""

    kind: str
    """``sync``, ``undo`` or ``recover``."""
    host: str
    version: str
    """The version of brandsync."""
    source: str
    """The CMS, without credentials."""
    target: str
    """The store, without credentials."""
    settings: str
    """A fingerprint of the settings that decide what is synced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """How a run ended."""

    status: RunStatus
    exit_code: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    checksum: str | None = None
    left: Sequence[Mapping[str, Any]] = ()
    """The first of the entries that were skipped, and of the brands that were kept or could not be undone."""
    error: str | None = None
    seconds: float | None = None
    requests: int | None = None
    complete: bool = False
    """The whole CMS was listed."""
    watermark: str | None = None
    """The moment from which the next incremental run must ask, as ISO 8601, UTC."""
    undoes: Sequence[str] = ()
    """The runs that it undid, if they differ from those recorded at the start. The requested run comes first."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run, as the journal remembers it."""

    id: str
    pipeline: str
    kind: str
    """``sync``, ``undo`` or ``recover``."""
    undoes: str | None
    """The run that this one undid, for an ``undo``."""
    through: Sequence[str]
    """The later runs that it undid together with that one, newest first."""
    status: RunStatus
    exit_code: int | None
    started_at: str
    """ISO 8601, UTC."""
    seconds: float | None
    requests: int | None
    host: str
    version: str
    """The version of brandsync."""
    source: str
    """The CMS, without credentials."""
    target: str
    """The store, without credentials."""
    settings: str
    """A fingerprint of the settings that decide what is synced."""
    complete: bool
    """The whole CMS was listed."""
    watermark: str | None
    """The moment from which the next incremental run must ask, as ISO 8601, UTC."""
    checksum: str | None
    counts: Mapping[str, int]
    skipped: Sequence[Mapping[str, str]]
    """The first of the skipped entries: ``cms_id``, ``reason``, ``detail``."""
    kept: Sequence[Mapping[str, Any]]
    """The first brands not undone because edited since: also ``brand_id``, ``written``, ``before``, ``found``."""
    failed: Sequence[Mapping[str, Any]]
    """The first brands that could not be undone: the same without ``found``; ``detail`` says why."""
    error: str | None

    @property
    def began(self) -> datetime | None:
        """When it began, in UTC. None if somebody has edited ``started_at`` and it is no moment now."""
        with suppress(ValueError, OverflowError):
            moment = datetime.fromisoformat(self.started_at)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        return None

    @property
    def is_standing(self) -> bool:
        """Whether what the run wrote may still stand."""
        return self.kind != "recover" and self.status.may_stand


class Runs:
    """The runs of one pipeline."""

    def __init__(self, database: Database, pipeline: str, room: Room) -> None:
        self._database = database
        self._pipeline = pipeline
        self._room = room

    def start(self, run: str, start: RunStart, *, undoes: Sequence[str] = ()) -> None:
        """Record that a run has begun. ``undoes``: the runs that it undoes; the requested run comes first."""
        started_at = datetime.now(UTC).isoformat(timespec="seconds")
        fields = {"status": RunStatus.RUNNING, "started_at": started_at, "undoes": _undoes(undoes), **asdict(start)}
        Run.insert(id=run, pipeline=self._pipeline, **fields).execute(self._database)

    def finish(self, run: str, end: RunEnd) -> None:
        """Record how a run ended."""
        fields = asdict(end)
        fields["skipped"] = json.dumps(fields.pop("left"))
        fields["counts"] = json.dumps(end.counts)
        fields["error"] = end.error and self._room.storable(end.error)
        undoes = fields.pop("undoes")
        if undoes:
            fields["undoes"] = _undoes(undoes)
        Run.update(**fields).where(Run.id == run).execute(self._database)

    def mark(self, run: str, status: RunStatus) -> None:
        """Record a run's current status; the rest of the record stays."""
        Run.update(status=status).where(Run.id == run).execute(self._database)

    def stands_again(self, run: str) -> None:
        """Record that a run that was undone stands again, with the status that it had ended with."""
        for found in self.find(run):
            left = RunStatus.SKIPPED_SOME if found.kind == "sync" else RunStatus.KEPT_SOME
            ended = {None: RunStatus.RESUMED, 0: RunStatus.DONE}
            self.mark(found.id, ended.get(found.exit_code, left))

    def rolls_back(self, run: str) -> None:
        """Record that a run is being rolled back, before anything is undone."""
        self.mark(run, RunStatus.ROLLING_BACK)

    def latest(self, limit: int = 20) -> list[RunRecord]:
        """The latest runs, newest first."""
        query = Run.select().where(Run.pipeline == self._pipeline).order_by(Run.id.desc()).limit(limit)
        return self._records(query)

    def find(self, prefix: str) -> list[RunRecord]:
        """At most two runs whose id begins with this; ``last`` finds the latest run."""
        if prefix == "last":
            return self.latest(1)
        query = Run.select().where(Run.pipeline == self._pipeline, Run.id.startswith(prefix.upper()))
        return self._records(query.order_by(Run.id).limit(2))

    def _records(self, query: Any) -> list[RunRecord]:
        try:
            return [_record(row) for row in query.dicts().execute(self._database)]
        except (ValueError, OverflowError) as error:  # SQLite allows any bytes as a text, and any text as a number
            remedy = f"correct that value, or set it to NULL ({error})"
            raise damaged("brandsync_run", f"a run of {self._pipeline}", "a value", remedy) from None

    def unfinished(self) -> list[RunRecord]:
        """Runs that died or could not be rolled back, newest first."""
        return [run for run in self._left() if not self._is_incomplete_undo(run)]

    def incomplete_undos(self) -> list[RunRecord]:
        """Undos that reached their end but could not undo everything, newest first."""
        return [run for run in self._left() if self._is_incomplete_undo(run)]

    def _left(self) -> list[RunRecord]:
        query = Run.select().where(Run.pipeline == self._pipeline, Run.status.in_(UNFINISHED))
        return self._records(query.order_by(Run.id.desc()))

    def _is_incomplete_undo(self, run: RunRecord) -> bool:
        return run.undoes is not None and self.is_undone(run.undoes)

    def is_undone(self, run: str) -> bool:
        """Whether a run has been undone, and still is."""
        return any(found.status is RunStatus.UNDONE for found in self.find(run))

    def later_than(self, run: str) -> list[RunRecord]:
        """The runs after this one, oldest first."""
        query = Run.select().where(Run.pipeline == self._pipeline, Run.id > run).order_by(Run.id)
        return self._records(query)

    def last_good(self, *, complete: bool = False, before: str | None = None) -> RunRecord | None:
        """The latest sync that ended well; with ``complete``, the latest that listed the whole CMS.

        ``before``: look only at runs before this one.
        """
        query = Run.select().where(
            Run.pipeline == self._pipeline, Run.kind == "sync", Run.status.in_((RunStatus.DONE, RunStatus.SKIPPED_SOME))
        )
        if complete:
            query = query.where(Run.complete)
        if before:
            query = query.where(Run.id < before)
        return self._last(query)

    def last_standing(self, *, other_than: str | None) -> RunRecord | None:
        """The latest run whose writes may still be there, in the store or in the journal."""
        standing = [status for status in RunStatus if status.may_stand]
        query = Run.select().where(
            Run.pipeline == self._pipeline, Run.kind != "recover", Run.status.in_(standing), Run.id != other_than
        )
        return self._last(query)

    def of_other_sources(self, source: str, target: str) -> list[str]:
        """The other pipelines in this journal that sync another CMS to this store.

        One that has also synced this CMS is this pipeline under a former name.
        """
        others = Run.select(Run.pipeline).where(Run.pipeline != self._pipeline, Run.target == target).distinct()
        same, all_found = (
            {name for (name,) in query.tuples().execute(self._database)}
            for query in (others.where(Run.source == source), others)
        )
        return sorted(all_found - same)

    def _last(self, query: Any) -> RunRecord | None:
        return next(iter(self._records(query.order_by(Run.id.desc()).limit(1))), None)

    def prunable(self, keep: int) -> list[str]:
        """The ids of finished runs that nothing needs any more, without the ``keep`` latest, oldest first."""
        mine = Run.select(Run.id).where(Run.pipeline == self._pipeline)
        finished = mine.where(Run.status.not_in(UNFINISHED))
        newest = finished.order_by(Run.id.desc()).offset(keep).limit(1).tuples().execute(self._database)
        query = finished.where(Run.id <= next((row[0] for row in newest), "")).order_by(Run.id).limit(_AT_ONCE)
        old = [row[0] for row in query.tuples().execute(self._database)]
        needed = self._needed() if old else ()
        return [run for run in old if run not in needed]

    def _needed(self) -> set[str]:
        """Runs that later runs need, however old: the last good ones, and those that an undo still has to undo."""
        good = (self.last_good(), self.last_good(complete=True))
        undone = ([run.undoes, *run.through] for run in self._left() if run.undoes)
        return {run.id for run in good if run} | {run for runs in undone for run in runs if run}

    def oldest(self) -> str:
        """The id of the oldest run in the journal; empty if there is none."""
        query = Run.select(Run.id).where(Run.pipeline == self._pipeline).order_by(Run.id).limit(1)
        return next((row[0] for row in query.tuples().execute(self._database)), "")

    def forget(self, runs: Sequence[str]) -> None:
        """Remove the records of runs."""
        Run.delete().where(Run.id.in_(runs)).execute(self._database)


def _undoes(runs: Sequence[str]) -> str | None:
    return " ".join(runs) or None


class _Left(TypedDict):
    """A brand that a run left alone, or could not undo."""

    cms_id: str
    reason: str
    detail: str
    brand_id: NotRequired[str | None]
    written: NotRequired[dict[str, Any]]
    before: NotRequired[dict[str, Any]]
    found: NotRequired[dict[str, Any]]


def _record(row: dict[str, Any]) -> RunRecord:
    row["counts"] = _read(row, "counts", "{}", dict[str, int])
    left = _read(row, "skipped", "[]", list[_Left])  # one column for all three, as in older journals
    row["kept"] = _of(left, lambda reason: reason == EDITED_SINCE)
    row["failed"] = _of(left, lambda reason: reason == NOT_UNDONE)
    row["skipped"] = _of(left, lambda reason: reason not in _NOT_RESTORED)
    row["complete"] = bool(row["complete"])
    row["status"] = _status(row)
    for name in _NUMBERS:  # SQLite allows a text there: nobody knows the number then
        row[name] = row[name] if isinstance(row[name], int | float) else None
    row["undoes"], *row["through"] = (row["undoes"] or "").split() or [None]
    return RunRecord(**row)


def _status(row: Mapping[str, Any]) -> RunStatus:
    try:
        return RunStatus(row["status"])
    except ValueError:  # an unknown status may mean unfinished work
        remedy = (
            "use the brandsync that wrote it; or else have the run settled: UPDATE brandsync_run SET status ="
            f" '{RunStatus.ROLLBACK_INCOMPLETE}' WHERE id = '{row['id']}', and `brandsync recover`"
        )
        raise damaged("brandsync_run", f"run {row['id']}", f"`status` ({excerpt(row['status'])!r})", remedy) from None


def _read(row: Mapping[str, Any], column: str, nothing: str, kind: Any) -> Any:
    """The value of a column that holds JSON, or a stand-in that says that it is damaged."""
    try:
        value = msgspec.convert(json.loads(row[column] or nothing), kind)
        if column == "skipped":
            _require_whole(value)
    except (ValueError, RecursionError):
        remedy = f"UPDATE brandsync_run SET {column} = NULL WHERE id = '{row['id']}', if nobody can put it right"
        return Damaged(damaged("brandsync_run", f"run {row['id']}", f"`{column}`", remedy))
    return value


def _require_whole(left: Sequence[_Left]) -> None:
    needed = {"brand_id", "written", "before"}
    if any(brand["reason"] in _NOT_RESTORED and not brand.keys() >= needed for brand in left):
        raise ValueError("a brand that was not restored lacks what was written")


def _of(left: Any, wanted: Callable[[str], bool]) -> Any:
    return left if isinstance(left, Damaged) else [brand for brand in left if wanted(brand["reason"])]
