"""What a CMS lists, as the engine reads it, and what its check finds wrong."""

from datetime import datetime
from typing import Any

from brandsync.backend import Finding
from brandsync.brand import CmsBrand
from brandsync.cms.interface import Cms
from brandsync.cms.mapping import EntryMapping
from brandsync.workflow.pages import cms_pages


def all_entries(cms: Cms, since: datetime | None = None) -> list[Any]:
    """The raw entries of the whole listing, page after page."""
    entries: list[Any] = []
    cursor = None
    while True:
        page = cms.retrieve_brands(cursor, since)
        entries += page.entries
        cursor = page.next
        if cursor is None:
            return entries


def brands(cms: Cms, since: datetime | None = None) -> list[CmsBrand]:
    """The whole listing, in its order. What is listed more than once is there more than once."""
    mapping = EntryMapping(cms.settings)
    found = [mapping.read(raw) for page in cms_pages(cms, since) for raw in page.entries]
    readable = [brand for brand in found if isinstance(brand, CmsBrand)]
    assert readable == found
    return readable


def listed(cms: Cms, since: datetime | None = None) -> dict[str, CmsBrand]:
    """The whole listing by the entries' ids: what was listed more than once is one entry."""
    return {brand.cms_id: brand for brand in brands(cms, since)}


def names(cms: Cms, since: datetime | None = None) -> list[str]:
    """The names of all listed entries, sorted."""
    return sorted(str(brand.fields["name"]) for brand in listed(cms, since).values())


def problems(cms: Cms) -> list[Finding]:
    """What the check finds wrong."""
    return [finding for finding in cms.check() if not finding.ok]
