"""Whatever editors, or attackers, put into the CMS: the store gets it byte for byte, and no terminal obeys it."""

import json
import re
import unicodedata
from typing import Any

import pytest
from cms_wire import Answer
from ran import Command, Ran
from shop import Shop, entries

pytestmark = pytest.mark.usefixtures("no_retries")

NAMES = {
    "escape": "\x1b[31mred\x1b[0m \x1b]0;title\x07",
    "controls": "a\tb\nerror: forged\rc\x08\x7f",
    "c1": "\x9b31m and \x85",
    "markup": "[red]x[/red] [/] [link=https://evil.example]here[/link] [[bold",
    "emoji": ":boom: :warning:",
    "bidi": "\u202egnp.exe\u202c \u2066x\u2069 \u061c",
    "zero width": "zero\u200bwidth\ufeff\u00ad",
    "joined": "👩\u200d👩\u200d👧 क\u200dष",
    "lines": "one\u2028two\u2029three",
    "formula": '=HYPERLINK("https://evil.example";"x")',
    "command": "@SUM(1+1)*cmd|' /C calc'!A0",
    "sql": "'); DROP TABLE brand; --",
    "percent": "100 % {name} %(name)s $1 ? :1 \\",
    "quotes": '"\'`„“ \\" \\n',
    "tags": "flag \U000e0067\U000e0062\U000e007f",
    "huge": "x" * 1_000_000,
    "wide": "漢字 \U0001d518\U0001d52b e\u0301 \u0130\u0131 ß",
}


def publish(shop: Shop) -> None:
    for key, name in NAMES.items():
        shop.cms.add({"id": key, "name": name, "description": name[:1000]})


def assert_harmless(ran: Ran) -> None:
    """Nothing but line ends and joiners that a terminal might interpret, and no line that begins as an error."""
    raw = {char for char in ran.out + ran.err if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}
    assert raw <= {"\n", "\u200c", "\u200d"}
    assert "Traceback" not in ran.err
    assert not any(line.startswith("error: forged") for line in (ran.out + ran.err).splitlines())


def held(shop: Shop) -> dict[str, tuple[str, str]]:
    """The store's names and descriptions, by the entry's id."""
    ids = {brand_id: key for key, brand_id in shop.external_ids().items()}
    rows = shop.query("SELECT id, name, description FROM brand")
    return {ids[brand_id]: (name, description) for brand_id, name, description in rows}


SYNCED = f"Synced brands from CMS: {len(NAMES)} brands created and 0 brands updated."


def test_hostile_names_arrive_byte_for_byte_on_each_database(brandsync: Command, any_shop: Shop) -> None:
    publish(any_shop)
    config = str(any_shop.config)
    ran = brandsync("sync", "--config", config)
    assert (ran.code, ran.last) == (0, SYNCED)
    assert held(any_shop) == {key: (name, name[:1000]) for key, name in NAMES.items()}
    assert brandsync("sync", "--config", config).last.endswith("0 brands created and 0 brands updated.")
    undone = brandsync("undo", any_shop.run_ids()[-1], "--config", config)
    assert undone.code == 0
    assert any_shop.names() == {}


def test_hostile_names_are_shown_harmlessly(brandsync: Command, shop: Shop) -> None:
    publish(shop)
    config = str(shop.config)
    for output in ("plain", "rich", "json"):
        dry = brandsync("sync", "--dry-run", "--output", output, "--config", config)
        assert dry.code == 0, dry.err
        assert_harmless(dry)
    assert brandsync("sync", "--config", config).last == SYNCED
    run = shop.run_ids()[-1]
    for output in ("plain", "rich", "json"):
        for arguments in (["runs"], ["runs", "show", run], ["check"]):
            assert_harmless(brandsync(*arguments, "--output", output, "--config", config))
    page = brandsync("runs", "show", run, "--html", "-", "--config", config).out
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2066-\u2069]", page)


def test_json_says_exactly_what_the_cms_holds(brandsync: Command, shop: Shop) -> None:
    for key, name in NAMES.items():
        shop.cms.add({"id": key, "name": name})
    dry = brandsync("sync", "--dry-run", "--output", "json", "--config", str(shop.config))
    assert {change["cms_id"]: change["after"]["name"] for change in dry.json["changes"]} == NAMES
    assert len(dry.lines) == 1


