"""The plan: matching, sorting, deleting, and its checksum."""

from contextlib import closing, contextmanager
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spooling import fields_of

from brandsync.brand import Brand, CmsBrand, Skipped, encode
from brandsync.plan import MatchOn, Rules, make_plan
from brandsync.plan.change import Action
from brandsync.plan.changes import BATCH_CHARACTERS
from brandsync.plan.spool import Spool
from brandsync.stores.interface import Claim, UniqueRule


@dataclass
class Found:
    changes: list = field(default_factory=list)
    skipped: dict = field(default_factory=dict)
    unchanged: int = 0
    linked: int = 0
    checksum: str = ""


def entry(cms_id, name="Name", external_id=None, /, **fields):
    return CmsBrand(cms_id, external_id, {"name": name, **fields})


def brand(brand_id, name="Name", /, **fields):
    return Brand(brand_id, {"name": name, **fields})


def plan(entries, brands=(), links=(), *, complete=True, link_in_cms=True, **rules):
    """Changes as ``(action, cms_id, brand_id, after)``; links as ``(cms_id, brand_id[, written[, stored]])``."""
    rules = Rules(**rules)
    with closing(Spool(rules.match_on, fields_of(entries, brands))) as spool:
        spool.links_in_cms = link_in_cms
        spool.add_entries(entries)
        spool.add_brands(brands)
        spool.add_links([(*link, *[None] * (4 - len(link))) for link in links])
        made = make_plan(spool, rules, complete=complete, known_links=len(links))
        return Found(
            [(change.action, change.cms_id, change.brand_id, dict(change.after)) for change in made.changes()],
            {skipped.cms_id: skipped.reason for skipped in made.skipped()},
            made.unchanged,
            made.linked,
            made.checksum,
        )


def test_a_new_entry_is_created():
    assert plan([entry("1", "A")]).changes == [("create", "1", None, {"name": "A"})]


def test_a_linked_brand_that_differs_is_updated_in_its_changed_fields_only():
    found = plan([entry("1", "A", "b1", handle="x")], [brand("b1", "B", handle="x")])
    assert found.changes == [("update", "1", "b1", {"name": "A"})]


def test_a_linked_brand_that_is_the_same_is_left_alone():
    found = plan([entry("1", "A", "b1")], [brand("b1", "A")])
    assert (found.changes, found.unchanged, found.linked) == ([], 1, 1)


def test_what_the_store_cannot_do_is_skipped_and_the_rest_goes_on():
    found = plan(
        [entry("1", "New"), entry("2", "A", "b2"), entry("3", "Free")],
        [brand("b2", "B"), brand("b3", "free"), brand("b4", "Gone")],
        [("2", "b2"), ("4", "b4")],
        delete_missing=True,
        lacks={"update": "no route for updates", "delete": "no route for deletions"},
    )
    assert found.changes == [("create", "1", None, {"name": "New"})]
    assert found.skipped == dict.fromkeys(("2", "3", "4"), "unsupported")


def test_an_adoption_that_writes_nothing_to_the_store_needs_no_updates():
    found = plan([entry("1", "A")], [brand("b1", "A")], lacks={"update": "no route for updates"})
    assert found.changes == [("adopt", "1", "b1", {})]


def test_the_external_id_wins_over_the_journals_link():
    found = plan([entry("1", "A", "b1")], [brand("b1", "B"), brand("b2", "C")], [("1", "b2")])
    assert found.changes == [("update", "1", "b1", {"name": "A"})]


def test_an_entry_without_an_external_id_is_found_by_the_journals_link_and_its_id_is_written_back():
    found = plan([entry("1", "A")], [brand("b1", "B")], [("1", "b1")])
    assert found.changes == [("update", "1", "b1", {"name": "A"})]


def test_a_link_in_the_journal_alone_is_enough_where_links_live_there():
    found = plan([entry("1", "A")], [brand("b1", "B")], [("1", "b1")], link_in_cms=False)
    assert found.changes == [("update", "1", "b1", {"name": "A"})]


