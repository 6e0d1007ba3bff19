"""Whole runs into the fake Shopware shop: 500 brands in one transaction, under ids that brandsync chose."""

from collections import Counter
from typing import Any

import pytest
from extent import enough
from fake_shopware import GERMAN, Answer, FakeShopware, kind
from hosted_stores import ALL_LIMITS, entry, linked, meanwhile
from shop import entries


def requests(fake: FakeShopware) -> dict[str, int]:
    """How many of each kind there have been; forgets them."""
    found = Counter(kind(asked) for asked in fake.log)
    fake.log.clear()
    return dict(found)


# All or nothing


def test_a_brand_that_is_refused_rolls_the_run_back_and_is_named(ware_shop, ware):
    ware_shop.publish(*entries(5), entry("bad", "Bad", description="<script>x</script>"))
    result = ware_shop.sync()
    assert (result["status"], result["exit_code"]) == ("rolled_back", 1)
    assert "entry bad ('Bad') is refused: " in result["error"]
    assert "description: This value should not be blank" in result["error"]
    assert (ware.brands, set(ware_shop.external_ids().values())) == ({}, {None})


def test_with_keep_going_only_the_brand_that_is_refused_is_left(ware_shop, ware):
    ware_shop.publish(*entries(5), entry("bad", "Bad", description="<script>x</script>"))
    result = ware_shop.set("sync", keep_going=True).sync()
    assert (result["status"], result["counts"]["created"]) == ("skipped_some", 5)
    assert [(left["cms_id"], left["reason"]) for left in result["skipped"]] == [("bad", "rejected")]
    assert ware.names() == [f"Brand {number}" for number in range(5)]


def test_brands_of_one_name_are_two(ware_shop, ware):
    ware_shop.publish(entry("1", "Acme"), entry("2", "Acme"))
    assert ware_shop.sync()["counts"]["created"] == 2
    assert ware.names() == ["Acme", "Acme"]
    assert linked(ware_shop, ware)


# What the shop alters


def test_what_shopware_alters_is_not_written_again(ware_shop, ware):
    ware_shop.set("cms.fields", website_url="site").set("safety", **ALL_LIMITS)
    ware_shop.publish(
        entry("1", "Marks & <b>Sons</b>", description="A & B<script>x()</script>", site="https://a.example"),
        entry("2", "AC\\DC", description="<p>A<br>é", site=None),
    )
    first = ware_shop.sync()
    assert first["status"] == "done"
    assert ware.names() == ["AC\\DC", "Marks & Sons"]
    ware_shop.cms.edit("2", description="A & <video>B</video>")
    day = ware_shop.sync()
    assert day["counts"]["updated"] == 1
    requests(ware)
    assert ware_shop.sync()["counts"]["unchanged"] == 2
    assert requests(ware) == {"login": 1, "list": 1}
    assert ware_shop.undo(day["run"])["exit_code"] == 0
    assert {brand["description"] for brand in ware.brands.values()} == {"A &amp; B", "<p>A<br />é</p>"}
    assert ware_shop.undo(first["run"])["exit_code"] == 0
    assert ware.brands == {}


# Answers that are lost


@pytest.mark.usefixtures("no_retries")
def test_creations_whose_answer_is_lost_are_found_by_their_ids_and_taken_back(ware_shop, ware):
    ware_shop.publish(*(entry(f"e{number}", "Acme", description="A & <p>B</p>") for number in range(3)))
    ware.add("Acme", description="A & <p>B</p>")
    ware_shop.set("sync", match_on="none")
    ware.after.append(lambda _: Answer(500, {}))
    assert ware_shop.sync()["status"] == "rolled_back"
    assert ware.names() == ["Acme"]
    assert requests(ware).keys() == {"login", "list", "create", "read", "delete"}
    assert ware_shop.sync()["counts"]["created"] == 3


@pytest.mark.usefixtures("no_retries")
def test_updates_whose_answer_is_lost_are_taken_back_though_the_shop_has_altered_them(ware_shop, ware):
    ware_shop.publish(*(entry(f"e{number}", f"Brand {number}", description="old") for number in range(3)))
    ware_shop.set("safety", **ALL_LIMITS).sync()
    held = ware.brands
    for number in range(3):
        ware_shop.cms.edit(f"e{number}", description="new & <video>better</video>")
    ware.after.append(lambda _: Answer(500, {}))
    result = ware_shop.sync()
    assert (result["status"], result["kept"]) == ("rolled_back", [])
    assert ware.brands == held
    assert ware_shop.sync()["counts"]["updated"] == 3


# People


