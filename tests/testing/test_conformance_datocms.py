"""The ``datocms`` CMS passes the kit against a fake."""

import json
from typing import Any, ClassVar

from fake_datocms import READ_ONLY, FakeDatocms
from hosted import HostedCms
from nothing_waits import NothingWaits

from brandsync.brand import Fields
from brandsync.cms.datocms import DatocmsCms
from brandsync.testing import CmsConformance, DraftConformance


class Datocms(HostedCms):
    """A fake Datocms, and what its editors do."""

    backend = DatocmsCms
    server = FakeDatocms
    space_name = "project"
    names: ClassVar = {
        "name": "name",
        "description": "description",
        "website_url": "website_url",
        "metadata": "extra",
    }

    def values(self, fields: Fields) -> dict[str, Any]:
        """A JSON field holds text."""
        texts = {name: json.dumps(value) if name == "metadata" else value for name, value in fields.items()}
        return super().values(texts)

    def hinder_publication(self, cms_id: str) -> None:
        self.space.fields["website_url"]["validators"] = {"required": {}}
        self.space.forget(cms_id, "website_url")

    def freeze_listing(self) -> None:
        self.fake.freeze()

    def without_write_credentials(self, section: dict[str, Any]) -> dict[str, Any]:
        return section | {"token": READ_ONLY}


class TestDatocms(NothingWaits, Datocms, CmsConformance): ...


class TestDatocmsDrafts(Datocms, DraftConformance):
    """DatoCMS locks a record that an editor has open. It publishes what a script saves, which takes no lock."""

    publishes_by_version = False