def test_a_brand_that_neither_the_journal_nor_its_own_side_links_is_adopted_by_its_external_id():
    entries = [entry("1", "A", "b1", cms_id="1"), entry("2", "B", "b2", cms_id="2")]
    found = plan(entries, [brand("b1", "A", cms_id=None), brand("b2", "b", cms_id=None)])
    assert found.changes == [("adopt", "1", "b1", {"cms_id": "1"}), ("adopt", "2", "b2", {"cms_id": "2", "name": "B"})]


def test_a_brand_that_brandsync_has_linked_is_linked_again_where_one_side_lacks_it():
    entries = [entry("1", "A", "b1", cms_id="1"), entry("2", "B", cms_id="2"), entry("3", "C", "b3", cms_id="3")]
    brands = [brand("b1", "A", cms_id=None), brand("b2", "B", cms_id="2"), brand("b3", "C", cms_id="gone")]
    found = plan(entries, brands, [("1", "b1")])
    assert found.changes == [
        ("link", "1", "b1", {"cms_id": "1"}),
        ("link", "2", "b2", {}),
        ("link", "3", "b3", {"cms_id": "3"}),
    ]
    assert found.unchanged == 3


def test_the_stores_own_side_of_the_link_survives_the_loss_of_the_journal():
    found = plan([entry("1", "A", cms_id="1")], [brand("b1", "B", cms_id="1")], link_in_cms=False, match_on="none")
    assert found.changes == [("update", "1", "b1", {"name": "A"})]


def test_a_link_to_a_brand_that_is_gone_is_forgotten():
    assert plan([entry("1", "A")], [], [("1", "gone")]).changes == [("create", "1", None, {"name": "A"})]


def test_a_name_that_is_unique_on_both_sides_is_adopted_trimmed_and_case_folded():
    found = plan([entry("1", " STRASSE ", handle="x")], [brand("b1", "straße", handle=None)])
    assert found.changes == [("adopt", "1", "b1", {"name": " STRASSE ", "handle": "x"})]


def test_a_handle_is_matched_where_asked():
    found = plan([entry("1", "A", handle="H")], [brand("b1", "B", handle="h")], match_on="handle")
    assert found.changes == [("adopt", "1", "b1", {"name": "A", "handle": "H"})]


def test_nothing_is_matched_by_name_where_not_asked():
    found = plan([entry("1", "A")], [brand("b1", "A")], match_on="none")
    assert found.changes == [("create", "1", None, {"name": "A"})]


def test_two_new_entries_of_one_name_are_two_brands():
    found = plan([entry("1", "A"), entry("2", "A")])
    assert [change[0] for change in found.changes] == ["create", "create"]


def test_of_two_new_entries_of_one_name_neither_may_take_the_brand_that_is_there():
    found = plan([entry("1", "A"), entry("2", "A"), entry("3", "C")], [brand("b1", "A")])
    assert found.skipped == {"1": "ambiguous", "2": "ambiguous"}
    assert found.changes == [("create", "3", None, {"name": "C"})]


def test_two_brands_of_one_name_are_two_candidates():
    assert plan([entry("1", "A")], [brand("b1", "A"), brand("b2", "A")]).skipped == {"1": "ambiguous"}


def test_a_brand_that_is_linked_is_no_candidate():
    found = plan([entry("1", "A", "b1"), entry("2", "A")], [brand("b1", "A")])
    assert found.changes == [("create", "2", None, {"name": "A"})]


def test_two_entries_that_claim_one_brand_are_both_skipped():
    found = plan([entry("1", "A", "b1"), entry("2", "B", "b1"), entry("3", "C")], [brand("b1", "X")])
    assert found.skipped == {"1": "ambiguous", "2": "ambiguous"}
    assert [change[1] for change in found.changes] == ["3"]


def test_an_invalid_entry_still_claims_its_brand():
    invalid = Skipped("1", "invalid", "no name", "b1")
    found = plan([invalid, entry("2", "X", "b1"), entry("3", "X")], [brand("b1", "X")])
    assert found.skipped == {"1": "invalid", "2": "ambiguous"}
    assert found.changes == [("create", "3", None, {"name": "X"})]