def test_a_brand_that_a_person_deletes_just_before_its_change_stays_deleted(ware_shop, ware):
    ware_shop.publish(*entries(3))
    ware_shop.set("safety", **ALL_LIMITS).sync()
    gone = ware_shop.external_ids()["e1"]
    for number in range(3):
        ware_shop.cms.edit(f"e{number}", name=f"Renamed {number}")
    meanwhile(ware, lambda asked: kind(asked) == "update", lambda: ware.manufacturers.rows.pop(gone))
    result = ware_shop.sync()
    assert result["counts"]["updated"] == 2
    assert gone not in ware.brands
    assert ware.names() == ["Renamed 0", "Renamed 2"]


def test_undo_keeps_what_a_person_has_edited_since(ware_shop, ware):
    ware_shop.publish(*entries(3))
    run = ware_shop.sync()["run"]
    edited = ware_shop.external_ids()["e1"]
    ware.edit(edited, description="A person's")
    undone = ware_shop.undo(run)
    assert undone["exit_code"] == 65
    assert {*ware.brands} == {edited}


def test_another_language_adopts_what_is_there_and_leaves_the_shops_own_alone(ware_shop, ware):
    made = [ware.add(f"Brand {number}", description="English") for number in range(2)]
    ware_shop.publish(*entries(3))
    ware_shop.set("store", language=GERMAN).set("safety", **ALL_LIMITS)
    result = ware_shop.sync()
    assert (result["counts"]["created"], result["counts"]["adopted"]) == (1, 2)
    assert {brand["description"] for key, brand in ware.brands.items() if key in made} == {"English"}
    assert ware.manufacturers.shown(made[1], GERMAN)["description"] == "No. 1"
    assert ware_shop.sync()["counts"]["unchanged"] == 3
    ware_shop.cms.edit("e0", name="Marke 0")
    renamed = ware_shop.sync()
    assert [warning.partition(":")[0] for warning in renamed["warnings"]] == [
        "what this run updates cannot be taken back exactly"
    ]
    assert ware_shop.undo(renamed["run"])["exit_code"] == 0
    assert ware_shop.undo(result["run"])["exit_code"] == 0
    assert ware.names() == ["Brand 0", "Brand 1"]
    assert {ware.manufacturers.shown(key, GERMAN)["translated"]["name"] for key in made} == {"Brand 0", "Brand 1"}


# What can't be taken back exactly


def test_a_deletion_says_beforehand_what_does_not_come_back(ware_shop, ware):
    ware_shop.publish(*entries(3))
    ware_shop.set("sync", on_missing="delete").set("safety", **ALL_LIMITS).sync()
    gone = dict(ware_shop.cms.entries["e1"])
    ware.manufacturers.products = {"product": gone["external_id"]}
    ware_shop.cms.remove("e1")
    for result in (ware_shop.sync(dry_run=True), ware_shop.sync()):
        (warning,) = result["warnings"]
        assert warning.startswith("what this run deletes cannot be taken back exactly: Shopware takes a brand")
    assert ware.names() == ["Brand 0", "Brand 2"]
    ware_shop.publish(gone)
    undone = ware_shop.undo()
    assert (undone["exit_code"], undone["counts"]["created"]) == (0, 1)
    assert linked(ware_shop, ware)
    assert ware.manufacturers.products == {"product": None}
    assert ware_shop.sync()["counts"]["unchanged"] == 3


# Death


@pytest.mark.slow
@pytest.mark.parametrize(
    ("of", "mode", "moment"),
    enough(
        [("create", "rollback", "after"), ("update", "resume", "after"), ("delete", "rollback", "before")],
        of=[
            (of, *how)
            for of in ("create", "update", "delete")
            for how in (("rollback", "before"), ("rollback", "after"), ("resume", "after"))
        ],
    ),
)
def test_a_run_that_is_killed_at_any_write_is_recovered_and_the_next_one_is_whole(ware_shop, ware, mode, of, moment):
    ware_shop.publish(*entries(3))
    ware_shop.set("sync", on_missing="delete").set("safety", **ALL_LIMITS).sync()
    held = ware.brands
    ware_shop.publish(entry("new", "New"))
    ware_shop.cms.edit("e0", name="Renamed")
    ware_shop.cms.remove("e1")
    process = ware_shop.start("sync")
    if moment == "before":
        meanwhile(ware, lambda asked: kind(asked) == of, process.kill)
    else:
        ware.after.extend(_deadly(process) if kept == of else _same for kept in ("create", "update", "delete"))
    process.communicate()
    assert process.returncode < 0
    ware.after.clear()
    recovered = ware_shop.recover(mode)
    assert recovered["exit_code"] == 0
    if mode == "rollback":
        assert ware.brands == held
    assert ware_shop.sync()["exit_code"] == 0
    assert linked(ware_shop, ware)
    requests(ware)
    assert ware_shop.sync(full=True)["changes"] == []
    assert requests(ware) == {"login": 1, "list": 1}


def _same(answer: Answer) -> Answer:
    return answer


def _deadly(process: Any) -> Any:
    def killed(answer: Answer) -> Answer:
        process.kill()
        return answer

    return killed
