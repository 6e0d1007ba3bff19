"""The CMS backends that need no server of somebody else's pass the kit: ``file``, ``rest`` and the one in memory."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest
from cms_server import CmsServer
from extent import MET_BY_EACH_BACKEND

from brandsync.brand import Fields
from brandsync.cms.file import FileCms
from brandsync.cms.rest import RestCms
from brandsync.testing import Behaviour, CmsConformance, MemoryCatalogue, MemoryCms

PATHS = {"name": "title.raw", "description": "body", "website_url": "website", "metadata": "extra"}


def entry_of(fields: Fields) -> dict[str, Any]:
    """An entry that holds these fields where ``PATHS`` says."""
    entry = {PATHS[name]: value for name, value in fields.items() if name != "name"}
    return {**entry, **({"title": {"raw": fields["name"]}} if "name" in fields else {})}


class TestMemoryCms(CmsConformance):
    """A CMS that can do everything."""

    backend = MemoryCms
    behaviour = Behaviour()

    @pytest.fixture
    def settings(self, tmp_path: Path) -> dict[str, Any]:
        name = f"{tmp_path} cms"
        self.catalogue = MemoryCatalogue.named(name)
        return {"catalogue": name, "behaviour": self.behaviour}

    def publish(self, brands: Sequence[Fields]) -> Sequence[str]:
        return self.catalogue.publish(*brands)

    def edit(self, cms_id: str, **fields: Any) -> None:
        self.catalogue.edit(cms_id, **fields)

    def remove(self, cms_id: str) -> None:
        self.catalogue.remove(cms_id)

    def external_ids(self) -> Mapping[str, str | None]:
        return self.catalogue.external_ids()


class TestMemoryCmsThatCanDoLittle(TestMemoryCms):
    """A CMS that writes one link at a time, on one thread, and can list neither changes nor entries by their ids."""

    behaviour = Behaviour(page_size=7, batch=1, link_threads=1, changed_since=False, finds_by_id=False)


class TestMemoryCmsThatCannotBeWrittenTo(TestMemoryCms):
    """A CMS that takes no links."""

    behaviour = Behaviour(writes_links=False)


class TestFileCms(CmsConformance):
    """A JSON file."""

    backend = FileCms

    @contextmanager
    def serving(self, directory: Path) -> Iterator[dict[str, Any]]:
        self.path = directory / "catalogue.json"
        self.entries: dict[str, dict[str, Any]] = {}
        self._save()
        yield {"path": "catalogue.json", "page_size": 100, "fields": PATHS}

    def publish(self, brands: Sequence[Fields]) -> Sequence[str]:
        start = len(self.entries) + 1
        made = {f"e{number}": entry_of(fields) for number, fields in enumerate(brands, start)}
        self.entries |= {key: {"id": key, **entry} for key, entry in made.items()}
        self._save()
        return list(made)

    def edit(self, cms_id: str, **fields: Any) -> None:
        self.entries[cms_id] |= entry_of(fields)
        self._save()

    def remove(self, cms_id: str) -> None:
        self.entries[cms_id] = {}
        self._save()

    def external_ids(self) -> Mapping[str, str | None]:
        return dict.fromkeys(key for key, entry in self.entries.items() if entry)

    def _save(self) -> None:
        entries = [entry for entry in self.entries.values() if entry]
        self.path.write_text(json.dumps(entries, ensure_ascii=False), "utf-8")


class TestRestCms(CmsConformance):
    """The guide's CMS, its list in an envelope and in pages."""

    backend = RestCms
    url_setting = "url"
    paging: ClassVar[Mapping[str, Any]] = {"paging": "page"}

    @contextmanager
    def serving(self, directory: Path) -> Iterator[dict[str, Any]]:
        with CmsServer(envelope="data", token="the-token", total="body", **self.paging) as self.server:
            yield self._section()

    def _section(self) -> dict[str, Any]:
        self.made = 0
        paging = {"next_cursor": "next"} if self.paging["paging"] == "cursor" else {}
        return {
            "url": self.server.url,
            "token": "the-token",
            "timeout": "2s",
            "items": "data",
            "page_size": 100,
            "changed_since_param": "updated_since",
            "fields": PATHS,
            **self.paging,
            **paging,
        }

    def publish(self, brands: Sequence[Fields]) -> Sequence[str]:
        ids = []
        for fields in brands:
            self.made += 1
            ids.append(f"e{self.made}")
            self.server.add({"id": ids[-1], "external_id": None, **entry_of(fields)})
        return ids

    def edit(self, cms_id: str, **fields: Any) -> None:
        self.server.edit(cms_id, **entry_of(fields))

    def remove(self, cms_id: str) -> None:
        self.server.remove(cms_id)

    def external_ids(self) -> Mapping[str, str | None]:
        return {key: entry["external_id"] for key, entry in self.server.entries.items()}


class TestRestCmsOneByOne(TestRestCms):
    """The same, each entry read by itself."""

    faults: ClassVar = MET_BY_EACH_BACKEND

    def _section(self) -> dict[str, Any]:
        return {**super()._section(), "entry_path": "/brands/{id}"}


class TestRestCmsWithCursors(TestRestCms):
    """The same, page after page by cursors."""

    paging: ClassVar = {"paging": "cursor"}
    faults: ClassVar = MET_BY_EACH_BACKEND