def test_an_external_id_that_the_store_does_not_have_skips_that_brand_alone():
    found = plan([entry("1", "A", "gone"), entry("2", "B")])
    assert found.skipped == {"1": "unknown_external_id"}
    assert [change[1] for change in found.changes] == ["2"]


def test_an_entry_seen_twice_is_one_as_it_was_seen_last():
    found = plan([entry("1", "A"), entry("2", "B"), entry("1", "C")])
    assert found.changes == [("create", "1", None, {"name": "C"}), ("create", "2", None, {"name": "B"})]


def test_an_entry_that_was_invalid_when_it_was_first_seen_is_judged_as_it_was_seen_last():
    found = plan([Skipped("1", "invalid", "no name"), entry("1", "A")])
    assert (found.changes, found.skipped) == ([("create", "1", None, {"name": "A"})], {})


def test_a_brand_whose_entry_is_gone_stays_unless_deleting_is_asked_for():
    assert plan([entry("1", "A", "b1")], [brand("b1", "A"), brand("b2", "B")], [("2", "b2")]).changes == []


def test_a_linked_brand_whose_entry_is_gone_is_deleted_where_asked_and_no_other():
    found = plan(
        [entry("1", "A", "b1")],
        [brand("b1", "A"), brand("b2", "B"), brand("theirs", "T")],
        [("2", "b2")],
        delete_missing=True,
    )
    assert found.changes == [("delete", "2", "b2", {})]


def test_nothing_is_deleted_after_an_incomplete_listing():
    found = plan([], [brand("b2", "B")], [("2", "b2")], delete_missing=True, complete=False)
    assert found.changes == []


def test_nothing_is_deleted_where_an_entry_without_an_id_may_be_the_one_that_is_gone():
    entries = [entry("1", "A"), Skipped("", "invalid", "no id")]
    assert plan(entries[:1], [brand("b2", "B")], [("2", "b2")], delete_missing=True).changes[1:] == [
        ("delete", "2", "b2", {})
    ]
    assert plan(entries, [brand("b2", "B")], [("2", "b2")], delete_missing=True).changes[1:] == []


def test_a_brand_that_another_entry_claims_is_not_deleted():
    found = plan([entry("new", "B", "b2")], [brand("b2", "B")], [("old", "b2")], delete_missing=True)
    assert found.changes == []


def test_the_brand_of_an_invalid_entry_is_not_deleted():
    found = plan([Skipped("2", "invalid", "no name")], [brand("b2", "B")], [("2", "b2")], delete_missing=True)
    assert found.changes == []


@pytest.mark.parametrize(
    ("on_conflict", "actions", "skipped"),
    [("cms", ["delete"], {}), ("store", [], {"2": "conflict"}), ("skip", [], {"2": "conflict"})],
)
def test_a_brand_edited_in_the_store_is_deleted_only_as_conflicts_are_settled(on_conflict, actions, skipped):
    links = [("2", "b2", encode({"name": "B"}))]
    found = plan([], [brand("b2", "edited")], links, delete_missing=True, on_conflict=on_conflict)
    assert [change[0] for change in found.changes] == actions
    assert found.skipped == skipped


def test_a_conflict_is_skipped_where_asked():
    links = [("1", "b1", encode({"name": "A"}))]
    found = plan([entry("1", "A", "b1")], [brand("b1", "edited")], links, on_conflict="skip")
    assert (found.changes, found.skipped, found.unchanged) == ([], {"1": "conflict"}, 0)


def test_a_store_that_alters_values_is_not_rewritten():
    links = [("1", "b1", encode({"name": " A "}), encode({"name": "A"}))]
    found = plan([entry("1", " A ", "b1")], [brand("b1", "A")], links)
    assert (found.changes, found.unchanged) == ([], 1)


def test_a_brand_that_an_unlisted_entry_owns_is_not_adopted_in_an_incremental_run():
    found = plan([entry("2", "A")], [brand("b1", "A")], [("1", "b1")], complete=False)
    assert found.changes == [("create", "2", None, {"name": "A"})]


