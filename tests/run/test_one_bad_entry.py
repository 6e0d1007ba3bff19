"""One entry that cannot be read costs nobody but itself: the others are synced, and it is named with what is wrong."""

import json
from typing import Any

import pytest
from shop import Shop

DEEP_TEXT: Any = {"type": "text", "text": "x"}
for _ in range(300):
    DEEP_TEXT = {"type": "blockquote", "content": [DEEP_TEXT]}

BAD: dict[str, tuple[str, str, Any, str]] = {
    "deep rich text": ("description", "text(x)", {"type": "doc", "content": [DEEP_TEXT]}, "more than 250 levels deep"),
    "deep rich text as HTML": ("description", "html(x)", {"type": "doc", "content": [DEEP_TEXT]}, "250 levels deep"),
    "rich text of another kind": ("description", "text(x)", {"blocks": [{"type": "p"}]}, "know no such rich text"),
    "a number for rich text": ("description", "text(x)", 5, "it is a number"),
    "a list of texts": ("description", "html(x)", ["a", "b"], "it is a list that begins with text"),
    "deep metadata": ("metadata", "x", json.loads('{"a":' * 900 + "1" + "}" * 900), "200 levels within each other"),
    "half a character": ("description", "x", "a\ud800", "half a character"),
    "half a character in metadata": ("metadata", "x", {"a": "\ud800"}, "JSON has no form for"),
    "Infinity in metadata": ("metadata", "x", {"a": float("inf")}, "JSON has no form for"),
    "null for a function": ("handle", "join(' ', x)", None, "join()"),
    "a name in which nothing is to be seen": ("name", "x || name", "\u200b", "`name` is blank"),
}


@pytest.mark.parametrize("what", BAD)
def test_the_others_are_synced_and_it_is_named(shop: Shop, what: str) -> None:
    field, path, value, said = BAD[what]
    if path.startswith("join"):
        path = f"id == 'e1' && {path} || null"
    entries = [{"id": f"e{number}", "name": f"Brand {number}", "x": None} for number in range(3)]
    entries[1]["x"] = value
    in_file(shop, "brands.json", json.dumps(entries), **{"name": "name", field: path})
    is_skipped(shop, field, said)


def in_file(shop: Shop, file: str, content: str, **fields: str) -> None:
    shop.sections["cms"] = {"backend": "file", "path": file}
    shop.sections["cms.fields"] = fields
    (shop.directory / file).write_text(content, "utf-8")


def is_skipped(shop: Shop, field: str, said: str) -> None:
    """The entry e1 alone is, of three."""
    result = shop.sync()
    assert (result["exit_code"], result["counts"]["created"], result["counts"]["skipped"]) == (65, 2, 1)
    (skipped,) = result["skipped"]
    assert (skipped["cms_id"], skipped["reason"]) == ("e1", "invalid")
    assert f"`{field}`" in skipped["detail"]
    assert said in skipped["detail"]
    assert sorted(shop.names().values()) == ["Brand 0", "Brand 2"]


def test_an_address_that_is_none_is_the_matter_of_its_entry(shop: Shop) -> None:
    for number in range(3):
        shop.cms.add({"id": f"e{number}", "name": f"Brand {number}", "external_id": None, "logo": "/a.png"})
    shop.cms.edit("e1", logo="http://[x")
    shop.sections["cms.fields"] = {"name": "name", "logo_url": "absolute(logo)"}
    is_skipped(shop, "logo_url", '"http://[x" is no address: Invalid IPv6 URL')


def test_once_it_is_corrected_it_is_synced(shop: Shop) -> None:
    shop.cms.add({"id": "e1", "name": "Brand", "external_id": None, "x": "http://[x"})
    shop.sections["cms.fields"] = {"name": "name", "logo_url": "absolute(x)"}
    assert shop.sync()["exit_code"] == 65
    shop.cms.edit("e1", x="/a.png")
    assert shop.sync()["exit_code"] == 0
    assert shop.query("SELECT logo_url FROM brand") == [(f"{shop.cms.url}/a.png",)]


@pytest.mark.parametrize(
    "entry",
    [
        "{id: 1, name: !!timestamp foo}",
        f"{{id: 0x{'F' * 6000}, name: A}}",
        f"{{id: 1, name: A, external_id: 0x{'F' * 6000}}}",
        "{id: 1, name: A, x: !!int ''}",
        "[1, A]",
        "5",
    ],
)
def test_an_odd_entry_of_a_file_costs_itself_alone(shop: Shop, entry: str) -> None:
    in_file(shop, "brands.yaml", f"- {entry}\n- {{id: 2, name: B}}\n", name="name", description="x")
    result = shop.sync()
    assert (result["exit_code"], result["counts"]["skipped"]) == (65, 1)
    assert list(shop.names().values()) == ["B"]


def test_a_last_page_of_entries_without_an_id_stops_nothing(shop: Shop) -> None:
    lines = [{"id": "1", "name": "A"}, {"id": "2", "name": "B"}, {"name": "C"}]
    in_file(shop, "brands.jsonl", "\n".join(map(json.dumps, lines)), name="name")
    result = shop.set("cms", page_size=2).sync()
    assert (result["exit_code"], result["counts"]["created"], result["counts"]["skipped"]) == (65, 2, 1)


def test_two_entries_without_an_id_are_two(shop: Shop) -> None:
    entries = [{"id": "1", "name": "A"}, {"name": "Same"}, {"name": "Same"}]
    in_file(shop, "brands.json", json.dumps(entries), name="name")
    counts = shop.sync()["counts"]
    assert (counts["retrieved"], counts["created"], counts["skipped"]) == (3, 1, 2)


NAMES = {
    "Café": "Cafe\u0301",
    "Nike": "\u200bNike",
    "New Balance": "NEW\u00a0 BALANCE",
    "Levi's": "Levi’s",
    "ﬁla": "FILA",
}


def test_a_brand_whose_name_is_the_same_to_people_is_adopted_and_gets_the_name_that_the_cms_has(shop: Shop) -> None:
    in_file(shop, "b.json", json.dumps([{"id": f"e{at}", "name": name} for at, name in enumerate(NAMES)]), name="name")
    held = shop.sync()
    assert held["counts"]["created"] == len(NAMES)
    shop.execute("DELETE FROM brandsync_link")
    shop.execute("UPDATE brand SET cms_id = NULL")
    entries = [{"id": f"n{at}", "name": name} for at, name in enumerate(NAMES.values())]
    in_file(shop, "b.json", json.dumps(entries), name="name")
    shop.set("safety", max_updates="100%")
    result = shop.sync()
    assert (result["exit_code"], result["counts"]["adopted"], result["counts"]["created"]) == (0, len(NAMES), 0)
    assert sorted(shop.names().values()) == sorted(NAMES.values())
    assert shop.sync()["changes"] == []
