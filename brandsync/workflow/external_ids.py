"""The external ids that the CMS holds now: read by entry ids where the CMS can do that, else with listings."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from brandsync.brand import EXTERNAL_ID, Fields
from brandsync.cms.interface import Cms
from brandsync.cms.mapping import EntryMapping
from brandsync.cms.optional import HoldsDrafts
from brandsync.plan.change import Change
from brandsync.workflow.pages import cms_pages


class ExternalIds:
    """The external ids of the CMS. If they must be listed, that happens once, when the first is needed."""

    def __init__(self, cms: Cms, canonical: Callable[[str], str] = str) -> None:
        """``canonical`` spells an id as the store does. By default it changes nothing."""
        self._cms = cms
        self._mapping = EntryMapping(cms.settings)
        self._canonical = canonical
        self.forget()

    def of(self, rows: Sequence[Change]) -> dict[str, Fields]:
        """The external ids of these entries as fields, by entry. An entry that is gone is missing."""
        ids = [row.cms_id for row in rows]
        found = self._held(ids)
        return {cms_id: {EXTERNAL_ID: self._spelled(external_id)} for cms_id, external_id in found.items()}

    def _held(self, ids: Sequence[str]) -> Mapping[str, str | None]:
        links = self._cms.links
        if isinstance(links, HoldsDrafts):
            return links.held(ids)
        entries = self._cms.retrieve_entries(ids)
        return self._listed(ids) if entries is None else dict(self._read(entries))

    def written(self, rows: Sequence[Change]) -> None:
        """Remember what was written since."""
        if self._found is not None:
            self._found |= {row.cms_id: row.after[EXTERNAL_ID] for row in rows}

    def forget(self) -> None:
        """List them again when they are needed next."""
        self._found: dict[str, str | None] | None = None
        self._listed_twice = False

    def _listed(self, ids: Sequence[str]) -> Mapping[str, str | None]:
        """The external ids of these entries in the CMS's listing. An entry that two listings lack is gone."""
        found = self._found
        if found is None:
            found = self._found = self._listing()
        if not self._listed_twice and any(cms_id not in found for cms_id in ids):
            self._listed_twice = True
            found = self._found = {**self._listing(), **found}
        return {cms_id: found[cms_id] for cms_id in ids if cms_id in found}

    def _listing(self) -> dict[str, str | None]:
        """The external ids of all entries. Of several with one id, the CMS writes to the first, so it counts."""
        found: dict[str, str | None] = {}
        for page in cms_pages(self._cms, None):
            for cms_id, external_id in self._read(page.entries):
                found.setdefault(cms_id, external_id)
        return found

    def _read(self, entries: Iterable[Any]) -> Iterator[tuple[str, str | None]]:
        for entry in map(self._mapping.read, entries):
            if entry.cms_id:
                yield entry.cms_id, entry.external_id

    def _spelled(self, external_id: str | None) -> str | None:
        return self._canonical(external_id) if external_id else external_id
