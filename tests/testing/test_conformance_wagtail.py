"""The CMS that the README shows passes the kit, against a server that speaks as Wagtail does."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest
from extent import MET_BY_EACH_BACKEND
from fake_wagtail import TOKEN, FakeWagtail

from brandsync.brand import Fields
from brandsync.testing import CmsConformance

README = Path(__file__).parents[2] / "README.md"


def shown() -> Any:
    """The class of the README."""
    (code,) = (
        block
        for block in re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
        if "Wagtail" in block
    )
    module = ModuleType("wagtail_cms")
    exec(code, module.__dict__)
    return module


class TestWagtail(CmsConformance):
    """Listed by offset, looked up by ids, written page by page."""

    backend: ClassVar[Any] = shown().WagtailCms
    url_setting = "url"
    faults: ClassVar = MET_BY_EACH_BACKEND

    @pytest.fixture
    def settings(self) -> Iterator[dict[str, Any]]:
        with FakeWagtail() as self.wagtail:
            fields = {"name": "title", "description": "body", "website_url": "website"}
            yield {
                "url": self.wagtail.url,
                "token": TOKEN,
                "page_type": "brands.BrandPage",
                "fields": fields,
                "timeout": "0.5s",
            }

    def publish(self, brands: Sequence[Fields]) -> Sequence[str]:
        return [self.wagtail.publish(_page(brand)) for brand in brands]

    def edit(self, cms_id: str, **fields: Any) -> None:
        self.wagtail.pages[int(cms_id)] |= _page(fields)

    def remove(self, cms_id: str) -> None:
        del self.wagtail.pages[int(cms_id)]

    def external_ids(self) -> Mapping[str, str | None]:
        return {str(number): page["external_id"] for number, page in self.wagtail.pages.items()}


def _page(fields: Mapping[str, Any]) -> dict[str, Any]:
    names = {"name": "title", "description": "body", "website_url": "website"}
    return {names[name]: value for name, value in fields.items() if name in names}


def test_it_takes_fewer_lines_than_an_author_has_patience_for() -> None:
    assert len(README.read_text("utf-8").partition("class WagtailSettings")[2].partition("```")[0].splitlines()) < 120
