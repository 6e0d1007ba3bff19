"""The sentences at the end of every report for people. A sync's last sentence is the guide's."""

from brandsync.errors.plural import counted, sized
from brandsync.journal import RunStatus
from brandsync.run.result import Result
from brandsync.workflow.requests import Needed

_ENDINGS = {
    RunStatus.FAILED: "Failed: nothing was written.",
    RunStatus.REFUSED: "Refused: nothing was written.",
    RunStatus.TAKEN_OVER: "Taken over: another run has the lease, and rolls back what this one wrote.",
    RunStatus.ROLLED_BACK: "Rolled back: what this run wrote was taken back.",
}


def number(count: int, noun: str = "brand") -> str:
    """A count with its noun: ``1 brand``, ``2 brands``."""
    return counted(count, noun)


def duration(seconds: float) -> str:
    """A length of time as a person says it: ``0.02 s``, ``12.3 s``, ``3 min 20 s``."""
    if seconds >= 59.95:
        minutes, rest = divmod(round(seconds), 60)
        return f"{minutes} min {rest} s"
    return f"{seconds:.1f} s" if seconds >= 9.995 else f"{seconds:.2f} s"


def closing(result: Result) -> list[str]:
    """The lines at the end: at most one line about adopted and deleted brands, then the last line."""
    if result.kind == "undo" and (result.dry_run or result.undone):
        return [*_needed(result), _undone(result), *([_failed(result)] if result.failed else [])]
    if result.kind == "recover" and result.status.is_good:
        recovered = f"Recovered {number(len(result.recovered), 'run')}."
        return [recovered if result.recovered else "Nothing to recover: no run has died."]
    if result.dry_run or result.status.is_good:
        return [*_needed(result), *_besides(result), *_missing(result), _synced(result)]
    return [_failed(result)]


def _besides(result: Result) -> list[str]:
    counts = result.counts
    start, verb = ("Dry run: ", " would be") if result.dry_run else ("", "")
    parts = []
    if counts["adopted"]:
        parts.append(f"{number(counts['adopted'])}{verb} adopted")
    if counts["deleted"]:
        parts.append(f"{number(counts['deleted'])}{'' if parts else verb} deleted")
    return [f"{start}{' and '.join(parts)}."] if parts else []


def _missing(result: Result) -> list[str]:
    """The brands that stay, although the CMS no longer has their entries."""
    staying = result.counts["missing"] - result.counts["deleted"]
    if staying <= 0:
        return []
    verb = "has" if staying == 1 else "have"
    return [f"{number(staying)} in the store {verb} no entry in the CMS any more."]


def _needed(result: Result) -> list[str]:
    """What the plan of a dry run would take on each side that can tell."""
    sides = (("The store", "it", result.store_needs), ("The CMS", "the external ids", result.cms_needs))
    return [_taken(who, what, needed) for who, what, needed in sides if needed and needed.requests]


def _taken(who: str, what: str, needed: Needed) -> str:
    said = f"{who} takes {number(needed.requests, 'request')} for {what}"
    if needed.rate and needed.seconds is not None:
        limit = f"{number(round(needed.rate.count), needed.rate.unit)} in {duration(needed.rate.seconds)}"
        said += f": {duration(needed.seconds)} at its limit of {limit}"
    return f"{said}."


def _synced(result: Result) -> str:
    created, updated = number(result.counts["created"]), number(result.counts["updated"])
    if result.dry_run:
        said = f"Dry run: {created} would be created and {updated} updated.{_pictures(result)}"
        return f"{said} Checksum {result.checksum}."
    return f"Synced brands from CMS: {created} created and {updated} updated.{_pictures(result)}"


def _pictures(result: Result) -> str:
    """What becomes of pictures, as a further sentence. Most pipelines have none."""
    brands = result.counts["images"]
    if not brands:
        return ""
    if not result.dry_run:
        return f" The pictures of {number(brands)} changed."
    count, size = result.uploads or (0, 0)
    new = f": {number(count, 'new file')} of {sized(size)}" if count else ""
    return f" The pictures of {number(brands)} would change{new}."


def _undone(result: Result) -> str:
    run = f"run {result.undoes}" if result.undoes else "a run"
    if result.through:
        run += f" and {number(len(result.through), 'later run')}"
    deleted, updated, created = (number(result.counts[name]) for name in ("deleted", "updated", "created"))
    start, would = (f"Dry run of undoing {run}", "would be ") if result.dry_run else (f"Undid {run}", "")
    checksum = f" Checksum {result.checksum}." if result.dry_run and result.checksum else ""
    if took_nothing_back(result):
        return f"There {'is' if result.dry_run else 'was'} nothing to undo: {run} changed no brand.{checksum}"
    return f"{start}: {deleted} {would}deleted, {updated} set back and {created} created again.{checksum}"


def took_nothing_back(result: Result) -> bool:
    """Whether an undo has found nothing to take back, or a dry run of one."""
    left = (*result.kept, *result.failed, *result.warnings)
    return not left and not any(result.counts.values()) and next(result.changes(), None) is None


def _failed(result: Result) -> str:
    if result.status is RunStatus.ROLLBACK_INCOMPLETE:
        return f"Rollback incomplete: {number(len(result.failed), 'write')} could not be taken back."
    return _ENDINGS.get(result.status, "Failed.")
