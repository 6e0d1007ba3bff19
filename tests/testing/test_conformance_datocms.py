"""The ``datocms`` CMS passes the kit against a fake."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from extent import MET_BY_EACH_BACKEND
from fake_datocms import READ_ONLY, FakeDatocms
from nothing_waits import NothingWaits

from brandsync.brand import Fields
from brandsync.cms.datocms import DatocmsCms
from brandsync.testing import CmsConformance, DraftConformance

PATHS = {"name": "name", "description": "description", "website_url": "website_url", "metadata": "extra"}
NAMES = PATHS | {"external_id": "external_id"}


class Datocms:
    """A fake Datocms, and what its editors do."""

    backend = DatocmsCms
    url_setting = "url"
    faults: ClassVar = MET_BY_EACH_BACKEND

    @contextmanager
    def serving(self, directory: Path) -> Iterator[dict[str, Any]]:
        with FakeDatocms() as self.fake:
            yield self.fake.settings(timeout="0.5s", page_size=100, fields=PATHS)

    def publish(self, brands: Sequence[Fields]) -> Sequence[str]:
        return [self.fake.project.add(**_fields(brand)) for brand in brands]

    def edit(self, cms_id: str, **fields: Any) -> None:
        self.fake.project.edit(cms_id, **_fields(fields))

    def remove(self, cms_id: str) -> None:
        self.fake.project.remove(cms_id)

    def external_ids(self) -> Mapping[str, str | None]:
        return self.fake.project.shown()

    def save_draft(self, cms_id: str, **fields: Any) -> None:
        self.fake.project.save(cms_id, **_fields(fields))

    def publish_draft(self, cms_id: str) -> None:
        self.fake.project.publish(cms_id)

    def unpublish(self, cms_id: str) -> None:
        self.fake.project.unpublish(cms_id)

    def drafted(self, field: str) -> Mapping[str, Any]:
        return self.fake.project.drafted(NAMES[field])

    def changed(self) -> Collection[str]:
        return self.fake.project.changed()

    def hinder_publication(self, cms_id: str) -> None:
        self.fake.project.fields["website_url"]["validators"] = {"required": {}}
        self.fake.project.forget(cms_id, "website_url")

    def freeze_listing(self) -> None:
        self.fake.freeze()

    def without_write_credentials(self, section: dict[str, Any]) -> dict[str, Any]:
        return section | {"token": READ_ONLY}


class TestDatocms(NothingWaits, Datocms, CmsConformance): ...


class TestDatocmsDrafts(Datocms, DraftConformance):
    """DatoCMS locks a record that an editor has open. It publishes what a script saves, which takes no lock."""

    publishes_by_version = False


def _fields(fields: Fields) -> dict[str, Any]:
    """A JSON field holds text."""
    return {NAMES[name]: json.dumps(value) if name == "metadata" else value for name, value in fields.items()}
