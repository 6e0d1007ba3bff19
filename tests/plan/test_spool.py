"""What a run has read of both sides, and what can be asked of it."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from brandsync.brand import LINK_FIELD, Brand, CmsBrand, Skipped
from brandsync.brand.listed import ListedBrands, ListedEntries
from brandsync.plan import MatchOn
from brandsync.plan.spool import Spool


@pytest.fixture
def spool() -> Iterator[Spool]:
    """A spool of brands with a handle and their side of the link."""
    with closing(Spool(MatchOn.NAME, ["name", "handle", LINK_FIELD])) as spool:
        yield spool


def entry(cms_id: str, external_id: str | None = None, name: str = "A", handle: str | None = None) -> CmsBrand:
    return CmsBrand(cms_id, external_id, {"name": name, "handle": handle, LINK_FIELD: cms_id})


def brand(brand_id: str, cms_id: str | None = None) -> Brand:
    return Brand(brand_id, {"name": "A", "handle": None, LINK_FIELD: cms_id})


def rows(table: str, fields: list[str], entries: object = (), brands: object = ()) -> list[object]:
    with closing(Spool(MatchOn.NAME, fields)) as spool:
        spool.add_entries(entries)
        spool.add_brands(brands)
        return spool.query(f"SELECT * FROM {table}").fetchall()


@pytest.mark.parametrize(
    "fields", [["name", "handle", LINK_FIELD], [LINK_FIELD, "handle", "name"], ["name"], ["handle", "metadata"]]
)
@pytest.mark.parametrize("handle", ["b", {"b": 1}])
def test_what_comes_by_column_is_kept_as_what_comes_one_by_one(fields: list[str], handle: object) -> None:
    names = ["name", "handle", LINK_FIELD]
    entries = ListedEntries(["1", "2"], ["b1", None], names, [["A", " B"], [None, handle], ["1", "2"]], [None, None])
    assert rows("cms", fields, entries) == rows("cms", fields, [*entries])
    brands = ListedBrands(names, [["b1", "A", None, "1"], ["b2", " B", handle, None]])
    assert rows("store", fields, (), brands) == rows("store", fields, (), [*brands])


def test_an_entry_and_a_brand_are_kept_with_what_they_are_found_by() -> None:
    fields = ["name", "handle", LINK_FIELD]
    listed = ListedEntries(["1"], ["b1"], fields, [[" A"], [{"b": 1}], ["1"]], [None])
    assert rows("cms", fields, listed) == [
        (1, "1", "b1", "a", None, None, 0, None, None, None, " A", b'{"b":1}', "1"),
    ]
    assert rows("store", fields, (), [Brand("b1", {"name": " A", "handle": None, LINK_FIELD: "1"})]) == [
        ("b1", "1", "a", " A", None, "1"),
    ]


def test_what_comes_again_is_kept_as_it_came_last(spool: Spool) -> None:
    last = [entry("1", "b2", "B", "b"), Skipped("2", "invalid", "no name", "b3"), entry("3", None, "C")]
    spool.add_entries([entry("1", "b1", "A", "a"), entry("2", None, "A", "a"), Skipped("3", "invalid", "why", "b1")])
    spool.add_entries(last)
    kept = spool.query(f"SELECT {', '.join(spool.entry_columns)} FROM cms").fetchall()
    assert kept == [*spool.entry_rows(last)]
    spool.add_brands([brand("b1", "1"), brand("b1", "2")])
    assert spool.query("SELECT id, cms_id FROM store").fetchall() == [("b1", "2")]


def test_a_listing_that_is_read_anew_takes_nothing_from_the_one_before(spool: Spool) -> None:
    spool.add_entries([entry("1"), Skipped("", "invalid", "no id")])
    spool.forget_entries()
    assert (spool.listed(), [*spool.skipped()]) == (0, [])


def test_external_ids_without_a_brand_or_without_their_link_in_the_journal_are_told_once(spool: Spool) -> None:
    ids = ["linked", "linked elsewhere", "new", "gone", "gone", None]
    spool.add_entries([entry(f"{number}", external_id) for number, external_id in enumerate(ids)])
    spool.add_brands([brand(name) for name in ("linked", "linked elsewhere", "new", "nobody's")])
    spool.add_links([("0", "linked", None, None), ("1", "another", None, None), ("5", "b5", None, None)])
    assert [sorted(some) for some in spool.unknown_external_ids()] == [["gone"]]
    assert [sorted(some) for some in spool.unremembered_external_ids()] == [["gone", "linked elsewhere", "new"]]


def test_the_entries_whose_link_is_to_be_written_are_those_of_the_journal_and_those_with_a_stale_one(
    spool: Spool,
) -> None:
    unfit = [Skipped("4", "invalid", "no name"), Skipped("5", "invalid", "no name", "gone")]
    spool.add_entries([entry("1"), entry("2", "b2"), entry("3"), *unfit, entry("6", "gone")])
    spool.add_links([(number, f"b{number}", None, None) for number in "124"])
    spool.mark_stale(["gone", "gone"])
    assert [sorted(some) for some in spool.ids_to_link()] == [["1", "5", "6"]]


@pytest.mark.parametrize(
    ("one", "lacks"),
    [
        (entry("1"), True),
        (entry("1", "b1"), False),
        (entry("1", "gone"), True),
        (Skipped("1", "invalid", "no name"), False),
        (Skipped("1", "invalid", "no name", "gone"), True),
    ],
    ids=["none", "its own", "a stale one", "unfit", "unfit with a stale one"],
)
def test_an_external_id_is_lacking_where_one_could_be_written(
    spool: Spool, one: CmsBrand | Skipped, lacks: bool
) -> None:
    spool.add_entries([one])
    spool.mark_stale(["gone"])
    assert spool.lacks_external_ids() is lacks


def test_each_external_id_is_told_once(spool: Spool) -> None:
    spool.add_entries([entry("1", "b2"), entry("2"), entry("3", "b1"), entry("4", "b2")])
    assert [sorted(some) for some in spool.external_ids()] == [["b1", "b2"]]


def test_entries_that_came_with_two_contents_are_told_in_the_order_of_the_cms(spool: Spool) -> None:
    spool.add_entries([entry("2"), entry("3"), entry("1"), entry("4", "b4"), Skipped("5", "invalid", "no name")])
    spool.add_entries([entry("1", name="B"), entry("2", handle="b"), entry("3"), entry("4", "b5")])
    spool.add_entries([Skipped("5", "invalid", "no name, again")])
    assert spool.doubtful_ids() == ["2", "1", "4", "5"]
    assert (spool.listed(), spool.listed_at_most()) == (5, 9)


def test_entries_that_share_an_id_are_as_many_entries(spool: Spool) -> None:
    spool.add_entries([entry("1"), entry("2")])
    for detail in ("entry 1 of 3", "entry 2 of 3", "entry 3 of 3"):
        spool.skip(Skipped("1", "duplicate_id", detail))
    spool.skip(Skipped("2", "invalid", "no name"))
    assert spool.listed() == 4


def test_a_field_has_a_column_where_brands_have_the_field(spool: Spool) -> None:
    spool.add_entries([entry("1", handle="a"), entry("2", handle="b")])
    assert spool.value(f"SELECT cms_id FROM cms WHERE {spool.column('handle')} = ?", "b") == "2"
    assert spool.column("metadata") is None


def test_brands_that_say_which_entry_they_are_and_the_journal_does_not_are_noticed(spool: Spool) -> None:
    spool.add_links([("1", "b1", None, None)])
    spool.add_brands([brand("b1", "1"), brand("b2")])
    assert spool.has_linked_brands() is False
    spool.add_brands([brand("b3", "3")])
    assert spool.has_linked_brands() is True


def test_a_brand_belongs_to_the_pipeline_that_is_told_of_first(spool: Spool) -> None:
    spool.add_theirs([("b1", "first"), ("b1", "second"), ("b2", "second")])
    assert dict(spool.query("SELECT brand_id, pipeline FROM theirs")) == {"b1": "first", "b2": "second"}


def test_the_fields_that_no_entry_has_are_told(spool: Spool) -> None:
    assert spool.empty_fields() == ["name", "handle", LINK_FIELD]
    spool.add_entries([entry("1")])
    assert spool.empty_fields() == ["handle"]
    spool.add_entries([entry("2", handle="b")])
    assert spool.empty_fields() == []


def test_an_entry_is_left_alone_for_what_was_found_last_unless_only_its_link_was_refused(spool: Spool) -> None:
    spool.add_entries([entry("1")])
    for reason, problem in [
        ("link_rejected", "link_rejected"),
        ("invalid", "invalid"),
        ("duplicate_id", "duplicate_id"),
        ("link_rejected", "duplicate_id"),
    ]:
        spool.skip(Skipped("1", reason, "why"))
        assert spool.value("SELECT problem FROM cms") == problem


def test_a_listing_that_is_known_to_be_short_is_no_entry(spool: Spool) -> None:
    spool.add_entries([entry("1")])
    spool.skip(Skipped("", "not_listed", "one is missing"))
    assert (spool.listed(), spool.left_alone(), spool.has_unidentified()) == (1, 0, False)
    for _ in range(2):
        spool.add_entries([Skipped("", "invalid", "no id"), Skipped("2", "invalid", "no name")])
    assert (spool.listed(), spool.left_alone(), spool.has_unidentified()) == (4, 3, True)
    assert [skipped.detail for skipped in spool.skipped()] == ["one is missing", "no id (2 entries)", "no name"]


def test_what_both_sides_hold_is_read_as_it_came_for_those_that_are_there() -> None:
    first, second = {"name": "A", "metadata": {"b": [1]}}, {"name": "B", "metadata": None}
    with closing(Spool(MatchOn.NAME, ["name", "metadata"])) as spool:
        spool.add_entries([CmsBrand("1", None, first), CmsBrand("2", None, second), CmsBrand("3", None, second)])
        spool.add_brands([Brand("b1", second), Brand("b2", first), Brand("b3", first)])
        assert spool.entries(["1", "2", "gone"]) == {"1": first, "2": second}
        assert spool.brands(["b1", "b2", "gone"]) == {"b1": second, "b2": first}
        assert (spool.entries([]), spool.brands([])) == ({}, {})


def test_values_of_one_field_alone_are_read_as_they_came_too() -> None:
    with closing(Spool(MatchOn.NONE, ["metadata"])) as spool:
        spool.add_entries([CmsBrand("1", None, {"metadata": {"b": 1}}), CmsBrand("2", None, {"metadata": [2]})])
        assert spool.entries(["1", "2"]) == {"1": {"metadata": {"b": 1}}, "2": {"metadata": [2]}}


@pytest.mark.parametrize("columns", [["name", "handle", "metadata"], ["metadata", "name", "handle"]])
def test_the_stores_brands_that_hold_the_same_as_any_are_found(columns: list[str]) -> None:
    held = {"name": "A", "handle": None, "metadata": {"b": 1, "a": 2}}
    with closing(Spool(MatchOn.NAME, columns)) as spool:
        spool.add_brands(
            [
                Brand("b1", held),
                Brand("b2", {**held, "handle": "b"}),
                Brand("b3", {**held, "metadata": None}),
                Brand("b4", {**held, "name": "a"}),
                Brand("b5", held),
            ]
        )
        same = {"metadata": {"a": 2, "b": 1}, "name": "A"}
        assert sorted(spool.holding([same, held, {"name": "other"}])) == ["b1", "b5"]
        assert spool.holding([{**held, "handle": "b"}]) == ["b2"]
        assert spool.holding([]) == []


def test_the_journals_links_are_told_of_the_entries_that_have_one(spool: Spool) -> None:
    assert spool.links(["1"]) == {}
    spool.add_links([("1", "b1", "written", "stored"), ("2", "b2", None, None)])
    spool.add_links([("1", "b9", "again", None)])
    assert spool.links(["1", "3"]) == {"1": ("b9", "again", None)}


def test_an_external_id_can_be_written_where_none_is_or_a_stale_one_and_no_draft_waits(spool: Spool) -> None:
    spool.add_entries([entry("1"), entry("2", "b2"), entry("3", "gone"), entry("4"), entry("5", "gone too")])
    spool.add_pending(["4", "4"])
    spool.mark_stale(["gone", "gone too"])
    assert spool.pending() == 1
    assert spool.unlinked(["1", "2", "3", "4"]) == {"1": None, "3": "gone"}
    spool.links_in_cms = False
    assert spool.unlinked(["1", "2", "3", "4"]) == {}


def test_a_statement_of_millions_of_steps_comes_to_its_end(spool: Spool) -> None:
    numbers = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 300000)"
    assert spool.value(f"{numbers} SELECT max(x) FROM n") == 300_000
