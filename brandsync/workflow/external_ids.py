"""Which external ids the CMS holds now: read with a listing, which every CMS has, where it knows no better way."""

from collections.abc import Callable, Iterator, Sequence

from brandsync.brand import CmsBrand, Fields, Skipped
from brandsync.cms.interface import Cms
from brandsync.cms.mapping import EntryMapping
from brandsync.journal import Row
from brandsync.workflow.pages import cms_pages
from brandsync.workflow.writer import EXTERNAL_ID


class ExternalIds:
    """The external ids of the CMS. Where they have to be listed, that is done once, when the first is asked for."""

    def __init__(self, cms: Cms, canonical: Callable[[str], str] = str) -> None:
        """``canonical`` spells an id as the store does: by default as it is."""
        self._cms = cms
        self._canonical = canonical
        self._found: dict[str, str | None] | None = None

    def of(self, rows: Sequence[Row]) -> dict[str, Fields]:
        """The external ids of these entries as fields, by entry. One that is gone is missing."""
        written = self._cms.written_ids([row.cms_id for row in rows])
        if written is not None:
            return {cms_id: {EXTERNAL_ID: self._spelled(external_id)} for cms_id, external_id in written.items()}
        if self._found is None:
            self._found = dict(self._listed())
        return {row.cms_id: {EXTERNAL_ID: self._found[row.cms_id]} for row in rows if row.cms_id in self._found}

    def written(self, rows: Sequence[Row]) -> None:
        """Take note of what was written since."""
        if self._found is not None:
            self._found |= {row.cms_id: row.after[EXTERNAL_ID] for row in rows}

    def forget(self) -> None:
        """List them again when they are asked for next."""
        self._found = None

    def _listed(self) -> Iterator[tuple[str, str | None]]:
        mapping = EntryMapping(self._cms.settings)
        for page in cms_pages(self._cms, None):
            for raw in page.entries:
                entry: CmsBrand | Skipped = mapping.read(raw)
                if entry.cms_id:
                    yield entry.cms_id, self._spelled(entry.external_id)

    def _spelled(self, external_id: str | None) -> str | None:
        return self._canonical(external_id) if external_id else external_id