def test_a_brand_whose_entry_was_made_anew_is_adopted_by_its_name():
    found = plan([entry("new", "A")], [brand("b1", "A")], [("old", "b1")])
    assert found.changes == [("adopt", "new", "b1", {})]


names = st.sampled_from(["A", "a", " A", "B", "b "])
entries = st.lists(
    st.tuples(st.sampled_from("123456"), names, st.sampled_from([None, None, None, "b1", "b2", "gone"])), max_size=8
)
brands = st.lists(st.tuples(st.sampled_from(["b1", "b2", "b3", "b4"]), names), max_size=4, unique_by=lambda row: row[0])
links = st.dictionaries(st.sampled_from("12345678"), st.sampled_from(["b1", "b2", "b3", "gone"]), max_size=4)


@given(entries, brands, links, st.booleans(), st.sampled_from(["name", "none"]))
@settings(max_examples=200, deadline=None)
def test_whatever_is_there_no_brand_is_taken_twice_and_every_entry_has_one_fate(
    some_entries, some_brands, some_links, delete, match_on
):
    found = plan(
        [entry(cms_id, name, external_id) for cms_id, name, external_id in some_entries],
        [brand(*row) for row in some_brands],
        list(some_links.items()),
        delete_missing=delete,
        match_on=match_on,
    )
    taken = [change[2] for change in found.changes if change[2]]
    assert len(taken) == len(set(taken))
    cms_ids = {row[0] for row in some_entries}
    changed = [change[1] for change in found.changes if change[0] not in {"delete", "link"}]  # linked: unchanged
    assert len(changed) == len(set(changed))
    assert not set(changed) & set(found.skipped)
    assert len(changed) + len(set(found.skipped) & cms_ids) + found.unchanged == len(cms_ids)
    assert {change[1] for change in found.changes if change[0] == "delete"} <= set(some_links) - cms_ids


@given(st.permutations([entry("1", "A"), entry("2", "B"), entry("3", "C", "b1"), entry("4", "D")]))
@settings(deadline=None)
def test_the_checksum_does_not_depend_on_the_order_of_the_listing(some_entries):
    expected = plan([entry("1", "A"), entry("2", "B"), entry("3", "C", "b1"), entry("4", "D")], [brand("b1", "X")])
    assert plan(some_entries, [brand("b1", "X")]).checksum == expected.checksum


def test_the_checksum_changes_with_any_value():
    assert plan([entry("1", "A")]).checksum != plan([entry("1", "B")]).checksum


@contextmanager
def planned(entries, brands=(), links=(), *, complete=True, **rules):
    """The plan itself, while its spool is open."""
    rules = Rules(**rules)
    with closing(Spool(rules.match_on, fields_of(entries, brands))) as spool:
        spool.add_entries(entries)
        spool.add_brands(brands)
        spool.add_links([(*link, *[None] * (4 - len(link))) for link in links])
        yield make_plan(spool, rules, complete=complete, known_links=len(links))


def details(*arguments, **rules):
    with planned(*arguments, **rules) as made:
        return {skipped.cms_id: skipped.detail for skipped in made.skipped()}


def test_a_change_holds_what_the_store_has_of_the_fields_that_change():
    entries = [entry("1", "A", "b1", handle="x"), entry("2", "B", handle="y")]
    brands = [brand("b1", "Old", handle="x"), brand("b2", "b", handle="y"), brand("b3", "Gone", handle="z")]
    with planned(entries, brands, [("3", "b3")], delete_missing=True) as made:
        update, adopt, delete = made.changes()
    assert (update.before, update.after) == ({"name": "Old"}, {"name": "A"})
    assert (adopt.before, adopt.after) == ({"name": "b"}, {"name": "B"})
    assert (delete.before, delete.after) == ({"name": "Gone", "handle": "z"}, {})


def test_of_a_brand_that_is_to_be_created_the_store_holds_nothing():
    with planned([entry("1", "A")]) as made:
        (create,) = made.changes()
    assert (create.brand_id, create.before, create.after) == (None, {}, {"name": "A"})


