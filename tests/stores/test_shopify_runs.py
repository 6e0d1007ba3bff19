"""Whole runs into the fake Shopify shop, which takes 50 brands a request and counts points."""

import pytest
from fake_server import Answer
from fake_shopify import operation
from hosted_stores import entry, linked, meanwhile
from shop import entries

WRITES = ("Create", "Update", "Delete", "BrandsOfIds")


def test_a_shop_without_the_definition_is_told_how_to_get_one_and_nothing_is_written(pipeline_to_shopify, shopify_shop):
    shopify_shop.entries.definitions.clear()
    pipeline_to_shopify.publish(*entries(2))
    result = pipeline_to_shopify.sync()
    assert (result["exit_code"], result["counts"]["created"]) == (78, 0)
    assert "brandsync init shopify-definition" in result["hint"]


# Some of a batch are refused, or overtaken


@pytest.mark.parametrize("keep_going", [False, True])
def test_a_brand_that_is_refused_takes_the_run_back_or_is_left(pipeline_to_shopify, shopify_shop, keep_going):
    pipeline_to_shopify.publish(*entries(5))
    fields = shopify_shop.entries.definitions["brand"]["fields"]
    meanwhile(
        shopify_shop, lambda asked: operation(asked) == "Create", lambda: fields["description"].update(required=True)
    )
    pipeline_to_shopify.cms.edit("e3", description=None)
    result = pipeline_to_shopify.set("sync", keep_going=keep_going).sync()
    if keep_going:
        assert [(left["cms_id"], left["reason"]) for left in result["skipped"]] == [("e3", "rejected")]
        assert len(shopify_shop.brands) == 4
    else:
        assert (result["status"], shopify_shop.brands) == ("rolled_back", {})
        assert "entry e3 ('Brand 3') is refused: " in result["error"]
        assert "Description can't be blank" in result["error"]
        assert set(pipeline_to_shopify.external_ids().values()) == {None}


def test_a_handle_that_a_person_takes_meanwhile_stays_theirs_and_ours_is_not_written_again(
    pipeline_to_shopify, shopify_shop
):
    pipeline_to_shopify.set("cms.fields", handle="handle").set("sync", match_on="none")
    pipeline_to_shopify.publish(entry("1", "Acme", handle="acme"))
    meanwhile(shopify_shop, lambda asked: operation(asked) == "Create", lambda: shopify_shop.add("Theirs", "acme"))
    first = pipeline_to_shopify.sync()
    assert first["status"] == "done"
    assert {held["handle"]: held["values"]["name"] for held in shopify_shop.brands.values()} == {
        "acme": "Theirs",
        "acme-1": "Acme",
    }
    assert pipeline_to_shopify.sync()["counts"]["unchanged"] == 1
    assert pipeline_to_shopify.undo(first["run"])["exit_code"] == 0
    assert shopify_shop.names() == ["Theirs"]


def test_handles_that_two_entries_share_are_told_before_anything_is_written(pipeline_to_shopify, shopify_shop):
    pipeline_to_shopify.set("cms.fields", handle="handle")
    shopify_shop.add("Theirs", "theirs")
    found = [("1", "A", "same"), ("2", "B", "Same"), ("3", "C", "THEIRS"), ("4", "D", "a b")]
    pipeline_to_shopify.publish(*(entry(key, name, handle=handle) for key, name, handle in found), entry("5", "A"))
    result = pipeline_to_shopify.sync()
    reasons = {left["cms_id"]: left["reason"] for left in result["skipped"]}
    assert [reasons[key] for key in "123"] == ["handle_taken"] * 3
    assert (result["exit_code"], set(reasons)) == (65, set("1234"))
    assert shopify_shop.names() == ["A", "Theirs"]


# Answers that are lost


@pytest.mark.usefixtures("no_retries")
@pytest.mark.parametrize("handle", [None, "Acme"])
def test_creations_whose_answer_is_lost_are_found_and_taken_back(pipeline_to_shopify, shopify_shop, handle):
    """Though other brands have the same name, and the shop keeps other texts than it was given."""
    pipeline_to_shopify.set("cms.fields", handle="handle", metadata="metadata").set("sync", match_on="none")
    shopify_shop.add("Acme", "theirs", metadata='{"a": 1}')
    pipeline_to_shopify.publish(entry("1", "Acme", handle=handle, description="", metadata={"a": 1}))
    shopify_shop.after.append(lambda _: Answer(500, {}))
    assert pipeline_to_shopify.sync()["status"] == "rolled_back"
    assert len(shopify_shop.brands) == 1
    assert pipeline_to_shopify.sync()["status"] == "done"
    assert len(shopify_shop.brands) == 2


