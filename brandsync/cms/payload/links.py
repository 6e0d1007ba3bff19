"""Writing external ids, in one request that looks for an editor's draft and writes only where there is none.

A PATCH of one entry (``/api/brands/ID``) starts from its latest version. Where a draft is pending, it puts the draft's
content into the live row, and with ``_status: published`` it publishes it. A PATCH of many (``/api/brands?where=...``)
with ``draft=true`` tests its condition on the latest versions: an entry whose latest version is a draft isn't found or
touched. ``_status: published`` keeps the write itself from becoming a draft. All observed with Payload 3.90.2.

A write has no ``select``: a project's hooks would get only the selected part of the entry.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from brandsync.brand import ExternalId
from brandsync.cms.interface import CmsLinks
from brandsync.cms.path import reader
from brandsync.cms.payload.entries import DRAFT, PUBLISHED, Entries
from brandsync.errors import CredentialsRefused, Rejected, Unreadable
from brandsync.http import RejectedByServer
from brandsync.observing.excerpt import excerpt

AT_ONCE: Final = 100
"""Ids in one query. Ids of 36 characters then fill half of the longest URL that web servers take."""
LOCKS: Final = "payload-locked-documents"


class Links(CmsLinks):
    """The external ids of a collection."""

    threads = 4

    def __init__(self, entries: Entries) -> None:
        self._entries = entries
        self._settings = entries.settings
        self._keys = entries.settings.external_id.split(".")
        self._read = reader(entries.settings.external_id)

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
            refused = error
        else:
            return self._kept(link, written)
        if refused.status == 423 or (refused.status == 400 and self._locked(link.cms_id)):
            return False
        raise self._rejected(link, refused)

    def pending(self, cms_ids: Sequence[str]) -> Collection[str]:
        """The entries among these that have an unpublished draft, or that are only drafts."""
        return list(self._drafts(cms_ids))

    def _drafts(self, cms_ids: Sequence[str]) -> Iterator[str]:
        if not self._settings.drafts:
            return
        for start in range(0, len(cms_ids), AT_ONCE):
            some = ("id", "in", ",".join(cms_ids[start : start + AT_ONCE]))
            query = {"draft": "true", "limit": 0, "depth": 0, "select[_status]": "true"}
            found, _ = self._entries.list([some, DRAFT], **query)
            yield from (str(entry["id"]) for entry in found)

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
        body, _ = self._entries.http.json(
            "PATCH", self._entries.path, params=params, json={**self._body(link), "_status": "published"}
        )
        docs = body.get("docs") if isinstance(body, dict) else None
        if not isinstance(docs, list):
            raise Unreadable(f"PATCH {self._entries.path} answers with no `docs`", hint="check `url` in [cms]")
        if docs:
            return _object(docs[0])
        if not self._entries.exists(link.cms_id):
            raise self._gone(link)
        return None

    def _whatever(self, link: ExternalId) -> Mapping[str, Any]:
        """The entry as it was written, in a collection without drafts."""
        path, params = f"{self._entries.path}/{quote(link.cms_id, safe='')}", self._entries.params([], depth=0)
        try:
            body, _ = self._entries.http.json("PATCH", path, params=params, json=self._body(link))
        except RejectedByServer as error:
            if error.status != 404:
                raise
        else:
            return _object(body.get("doc") if isinstance(body, dict) else None)
        raise self._gone(link)

    def _body(self, link: ExternalId) -> dict[str, Any]:
        body: Any = link.external_id
        for key in reversed(self._keys):
            body = {key: body}
        return dict(body)

    def _kept(self, link: ExternalId, written: Mapping[str, Any] | None) -> bool:
        """Whether the external id was kept: Payload ignores unknown or read-only fields, and still answers 200."""
        if written is None:
            return False
        found = self._read(written)
        if (found if found is None else str(found)) == link.external_id:
            return True
        collection, field = self._settings.collection, self._settings.external_id
        raise Rejected(
            f"the external id of the entry {excerpt(link.cms_id)} was accepted by Payload and not kept",
            hint=f"check that `{collection}` has a field `{field}` (type text, not `hidden`), that `access.read` and"
            " `access.update` of the field allow the API key's user, and that no hook changes it",
        )

    def _locked(self, cms_id: str) -> bool:
        """Whether an editor is at work on the entry: the PATCH of many answers 400 to that, as to all else."""
        of_entry = {"document.relationTo": self._settings.collection, "document.value": cms_id}
        where = [(path, "equals", value) for path, value in of_entry.items()]
        params = self._entries.params(where, limit=1, depth=0)
        try:
            body, _ = self._entries.http.json("GET", self._entries.route(LOCKS), params=params)
        except (CredentialsRefused, RejectedByServer):
            return False  # this project has no locks, or doesn't show them
        return bool(body.get("docs")) if isinstance(body, dict) else False

    def _gone(self, link: ExternalId) -> Rejected:
        return Rejected(
            f"the external id of the entry {excerpt(link.cms_id)} cannot be written: it is gone from"
            f" `{self._settings.collection}`",
            hint="run again: brands are linked to what is published then",
        )

    def _rejected(self, link: ExternalId, error: RejectedByServer) -> Rejected:
        return Rejected(
            f"the external id of the entry {excerpt(link.cms_id)} cannot be written: {error.message}",
            hint="Payload checks all fields of an entry whenever one is written: publish it in the admin panel and"
            " correct what is marked; an entry that exists in another language alone needs `locale` in [cms]",
        )


def _object(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, dict) else {}


def _granted(permission: Any) -> bool:
    """``true``, or an object with ``permission`` where it depends on the entry."""
    return permission is True or (isinstance(permission, dict) and permission.get("permission") is True)


def _field(rights: Mapping[str, Any], keys: Sequence[str]) -> Mapping[str, Any]:
    """The rights to one field. Where all in an object are granted, Payload writes ``true`` instead of it."""
    for key in keys:
        fields = rights.get("fields")
        found = True if fields is True else fields.get(key) if isinstance(fields, dict) else None
        if found is True:
            return {"update": True}
        rights = _object(found)
    return rights
