"""A CMS in memory whose editors save drafts passes the kit, the tests of drafts among it."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pytest
from memory_drafts import DraftCatalogue, DraftingCms
from test_conformance_cms import TestMemoryCms as OfAnyCms

from brandsync.testing import DraftConformance


class TestDraftingCms(OfAnyCms, DraftConformance):
    backend = DraftingCms
    catalogue: DraftCatalogue

    @pytest.fixture
    def settings(self, tmp_path: Path) -> dict[str, Any]:
        name = f"{tmp_path} cms"
        self.catalogue = DraftCatalogue.named(name)
        return {"catalogue": name, "behaviour": self.behaviour}

    def save_draft(self, cms_id: str, **fields: Any) -> None:
        self.catalogue.save(cms_id, **fields)

    def publish_draft(self, cms_id: str) -> None:
        self.catalogue.publish_draft(cms_id)

    def unpublish(self, cms_id: str) -> None:
        self.catalogue.unpublish(cms_id)

    def drafted(self, field: str) -> Mapping[str, Any]:
        return {cms_id: draft[field] for cms_id, draft in self.catalogue.drafts.items()}

    def changed(self) -> Collection[str]:
        return self.catalogue.differing()

    def hinder_publication(self, cms_id: str) -> None:
        self.catalogue.unpublishable.add(cms_id)

    def freeze_listing(self) -> None:
        self.catalogue.frozen = True

    def without_write_credentials(self, section: dict[str, Any]) -> dict[str, Any]:
        return section | {"token": None}
