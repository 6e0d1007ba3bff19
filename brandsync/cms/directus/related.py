"""Files and other collections' items that are linked to the items, and the dates by which they can be asked for.

A change there leaves the item's own dates as they are, unless both are saved together, as a translation in the app is.
A file's date is ``modified_on``; others are asked for by the name of the collection's own date. Directus answers 403
both to what doesn't exist and to what the token may not read. (Observed with Directus 11.17.4.)
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Final

from brandsync.cms.askable import is_askable
from brandsync.cms.directus.items import Condition, Items, both
from brandsync.cms.external_ids import nested
from brandsync.cms.looked_into import fields_that, nested_keys, read_keys
from brandsync.errors import CredentialsRefused
from brandsync.http import RejectedByServer
from brandsync.json_reading import a_list, at

OUTSIDE: Final = frozenset({"file", "files", "m2o", "o2m", "m2m", "m2a"})
"""Values of a field's ``special`` that mean it leads to something else. Translations are saved with the item."""
Keys = tuple[str, ...]
"""The fields that lead from an item to a date."""
_NEVER: Final = "9999-12-31T00:00:00Z"


class Related:
    """Looks at what ``include`` leads to."""

    def __init__(self, items: Items) -> None:
        self._items = items

    @cached_property
    def dates(self) -> Sequence[Keys]:
        """The dates by which items can be asked for, each as the keys that lead to it."""
        names = (self._items.settings.date_updated, "modified_on")
        paths = sorted({prefix for path in self._items.settings.include.split(",") for prefix in _prefixes(path)})
        return tuple((*keys, name) for keys in paths for name in names if self._may_ask((*keys, name)))

    def unseen(self) -> str | None:
        """See ``MissesChanges``."""
        settings = self._items.settings
        roots = {key for path in settings.fields.expressions for key in read_keys(path)}
        outside = {key for key in roots if self._leads_out(key)}
        behind = fields_that(lambda path: not outside.isdisjoint(read_keys(path)), settings.fields)
        asked = {keys[0] for keys in self.dates}
        unasked = fields_that(lambda path: bool(outside & nested_keys(path) - asked), settings.fields)
        changed = f"what is behind {unasked} is changed, or " if unasked else ""
        return f"that {changed}what is behind {behind} is deleted" if behind else None

    def _leads_out(self, key: str) -> bool:
        try:
            special = at(self._items.field(key), "meta", "special")
        except (RejectedByServer, CredentialsRefused):
            return False
        return not OUTSIDE.isdisjoint(a_list(special))

    def _may_ask(self, keys: Keys) -> bool:
        never = both(self._items.settings.filter, date_since(keys, _NEVER))
        return is_askable(lambda: not self._items.count(never, once=True), lambda: self._items.count({}))


def date_since(keys: Keys, moment: str) -> Condition:
    """The condition that the date behind these keys is this moment or later."""
    return dict(nested(keys, {"_gte": moment}))


def _prefixes(path: str) -> list[Keys]:
    """The places that a path of ``include`` leads through; empty for one of several collections (``item:pages``)."""
    keys = () if ":" in path else tuple(path.strip().split("."))
    return [keys[:end] for end in range(1, len(keys))]
