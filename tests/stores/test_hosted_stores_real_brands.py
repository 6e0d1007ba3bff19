"""2,000 real brands from a file into each hosted store: there, again, an editor's day, and back."""

import html
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from extent import enough
from hosted_stores import ALL_LIMITS, HostedStore
from real_catalogue import CHANGED, COUNT, edit_for_a_day, real_catalogue
from shopware_texts import purify, strip_tags

pytestmark = pytest.mark.slow

Entry = dict[str, Any]


@dataclass(frozen=True)
class Expected:
    """What becomes of real brands in a store, and what that takes. Counts are by those that it can hold."""

    first: Callable[[int], dict[str, int]]
    """The requests of the first run."""
    pages: Callable[[int], int]
    """The requests of a listing."""
    day: dict[str, int]
    """The requests for an editor's day."""
    undo: Callable[[int], float]
    """At most so many requests take the first run back."""
    undo_kinds: set[str]
    text: Callable[[str], str] = str
    """What becomes of a description."""
    name: Callable[[str], str] = str
    takes_names_once: bool = False
    fields: dict[str, str] | None = None
    """More fields that are mapped."""
    schema: dict[str, int] = field(default_factory=dict)
    """The requests for the store's schema, at the start of each run."""


def _requests(count: int, size: int) -> int:
    return -(-count // size)


STORES: Final = {
    "bigcommerce": Expected(
        first=lambda able: {"list": 1, "POST": able},
        pages=lambda able: _requests(able, 250),
        day={"POST": CHANGED, "PUT": 2 * CHANGED, "DELETE": CHANGED, "GET": 3},
        undo=lambda able: able * 1.2,
        undo_kinds={"GET", "DELETE"},
        takes_names_once=True,
    ),
    "woocommerce": Expected(
        first=lambda able: {"list": 1, "create": _requests(able, 100)},
        pages=lambda able: _requests(able - 1, 99),
        day={"create": 1, "read": 2, "update": 1, "delete": 1},
        undo=lambda able: 4 * _requests(able, 100),
        undo_kinds={"read", "delete"},
        text=html.unescape,  # as a browser shows it
        takes_names_once=True,
    ),
    "shopify": Expected(
        first=lambda able: {"schema": 1, "list": 1, "create": _requests(able, 50)},
        pages=lambda able: _requests(able, 250),
        schema={"schema": 1},
        day={"create": 1, "update": 1, "delete": 1, "read": 2},
        undo=lambda able: 4 * _requests(able, 50),
        undo_kinds={"read", "delete"},
        fields={"metadata": "metadata"},
    ),
    "shopware": Expected(
        first=lambda able: {"list": 1, "create": _requests(able, 500), "read": _requests(able, 500)},
        pages=lambda _able: enough(2, of=5),  # 500, and then 499, 496, ... more of each, since they overlap
        day={"create": 1, "update": 1, "delete": 1, "read": 1 + 2 + 1},
        undo=lambda able: 4 * _requests(able, 500),
        undo_kinds={"read", "delete"},
        text=purify,
        name=strip_tags,
    ),
}


@pytest.mark.parametrize("backend", STORES)
def test_real_brands_arrive_stay_follow_an_editors_day_and_are_taken_back(hosted: HostedStore, tmp_path: Path) -> None:
    expected, catalogue, shop = STORES[hosted.name], real_catalogue(tmp_path), hosted.shop
    shop.sections["cms"] = {"backend": "file", "path": str(catalogue.path)}
    shop.set("cms.fields", **(expected.fields or {})).set("safety", **ALL_LIMITS)
    shop.set("sync", on_missing="delete", match_on="name" if expected.takes_names_once else "none")

    def published() -> list[tuple[str, str]]:
        entries = catalogue.of_a_name_of_their_own().values() if expected.takes_names_once else catalogue.entries
        return sorted((expected.name(one["name"]), expected.text(one["description"] or "")) for one in entries)

    able = len(published())
    assert CHANGED * 3 < able <= COUNT
    assert (able < COUNT) == expected.takes_names_once
    first_takes = expected.first(able)
    assert shop.sync(dry_run=True)["requests_needed"] == sum(first_takes.values()) - first_takes["list"] - len(
        expected.schema
    )
    hosted.requests()
    first = shop.sync()
    assert first["exit_code"] == (65 if expected.takes_names_once else 0)
    assert (first["counts"]["created"], first["counts"]["skipped"]) == (able, COUNT - able)
    assert {skipped["reason"] for skipped in first["skipped"]} == (
        {"name_taken"} if expected.takes_names_once else set()
    )
    assert hosted.requests() == first_takes
    before = sorted(hosted.held.values())
    assert before == published()

    assert shop.sync()["counts"]["unchanged"] == able
    assert hosted.requests() == {"list": expected.pages(able), **expected.schema}

    edit_for_a_day(catalogue)
    needed = shop.sync(dry_run=True)["requests_needed"]
    hosted.requests()
    day = shop.sync()
    counts = {"created": CHANGED, "updated": 2 * CHANGED, "deleted": CHANGED}
    assert day["counts"] | counts == day["counts"]
    assert hosted.requests() == {"list": expected.pages(able), **expected.schema, **expected.day}
    assert needed == sum(expected.day.values())
    assert sorted(hosted.held.values()) == published()

    undone = shop.undo(day["run"])
    assert (undone["exit_code"], undone["kept"], undone["failed"]) == (0, [], [])
    assert sorted(hosted.held.values()) == before
    hosted.requests()
    undone = shop.undo(first["run"])
    assert (undone["exit_code"], undone["counts"]["deleted"]) == (0, able)
    assert hosted.held == {}
    sent = hosted.requests()
    assert sent.keys() == expected.undo_kinds
    assert sum(sent.values()) <= expected.undo(able)
