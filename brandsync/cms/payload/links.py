"""Writing external ids, in one request that looks for an editor's draft and writes only where there is none.

A PATCH of one entry (``/api/brands/ID``) starts from its latest version. Where a draft is pending, it puts the draft's
content into the live row, and with ``_status: published`` it publishes it. A PATCH of many (``/api/brands?where=...``)
with ``draft=true`` tests its condition on the latest versions: an entry whose latest version is a draft isn't found or
touched. ``_status: published`` keeps the write itself from becoming a draft. All observed with Payload 3.90.2.

A write has no ``select``: a project's hooks would get only the selected part of the entry.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from brandsync.brand import ExternalId, batched
from brandsync.cms.external_ids import as_text, nested, unwritable
from brandsync.cms.interface import CmsLinks
from brandsync.cms.payload.entries import DRAFT, PUBLISHED, Entries
from brandsync.errors import CredentialsRefused, Rejected, Unreadable
from brandsync.http import RejectedByServer
from brandsync.json_reading import an_object, at
from brandsync.observing.excerpt import excerpt

AT_ONCE: Final = 100
"""Ids in one query. Ids of 36 characters then fill half of the longest URL that web servers take."""
_REFUSED: Final = (
    "Payload checks all fields of an entry whenever one is written: publish it in the admin panel and correct what is"
    " marked; an entry that exists in another language alone needs `locale` in [cms]"
)
LOCKS: Final = "payload-locked-documents"


class Links(CmsLinks):
    """The external ids of a collection."""

    threads = 4

    def __init__(self, entries: Entries) -> None:
        self._entries = entries
        self._settings = entries.settings
        self._keys = entries.settings.external_id.split(".")

    def write(self, links: Sequence[ExternalId]) -> Collection[str]:
        """Write them. Entries with a draft, or with an editor at work, are left for later."""
        return [link.cms_id for link in links if not self._is_written(link)]

    def _is_written(self, link: ExternalId) -> bool:
        """Write one; return false where it is left for later, because of a draft or an editor at work on the entry.

        Raises:
            Rejected: the entry is gone, Payload refuses it as it stands, or it doesn't keep the external id.
        """
        try:
            written = self._if_published(link) if self._settings.drafts else self._whatever(link)
        except RejectedByServer as error:
            if error.status == 423 or (error.status == 400 and self._locked(link.cms_id)):
                return False
            raise unwritable(link.cms_id, error.message, _REFUSED) from None
        if written is not None:
            self._require_kept(link, written)
        return written is not None

    def pending(self, cms_ids: Sequence[str]) -> Collection[str]:
        """The entries among these that have an unpublished draft, or that are only drafts."""
        drafts: list[str] = []
        if not self._settings.drafts:
            return drafts
        for ids in batched(cms_ids, AT_ONCE):
            query = {"draft": "true", "limit": 0, "depth": 0, "select[_status]": "true"}
            found, _ = self._entries.list([("id", "in", ",".join(ids)), DRAFT], **query)
            drafts += [str(entry["id"]) for entry in found]
        return drafts

    def refusal(self) -> str | None:
        """Why they can't be written with this key, or none. Source: ``GET /api/access`` and a query by the field."""
        collection, field = self._settings.collection, self._settings.external_id
        rights = self._entries.access()
        if not _granted(rights.get("update")):
            return f"the API key's user may not update `{collection}`: let `access.update` of the collection allow it"
        if not self._entries.has_field(field):
            return (
                f"`{collection}` has no field `{field}` that the API key's user may read: add it to the collection"
                " (type text), or let `access.read` of the field allow it"
            )
        if not _granted(_field(rights, self._keys).get("update")):
            return f"the API key's user may not update `{field}`: let `access.update` of the field allow it"
        return None

    def _if_published(self, link: ExternalId) -> Mapping[str, Any] | None:
        """The entry as it was written; none where its latest version isn't published."""
        params = self._entries.params([("id", "equals", link.cms_id), PUBLISHED], draft="true", depth=0, limit=1)
        body = {**nested(self._keys, link.external_id), "_status": "published"}
        answer, _ = self._entries.http.json("PATCH", self._entries.path, params=params, json=body)
        docs = at(answer, "docs")
        if not isinstance(docs, list):
            raise Unreadable(f"PATCH {self._entries.path} answers with no `docs`", hint="check `url` in [cms]")
        if docs:
            return an_object(docs[0])
        found, _ = self._entries.list([("id", "equals", link.cms_id)], limit=1, depth=0)
        if not found:
            raise self._gone(link)
        return None

    def _whatever(self, link: ExternalId) -> Mapping[str, Any]:
        """The entry as it was written, in a collection without drafts."""
        path, params = f"{self._entries.path}/{quote(link.cms_id, safe='')}", self._entries.params([], depth=0)
        try:
            body, _ = self._entries.http.json("PATCH", path, params=params, json=nested(self._keys, link.external_id))
        except RejectedByServer as error:
            if error.status != 404:
                raise
            raise self._gone(link) from None
        return an_object(at(body, "doc"))

    def _require_kept(self, link: ExternalId, written: Mapping[str, Any]) -> None:
        """Look whether it was kept: Payload ignores unknown or read-only fields, and still answers 200."""
        if as_text(at(written, *self._keys)) == link.external_id:
            return
        collection, field = self._settings.collection, self._settings.external_id
        raise Rejected(
            f"the external id of the entry {excerpt(link.cms_id)} was accepted by Payload and not kept",
            hint=f"check that `{collection}` has a field `{field}` (type text, not `hidden`), that `access.read` and"
            " `access.update` of the field allow the API key's user, and that no hook changes it",
        )

    def _locked(self, cms_id: str) -> bool:
        """Whether an editor is at work on the entry: the PATCH of many answers 400 to that, as to all else."""
        of_collection = ("document.relationTo", "equals", self._settings.collection)
        params = self._entries.params([of_collection, ("document.value", "equals", cms_id)], limit=1, depth=0)
        try:
            body, _ = self._entries.http.json("GET", self._entries.route(LOCKS), params=params)
        except (CredentialsRefused, RejectedByServer):
            return False  # this project has no locks, or doesn't show them
        return bool(at(body, "docs"))

    def _gone(self, link: ExternalId) -> Rejected:
        hint = "run again: brands are linked to what is published then"
        return unwritable(link.cms_id, f"it is gone from `{self._settings.collection}`", hint)


def _granted(permission: Any) -> bool:
    """``true``, or an object with ``permission`` where it depends on the entry."""
    return permission is True or at(permission, "permission") is True


def _field(rights: Mapping[str, Any], keys: Sequence[str]) -> Mapping[str, Any]:
    """The rights to one field. Where all in an object are granted, Payload writes ``true`` instead of it."""
    for key in keys:
        fields = rights.get("fields")
        found = at(fields, key)
        if fields is True or found is True:
            return {"update": True}
        rights = an_object(found)
    return rights
