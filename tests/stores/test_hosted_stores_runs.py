"""Whole runs from the guide's CMS into each hosted store: what they take, and what cannot be taken back exactly."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from fake_server import Asked
from hosted_stores import ALL_LIMITS, entry, meanwhile
from shop import entries


@pytest.mark.parametrize(
    ("backend", "count", "first", "again"),
    [
        ("shopify", 51, {"schema": 1, "list": 1, "create": 2}, {"schema": 1, "list": 1}),
        ("shopware", 501, {"list": 1, "create": 2, "read": 2}, {"list": 2}),
    ],
)
def test_a_run_takes_the_fewest_requests_and_a_second_one_writes_nothing(hosted, count, first, again):
    hosted.shop.publish(*entries(count))
    result = hosted.shop.sync()
    assert (result["status"], result["counts"]["created"]) == ("done", count)
    assert hosted.requests() == first
    assert hosted.is_linked()
    assert hosted.shop.sync()["counts"]["unchanged"] == count
    assert hosted.requests() == again


# What a dry run says


@dataclass(frozen=True)
class Changes:
    """What two runs have to do, and what that takes of the store."""

    count: int
    """Of the entries that the first run finds."""
    theirs: range
    """The numbers of the entries whose brands somebody has made already."""
    edited: int
    removed: range
    first: int
    """The requests of the first run."""
    second: int
    seconds: Callable[[Sequence[Asked]], float | None] = lambda _sent: None
    """How long these requests take; none where nothing limits them."""
    limits: dict[str, Any] = field(default_factory=dict)
    """What the fake is told of them."""
    settings: dict[str, Any] = field(default_factory=dict)
    text: str = "No. {}"
    """The description of their brands: that of the entries, or another."""


def _points(sent: Sequence[Asked]) -> float:
    return sum(json.loads(asked.answer)["extensions"]["cost"]["requestedQueryCost"] for asked in sent)


# To adopt what is in line takes nothing of the store.
OF_BIGCOMMERCE = (100, range(60, 90), 27, range(30, 56), 70, 1 + (27 + 2) + (26 + 2))
WITH_A_QUOTA = Changes(
    *OF_BIGCOMMERCE, seconds=lambda sent: len(sent) * 0.3 / 150, limits={"quota": 150, "window": 0.3}
)


@pytest.mark.parametrize(
    ("backend", "changes"),
    [
        pytest.param("bigcommerce", WITH_A_QUOTA, id="bigcommerce"),
        pytest.param("bigcommerce", Changes(*OF_BIGCOMMERCE), id="bigcommerce without a quota"),
        pytest.param(
            "woocommerce", Changes(215, range(205, 215), 101, range(110, 130), 3, 1 + 2 * 2 + 2), id="woocommerce"
        ),
        pytest.param(
            "shopify",
            Changes(57, range(52, 57), 51, range(51, 54), 2, 1 + 2 * 2 + 2, seconds=lambda sent: _points(sent) / 1e9),
            id="shopify",
        ),
        pytest.param(
            "shopware",
            Changes(
                *(25, range(20, 25), 11, range(12, 15), 2 * 2 + 3, 2 + 2 * 3 + 2),
                settings={"batch": 10},
                text="Another text than that of {}",
            ),
            id="shopware",
        ),
    ],
)
def test_a_dry_run_tells_what_its_changes_take(hosted, changes):
    vars(hosted.server).update(changes.limits)
    shop = hosted.shop.set("store", **changes.settings).set("sync", on_missing="delete").set("safety", **ALL_LIMITS)
    for number in changes.theirs:
        hosted.add(f"Brand {number}", changes.text.format(number))
    shop.publish(*entries(changes.count))
    adopted = len(changes.theirs)
    assert _needed(hosted, changes, created=changes.count - adopted, adopted=adopted) == changes.first
    for number in range(changes.edited):
        shop.cms.edit(f"e{number}", description="Edited")
    for number in changes.removed:
        shop.cms.remove(f"e{number}")
    shop.publish(entry("new", "New"))
    counts = {"created": 1, "updated": changes.edited, "deleted": len(changes.removed)}
    assert _needed(hosted, changes, **counts) == changes.second
    assert shop.sync(dry_run=True)["requests_needed"] == 0


def _needed(hosted, changes: Changes, **counts: int) -> int:
    """What the dry run says, which has to be what the store then gets beyond a login, its schema and the listing."""
    planned = hosted.shop.sync(dry_run=True)
    assert hosted.requests().keys() - {"schema"} == {"list"}
    result = hosted.shop.sync()
    assert result["counts"] | counts == result["counts"]
    assert result["requests_needed"] is None
    sent = [asked for asked in hosted.server.log if hosted.kind(asked) not in {"login", "schema", "list"}]
    hosted.server.log.clear()
    assert planned["requests_needed"] == len(sent)
    assert planned["seconds_needed"] == pytest.approx(changes.seconds(sent))
    return int(planned["requests_needed"])


# Names are taken once


OVERTAKEN = {
    "bigcommerce": lambda fake: lambda asked: asked.method == "POST" and len(fake.brands) == 2,
    "woocommerce": lambda _fake: lambda asked: asked.method == "POST" and "create" in asked.json,
}
"""The moment at which a person takes a name: before the third brand, or before the only request, is created."""


@pytest.mark.parametrize(
    ("backend", "told"),
    [
        ("bigcommerce", "another brand has the name 'Brand 3'"),
        ("woocommerce", "has that name or slug, which WooCommerce takes once"),
    ],
)
def test_a_run_that_is_overtaken_by_a_person_takes_back_its_own_and_leaves_theirs(hosted, told):
    """The person's brand is like ours to the letter, and isn't ours: nobody may delete it."""
    hosted.shop.publish(*entries(5))
    meanwhile(hosted.server, OVERTAKEN[hosted.name](hosted.server), lambda: hosted.add("Brand 3", "No. 3"))
    result = hosted.shop.sync()
    assert (result["status"], result["exit_code"]) == ("rolled_back", 1)
    assert "entry e3 ('Brand 3') is refused: " in result["error"]
    assert told in result["error"]
    assert hosted.server.names() == ["Brand 3"]
    assert set(hosted.shop.external_ids().values()) == {None}
    counts = hosted.shop.sync()["counts"]
    assert (counts["created"], counts["adopted"]) == (4, 1)
    assert hosted.is_linked()


@pytest.mark.parametrize(("backend", "creations"), [("bigcommerce", {"POST": 5}), ("woocommerce", {"create": 1})])
def test_with_keep_going_only_the_brand_whose_name_was_taken_is_left(hosted, creations):
    hosted.shop.publish(*entries(5))
    meanwhile(hosted.server, OVERTAKEN[hosted.name](hosted.server), lambda: hosted.add("Brand 3"))
    result = hosted.shop.set("sync", keep_going=True).sync()
    assert (result["status"], result["counts"]["created"]) == ("skipped_some", 4)
    assert [(left["cms_id"], left["reason"]) for left in result["skipped"]] == [("e3", "rejected")]
    assert len(hosted.held) == 5
    requests = hosted.requests()
    assert requests | creations == requests


# What can't be taken back exactly


@pytest.mark.parametrize(
    ("backend", "told"),
    [
        ("bigcommerce", "BigCommerce gives"),
        ("woocommerce", "WooCommerce gives"),
        ("shopify", "Shopify gives"),
        ("shopware", "Shopware takes a brand"),
    ],
)
def test_a_deletion_says_beforehand_that_it_cannot_be_taken_back_exactly(hosted, told):
    hosted.shop.publish(*entries(3))
    hosted.shop.set("sync", on_missing="delete").sync()
    hosted.shop.cms.remove("e1")
    for result in (hosted.shop.sync(dry_run=True), hosted.shop.sync()):
        (warning,) = result["warnings"]
        assert warning.startswith(f"what this run deletes cannot be taken back exactly: {told}")
        assert "products" in warning
    assert hosted.shop.sync()["warnings"] == []
    assert hosted.server.names() == ["Brand 0", "Brand 2"]


@pytest.mark.parametrize("backend", ["bigcommerce", "woocommerce", "shopify"])
def test_a_deletion_that_is_taken_back_gets_a_new_id_and_its_link(hosted):
    hosted.shop.publish(*entries(3))
    hosted.shop.set("sync", on_missing="delete").sync()
    gone = dict(hosted.shop.cms.entries["e1"])
    hosted.shop.cms.remove("e1")
    hosted.shop.sync()
    hosted.shop.publish(gone | {"external_id": None})
    undone = hosted.shop.undo()
    assert (undone["exit_code"], undone["counts"]["created"]) == (0, 1)
    (made,) = (key for key, texts in hosted.held.items() if texts == ("Brand 1", "No. 1"))
    assert made != gone["external_id"]
    again = hosted.shop.sync()
    assert (again["status"], again["counts"]["created"]) == ("done", 0)
    assert hosted.is_linked()
