"""Which runs must be taken back together: a run, and the later runs that changed the same brands."""

from collections.abc import Iterator, Sequence
from contextlib import closing

from brandsync.errors import ConfigError, SafetyRefusal
from brandsync.journal import Journal, RunRecord
from brandsync.plan.change import Change
from brandsync.plan.spool import Spool
from brandsync.plan.touched import Touched

_SHOWN = 3


def undo_chain(journal: Journal, run: RunRecord, *, through: bool) -> Sequence[RunRecord]:
    """The runs that an undo takes back, the newest first: the run alone, or ``through`` all runs that build upon it.

    Raises:
        ConfigError: the run can't be undone.
        SafetyRefusal: a later run has changed the same brands, and ``through`` is false.
    """
    require_undoable(run)
    later = [
        other
        for other in journal.runs.later_than(run.id)
        if journal.entries.has(other.id) and _counts(journal, other, run)
    ]
    building = [*_building_upon(journal, run, later)]
    if building and not through:
        raise SafetyRefusal(
            f"{_runs(building)} changed brands that run {run.id} had changed",
            hint=f"take the later ones back first, or all of them together: `brandsync undo {run.id} --through`",
        )
    for other in building:
        require_undoable(other)
    return [*reversed(building), run]


def require_undoable(run: RunRecord) -> None:
    """Raise ``ConfigError`` if nothing that the run did still stands, or nobody knows what does."""
    if not run.status.is_undoable:
        why = "nobody knows which of its changes are still there" if run.is_standing else "there is nothing to undo"
        raise ConfigError(
            f"run {run.id} is {run.status.replace('_', ' ')}: {why}",
            hint="if it has died, settle it with `brandsync recover`"
            if run.status.is_unfinished
            else "`brandsync runs` lists the runs",
        )


def _counts(journal: Journal, other: RunRecord, run: RunRecord) -> bool:
    """Whether what a later run did still stands. A run and its undo cancel each other out."""
    if run.id in (other.undoes, *other.through):  # it died half-way and was resumed: this undo finishes it
        return False
    if other.undoes is not None and other.undoes > run.id and journal.runs.is_undone(other.undoes):
        return False
    return other.is_standing


def _building_upon(journal: Journal, run: RunRecord, later: Sequence[RunRecord]) -> Iterator[RunRecord]:
    """The later runs, oldest first, that changed what the run changed, or what one of these changed."""
    if not later:
        return
    with closing(Spool()) as spool:
        touched = Touched(spool)
        touched.add(_changes(journal, run))
        for other in later:
            if any(map(touched.has, _changes(journal, other))):
                touched.add(_changes(journal, other))
                yield other


def _changes(journal: Journal, run: RunRecord) -> Iterator[Change]:
    return (change for entry in journal.entries.of(run.id) for change in entry.batch.rows)


def _runs(runs: Sequence[RunRecord]) -> str:
    if len(runs) == 1:
        return f"run {runs[0].id}, made since,"
    more = f" and {len(runs) - _SHOWN} more" if len(runs) > _SHOWN else ""
    return f"runs {', '.join(run.id for run in runs[:_SHOWN])}{more}, made since,"
