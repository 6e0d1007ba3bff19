"""What a page says to editors: what happened, and what they can do about it in the CMS. No technical words."""

from collections.abc import Mapping
from dataclasses import replace

from brandsync.errors.plural import plural
from brandsync.journal import RunRecord, RunStatus
from brandsync.plan.safety import Refusal

REASONS: Mapping[str, tuple[str, str]] = {
    "invalid": (
        "The entry can't be read as a brand.",
        "Open it in the CMS, correct what is named here, and publish it again.",
    ),
    "duplicate_id": (
        "Several entries have this id.",
        "Give each entry an id of its own where the list is written; or remove it, if it is a copy.",
    ),
    "not_listed": (
        "The CMS did not hand over all its entries.",
        "There is nothing to do in the CMS. Ask whoever looks after the shop.",
    ),
    "ambiguous": (
        "It isn't clear which brand of the shop belongs to this entry.",
        "If the entry is a duplicate, unpublish it. Otherwise write the right brand's id into its external id.",
    ),
    "unknown_external_id": (
        "The entry names a brand that the shop doesn't have (any more).",
        "Clear the entry's external id to have the brand made anew, or correct it.",
    ),
    "conflict": (
        "Somebody has edited this brand in the shop.",
        (
            "Decide which text is right, and write the same into the CMS and the shop. Where the entry is gone: publish"
            " it again, or have the brand deleted in the shop."
        ),
    ),
    "name_taken": (
        "Another brand of the shop has this name, and the shop takes each name once.",
        "Rename one of the two in the CMS; or unpublish this entry, if it is a duplicate.",
    ),
    "handle_taken": (
        "Another brand of the shop has this handle, and the shop takes each handle once.",
        "Change one of the two in the CMS; or unpublish this entry, if it is a duplicate.",
    ),
    "value_taken": (
        "Another brand of the shop has what this entry is to have, and the shop takes it once.",
        "Change one of the two in the CMS; or unpublish this entry, if it is a duplicate.",
    ),
    "unsupported": (
        "The shop can't take this change.",
        "There is nothing to do in the CMS. Ask whoever looks after the shop.",
    ),
    "changed_meanwhile": (
        "Somebody edited this brand in the shop at the same moment.",
        "Nothing: the next update looks at it again.",
    ),
    "rejected": (
        "The shop refused this brand.",
        "Correct in the CMS what the shop objects to, and publish the entry again.",
    ),
    "image_unreachable": (
        "A picture of this brand could not be fetched. Its texts are up to date.",
        (
            "Open the picture in the CMS: if it can't be seen there, upload it again and publish the entry. If it can,"
            " the next update tries again."
        ),
    ),
    "image_refused": (
        "A picture of this brand can't be used in the shop. Its texts are up to date.",
        "Replace it in the CMS as is said here, with another kind of file or a smaller one, and publish the entry.",
    ),
    "link_rejected": (
        "The brand is in the shop, but its id could not be noted in the CMS.",
        "Your text is fine. Ask whoever looks after the CMS to allow the external id to be written.",
    ),
}
"""What is wrong with an entry, and what to do about it, for each reason why one is skipped."""
UNKNOWN = "The entry was left as it is.", "See what was found; if in doubt, ask whoever looks after the shop."

