"""Attributes of every type: entries of the CMS, and whole runs, for the fake shop and for a real Medusa."""

from collections.abc import Callable
from typing import Any, Final

from shop import Shop

ATTRIBUTES: Final = ("founded", "is_active", "weight", "price_range", "opened_at", "tags", "stats")
EDITS: Final[dict[str, list[Any]]] = {
    "founded": [1800, -1, None],
    "is_active": [False],
    "weight": ["0.1", 123456.7, 3.4028235e38, None],
    "price_range": ["high", None],
    "opened_at": ["2020-01-01T00:00:00+05:00", "0001-01-01T00:00:00.001Z", None],
    "tags": [["null", " a ", 'b,"c\n', "\\", ""], [], None],
    "stats": [{"n": 1.0, "b": 1}, [1, {"a": None}], None],
}
"""What editors change each attribute into."""


def entry(number: int, **others: Any) -> dict[str, Any]:
    """An entry of the CMS."""
    of = {
        "id": f"{number:03}",
        "name": f"Brand {number}",
        "external_id": None,
        "founded": f"{1900 + number}",
        "is_active": True,
        "weight": f"{number}.50",
        "price_range": "low",
        "opened_at": f"2026-01-{number % 28 + 1:02}T10:30:00.25+02:00",
        "tags": ["a", "NULL", f" t{number} "],
        "stats": {"n": number, "f": 1.5, "b": True, "l": [1, None]},
    }
    return of | others


def mapped(shop: Shop) -> Shop:
    """A shop that maps all of them."""
    shop.set("cms.fields", description=None, **{name: name for name in ATTRIBUTES})
    return shop.set("safety", max_updates="100%")


def every_kind_is_held_compared_and_taken_back(shop: Shop, held: Callable[[], list[dict[str, Any]]]) -> None:
    """Create; nothing the second time; each edit is one update of one field; an undo brings all back."""
    edited = {f"{number:03}": name for number, name in enumerate(EDITS)}
    for number in range(len(edited)):
        shop.cms.add(entry(number))
    created = mapped(shop).sync()
    assert (created["exit_code"], created["counts"]["created"]) == (0, len(edited))
    assert (shop.sync()["changes"], len(held())) == ([], len(edited))
    before = held()
    brand = next(row for row in before if row["name"] == "Brand 1")
    assert [brand[name] for name in ("founded", "is_active", "weight", "price_range")] == [1901, True, 1.5, "low"]
    assert brand["tags"] == ["a", "NULL", " t1 "]
    for place in range(max(map(len, EDITS.values()))):
        now = {key: name for key, name in edited.items() if place < len(EDITS[name])}
        for key, name in now.items():
            shop.cms.edit(key, **{name: EDITS[name][place]})
        done = shop.sync()
        assert {change["cms_id"]: [*change["after"]] for change in done["changes"]} == {k: [n] for k, n in now.items()}
        assert shop.sync()["changes"] == []
        assert shop.undo(done["run"])["exit_code"] == 0
        assert held() == before
        for number, (key, name) in enumerate(edited.items()):
            shop.cms.edit(key, **{name: entry(number)[name]})
    assert shop.sync()["changes"] == []
    assert shop.undo(created["run"])["exit_code"] == 0
    assert held() == []
