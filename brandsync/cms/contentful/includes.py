"""Entries as paths read them: their fields at the top, and linked assets and entries in place of the links.

Source: Content Delivery API, "Links", "Retrieval of linked items": each linked item comes once, in ``includes`` or
among the items themselves. A link to an unpublished item stays as it is.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from brandsync.cms.envelope import Envelope
from brandsync.cms.written_out import marked
from brandsync.json_reading import a_list, an_object, at

ITEMS: Final = Envelope("items")
_Key = tuple[str, str]


def entries_of(body: Any, depth: int, where: str) -> list[dict[str, Any]]:
    """The entries of an answer, with links followed to this depth.

    Raises:
        Unreadable: the answer holds no list of entries.
    """
    items = ITEMS.entries(body, where)
    links = _Links(items, body.get("includes"))
    return marked([links.entry(item, depth) if isinstance(item, dict) else item for item in items])


class _Links:
    """What links lead to. Each target is resolved once for each depth, because links may lead in circles."""

    def __init__(self, items: list[Any], includes: Any) -> None:
        found = [*items, *(target for group in an_object(includes).values() for target in a_list(group))]
        self._targets = {key: target for target in found if (key := _key(target, "type"))}
        self._resolved: dict[tuple[_Key, int], Any] = {}

    def entry(self, item: Mapping[str, Any], depth: int) -> dict[str, Any]:
        """The fields of an entry, with ``sys`` and ``metadata`` beside them."""
        fields = item.get("fields") or {}
        with suppress(RecursionError):  # rich text nested too deep keeps its links, and the mapping refuses it
            fields = self._followed(fields, depth)
        return {**fields, "metadata": item.get("metadata"), "sys": item.get("sys")}

    def _followed(self, value: Any, depth: int) -> Any:
        if isinstance(value, list):
            return [self._followed(inner, depth) for inner in value]
        if not isinstance(value, dict):
            return value
        key = _key(value, "linkType")
        if key is not None and key in self._targets:
            return self._target(key, depth) if depth > 0 else value
        return {name: self._followed(inner, depth) for name, inner in value.items()}

    def _target(self, key: _Key, depth: int) -> Any:
        if (key, depth) not in self._resolved:
            target = self._targets[key]
            self._resolved[key, depth] = target | {"fields": self._followed(target.get("fields"), depth - 1)}
        return self._resolved[key, depth]


def _key(value: Any, kind: str) -> _Key | None:
    """The kind and id of an entry, of an asset, or of a link's target; none for anything else."""
    sys = at(value, "sys")
    match at(sys, kind), at(sys, "id"):
        case (str(name), str(key)):
            return name, key
    return None
