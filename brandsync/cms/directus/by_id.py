"""Looks up items by their primary keys, so that Directus reads each key as it is written.

A key that the column can't hold is never asked for: the database would refuse the whole request (a 500). And Directus
reads some texts in a filter as something else: ``null``, ``true``, ``$NOW``. Those keys are asked for one by one.

Sources: directus/directus, ``api/src/database/run-ast/lib/apply-query/filter/operator.ts``,
``packages/utils/shared/parse-filter.ts``, ``api/src/utils/validate-keys.ts``.
"""

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote

from brandsync.cms.by_id import Answer, LookUp, whole_number
from brandsync.cms.directus.items import AT_ONCE, Items, both
from brandsync.errors import ConfigError, CredentialsRefused
from brandsync.http import RejectedByServer

_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_LARGEST: Final = {"integer": 2**31 - 1, "bigInteger": 2**63 - 1}
"""Directus's types of whole numbers, and the largest that their columns in PostgreSQL and MySQL hold."""
_READ_OTHERWISE: Final = re.compile(r"true|false|null|NULL|\$.*", re.DOTALL)


class ById:
    """Looks at items. Thread-safe."""

    def __init__(self, items: Items) -> None:
        self._items = items
        self._key = items.settings.id

    def published(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """The items among these that ``filter`` finds; one request per hundred."""
        possible = [cms_id for cms_id in dict.fromkeys(ids) if self._is_possible(cms_id)]
        odd = [cms_id for cms_id in possible if _READ_OTHERWISE.fullmatch(cms_id)]
        found = [item for cms_id in odd for item in self._one(cms_id)]
        if odd:
            self._items.count({})  # raises where the token may not read the collection any more
        look_up = LookUp(self._some, self._id, f"GET {self._items.path}", AT_ONCE, beside=len("%2C%22%22"))
        return [*found, *look_up.of([cms_id for cms_id in possible if cms_id not in set(odd)])]

    def _some(self, ids: Sequence[str]) -> Answer:
        condition = both(self._items.settings.filter, {self._key: {"_in": list(ids)}})
        return self._items.counted(condition, len(ids))

    def _one(self, cms_id: str) -> list[dict[str, Any]]:
        """Only the item with this key, if ``filter`` finds it."""
        try:
            item = self._items.one(quote(cms_id, safe=""), self._items.settings.filter)
        except CredentialsRefused:  # Directus also answers so where the item doesn't exist
            return []
        return [item] if self._id(item) == cms_id else []

    def _id(self, item: Any) -> str:
        return str(item.get(self._key)) if isinstance(item, dict) else ""

    @cached_property
    def _kind(self) -> str:
        """Directus's type of the key."""
        try:
            return str(self._items.field(self._key).get("type"))
        except RejectedByServer as error:
            raise ConfigError(error.message, hint="check `url`, `collection` and `id` in [cms]") from None

    def _is_possible(self, cms_id: str) -> bool:
        """Whether the key's column can hold it."""
        if self._kind == "uuid":
            return _UUID.fullmatch(cms_id) is not None
        if self._kind in _LARGEST:
            number = whole_number(cms_id)
            return number is not None and abs(number) <= _LARGEST[self._kind]
        return bool(cms_id) and "\0" not in cms_id
