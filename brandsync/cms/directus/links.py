"""Writing external ids, and whether the token may."""

from collections.abc import Collection, Sequence

from brandsync.brand import ExternalId
from brandsync.cms.directus.items import AT_ONCE, Items
from brandsync.cms.external_ids import as_text
from brandsync.cms.interface import CmsLinks
from brandsync.errors import CredentialsRefused, Rejected
from brandsync.http import RejectedByServer
from brandsync.json_reading import an_object, at
from brandsync.observing.excerpt import excerpt

_TEXT = frozenset({"string", "text"})
"""Directus's field types that hold any external id. A number's field answers 500 to other text."""


class Links(CmsLinks):
    """The external ids of a collection."""

    batch = AT_ONCE
    threads = 4

    def __init__(self, items: Items) -> None:
        self._items = items
        self._collection = items.settings.collection
        self._field = items.settings.external_id

    def write(self, links: Sequence[ExternalId]) -> Collection[str]:
        """Write them, all or none. None is ever left for later: a draft is a version beside the item.

        Raises:
            Rejected: one of the items is gone or not published any more, or Directus refuses the write for good.
        """
        self._require_published(links)
        held = self._written(links)
        wrong = [link.cms_id for link in links if as_text(held.get(link.cms_id, link)) != link.external_id]
        if wrong:
            raise Rejected(
                f"the external id of {_named(wrong)} was accepted by Directus and not kept",
                hint=f"check that `{self._collection}` has a field `{self._field}` of the type String, that nothing in"
                " Directus (a flow, a hook) changes it, and that the token may read it",
            )
        return ()

    def refusal(self) -> str | None:
        """Why external ids can't be written with this token, or none. Sources: ``/permissions/me`` and ``/fields``."""
        update = an_object(at(self._items.data("/permissions/me"), self._collection, "update"))
        if update.get("access", "none") == "none":
            return f"the token may not update `{self._collection}`: {self._allow('update')}"
        if not {"*", self._field} & set(update.get("fields") or ()):
            return f"the token may update `{self._collection}`, but not `{self._field}`: {self._allow('update')}"
        try:
            kept = str(self._items.field(self._field).get("type"))
        except CredentialsRefused:
            return (
                f"`{self._collection}` has no field `{self._field}` that the token may read: add it there (type String)"
                f" and {self._allow('read')}"
            )
        wrong = f"the field `{self._field}` has the type {excerpt(kept)}, and has to be of type String"
        return None if kept in _TEXT else wrong

    def _allow(self, action: str) -> str:
        return f'allow "{action}" on the field `{self._field}` of `{self._collection}` in the policy of its user'

    def _require_published(self, links: Sequence[ExternalId]) -> None:
        ids = [link.cms_id for link in links]
        key, published = self._items.settings.id, self._items.settings.filter
        found = {str(item[key]) for item in self._items.of(ids, published, key)}
        if gone := [cms_id for cms_id in ids if cms_id not in found]:
            raise Rejected(
                f"{_named(gone)}: gone from `{self._collection}`, or not published any more",
                hint="run again: brands are linked to what is published then",
            )

    def _written(self, links: Sequence[ExternalId]) -> dict[str, str | None]:
        try:
            return self._items.update(links)
        except CredentialsRefused as error:
            refused = error
        except RejectedByServer as error:
            raise Rejected(
                f"the external id of {_named([link.cms_id for link in links])} cannot be written: {error.message}",
                hint=f"check the field `{self._field}` of `{self._collection}` in Directus",
            ) from None
        # One item that the token may not update, or that is gone, makes Directus answer 403 for the whole batch.
        self._require_published(links)
        raise refused


def _named(ids: Collection[str]) -> str:
    shown = ", ".join(excerpt(cms_id) for cms_id in list(ids)[:3])
    more = f" and {len(ids) - 3} more" if len(ids) > 3 else ""
    return f"the entry {shown}" if len(ids) == 1 else f"the entries {shown}{more}"
