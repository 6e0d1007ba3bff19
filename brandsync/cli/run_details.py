"""All that the journal remembers of one run."""

from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from typing import Any

from brandsync.journal import Entry, Journal, Row, RunRecord
from brandsync.report.interface import Report, Sheet
from brandsync.report.visible import assignments, replacements, told
from brandsync.undo import find_run

_SHOWN = 1_000
"""The changes that are shown: as many as a run's own result has."""
_CREATING = "create-brands-step"
_ACTIONS = {"create": "create", "restore": "create", "delete": "delete", "uncreate": "delete"}


def show_run(report: Report, journal: Journal, prefix: str) -> None:
    """Show one run.

    Raises:
        ConfigError: no run, or more than one, is called so.
    """
    with journal.errors(), journal.reading() as there:
        run = find_run(there, prefix)
        changes = list(islice(_changes(there, run), _SHOWN + 1))
        undone_by = _undone_by(there, run)
    document = {"run": {**asdict(run), "undone_by": undone_by}, "changes": changes[:_SHOWN]}
    report.sheets(list(_sheets(run, undone_by, changes)), document)


def _undone_by(journal: Journal, run: RunRecord) -> str | None:
    """The run that took this one back, if it is taken back now."""
    if run.status != "undone":
        return None
    later = journal.runs.latest(_SHOWN)
    return next((other.id for other in later if other.undoes == run.id and other.status != "undone"), None)


def _changes(journal: Journal, run: RunRecord) -> Iterator[dict[str, Any]]:
    for entry in journal.entries.of(run.id):
        if entry.batch.kind != "link" or entry.step != _CREATING:  # a creation's own link is no change of its own
            yield from (_change(entry, row) for row in entry.batch.rows)


def _change(entry: Entry, row: Row) -> dict[str, Any]:
    kind = entry.batch.kind
    return {
        "action": _ACTIONS.get(kind, kind),
        "cms_id": row.cms_id,
        "brand_id": row.brand_id,
        "before": told(row.before),
        "after": told(row.after),
        "state": entry.state,
    }


def _sheets(run: RunRecord, undone_by: str | None, changes: list[dict[str, Any]]) -> Iterator[Sheet]:
    yield Sheet(f"Run {run.id}", ("", ""), list(_facts(run, undone_by)))
    if run.skipped:
        rows = [(skipped["cms_id"], skipped["reason"], skipped["detail"]) for skipped in run.skipped]
        yield Sheet("Skipped", ("brand", "reason", "what to do"), rows, _more(run))
    if changes:
        more = None if len(changes) <= _SHOWN else f"and more: the first {_SHOWN} are shown"
        columns = ("action", "brand", "id", "fields", "state")
        yield Sheet("Changes", columns, [_row(change) for change in changes[:_SHOWN]], more)


def _facts(run: RunRecord, undone_by: str | None) -> Iterator[tuple[str, str]]:
    names = ("pipeline", "kind", "status", "exit_code", "started_at", "seconds", "requests", "source", "target")
    links = {"undoes": run.undoes, "undone_by": undone_by, "checksum": run.checksum, "error": run.error}
    facts = {**{name: getattr(run, name) for name in names}, **run.counts, **links}
    yield from ((name, str(value)) for name, value in facts.items() if value is not None)


def _more(run: RunRecord) -> str | None:
    more = run.counts.get("skipped", 0) - len(run.skipped)
    return f"and {more} more, which the journal does not remember" if more > 0 else None


def _row(change: dict[str, Any]) -> tuple[str, str, str, str, str]:
    before, after = change["before"], change["after"]
    fields = replacements(before, after) if before and after else assignments(after or before)
    return change["action"], change["cms_id"], change["brand_id"] or "", "  ".join(fields), change["state"]
