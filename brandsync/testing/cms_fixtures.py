"""The base of a CMS's tests: its settings, its editors, the proxy before it, and the backend itself."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any, ClassVar

import pytest

from brandsync.brand import CmsBrand, ExternalId, Fields
from brandsync.cms.interface import Cms, CmsLinks
from brandsync.cms.mapping import EntryMapping
from brandsync.cms.optional import HoldsDrafts
from brandsync.testing.bench import Bench, Side, cms_side
from brandsync.testing.contract import breach, require
from brandsync.testing.memory_store import MemoryShop, MemoryStore, MemoryStoreSettings
from brandsync.testing.proxied import Proxied
from brandsync.workflow.pages import cms_pages


class CmsFixtures(Proxied):
    """What a subclass says about its CMS, and what the tests make from it."""

    backend: ClassVar[type[Cms]]
    """The class under test."""
    several_pages: ClassVar[int] = 250
    """More entries than one page of the listing holds."""

    @pytest.fixture
    def settings(self, tmp_path: Path) -> Iterator[dict[str, Any]]:
        """The ``[cms]`` section, with its ``fields``, for a CMS without entries. Give a `timeout` of two seconds."""
        with self.serving(tmp_path) as section:
            yield section

    def serving(self, directory: Path) -> AbstractContextManager[dict[str, Any]]:
        """The same outside this class, for tests of pairs. Relative paths start at the directory."""
        raise NotImplementedError(
            "override the fixture `settings`, or `serving`: the [cms] section, for a CMS without entries"
        )

    # What editors do: for the tests, past the backend. Each may use what ``settings`` has set up.

    def publish(self, brands: Sequence[Fields]) -> Sequence[str]:
        """Publish an entry for each of these brands, with the mapped fields. Returns their ids in order."""
        raise NotImplementedError("override `publish`")

    def edit(self, cms_id: str, **fields: Any) -> None:
        """Change fields of a published entry."""
        raise NotImplementedError("override `edit`")

    def remove(self, cms_id: str) -> None:
        """Remove an entry."""
        raise NotImplementedError("override `remove`")

    def external_ids(self) -> Mapping[str, str | None]:
        """The external id of every published entry, by entry id. Read past the backend."""
        raise NotImplementedError("override `external_ids`")

    # What the tests make from it.

    @pytest.fixture
    def side(self, section: dict[str, Any], tmp_path: Path) -> Side:
        """The backend with its settings."""
        return cms_side(self.backend, section, tmp_path)

    @pytest.fixture
    def cms(self, side: Side) -> Iterator[Cms]:
        """The CMS."""
        with closing(side.open()) as cms:
            yield cms

    @pytest.fixture
    def mapped(self, side: Side) -> list[str]:
        """The fields that are mapped."""
        return list(EntryMapping(side.settings).fields)

    @pytest.fixture
    def writable(self, cms: Cms) -> Cms:
        """The CMS. The test is skipped if it takes no external ids."""
        if not cms.links:
            pytest.skip("the CMS has no `links`: they live in the journal")
        return cms

    @pytest.fixture
    def shop(self, tmp_path: Path) -> MemoryShop:
        """A store, without brands."""
        return MemoryShop.named(str(tmp_path))

    @pytest.fixture
    def bench(self, side: Side, tmp_path: Path, shop: MemoryShop) -> Bench:
        """The pipeline from this CMS to that store."""
        return bench_of(side, tmp_path)


def bench_of(side: Side, directory: Path, **settings: Any) -> Bench:
    """A pipeline from a CMS to the in-memory store of this directory. ``settings`` are those of ``[sync]``."""
    store = MemoryStoreSettings.model_validate({"shop": str(directory)})
    return Bench(directory, side, Side(MemoryStore, store), **settings)


def linking(cms: Cms) -> CmsLinks:
    """The part of a CMS that writes external ids, if it takes them."""
    assert cms.links
    return cms.links


def drafts(cms: Cms) -> HoldsDrafts:
    """The same for a CMS with drafts: it can tell what a write has left in them."""
    links = linking(cms)
    if not isinstance(links, HoldsDrafts):
        breach("a CMS with drafts has to tell what they hold: its `links` have no `held`", HoldsDrafts.held)
    return links


def read(cms: Cms) -> list[CmsBrand]:
    """The whole listing, as the engine reads it."""
    mapping = EntryMapping(cms.settings)
    entries = (raw for page in cms_pages(cms, None) for raw in page.entries)
    return [as_read(mapping, raw, Cms.retrieve_brands) for raw in entries]


def as_read(mapping: EntryMapping, raw: Any, contract: Callable[..., Any]) -> CmsBrand:
    """The brand in a raw entry, as the engine reads it. An unreadable entry breaks the contract."""
    brand = mapping.read(raw)
    if not isinstance(brand, CmsBrand):
        breach(f"an entry can't be read by [cms.fields]: {brand.detail}\n{raw!r:.500}", contract)
    return brand


def texts(cms: Cms) -> dict[str, Fields]:
    """The fields of each entry, by entry id, as the engine reads them."""
    return {brand.cms_id: brand.fields for brand in read(cms)}


def links(cms: Cms) -> dict[str, str | None]:
    """The external id of each entry, by entry id, as the engine reads it."""
    return {brand.cms_id: brand.external_id for brand in read(cms)}


def write(cms: Cms, wanted: Mapping[str, str | None]) -> None:
    """Write external ids in batches that the CMS takes, one after another. None may have to wait."""
    size = linking(cms).batch
    pairs = [ExternalId(cms_id, external_id) for cms_id, external_id in wanted.items()]
    for start in range(0, len(pairs), size):
        later = linking(cms).write(pairs[start : start + size])
        require(not later, f"no entry has a draft, and the links of {list(later)} are to wait for one", CmsLinks.write)
