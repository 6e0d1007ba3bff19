"""Real brands: those of the name suggestion index, as entries of a CMS.

They come from a package of npm.
"""

import functools
import json
import os
import tarfile
from collections.abc import Iterator
from typing import Any

import pytest
from npm_package import NpmPackage

VERSION = "8.0.20260918"
_PACKAGE = NpmPackage("name-suggestion-index", VERSION)
_INDEX = "package/dist/json/nsi.min.json"
_NAMING = ("brand", "name", "operator", "network", "official_name", "short_name", "alt_name")


@functools.cache
def available() -> str | None:
    """Why the brands can't be had here, for a skip; none where they can. Fetches them the first time."""
    return _PACKAGE.lack()


def required() -> None:
    """Skip a test where the brands can't be had; in CI it fails."""
    if lack := available():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(lack)


def load() -> list[dict[str, Any]]:
    """Every brand, in the order of the index: 19,119 entries of which many share a name.

    Raises:
        FileNotFoundError, subprocess.SubprocessError: the package is not to be had; ask ``available`` first.
    """
    entries = list(_entries())
    names = {entry["name"] for entry in entries}
    assert len(entries) == 19_119
    assert len({entry["id"] for entry in entries}) == len(entries)
    assert len(names) == 16_154
    assert sum(not name.isascii() for name in names) == 4_191
    return entries


def _entries() -> Iterator[dict[str, Any]]:
    index = _index()
    for path, category in index["nsi"].items():
        if path.startswith("brands/"):
            for item in category["items"]:
                yield _entry(path, item, index["_meta"]["generated"])


def _entry(path: str, item: dict[str, Any], generated: str) -> dict[str, Any]:
    # The index has no logos and no websites.
    tags = item["tags"]
    return {
        "id": item["id"],
        "name": item["displayName"],
        "description": _description(tags),
        "logo_url": None,
        "website_url": None,
        "metadata": {"wikidata": tags.get("brand:wikidata"), "path": path},
        "external_id": None,
        "updated_at": generated,
    }


def _description(tags: dict[str, str]) -> str:
    kinds = (f"{key}={value}" for key, value in tags.items() if ":" not in key and key not in _NAMING)
    return ", ".join(kinds)


def _index() -> dict[str, Any]:
    with tarfile.open(_PACKAGE.tarball()) as package:
        file = package.extractfile(_INDEX)
        assert file is not None
        index: dict[str, Any] = json.load(file)
        return index