def test_a_hostile_id_is_shown_harmlessly_wherever_it_appears(brandsync: Command, shop: Shop) -> None:
    shop.cms.add({"id": "a\x1b[2J\nerror: forged", "name": " "})
    for output in ("plain", "rich", "json"):
        ran = brandsync("sync", "--output", output, "--config", str(shop.config))
        assert ran.code == 65
        assert_harmless(ran)
        assert_harmless(brandsync("runs", "show", "last", "--output", output, "--config", str(shop.config)))


def test_names_that_are_none_are_skipped_and_the_others_go_on(brandsync: Command, shop: Shop) -> None:
    values: list[Any] = [5, 1.5, True, ["a"], {"a": 1}, None, "", " \t", "\u00a0"]
    bad = {f"bad{number}": value for number, value in enumerate(values)}
    for entry in [*entries(2), *({"id": key, "name": value} for key, value in bad.items())]:
        shop.cms.add(entry)
    ran = brandsync("sync", "--output", "json", "--config", str(shop.config))
    assert (ran.code, ran.json["counts"]["created"]) == (65, 2)
    assert {skipped["cms_id"]: skipped["reason"] for skipped in ran.json["skipped"]} == dict.fromkeys(bad, "invalid")


@pytest.mark.parametrize("entry", [None, 5, "brand", [], {}, {"id": None, "name": "x"}, {"name": "x"}])
def test_an_entry_that_is_none_never_ends_in_a_traceback(brandsync: Command, shop: Shop, entry: Any) -> None:
    shop.cms.answer = lambda _request: Answer([entry])  # type: ignore[method-assign]
    ran = brandsync("sync", "--output", "json", "--config", str(shop.config))
    assert ran.code == 78
    assert "a bug in" not in ran.err
    assert json.loads(ran.out)["counts"]["created"] == 0
    assert_harmless(ran)


@pytest.mark.parametrize("field", ["name", "description", "metadata"])
def test_a_nul_is_kept_whole_or_skipped_with_a_reason(brandsync: Command, any_shop: Shop, field: str) -> None:
    value: Any = {"a": ["nul\0"]} if field == "metadata" else "nul\0"
    any_shop.set("cms.fields", metadata="metadata")
    any_shop.cms.add({"id": "nul", "name": "A", "external_id": None, field: value})
    any_shop.cms.add({"id": "plain", "name": "B", "external_id": None})
    ran = brandsync("sync", "--output", "json", "--config", str(any_shop.config))
    kept = [] if ran.code == 0 else [skipped["cms_id"] for skipped in ran.json["skipped"]]
    assert (ran.code, kept) in [(0, []), (65, ["nul"])]
    assert ran.code == 65 or field == "metadata" or not any_shop.database_url.startswith("postgresql")
    assert "B" in any_shop.names().values()
    if ran.code == 0:
        held = [row[0] for row in any_shop.query(f"SELECT {field} FROM brand")]
        assert value in [json.loads(text) if field == "metadata" and isinstance(text, str) else text for text in held]


def test_half_a_character_is_skipped_with_a_reason(brandsync: Command, any_shop: Shop) -> None:
    listing = b'[{"id": "half", "name": "a\\ud800"}, {"id": "whole", "name": "b\\ud83d\\ude00"}]'
    file = any_shop.directory / "brands.json"
    file.write_bytes(listing)
    any_shop.sections["cms"] = {"backend": "file", "path": str(file)}
    any_shop.sections["cms.fields"] = {"name": "name"}
    ran = brandsync("sync", "--output", "json", "--config", str(any_shop.config))
    assert ran.code == 65
    assert [(skipped["cms_id"], skipped["reason"]) for skipped in ran.json["skipped"]] == [("half", "invalid")]
    assert "half a character" in ran.json["skipped"][0]["detail"]
    assert list(any_shop.names().values()) == ["b\U0001f600"]
    assert_harmless(ran)


def test_what_a_server_says_of_a_refusal_is_shown_harmlessly(brandsync: Command, shop: Shop) -> None:
    shop.cms.answer = lambda _request: Answer({"error": {"message": "\x1b]0;x\x07\nerror: forged\u202e"}}, 400)  # type: ignore[method-assign]
    for output in ("plain", "rich", "json"):
        ran = brandsync("sync", "--output", output, "--config", str(shop.config))
        assert ran.code in {1, 78}
        assert_harmless(ran)
        assert_harmless(brandsync("check", "--output", output, "--config", str(shop.config)))
