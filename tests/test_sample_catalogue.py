import json
from importlib.resources import files
from typing import Any

import pytest


@pytest.fixture(scope="module")
def sample() -> list[dict[str, Any]]:
    brands: list[dict[str, Any]] = json.loads((files("brandsync") / "samples/project/brands.json").read_text("utf-8"))
    return brands


def test_the_sample_catalogue_is_twelve_new_brands(sample: list[dict[str, Any]]) -> None:
    assert len(sample) == 12
    for field in ("id", "name", "handle", "website_url"):
        assert len({brand[field] for brand in sample}) == 12
    assert {brand["external_id"] for brand in sample} == {None}


def test_the_sample_catalogue_names_nobody_real(sample: list[dict[str, Any]]) -> None:
    for brand in sample:
        assert brand["website_url"].endswith(".example")
        assert brand["logo_url"] == f"{brand['website_url']}/logo.svg"
