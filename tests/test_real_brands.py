"""Real brands, through the real command, into each database: there, again, changed and back.

SQLite's are linked in the CMS, one request each; the others' in the journal, for it is the bytes that depend on them.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import real_brands
from databases import KINDS, fresh_database
from extent import enough
from shop import CmsProcess, Shop

pytestmark = pytest.mark.slow

STRIDE = enough(10, of=1)
"""Each so-manieth brand of the index."""
COUNT = len(range(0, 19_119, STRIDE))
EDITED = 100
HEX = {"sqlite": "hex({})", "postgresql": "upper(encode(convert_to({}::text, 'UTF8'), 'hex'))", "mysql": "hex({})"}
WRITTEN = ("name", "description", "metadata")


@pytest.fixture(params=enough(["sqlite", "mysql"], of=KINDS))
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """A shop whose CMS holds real brands, and whose store is empty."""
    real_brands.required()
    file = tmp_path / "published.json"
    file.write_text(json.dumps(real_brands.load()[::STRIDE]), "utf-8")
    served = CmsProcess("--file", str(file), "--paging", "page", "--total", "header")
    with served as cms, fresh_database(request.param, tmp_path) as url, Shop(tmp_path, cms, url) as shop:
        shop.set("cms", paging="page", page_size=1000, total="header:X-Total-Count")
        shop.set("sync", link="cms" if request.param == "sqlite" else "journal")
        yield shop.set("cms.fields", metadata="metadata")


def told(shop: Shop, *arguments: str) -> dict[str, Any]:
    """Run a command that must end well; its result, with the seconds of the whole process printed."""
    began = time.monotonic()
    ended = shop.run(*arguments, "--output", "json")
    print(f"\n{shop.database_url.partition(':')[0]} {arguments[0]}: {time.monotonic() - began:.1f} s")  # noqa: T201
    assert ended.returncode == 0, ended.stderr + ended.stdout[-2000:]
    result: dict[str, Any] = json.loads(ended.stdout)
    return result


def rows(shop: Shop) -> list[tuple[str, ...]]:
    """The table, every column of it, as text."""
    return [tuple(map(str, row)) for row in shop.query("SELECT * FROM brand ORDER BY id")]


def links(shop: Shop) -> list[tuple[Any, ...]]:
    """What the journal remembers."""
    return shop.query("SELECT * FROM brandsync_link ORDER BY cms_id")


def bytes_held(shop: Shop) -> dict[str, list[str]]:
    """Name, description and metadata as the database itself spells their bytes, by brand id."""
    kind = HEX[shop.database_url.partition(":")[0]]
    columns = ", ".join(kind.format(name) for name in WRITTEN)
    return {row[0]: list(row[1:]) for row in shop.query(f"SELECT id, {columns} FROM brand")}


def bytes_published(shop: Shop) -> dict[str, list[str]]:
    """The same of the CMS's entries, by the brand ids that they are linked with."""
    linked = brand_ids(shop)
    assert len({*linked.values()}) == len(linked)
    return {
        linked[key]: [_hex(entry["name"]), _hex(entry["description"]), _hex(_canonical(entry["metadata"]))]
        for key, entry in shop.cms.entries.items()
    }


def brand_ids(shop: Shop) -> dict[str, str]:
    """The brand of each entry, as the journal and, where links are there, the CMS have it."""
    linked = dict(shop.query("SELECT cms_id, brand_id FROM brandsync_link"))
    in_cms = shop.database_url.startswith("sqlite")
    assert shop.external_ids() == (linked if in_cms else dict.fromkeys(linked))
    return linked


def _hex(text: str) -> str:
    return text.encode().hex().upper()


def _canonical(metadata: object) -> str:
    return json.dumps(metadata, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def edit_some(shop: Shop) -> set[str]:
    """Edit entries spread over the whole catalogue; returns the ids of their brands."""
    entries = shop.cms.entries
    chosen = list(entries)[:: COUNT // EDITED][:EDITED]
    for key in chosen:
        metadata = entries[key]["metadata"] | {"edited": "é 💶 \\ ' \""}
        shop.cms.edit(key, name=f"{entries[key]['name']} – 新", metadata=metadata)
    linked = brand_ids(shop)
    return {linked[key] for key in chosen}


def test_real_brands_arrive_byte_for_byte_stay_follow_edits_and_are_taken_back(shop):
    first = told(shop, "sync")
    assert (first["status"], first["counts"]["created"], first["counts"]["skipped"]) == ("done", COUNT, 0)
    assert bytes_held(shop) == bytes_published(shop)

    before, remembered, patches = rows(shop), links(shop), shop.cms.requests.get("PATCH", 0)
    second = told(shop, "sync")
    assert (second["status"], second["counts"]["unchanged"], second["changes"]) == ("done", COUNT, [])
    assert (rows(shop), links(shop), shop.cms.requests.get("PATCH", 0)) == (before, remembered, patches)

    edited = edit_some(shop)
    patches = shop.cms.requests.get("PATCH", 0)
    third = told(shop, "sync")
    assert {change["brand_id"] for change in third["changes"]} == edited
    assert third["counts"] | {"updated": EDITED, "unchanged": COUNT - EDITED, "created": 0} == third["counts"]
    assert {row[0] for row in set(rows(shop)) - set(before)} == edited
    assert bytes_held(shop) == bytes_published(shop)
    assert shop.cms.requests.get("PATCH", 0) == patches

    undone = told(shop, "undo", third["run"])
    assert (undone["counts"]["updated"], undone["kept"], undone["failed"]) == (EDITED, [], [])
    assert [row[:-1] for row in rows(shop)] == [row[:-1] for row in before]

    undone = told(shop, "undo", first["run"])
    assert (undone["counts"]["deleted"], undone["kept"], undone["failed"]) == (COUNT, [], [])
    assert (rows(shop), links(shop)) == ([], [])
    assert set(shop.external_ids().values()) == {None}
