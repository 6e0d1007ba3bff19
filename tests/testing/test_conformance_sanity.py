"""The ``sanity`` CMS passes the kit against a fake."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from extent import MET_BY_EACH_BACKEND
from fake_sanity import FakeSanity
from nothing_waits import NothingWaits

from brandsync.brand import Fields
from brandsync.cms.sanity import SanityCms
from brandsync.testing import CmsConformance, DraftConformance

PATHS = {"name": "title", "description": "description", "website_url": "website", "metadata": "extra"}
NAMES = PATHS | {"external_id": "external_id"}


class Sanity:
    """A fake Sanity, and what its editors do."""

    backend = SanityCms
    url_setting = "url"
    faults: ClassVar = MET_BY_EACH_BACKEND
    several_pages = 300

    @contextmanager
    def serving(self, directory: Path) -> Iterator[dict[str, Any]]:
        with FakeSanity() as self.fake:
            yield self.fake.settings(timeout="0.5s", page_size=100, fields=PATHS)

    def publish(self, brands: Sequence[Fields]) -> Sequence[str]:
        return [self.fake.dataset.add(**_fields(brand)) for brand in brands]

    def edit(self, cms_id: str, **fields: Any) -> None:
        self.fake.dataset.edit(cms_id, **_fields(fields))

    def remove(self, cms_id: str) -> None:
        self.fake.dataset.remove(cms_id)

    def external_ids(self) -> Mapping[str, str | None]:
        return self.fake.dataset.shown()

    def save_draft(self, cms_id: str, **fields: Any) -> None:
        self.fake.dataset.save(cms_id, **_fields(fields))

    def publish_draft(self, cms_id: str) -> None:
        self.fake.dataset.publish(cms_id)

    def unpublish(self, cms_id: str) -> None:
        self.fake.dataset.unpublish(cms_id)

    def drafted(self, field: str) -> Mapping[str, Any]:
        return self.fake.dataset.drafted(NAMES[field])

    def changed(self) -> Collection[str]:
        return self.fake.dataset.changed()

    def without_write_credentials(self, section: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in section.items() if name != "token"}


class TestSanity(NothingWaits, Sanity, CmsConformance): ...


class TestSanityDrafts(Sanity, DraftConformance):
    """Sanity keeps drafts as documents beside what is published: an external id is written into both."""

    links_drafts = True


def _fields(fields: Fields) -> dict[str, Any]:
    return {NAMES[name]: value for name, value in fields.items()}
