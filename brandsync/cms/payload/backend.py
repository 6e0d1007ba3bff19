"""One collection of Payload 3, over its REST API."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from brandsync.backend import Finding
from brandsync.cms.checked import link_finding, page_finding
from brandsync.cms.entry_check import Sample, entry_findings
from brandsync.cms.http_cms import HttpCms
from brandsync.cms.interface import CmsPage
from brandsync.cms.looked_into import fields_that, led_through, objects_at
from brandsync.cms.payload.by_id import entries_of
from brandsync.cms.payload.entries import PUBLISHED, Condition, Entries
from brandsync.cms.payload.links import Links
from brandsync.cms.payload.settings import PayloadSettings
from brandsync.errors import ConfigError, Unreadable


class PayloadCms(HttpCms):
    """A collection of Payload."""

    Settings: ClassVar[type[PayloadSettings]] = PayloadSettings
    settings: PayloadSettings
    links: Links
    verified: ClassVar[str] = "a real Payload 3.90.2, 2026-11"
    public_files: ClassVar[str] = "let `access.read` of the upload collection allow everybody"
    changed_since = True

    def __init__(self, settings: PayloadSettings) -> None:
        key = settings.api_key.get_secret_value()
        headers = {"Authorization": f"{settings.auth_collection} API-Key {key}"}
        super().__init__(settings, headers=headers, secrets=(key,), credentials_hint=_hint(settings))
        self._entries = Entries(self.http, settings)
        self._shown: list[Condition] = [PUBLISHED] if settings.drafts else []
        self.links = Links(self._entries)

    def retrieve_brands(self, cursor: str | None = None, since: datetime | None = None) -> CmsPage:
        """One page of the published entries, by id: each page begins after the last id of the page before.

        So an entry that is added or deleted meanwhile moves no other. Publishing sets ``updatedAt``, however old the
        draft is (observed). So a listing since a moment includes what was published late.
        """
        if cursor is None:
            self._entries.authenticate()
        after: list[Condition] = [] if cursor is None else [("id", "greater_than", cursor)]
        conditions = [*self._shown, *after]
        changed = self._changed(len(conditions), since) if since else {}
        limit, depth = self.settings.page_size, self.settings.depth
        entries, body = self._entries.list(conditions, sort="id", limit=limit, depth=depth, **changed)
        self._refuse_drafts(entries)
        total = body.get("totalDocs") if cursor is None else None
        following = _last_id(entries) if entries and body.get("hasNextPage") else None
        return CmsPage(entries, following, total if isinstance(total, int) else None)

    def retrieve_entries(self, cms_ids: Sequence[str]) -> list[Any]:
        """The published ones among these entries. See ``Cms.retrieve_entries``."""
        entries = entries_of(self._entries, cms_ids, self._shown)
        self._refuse_drafts(entries)
        return entries

    def unseen_changes(self) -> str | None:
        """Deletions have no moment, and some changes can't be asked for by theirs. See ``MissesChanges``."""
        if not self.settings.depth:
            return None
        entries = self.retrieve_brands().entries

        def outside(path: str) -> set[str]:
            """Where the path leads to a file or to another entry. A group has no moment of its own."""
            places = led_through(path)
            return {place for place in places if any("createdAt" in one for one in objects_at(place, entries))}

        behind = fields_that(lambda path: bool(outside(path)), self.settings.fields)
        unasked = fields_that(lambda path: not outside(path) <= {*self._entries.related}, self.settings.fields)
        changed = f"is changed behind {unasked}, or " if unasked else ""
        return f"that a file or an entry {changed}is deleted behind {behind}" if behind else None

    def where(self) -> str:
        """The listing's URL."""
        return f"{self.settings.url.rstrip('/')}{self._entries.path}"

    def check(self) -> Iterator[Finding]:
        """Fetch the first page, and look at its entries and at what the API key's user may do with them."""
        page = self.retrieve_brands()
        yield page_finding(self, page)
        sample = Sample.of(page, self.retrieve_brands)
        found = entry_findings(self.settings, sample, links=False, may_lack=self._may_lack, allow=_READ)
        yield from map(self._with_depth, found)
        may = f"the API key's user may write `{self.settings.external_id}`"
        yield link_finding(self.links, may, _JOURNAL, start="")

    def _changed(self, at: int, since: datetime) -> dict[str, object]:
        """The query's part after ``at`` conditions: the entry, or one behind it, has changed since."""
        moments = ["updatedAt", *(f"{path}.updatedAt" for path in self._entries.related)]
        moment = since.astimezone(UTC).isoformat()
        either = enumerate(moments)
        return {f"where[and][{at}][or][{number}][{path}][greater_than_equal]": moment for number, path in either}

    def _refuse_drafts(self, entries: Sequence[Any]) -> None:
        if not self.settings.drafts and any(isinstance(entry, dict) and "_status" in entry for entry in entries):
            raise ConfigError(
                f"`{self.settings.collection}` has drafts, and they would be taken for what is published",
                hint="set drafts = true in [cms]",
            )

    def _may_lack(self, keys: Sequence[str]) -> bool:
        """With MongoDB, an entry lacks a field that was never filled. Payload refuses a query by an unknown field."""
        return self._entries.has_field(".".join(keys))

    def _with_depth(self, finding: Finding) -> Finding:
        if finding.ok or self.settings.depth or finding.fix is None:
            return finding
        return replace(finding, fix=f"{finding.fix}; what an upload or another entry holds is shown with depth = 1")


def _last_id(entries: Sequence[Any]) -> str:
    last = entries[-1]
    if not isinstance(last, dict) or "id" not in last:
        raise Unreadable("an entry of Payload has no `id`", hint="check `url` and `collection` in [cms]")
    return str(last["id"])


def _hint(settings: PayloadSettings) -> str:
    return (
        "check `api_key` (BRANDSYNC_CMS__API_KEY) and `auth_collection` in [cms], that"
        f" `{settings.auth_collection}` has auth: {{ useAPIKey: true }}, and that `access.read` and `access.update` of"
        f" `{settings.collection}` allow the key's user"
    )


_READ: Final = "where brands have one, let `access.read` of the collection that `{}` leads to allow the API key's user"
_JOURNAL: Final = 'or let links live in the journal alone: link = "journal" in [sync]'