@pytest.mark.usefixtures("no_retries")
def test_a_persons_brand_that_is_like_ours_is_not_taken_for_one_whose_answer_is_lost(pipeline_to_shopify, shopify_shop):
    """Shopify keeps nothing for an empty text: theirs and ours differ by no more than that."""
    pipeline_to_shopify.set("sync", match_on="none")
    theirs = shopify_shop.add("Acme")
    pipeline_to_shopify.publish(entry("1", "Acme", description=""))
    shopify_shop.instead.extend([None, Answer(500, {})])
    assert pipeline_to_shopify.sync()["status"] in {"rolled_back", "failed"}
    assert list(shopify_shop.brands) == [theirs]
    shopify_shop.after.append(lambda _: Answer(500, {}))
    assert pipeline_to_shopify.sync()["status"] == "rolled_back"
    assert list(shopify_shop.brands) == [theirs]


@pytest.mark.usefixtures("no_retries")
def test_updates_whose_answer_is_lost_are_taken_back_but_for_what_a_person_has_edited(
    pipeline_to_shopify, shopify_shop
):
    pipeline_to_shopify.publish(*entries(3))
    pipeline_to_shopify.set("safety", max_updates="100%").sync()
    for number in range(3):
        pipeline_to_shopify.cms.edit(f"e{number}", description="new")
    first = next(iter(shopify_shop.brands))

    def lost(_done: Answer) -> Answer:
        shopify_shop.brands[first]["values"]["description"] = "a person's"
        return Answer(500, {})

    shopify_shop.after.append(lost)
    result = pipeline_to_shopify.sync()
    assert [kept["found"] for kept in result["kept"]] == [{"description": "a person's"}]
    found = [held["values"]["description"] for held in shopify_shop.brands.values()]
    assert found == ["a person's", "No. 1", "No. 2"]


# What can't be taken back exactly


def test_a_deletion_says_so_beforehand_and_taken_back_gets_a_new_id_and_its_link(pipeline_to_shopify, shopify_shop):
    pipeline_to_shopify.publish(*entries(3))
    pipeline_to_shopify.set("sync", on_missing="delete").sync()
    gone = dict(pipeline_to_shopify.cms.entries["e1"])
    handle = shopify_shop.brands[gone["external_id"]]["handle"]
    pipeline_to_shopify.cms.remove("e1")
    for result in (pipeline_to_shopify.sync(dry_run=True), pipeline_to_shopify.sync()):
        (warning,) = result["warnings"]
        assert warning.startswith("what this run deletes cannot be taken back exactly: Shopify gives")
    pipeline_to_shopify.publish(gone | {"external_id": None})
    undone = pipeline_to_shopify.undo()
    assert (undone["exit_code"], undone["counts"]["created"]) == (0, 1)
    (again,) = [held for held in shopify_shop.brands.values() if held["values"]["name"] == "Brand 1"]
    assert (again["id"] != gone["external_id"], again["handle"]) == (True, handle)
    assert pipeline_to_shopify.sync()["counts"]["created"] == 0
    assert linked(pipeline_to_shopify, shopify_shop)


# Requests and points


def test_a_run_is_never_throttled_and_takes_no_longer_than_the_dry_run_says(pipeline_to_shopify, shopify_shop):
    """A standard plan's points, thirty times as fast."""
    shopify_shop.restored = 3_000.0
    pipeline_to_shopify.publish(*entries(150))
    planned = pipeline_to_shopify.sync(dry_run=True)
    assert (planned["requests_needed"], planned["seconds_needed"]) == (3, pytest.approx(3 * 550 / 3_000))
    shopify_shop.spend(600.0)
    assert pipeline_to_shopify.sync()["status"] == "done"
    assert shopify_shop.throttled == 0


# Deaths


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["Create", "Update", "Delete"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_run_that_is_killed_at_a_write_is_recovered_by_the_next(pipeline_to_shopify, shopify_shop, kind, moment):
    shop = pipeline_to_shopify
    shop.set("sync", on_missing="delete").set("safety", max_updates="100%", max_deletes="100%")
    shop.publish(*entries(3))
    shop.sync()
    before = {key: dict(held) for key, held in shopify_shop.brands.items()}
    shop.cms.edit("e0", description="new")
    shop.cms.remove("e1")
    shop.publish(entry("new", "New"))
    running = []

    def die() -> None:
        running[0].kill()
        running[0].wait()

    if moment == "before":
        meanwhile(shopify_shop, lambda asked: operation(asked) == kind, die)
    else:
        done = {"Create": 0, "Update": 1, "Delete": 2}[kind]
        shopify_shop.after.extend([lambda answer: answer] * done)
        shopify_shop.after.append(lambda answer: (die(), answer)[1])
    running.append(shop.start("sync"))
    running[0].communicate(timeout=120)
    assert running[0].returncode == -9
    result = shop.sync()
    assert [recovered["status"] for recovered in result["recovered"]] == ["rolled_back"]
    assert result["status"] == "done"
    assert linked(shop, shopify_shop)
    assert sorted(shopify_shop.names()) == ["Brand 0", "Brand 2", "New"]
    assert len(before) == 3
