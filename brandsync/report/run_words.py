"""What became of a run, in words for the person who looks after it: how it ended, and what to do next."""

from brandsync.journal import RunRecord, RunStatus
from brandsync.plan.safety import Refusal
from brandsync.report.words import number

SHORTEST_ID = 10
"""The characters of an id that tell when a run began. Runs of the same millisecond need more."""
_QUIET = (None, 0, 75, 130)
"""Exit codes after which nobody must do anything: the next run tries again by itself."""
_DONE = {
    "sync": {
        "created": "created",
        "updated": "updated",
        "adopted": "adopted",
        "deleted": "deleted",
        "images": "with changed pictures",
    },
    "undo": {"created": "created again", "updated": "set back", "adopted": "linked again", "deleted": "deleted"},
}
_ENDINGS = {
    RunStatus.FAILED: "failed: nothing was written",
    RunStatus.REFUSED: "refused: nothing was written",
    RunStatus.ROLLED_BACK: "failed: what it wrote was taken back",
    RunStatus.TAKEN_OVER: "stopped: another run has taken over",
    RunStatus.RESUMED: "died: what it did was kept",
    RunStatus.ACCEPTED: "died: left as it was",
    RunStatus.RUNNING: "not ended: at work, or dead",
    RunStatus.ROLLING_BACK: "not ended: died while it was taken back",
}
_NEXT = {
    RunStatus.ROLLBACK_INCOMPLETE: "remove the cause and run `brandsync recover`; or put the brands listed right by"
    " hand and run `brandsync recover --accept`",
    RunStatus.ROLLING_BACK: "`brandsync recover`, or the next run, goes on with it",
    RunStatus.RUNNING: "if it has died, `brandsync recover` or the next run settles it",
    RunStatus.SKIPPED_SOME: "correct the entries that are listed; the next run takes them up",
    RunStatus.KEPT_SOME: "look at the brands that were kept; set by hand what should be otherwise",
}
_REFUSALS = {
    Refusal.LIMIT: "refused: beyond a safety limit",
    Refusal.UNEXPECTED: "refused: not the plan that was reviewed",
}
_AFTER_REFUSAL = {
    Refusal.LIMIT: "look at `{} --dry-run`; if the plan is right, run it once with --force",
    Refusal.UNEXPECTED: "review it again with `{} --dry-run`, and expect the checksum that it prints",
    Refusal.OTHER: "`{} --dry-run` says what to do about it",
}
_NEXT_BY_CODE = {
    70: "report it, with the command that led to it",
    75: "nothing, unless it comes several times in a row: the next run tries again",
}


def short_ids(ids: list[str]) -> list[str]:
    """The ids, each cut to a beginning that no other id has."""
    size = SHORTEST_ID
    while size < 26 and len({id_[:size] for id_ in ids}) < len(ids):
        size += 1
    return [id_[:size] for id_ in ids]


def changed(run: RunRecord) -> str:
    """What it changed, in numbers: ``1 created, 3 updated``."""
    words = _DONE.get(run.kind, _DONE["sync"])
    done = [f"{run.counts[name]:,} {word}" for name, word in words.items() if run.counts.get(name)]
    return ", ".join(done) or "nothing to change"


def has_changed(run: RunRecord) -> bool:
    """Whether it changed any brand."""
    return any(run.counts.get(name) for name in _DONE["sync"])


def ending(run: RunRecord) -> str:
    """How it ended, in a few words."""
    if run.kind == "recover" and run.status in {RunStatus.DONE, RunStatus.KEPT_SOME}:
        return "settled runs that had died"
    skipped = f"{run.counts['skipped']:,} skipped" if run.counts.get("skipped") else "not all were listed"
    words = {
        RunStatus.DONE: changed(run),
        RunStatus.SKIPPED_SOME: f"{skipped}; {changed(run)}",
        RunStatus.KEPT_SOME: f"{len(run.kept):,} kept, edited since; {changed(run)}",
        RunStatus.UNDONE: f"undone since: {changed(run)}",
        RunStatus.ROLLBACK_INCOMPLETE: f"incomplete: {number(max(len(run.failed), 1))} to put right",
    }
    if run.status is RunStatus.ROLLED_BACK and run.exit_code is None:
        return "died: what it wrote was taken back"
    if run.status is RunStatus.REFUSED and (refused := _REFUSALS.get(Refusal.of(run.error))):
        return refused
    return words.get(run.status) or _ENDINGS.get(run.status, run.status)


def next_step(run: RunRecord) -> str | None:
    """What to do about it, or none."""
    if run.status in {RunStatus.DONE, RunStatus.UNDONE, RunStatus.TAKEN_OVER, RunStatus.RESUMED, RunStatus.ACCEPTED}:
        return None
    return _NEXT.get(run.status) or _NEXT_BY_CODE.get(run.exit_code or 0) or _by_looking_again(run)


def _by_looking_again(run: RunRecord) -> str | None:
    """The command that says what to do about a failure: the journal keeps no hints."""
    command = f"brandsync undo {run.undoes}" if run.undoes else f"brandsync {run.kind}"
    if run.status is RunStatus.REFUSED:
        return _AFTER_REFUSAL[Refusal.of(run.error)].format(command)
    if not run.exit_code:
        return None
    if run.status is RunStatus.ROLLED_BACK and run.exit_code == 1 and run.kind == "sync":
        return "correct in the CMS what was refused; or leave such brands out, with `brandsync sync --keep-going`"
    if run.status is RunStatus.FAILED and run.kind != "recover":
        return f"`{command} --dry-run` tries it again without writing, and says what to do about it"
    return "`brandsync check` looks at both sides, and says what to do"


def urgent(runs: list[RunRecord]) -> list[RunRecord]:
    """The runs that need a person now. A failure before a good run of its kind does not. ``runs``: the newest first.

    An undo says nothing about the syncs: the latest one that isn't undone counts, too.
    """
    latest = next((run for run in runs if run.kind != "recover"), None)
    synced = next((run for run in runs if run.kind == "sync" and run.status is not RunStatus.UNDONE), None)
    asked = [run for run in (latest, synced) if run and run.exit_code not in _QUIET]
    return [run for run in runs if run.status.is_unfinished or run in asked]