_CONNECTED = "These brands were in the shop already. Each is now connected with its entry in the CMS."
_COMPLETED = "Connection completed", "These brands were connected before. Now the CMS and the shop both show it."
_HEADINGS = {
    "sync": {
        "create": ("Created", ""),
        "update": ("Changed", ""),
        "adopt": ("Connected", _CONNECTED),
        "link": _COMPLETED,
        "delete": ("Deleted", ""),
        "unlink": ("Disconnected", "The shop no longer has these brands. Their ids have been taken out of the CMS."),
    },
    "undo": {
        "delete": ("Removed again", ""),
        "update": ("Set back", ""),
        "create": ("Created again", ""),
        "adopt": ("Connected again", _CONNECTED),
        "link": _COMPLETED,
        "unlink": (
            "Disconnected",
            "These brands stay in the shop. They are no longer connected with an entry in the CMS.",
        ),
    },
}
_DONE = {"created": "created", "updated": "changed", "adopted": "connected", "deleted": "deleted"}
_UNDONE = {"deleted": "removed again", "updated": "set back", "created": "created again", "adopted": "connected again"}
_FOR_OTHERS = (
    "Whoever looks after the shop has to see to it. In the CMS there is nothing to do, unless it says so here."
)
_NOT_UPDATED = {RunStatus.FAILED, RunStatus.REFUSED, RunStatus.ROLLED_BACK}
_CUT_SHORT = "This update was cut short", "It was interrupted. The next update looks at all that is left."
_NOT_ENDED = (
    "This update has not ended",
    "It is still at work, or it was interrupted; then the next update puts things right.",
)
_ENDINGS = {
    RunStatus.TAKEN_OVER: _CUT_SHORT,
    RunStatus.RESUMED: _CUT_SHORT,
    RunStatus.ACCEPTED: _CUT_SHORT,
    RunStatus.RUNNING: _NOT_ENDED,
    RunStatus.ROLLING_BACK: _NOT_ENDED,
    RunStatus.UNDONE: (
        "This update was taken back",
        "What is listed below was changed then, and has been set back since.",
    ),
    RunStatus.ROLLBACK_INCOMPLETE: (
        "Some brands are not as they should be",
        "An update failed, and not all that it had written could be taken back.",
        _FOR_OTHERS,
    ),
}
"""The headline and the explanation where a run's status alone decides them."""
_REFUSED = {
    Refusal.LIMIT: "More would have changed than usual, so it was held back. If that was meant, ask whoever looks after"
    " the shop to let it through. If not, look at what was published or unpublished in the CMS.",
    Refusal.UNEXPECTED: "Something changed in the CMS or in the shop after this update had been reviewed, so it was not"
    " made. Ask whoever looks after the shop to review it again.",
}
_AGAIN = "Something was out of reach, or busy. There is nothing to do: the next update tries again."


def heading(kind: str, action: str) -> tuple[str, str]:
    """The heading above the brands of one kind of change, and the text below it, empty where it needs none."""
    return _HEADINGS["undo" if kind == "undo" else "sync"][action]


def done(run: RunRecord) -> str:
    """What was done, as a sentence, such as: 3 brands were created and 1 was changed."""
    words = _UNDONE if run.kind == "undo" else _DONE
    counts = [(run.counts.get(name, 0), word) for name, word in words.items()]
    parts = [f"{count:,} {'was' if count == 1 else 'were'} {word}" for count, word in counts if count]
    if pictures := run.counts.get("images", 0):
        changed = f"The pictures of {pictures:,} {plural(pictures, 'brand')} changed."
        return f"{done(replace(run, counts={**run.counts, 'images': 0}))} {changed}" if parts else changed
    if not parts:
        return "No brand had to be changed."
    first, space, rest = parts[0].partition(" ")
    *others, last = [f"{first} brand{'' if first == '1' else 's'}{space}{rest}", *parts[1:]]
    return f"{', '.join(others)} and {last}." if others else f"{last}."


def headline(run: RunRecord) -> str:
    """The one thing to know."""
    if run.status in _NOT_UPDATED:
        return "The shop was not updated"
    if run.status in _ENDINGS:
        return _ENDINGS[run.status][0]
    if run.status is RunStatus.SKIPPED_SOME:
        skipped = run.counts.get("skipped", 0)
        who = "1 brand needs" if skipped == 1 else f"{skipped:,} brands need"
        return f"{who} your attention" if skipped else "Not all brands could be read"
    if run.status is RunStatus.KEPT_SOME:
        return "An update was taken back, except what was edited since"
    kinds = {"undo": "An update was taken back", "recover": "Updates that were interrupted have been put right"}
    return kinds.get(run.kind, "The shop is up to date")


def explanation(run: RunRecord) -> list[str]:
    """What else to know, in sentences."""
    if run.status in _NOT_UPDATED:
        refused = _REFUSED.get(Refusal.of(run.error)) if run.status is RunStatus.REFUSED else None
        why = refused or (_AGAIN if run.exit_code == 75 else _FOR_OTHERS)
        return ["All brands in the shop are as they were before.", why]
    return list(_ENDINGS[run.status][1:]) if run.status in _ENDINGS else [done(run)]


def tone(run: RunRecord) -> str:
    """``good``, ``warn`` or ``bad``."""
    if run.status in {RunStatus.DONE, RunStatus.UNDONE, RunStatus.RESUMED}:
        return "good"
    mild = {RunStatus.SKIPPED_SOME, RunStatus.KEPT_SOME, RunStatus.TAKEN_OVER, RunStatus.ACCEPTED, RunStatus.RUNNING}
    return "warn" if run.status in mild or run.exit_code == 75 else "bad"
