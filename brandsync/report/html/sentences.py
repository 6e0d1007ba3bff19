"""What a page says to editors: what happened, and what they can do about it in the CMS. No technical words."""

from collections.abc import Mapping
from dataclasses import dataclass

from brandsync.journal import RunRecord, RunStatus
from brandsync.plan.safety import Refusal
from brandsync.report.words import number


@dataclass(frozen=True, slots=True)
class Advice:
    """What is wrong with an entry, and what to do about it."""

    what: str
    do: str


REASONS: Mapping[str, Advice] = {
    "invalid": Advice(
        "The entry can't be read as a brand.",
        "Open it in the CMS, correct what is named here, and publish it again.",
    ),
    "duplicate_id": Advice(
        "Several entries have this id.",
        "Give each entry an id of its own where the list is written; or remove it, if it is a copy.",
    ),
    "not_listed": Advice(
        "The CMS did not hand over all its entries.",
        "There is nothing to do in the CMS. Ask whoever looks after the shop.",
    ),
    "ambiguous": Advice(
        "It isn't clear which brand of the shop belongs to this entry.",
        "If the entry is a duplicate, unpublish it. Otherwise write the right brand's id into its external id.",
    ),
    "unknown_external_id": Advice(
        "The entry names a brand that the shop doesn't have (any more).",
        "Clear the entry's external id to have the brand made anew, or correct it.",
    ),
    "conflict": Advice(
        "Somebody has edited this brand in the shop.",
        "Decide which text is right, and write the same into the CMS and the shop. Where the entry is gone: publish it"
        " again, or have the brand deleted in the shop.",
    ),
    "name_taken": Advice(
        "Another brand of the shop has this name, and the shop takes each name once.",
        "Rename one of the two in the CMS; or unpublish this entry, if it is a duplicate.",
    ),
    "handle_taken": Advice(
        "Another brand of the shop has this handle, and the shop takes each handle once.",
        "Change one of the two in the CMS; or unpublish this entry, if it is a duplicate.",
    ),
    "value_taken": Advice(
        "Another brand of the shop has what this entry is to have, and the shop takes it once.",
        "Change one of the two in the CMS; or unpublish this entry, if it is a duplicate.",
    ),
    "unsupported": Advice(
        "The shop can't take this change.",
        "There is nothing to do in the CMS. Ask whoever looks after the shop.",
    ),
    "changed_meanwhile": Advice(
        "Somebody edited this brand in the shop at the same moment.",
        "Nothing: the next update looks at it again.",
    ),
    "rejected": Advice(
        "The shop refused this brand.",
        "Correct in the CMS what the shop objects to, and publish the entry again.",
    ),
    "link_rejected": Advice(
        "The brand is in the shop, but its id could not be noted in the CMS.",
        "Your text is fine. Ask whoever looks after the CMS to allow the external id to be written.",
    ),
}
"""The advice for each reason why an entry is skipped."""
_UNKNOWN = Advice("The entry was left as it is.", "See what was found; if in doubt, ask whoever looks after the shop.")

_TITLES = {
    "sync": {
        "create": "Created",
        "update": "Changed",
        "adopt": "Connected",
        "link": "Connection completed",
        "delete": "Deleted",
        "unlink": "Disconnected",
    },
    "undo": {
        "delete": "Removed again",
        "update": "Set back",
        "create": "Created again",
        "adopt": "Connected again",
        "link": "Connection completed",
        "unlink": "Disconnected",
    },
}
_ADOPTED = "These brands were in the shop already. Each is now connected with its entry in the CMS."
_LINKED = "These brands were connected before. Now the CMS and the shop both show it."
_NOTES = {
    "sync": {
        "adopt": _ADOPTED,
        "link": _LINKED,
        "unlink": "The shop no longer has these brands. Their ids have been taken out of the CMS.",
    },
    "undo": {
        "adopt": _ADOPTED,
        "link": _LINKED,
        "unlink": "These brands stay in the shop. They are no longer connected with an entry in the CMS.",
    },
}
_DONE = {"created": "created", "updated": "changed", "adopted": "connected", "deleted": "deleted"}
_UNDONE = {"deleted": "removed again", "updated": "set back", "created": "created again", "adopted": "connected again"}
_HEADLINES = {
    RunStatus.FAILED: "The shop was not updated",
    RunStatus.REFUSED: "The shop was not updated",
    RunStatus.ROLLED_BACK: "The shop was not updated",
    RunStatus.TAKEN_OVER: "This update was cut short",
    RunStatus.UNDONE: "This update was taken back",
    RunStatus.ROLLBACK_INCOMPLETE: "Some brands are not as they should be",
    RunStatus.RUNNING: "This update has not ended",
    RunStatus.ROLLING_BACK: "This update has not ended",
    RunStatus.RESUMED: "This update was cut short",
    RunStatus.ACCEPTED: "This update was cut short",
}
_REFUSED = {
    Refusal.LIMIT: "More would have changed than usual, so it was held back. If that was meant, ask whoever looks after"
    " the shop to let it through. If not, look at what was published or unpublished in the CMS.",
    Refusal.UNEXPECTED: "Something changed in the CMS or in the shop after this update had been reviewed, so it was not"
    " made. Ask whoever looks after the shop to review it again.",
}
_BECAUSE = {
    75: "Something was out of reach, or busy. There is nothing to do: the next update tries again.",
}
_FOR_OTHERS = (
    "Whoever looks after the shop has to see to it. In the CMS there is nothing to do, unless it says so here."
)
_AS_BEFORE = "All brands in the shop are as they were before."


