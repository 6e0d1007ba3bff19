"""Whole runs into the fake WooCommerce shop, which takes 100 brands a request and answers for each of them."""

import pytest
from fake_server import Answer
from hosted_stores import entry
from shop import entries

# Some of a batch are refused


@pytest.mark.parametrize("keep_going", [False, True])
def test_updates_of_which_one_is_refused_are_taken_back_or_kept(woo_shop, woo, keep_going):
    woo_shop.publish(*entries(3))
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
    woo_shop.publish(*(entry(key, name, handle=handle) for key, name, handle in found), entry("6", "F", handle="f"))
    for result in (woo_shop.sync(dry_run=True), woo_shop.sync()):
        reasons = {left["cms_id"]: left["reason"] for left in result["skipped"]}
        taken = {"1": "name_taken", "2": "name_taken", "3": "handle_taken", "4": "handle_taken", "5": "handle_taken"}
        assert (result["exit_code"], reasons) == (0 if result["status"] == "dry_run" else 65, taken)
    assert woo.names() == ["F", "Theirs"]


def test_what_wordpress_alters_is_not_written_again(woo_shop, woo):
    woo_shop.set("cms.fields", handle="handle")
    text = "<div>Axis &amp; Allies & <b>more</b> \\ </div>"
    woo_shop.publish(
        entry("1", "Axis & Allies", handle="Axis & Allies", description=text),
        entry("2", "100%ff wool", handle=None, description="&copy; 'A'"),
    )
    first = woo_shop.sync()
    assert first["status"] == "done"
    assert [term["slug"] for term in woo.brands.values()] == ["axis-allies", "100-wool"]
    assert woo.brands[101]["description"] == "Axis &amp; Allies &amp; <b>more</b> \\ "
    woo.log.clear()
    assert woo_shop.sync()["counts"]["unchanged"] == 2
    assert all("offset" in asked.query for asked in woo.log)
    assert woo_shop.undo(first["run"])["exit_code"] == 0
    assert woo.brands == {}


# Answers that are lost


@pytest.mark.usefixtures("no_retries")
def test_creations_whose_answer_is_lost_are_found_by_their_names_and_taken_back(woo_shop, woo):
    """Though the shop holds another text than it was given, and other brands hold the same one."""
    woo_shop.publish(*(entry(f"e{number}", f"M & {number}", description="A & <p>B</p>") for number in range(3)))
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
    woo_shop.publish(*(entry(f"e{n}", f"Brand {n}", description="old", handle=f"b{n}") for n in range(3)))
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
    woo_shop.publish(*entries(1))
    woo_shop.set("safety", max_updates="100%").sync()
    woo_shop.cms.edit("e0", description="new & better")

    def lost(_done: Answer) -> Answer:
        woo.brands[101]["description"] = "a person's"
        return Answer(500, {})

    woo.after.append(lost)
    result = woo_shop.sync()
    assert [kept["found"] for kept in result["kept"]] == [{"description": "a person's"}]
    assert woo.brands[101]["description"] == "a person's"
