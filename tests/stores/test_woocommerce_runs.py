"""Whole runs into the fake WooCommerce shop, which takes 100 brands a request and answers for each of them."""

from typing import Any

import pytest
from fake_server import Answer, Asked
from fake_woocommerce import FakeWooCommerce
from shop import Shop, entries

from brandsync.stores.woocommerce.text import name_read


def publish(shop: Shop, *found: dict[str, Any]) -> None:
    for entry in found:
        shop.cms.add(dict(entry))


def entry(cms_id: str, name: str, **fields: Any) -> dict[str, Any]:
    return {"id": cms_id, "name": name, "description": None, "external_id": None, **fields}


def writes(fake: FakeWooCommerce) -> int:
    """The requests of a run but for its listing."""
    return sum(1 for asked in fake.log if "offset" not in asked.query)


def linked(shop: Shop, fake: FakeWooCommerce) -> bool:
    """Whether every entry is one brand, linked in the CMS."""
    names = {str(key): name_read(term["name"]) for key, term in fake.brands.items()}
    return names == {entry["external_id"]: entry["name"] for entry in shop.cms.entries.values()}


# Some of a batch are refused


def takes_a_name(fake: FakeWooCommerce, name: str, **fields: Any) -> None:
    """Have a person take a name just before the first creation."""

    def act(asked: Asked) -> None:
        if asked.method == "POST" and "create" in asked.json:
            fake.act = lambda _asked: None
            fake.add(name, **fields)

    fake.act = act


def test_a_run_that_is_overtaken_by_a_person_takes_back_its_own_and_leaves_theirs(woo_shop, woo):
    """The person's brand is like ours to the letter, and isn't ours: nobody may delete it."""
    publish(woo_shop, *entries(5))
    takes_a_name(woo, "Brand 3", description="No. 3")
    result = woo_shop.sync()
    assert (result["status"], result["exit_code"]) == ("rolled_back", 1)
    assert "entry e3 ('Brand 3') is refused: " in result["error"]
    assert "has that name or slug, which WooCommerce takes once" in result["error"]
    assert woo.names() == ["Brand 3"]
    assert set(woo_shop.external_ids().values()) == {None}
    counts = woo_shop.sync()["counts"]
    assert (counts["created"], counts["adopted"]) == (4, 1)
    assert linked(woo_shop, woo)


def test_with_keep_going_only_the_brand_whose_name_was_taken_is_left(woo_shop, woo):
    publish(woo_shop, *entries(5))
    takes_a_name(woo, "Brand 3")
    result = woo_shop.set("sync", keep_going=True).sync()
    assert (result["status"], result["counts"]["created"]) == ("skipped_some", 4)
    assert [(left["cms_id"], left["reason"]) for left in result["skipped"]] == [("e3", "rejected")]
    assert len(woo.batches("create")) == 1
    assert len(woo.brands) == 5


@pytest.mark.parametrize("keep_going", [False, True])
def test_updates_of_which_one_is_refused_are_taken_back_or_kept(woo_shop, woo, keep_going):
    publish(woo_shop, *entries(3))
    woo_shop.sync()
    for number in range(3):
        woo_shop.cms.edit(f"e{number}", description="new")
    error = {"code": "db_update_error", "message": "no", "data": None}

    def one_is_refused(done: Answer) -> Answer:
        woo.brands[101]["description"] = "No. 0"
        return Answer(200, {"update": [{"id": 101, "error": error}, *done.value["update"][1:]]})

    woo.after.append(one_is_refused)
    result = woo_shop.set("safety", max_updates="100%").set("sync", keep_going=keep_going).sync()
    found = [term["description"] for term in woo.brands.values()]
    if keep_going:
        assert (result["status"], found) == ("skipped_some", ["No. 0", "new", "new"])
    else:
        assert (result["status"], found) == ("rolled_back", ["No. 0", "No. 1", "No. 2"])


# What is taken once


def test_names_and_handles_that_two_entries_share_are_told_before_anything_is_written(woo_shop, woo):
    woo_shop.set("cms.fields", handle="handle")
    woo.add("Theirs", slug="theirs")
    found = [("1", "Acme", "a"), ("2", "ACME", "b"), ("3", "C", "same"), ("4", "D", "Same"), ("5", "E", "theirs")]
    publish(woo_shop, *(entry(key, name, handle=handle) for key, name, handle in found), entry("6", "F", handle="f"))
    for result in (woo_shop.sync(dry_run=True), woo_shop.sync()):
        reasons = {left["cms_id"]: left["reason"] for left in result["skipped"]}
        taken = {"1": "name_taken", "2": "name_taken", "3": "handle_taken", "4": "handle_taken", "5": "handle_taken"}
        assert (result["exit_code"], reasons) == (0 if result["status"] == "dry_run" else 65, taken)
    assert woo.names() == ["F", "Theirs"]


def test_what_wordpress_alters_is_not_written_again(woo_shop, woo):
    woo_shop.set("cms.fields", handle="handle")
    text = "<div>Axis &amp; Allies & <b>more</b> \\ </div>"
    publish(
        woo_shop,
        entry("1", "Axis & Allies", handle="Axis & Allies", description=text),
        entry("2", "100%ff wool", handle=None, description="&copy; 'A'"),
    )
    first = woo_shop.sync()
    assert first["status"] == "done"
    assert [term["slug"] for term in woo.brands.values()] == ["axis-allies", "100-wool"]
    assert woo.brands[101]["description"] == "Axis &amp; Allies &amp; <b>more</b> \\ "
    woo.log.clear()
    assert woo_shop.sync()["counts"]["unchanged"] == 2
    assert writes(woo) == 0
    assert woo_shop.undo(first["run"])["exit_code"] == 0
    assert woo.brands == {}