def test_what_the_store_takes_once_is_given_once():
    entries = [entry("1", "A", handle="x"), entry("2", "B", handle="x"), entry("3", "C", handle="y")]
    found = plan(entries, unique=["name", "handle"])
    assert found.skipped == {"1": "handle_taken", "2": "handle_taken"}
    assert [change[1] for change in found.changes] == ["3"]
    assert len(plan(entries, unique=["name"]).changes) == 3


@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize(("beyond_half", "most", "sizes"), [(0, 9, [2, 1]), (2, 9, [1, 1, 1]), (-900_000, 2, [2, 1])])
def test_a_batch_holds_what_the_journal_takes_and_no_more_brands_than_were_asked_for(linked, beyond_half, most, sizes):
    size = BATCH_CHARACTERS // 2 + beyond_half
    # The journal gets both sides of a change, and of its link, with the names of fields.
    long = "A" * (size - 56 if linked else size // 2)
    entries = [entry(key, "B" if linked else long, f"b{key}" if linked else None) for key in "123"]
    with planned(entries, [brand(f"b{key}", long) for key in "123"] if linked else []) as made:
        batches = [*made.batches(most, Action.CREATE, Action.UPDATE)]
        assert [change for batch in batches for change in batch] == [*made.changes()]
        assert [*made.batches(most, Action.ADOPT)] == []
    assert [len(batch) for batch in batches] == sizes


def test_a_plan_counts_what_it_read_and_what_it_changes():
    nameless = Skipped("7", "invalid", "an entry without a name")
    entries = [
        entry("1", "A", "b1"),
        entry("2", "B"),
        entry("3", "C", "b3"),
        entry("4", "D"),
        entry("5", "E"),
        nameless,
    ]
    brands = [brand("b1", "A"), brand("b2", "B"), brand("b3", "X"), brand("b4", "d"), brand("b6", "Gone")]
    with planned(entries, brands, [("6", "b6")], delete_missing=True) as made:
        assert made.retrieved == 6
        assert made.unchanged == 1
        assert made.field_changes == 2
        assert made.counts == {"create": 1, "update": 1, "adopt": 2, "delete": 1, "link": 0, "unlink": 0, "image": 0}


def test_an_adopted_brand_was_not_linked_before_and_one_found_by_any_link_was():
    entries = [entry("1", "A", "b1"), entry("2", "B"), entry("3", "C", cms_id="3"), entry("4", "D")]
    brands = [brand("b1", "A"), brand("b2", "B"), brand("b3", "C", cms_id="3"), brand("b4", "D")]
    assert plan(entries, brands, [("2", "b2")]).linked == 3


def test_a_brand_that_is_already_the_same_is_adopted_all_the_same_where_links_live_in_the_journal():
    found = plan([entry("1", "A")], [brand("b1", "A")], link_in_cms=False)
    assert found.changes == [("adopt", "1", "b1", {})]


def test_an_external_id_that_the_cms_lost_is_written_back_though_nothing_else_differs():
    entries, brands = [entry("1", "A")], [brand("b1", "A")]
    found = plan(entries, brands, [("1", "b1")])
    assert (found.changes, found.unchanged) == ([("link", "1", "b1", {})], 1)
    assert plan(entries, brands, [("1", "b1")], link_in_cms=False).changes == []


def test_a_change_of_an_editors_is_written_whatever_is_to_become_of_conflicts():
    links = [("1", "b1", encode({"name": "A"}))]
    for on_conflict in ("cms", "store", "skip"):
        found = plan([entry("1", "B", "b1")], [brand("b1", "A")], links, on_conflict=on_conflict)
        assert found.changes == [("update", "1", "b1", {"name": "B"})]


def test_a_conflict_is_the_cmss_to_settle_unless_asked_otherwise():
    links = [("1", "b1", encode({"name": "A"}))]
    found = plan([entry("1", "A", "b1")], [brand("b1", "edited")], links)
    assert found.changes == [("update", "1", "b1", {"name": "A"})]


def test_a_brand_that_the_store_spells_its_own_way_is_no_edited_one_when_it_is_deleted():
    links = [("2", "b2", encode({"name": " B "}), encode({"name": "B"}))]
    found = plan([], [brand("b2", "B")], links, delete_missing=True, on_conflict="skip")
    assert found.changes == [("delete", "2", "b2", {})]


def test_a_field_mapped_since_the_last_run_does_not_keep_a_brand_from_being_deleted():
    links = [("2", "b2", encode({"name": "B"}))]
    found = plan([], [brand("b2", "B", handle="b")], links, delete_missing=True, on_conflict="skip")
    assert found.changes == [("delete", "2", "b2", {})]


def test_a_conflict_names_the_fields_and_the_brand():
    links = [("1", "b1", encode({"name": "A", "handle": "a"})), ("2", "b2", encode({"name": "B", "handle": "b"}))]
    entries = [entry("1", "A", "b1", handle="a")]
    brands = [brand("b1", "edited", handle="edited"), brand("b2", "edited", handle="b")]
    told = details(entries, brands, links, on_conflict="skip", delete_missing=True)
    assert told["1"].startswith("name, handle of brand 'b1' was edited in the store") or told["1"].startswith(
        "handle, name of brand 'b1' was edited in the store"
    )
    assert told["2"] == (
        "name of brand 'b2' was edited in the store, and its entry is gone: publish it again, or delete the brand"
        " in the store"
    )


def test_a_change_that_could_not_be_made_leaves_the_plan_and_says_why():
    with planned([entry("1", "A"), entry("2", "B"), entry("3", "C", "b3")], [brand("b3", "X")]) as made:
        made.leave(Skipped("1", "rejected", "the store refuses it"))
        made.drop("3")
        assert [change.cms_id for change in made.changes()] == ["2"]
        assert [(skipped.cms_id, skipped.reason) for skipped in made.skipped()] == [("1", "rejected")]


def test_changes_can_be_asked_for_by_what_they_do():
    with planned([entry("1", "A"), entry("2", "B", "b2")], [brand("b2", "X")]) as made:
        assert [change.cms_id for change in made.changes("update")] == ["2"]
        assert [change.cms_id for change in made.changes("create", "update")] == ["1", "2"]


@pytest.mark.parametrize(("complete", "missing"), [(True, 2), (False, 0)])
def test_brands_whose_entries_are_gone_are_counted_where_all_were_listed(complete, missing):
    links = [("1", "b1"), ("2", "b2"), ("3", "b3"), ("4", "not there either")]
    with planned(
        [entry("1", "A", "b1")], [brand("b1", "A"), brand("b2"), brand("b3")], links, complete=complete
    ) as made:
        assert made.missing == missing


class Names:
    """A store that takes each name once, and has given one of them."""

    def unique_rules(self):
        return [UniqueRule("brand_name", ("name",))]

    def claims(self, rule, brands):
        holders = {"taken": "b9"}
        return [Claim(fields["name"], holders.get(fields["name"])) for _, fields in brands]


def test_what_the_store_has_given_is_no_longer_to_be_had_and_the_others_go_on():
    found = plan([entry("1", "taken"), entry("2", "free")], taken=Names())
    assert (found.skipped, [change[1] for change in found.changes]) == ({"1": "name_taken"}, ["2"])


def test_a_stale_external_id_is_cleared_where_its_entry_gets_no_brand_and_is_one_entry():
    with closing(Spool(MatchOn.NAME)) as spool:
        spool.add_entries(
            [
                Skipped("1", "invalid", "no name", "old"),
                Skipped("2", "duplicate_id", "one of two", "old"),
                Skipped("3", "invalid", "no name", "a person's"),
                Skipped("4", "invalid", "no name", "old"),
                entry("5", "E", "old"),
            ]
        )
        spool.add_pending(["4"])
        spool.mark_stale(["old"])
        made = make_plan(spool, Rules(), complete=True, known_links=0)
        changes = [(change.action, change.cms_id, change.brand_id) for change in made.changes()]
    assert changes == [("create", "5", None), ("unlink", "1", "old")]


def test_a_checksum_is_short_enough_to_be_copied_by_hand():
    checksum = plan([entry("1", "A")]).checksum
    assert len(checksum) == 16
    assert int(checksum, 16)