def advice(reason: str) -> Advice:
    """What to say about an entry that was skipped for this reason."""
    return REASONS.get(reason, _UNKNOWN)


def title(kind: str, action: str) -> str:
    """The heading above the brands of one kind of change."""
    return _TITLES["undo" if kind == "undo" else "sync"][action]


def note(kind: str, action: str) -> str | None:
    """The text below that heading, if the heading needs an explanation."""
    return _NOTES["undo" if kind == "undo" else "sync"].get(action)


def done(run: RunRecord) -> str:
    """What was done, as a sentence, such as: 3 brands were created and 1 was changed."""
    words = _UNDONE if run.kind == "undo" else _DONE
    counts = [(run.counts.get(name, 0), word) for name, word in words.items()]
    parts = [f"{count:,} {'was' if count == 1 else 'were'} {word}" for count, word in counts if count]
    if not parts:
        return "No brand had to be changed."
    first, space, rest = parts[0].partition(" ")
    parts[0] = f"{first} brand{'' if first == '1' else 's'}{space}{rest}"
    return f"{_joined(parts)}."


def _joined(parts: list[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]


def headline(run: RunRecord) -> str:
    """The one thing to know."""
    if run.status in _HEADLINES:
        return _HEADLINES[run.status]
    if run.status is RunStatus.SKIPPED_SOME:
        return _attention(run.counts.get("skipped", 0))
    if run.status is RunStatus.KEPT_SOME:
        return "An update was taken back, except what was edited since"
    if run.kind == "undo":
        return "An update was taken back"
    if run.kind == "recover":
        return "Updates that were interrupted have been put right"
    return "The shop is up to date"


def _attention(skipped: int) -> str:
    if not skipped:
        return "Not all brands could be read"
    return f"{number(skipped, 'brand needs') if skipped == 1 else f'{skipped:,} brands need'} your attention"


def explanation(run: RunRecord) -> list[str]:
    """What else to know, in sentences."""
    if run.status in {RunStatus.FAILED, RunStatus.REFUSED, RunStatus.ROLLED_BACK}:
        refused = _REFUSED.get(Refusal.of(run.error)) if run.status is RunStatus.REFUSED else None
        return [_AS_BEFORE, refused or _BECAUSE.get(run.exit_code or 0, _FOR_OTHERS)]
    if run.status is RunStatus.ROLLBACK_INCOMPLETE:
        return ["An update failed, and not all that it had written could be taken back.", _FOR_OTHERS]
    if run.status is RunStatus.UNDONE:
        return ["What is listed below was changed then, and has been set back since."]
    if run.status in {RunStatus.RUNNING, RunStatus.ROLLING_BACK}:
        return ["It is still at work, or it was interrupted; then the next update puts things right."]
    if run.status in {RunStatus.TAKEN_OVER, RunStatus.RESUMED, RunStatus.ACCEPTED}:
        return ["It was interrupted. The next update looks at all that is left."]
    return [done(run)]


def tone(run: RunRecord) -> str:
    """``good``, ``warn`` or ``bad``."""
    if run.status in {RunStatus.DONE, RunStatus.UNDONE, RunStatus.RESUMED}:
        return "good"
    mild = {RunStatus.SKIPPED_SOME, RunStatus.KEPT_SOME, RunStatus.TAKEN_OVER, RunStatus.ACCEPTED, RunStatus.RUNNING}
    return "warn" if run.status in mild or run.exit_code == 75 else "bad"