# Answers that are lost


@pytest.mark.usefixtures("no_retries")
def test_creations_whose_answer_is_lost_are_found_by_their_names_and_taken_back(woo_shop, woo):
    """Though the shop holds another text than it was given, and other brands hold the same one."""
    publish(woo_shop, *(entry(f"e{number}", f"M & {number}", description="A & <p>B</p>") for number in range(3)))
    woo_shop.set("store", page_size=50)
    for number in range(200):
        woo.add(f"Other {number}", description="A & <p>B</p>")
    woo.after.append(lambda _: Answer(500, {}))
    assert woo_shop.sync()["status"] == "rolled_back"
    assert len(woo.brands) == 200
    assert sorted(asked.query["search"] for asked in woo.log if "search" in asked.query) == [
        "M &amp; 0",
        "M &amp; 1",
        "M &amp; 2",
    ]
    assert woo_shop.sync()["status"] == "done"
    assert len(woo.brands) == 203


@pytest.mark.usefixtures("no_retries")
@pytest.mark.parametrize("mapped", [True, False])
def test_updates_whose_answer_is_lost_are_taken_back_though_the_shop_has_altered_them(woo_shop, woo, mapped):
    woo_shop.set("safety", max_updates="100%").set("cms.fields", handle="handle" if mapped else None)
    publish(woo_shop, *(entry(f"e{n}", f"Brand {n}", description="old", handle=f"b{n}") for n in range(3)))
    woo_shop.sync()
    before = {key: dict(term) for key, term in woo.brands.items()}
    for number in range(3):
        woo_shop.cms.edit(f"e{number}", description="new & <p>better</p>", handle=f"New {number}")
    woo.after.append(lambda _: Answer(500, {}))
    result = woo_shop.sync()
    assert (result["status"], result["kept"]) == ("rolled_back", [])
    assert woo.brands == before
    assert woo_shop.sync()["counts"]["updated"] == 3


@pytest.mark.usefixtures("no_retries")
def test_what_a_person_has_edited_meanwhile_is_not_taken_for_an_update_whose_answer_is_lost(woo_shop, woo):
    publish(woo_shop, *entries(1))
    woo_shop.set("safety", max_updates="100%").sync()
    woo_shop.cms.edit("e0", description="new & better")

    def lost(_done: Answer) -> Answer:
        woo.brands[101]["description"] = "a person's"
        return Answer(500, {})

    woo.after.append(lost)
    result = woo_shop.sync()
    assert [kept["found"] for kept in result["kept"]] == [{"description": "a person's"}]
    assert woo.brands[101]["description"] == "a person's"


# What can't be taken back exactly


def test_a_deletion_says_beforehand_that_it_cannot_be_taken_back_exactly(woo_shop, woo):
    publish(woo_shop, *entries(3))
    woo_shop.set("sync", on_missing="delete").sync()
    woo_shop.cms.remove("e1")
    for result in (woo_shop.sync(dry_run=True), woo_shop.sync()):
        (warning,) = result["warnings"]
        assert warning.startswith("what this run deletes cannot be taken back exactly: WooCommerce gives")
        assert "its products aren't assigned to it again" in warning
    assert woo_shop.sync()["warnings"] == []
    assert woo.names() == ["Brand 0", "Brand 2"]


def test_a_deletion_that_is_taken_back_gets_a_new_id_and_its_link(woo_shop, woo):
    publish(woo_shop, *entries(3))
    woo_shop.set("sync", on_missing="delete").sync()
    gone = dict(woo_shop.cms.entries["e1"])
    woo_shop.cms.remove("e1")
    woo_shop.sync()
    publish(woo_shop, gone | {"external_id": None})
    undone = woo_shop.undo()
    assert (undone["exit_code"], undone["counts"]["created"]) == (0, 1)
    assert str(woo.terms.made) != gone["external_id"]
    again = woo_shop.sync()
    assert (again["status"], again["counts"]["created"]) == ("done", 0)
    assert linked(woo_shop, woo)


# Requests


def test_a_dry_run_tells_how_many_requests_its_changes_take(woo_shop, woo):
    publish(woo_shop, *entries(205))
    for number in range(205, 215):
        woo.add(f"Brand {number}", description=f"No. {number}")
    publish(woo_shop, *entries(215)[205:])
    woo_shop.set("sync", on_missing="delete").set("safety", max_deletes="100%", max_updates="100%")
    assert _needed(woo_shop, woo, created=205, adopted=10) == 3
    for number in range(101):
        woo_shop.cms.edit(f"e{number}", description="Edited")
    for number in range(110, 130):
        woo_shop.cms.remove(f"e{number}")
    publish(woo_shop, entry("new", "New"))
    assert _needed(woo_shop, woo, created=1, updated=101, deleted=20) == 1 + 2 * 2 + 2
    assert woo_shop.sync(dry_run=True)["requests_needed"] == 0


def _needed(shop: Shop, fake: FakeWooCommerce, **counts: int) -> int:
    """What the dry run says, which has to be what the shop then gets."""
    planned = shop.sync(dry_run=True)
    fake.log.clear()
    result = shop.sync()
    assert result["counts"] | counts == result["counts"]
    assert planned["requests_needed"] == writes(fake)
    return int(planned["requests_needed"])
