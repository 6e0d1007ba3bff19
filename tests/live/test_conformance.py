"""The backends of real servers pass the kit, through the proxy that injects faults."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest
from directus import Directus
from extent import MET_BY_EACH_BACKEND
from live_cms import LiveCms
from medusa import Medusa
from payload import Payload
from strapi import Strapi
from wordpress import WordPress

from brandsync.brand import Fields
from brandsync.cms.directus import DirectusCms
from brandsync.cms.payload import PayloadCms
from brandsync.cms.strapi import StrapiCms
from brandsync.cms.wordpress import WordPressCms
from brandsync.stores.medusa import MedusaStore
from brandsync.stores.medusa.batch_routes import BatchRoutes
from brandsync.testing import CmsConformance, StoreConformance

pytestmark = [pytest.mark.live, pytest.mark.slow]

Started = Callable[[type[Any]], Any]

FIELDS = ("name", "description", "website_url")


class LiveConformance(CmsConformance):
    """A CMS as its editors use it."""

    url_setting = "url"
    faults: ClassVar = MET_BY_EACH_BACKEND
    several_pages = 120
    server: ClassVar[type[LiveCms]]
    started: Started
    """How the server is had: said by whoever serves it."""
    paging: ClassVar[Mapping[str, Any]] = {"page_size": 50}

    @pytest.fixture
    def settings(self, started: Started, tmp_path: Path) -> Iterator[dict[str, Any]]:
        self.started = started
        with self.serving(tmp_path) as section:
            yield section

    @contextmanager
    def serving(self, directory: Path) -> Iterator[dict[str, Any]]:
        self.live: LiveCms = self.started(self.server)
        self.live.reset()
        fields = {name: self.live.fields[name] for name in FIELDS}
        yield {**self.live.settings(), "fields": fields, "timeout": "3s", **self.paging}

    def publish(self, brands: Sequence[Fields]) -> Sequence[str]:
        made = {*self.live.seed([{**dict.fromkeys(FIELDS), **brand} for brand in brands])}
        ids = {entry["name"]: cms_id for cms_id, entry in self.live.published().items() if cms_id in made}
        return [ids[brand["name"]] for brand in brands]

    def edit(self, cms_id: str, **fields: Any) -> None:
        self.live.edit(cms_id, **fields)

    def remove(self, cms_id: str) -> None:
        self.live.delete(cms_id)

    def external_ids(self) -> Mapping[str, str | None]:
        return {cms_id: entry["external_id"] for cms_id, entry in self.live.published().items()}


class TestStrapi(LiveConformance):
    """Strapi, with drafts."""

    backend = StrapiCms
    server = Strapi


class TestDirectus(LiveConformance):
    """Directus, with versions."""

    backend = DirectusCms
    server = Directus


class TestPayload(LiveConformance):
    """Payload, with drafts."""

    backend = PayloadCms
    server = Payload


class TestWordPress(LiveConformance):
    """WordPress with brandsync's plugin."""

    backend = WordPressCms
    server = WordPress
    paging: ClassVar[Mapping[str, Any]] = {}  # its pages hold 100 entries, and no setting changes that


class TestMedusa(StoreConformance):
    """Medusa with the routes that brandsync writes."""

    backend = MedusaStore
    url_setting = "url"
    faults: ClassVar = MET_BY_EACH_BACKEND
    unacceptable: ClassVar = {"name": None}
    started: Started

    @pytest.fixture(autouse=True)
    def small_pages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """More than five thousand brands a test would say no more."""
        monkeypatch.setattr(BatchRoutes, "page_size", 100)

    @pytest.fixture
    def settings(self, started: Started, tmp_path: Path) -> Iterator[dict[str, Any]]:
        self.started = started
        with self.serving(tmp_path) as section:
            yield section

    @contextmanager
    def serving(self, directory: Path) -> Iterator[dict[str, Any]]:
        server = self.started(Medusa)
        server.reset()
        yield server.settings(timeout="2s", batch=100)
