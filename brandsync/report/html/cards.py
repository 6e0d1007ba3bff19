"""The brands on a page, each with its changes."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlsplit

from brandsync.brand import Fields
from brandsync.journal import EntryState
from brandsync.plan.change import shown
from brandsync.report.difference import LONGEST, Kind, Part, difference
from brandsync.report.visible import visible

ACTIONS = ("create", "update", "adopt", "link", "delete", "unlink")
"""The kinds of change, in the order in which a page shows them."""
_LABELS = {
    "name": "Name",
    "handle": "Handle",
    "description": "Description",
    "logo_url": "Logo",
    "website_url": "Website",
    "metadata": "Further details",
}
_WHOLE = frozenset({"handle", "logo_url", "website_url"})
"""Fields that are one word: a changed address is a new one, even if both have much in common."""
_ADDRESS: Final = re.compile(r"https?://\S+")
_STATES = {
    EntryState.INTENT: "It is not known whether this was done.",
    EntryState.UNDONE: "This was taken back.",
    EntryState.UNDOING: "This is being taken back.",
    EntryState.UNDO_FAILED: "This could not be taken back.",
}


@dataclass(frozen=True, slots=True)
class BrandChange:
    """One change of one brand, as the journal has it."""

    action: str
    """``create``, ``update``, ``delete``, or ``link``: its external id was written or cleared."""
    cms_id: str
    name: str | None
    before: Fields
    after: Fields
    state: EntryState | None = None
    linked: bool = False
    """Whether it was not connected with its entry before."""
    pictures: Mapping[str, str | None] = field(default_factory=dict)
    """The fields that are pictures, each with the place where the CMS has the new one, if that is known.

    Their values are what the store calls its copies.
    """

    @property
    def only_pictures(self) -> bool:
        """Whether it is a change of pictures alone: a run writes them after the brand's other fields."""
        return bool(self.pictures) and {*self.before, *self.after} <= {*self.pictures}

    def joined(self, later: "BrandChange") -> "BrandChange":
        """The two as one, of which at least one is a change of pictures alone."""
        main, other = (later, self) if self.only_pictures else (self, later)
        return replace(
            main,
            name=main.name or other.name,
            before={**later.before, **self.before},
            after={**self.after, **later.after},
            state=other.state if main.state is EntryState.DONE else main.state,
            pictures={**self.pictures, **later.pictures},
        )


@dataclass(frozen=True, slots=True)
class Value:
    """One side of a field."""

    parts: Sequence[Part] = ()
    """Empty for a field that holds nothing."""
    logo: str | None = None
    """The address of an image that may be shown, or none."""


@dataclass(frozen=True, slots=True)
class ShownField:
    """A field of a brand, with one side or both."""

    label: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Card:
    """A brand on a page."""

    action: str
    name: str
    cms_id: str
    fields: Sequence[ShownField] = ()
    state: str | None = None
    """What else became of the change, or none."""


def cards(changes: Iterable[BrandChange]) -> dict[str, list[Card]]:
    """The brands by what became of them.

    If an entry has another change too, its link gets no card of its own, and neither do its pictures.
    """
    found: list[BrandChange] = []
    places: dict[str, int] = {}
    for change in changes:
        place = places.get(change.cms_id)
        if place is None:
            places[change.cms_id] = len(found)
            found.append(change)
        elif change.action == "link":
            continue
        elif found[place].action == "link":
            found[place] = change
        elif found[place].only_pictures or change.only_pictures:
            found[place] = found[place].joined(change)
        else:
            places[change.cms_id] = len(found)
            found.append(change)
    shown = [card(change) for change in found]
    return {action: [one for one in shown if one.action == action] for action in ACTIONS}


def card(change: BrandChange) -> Card:
    """One change as it is shown."""
    is_link = change.action == "link"
    action = change.action
    if is_link:
        action = "adopt" if any(change.after.values()) else "unlink"
    elif action == "update" and change.linked:
        action = "adopt"
    elif action == "update" and not change.after:
        action = "link"
    fields = [] if is_link else [_field(name, change) for name in shown({**change.before, **change.after})]
    name = change.after.get("name") or change.before.get("name") or change.name or change.cms_id
    return Card(action, clean(str(name)), clean(change.cms_id), fields, change.state and _STATES.get(change.state))


def _field(name: str, change: BrandChange) -> ShownField:
    before, after = change.before.get(name), change.after.get(name)
    if before is not None and after is not None and name not in _WHOLE and name not in change.pictures:
        old, new = difference(_text(before), _text(after))
    else:
        kind: Kind = "changed" if name in change.before and name in change.after else "same"
        old, new = ([] if value is None else [Part(kind, _cut(_text(value)))] for value in (before, after))
    logos = _logos(name, change)
    return ShownField(_LABELS.get(name, name), Value(old, logos[0]), Value(new, logos[1]))


def _logos(name: str, change: BrandChange) -> tuple[str | None, str | None]:
    """Where a browser finds both sides' pictures: the new one in the CMS; else in what the store calls its copy."""
    before, after = change.before.get(name), change.after.get(name)
    if name not in change.pictures:
        return (image(before), image(after)) if name == "logo_url" else (None, None)
    in_cms = image(change.pictures[name]) if after is not None else None
    return image(_address_in(before)), in_cms or image(_address_in(after))


def _address_in(reference: Any) -> str | None:
    found = _ADDRESS.search(reference) if isinstance(reference, str) else None
    return found[0] if found else None


def _text(value: Any) -> str:
    return clean(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text) - LONGEST:,} more characters)"


def clean(text: str) -> str:
    """The text, with everything written out that is invisible or would reverse the rest of its line."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join("\t".join(map(visible, line.split("\t"))) for line in lines)


def image(address: Any) -> str | None:
    """The address, if a page may load an image from it: on the web, and without a password. Otherwise none."""
    if not isinstance(address, str) or len(address) > LONGEST or clean(address) != address or " " in address:
        return None
    try:
        parts = urlsplit(address)
        host, login = parts.hostname, parts.username
    except ValueError:
        return None
    return address if parts.scheme in {"http", "https"} and host and login is None else None
