"""What a link remembers of its brand, field by field, and which links of a spool are renewed."""

from contextlib import closing

import pytest
from spooling import fields_of

from brandsync.brand import Brand, CmsBrand, Skipped, encode
from brandsync.errors import Unreadable
from brandsync.plan import MatchOn, Rules, make_plan
from brandsync.plan.memory import Settled, agreed, differing, read_memory, renewed_links, replaced, write_memory, wrote
from brandsync.plan.spool import Spool


def same(**fields):
    """Fields of which both sides held the same."""
    return {name: Settled(value, value) for name, value in fields.items()}


@pytest.mark.parametrize(
    "memory", [{}, same(name="A", handle=None), {"name": Settled(" A ", "A"), "handle": Settled("a", "a")}]
)
def test_a_memory_is_read_as_it_was_written(memory):
    assert read_memory(*write_memory(memory)) == memory


FORGET = "UPDATE brandsync_link SET written = NULL, stored = NULL WHERE cms_id = '{}'"
HINT = f"put it right, or forget what was settled: {FORGET}"


@pytest.mark.parametrize(("column", "texts"), [("written", ("{", None)), ("stored", ('{"name":"A"}', "[]"))])
@pytest.mark.parametrize(
    ("cms_id", "whose", "quoted"),
    [("it's", "entry it's", "it''s"), ("", "a link ({!r})", "")],
    ids=["known", "unknown"],
)
def test_a_memory_that_somebody_damaged_names_its_column_and_its_entry(column, texts, cms_id, whose, quoted):
    with pytest.raises(Unreadable) as damaged:
        read_memory(*texts, *([cms_id] if cms_id else []))
    bad = whose.format(texts[column == "stored"])
    assert damaged.value.message == f"the journal is damaged: in brandsync_link, `{column}` of {bad} cannot be read"
    assert damaged.value.hint == HINT.format(quoted)


@pytest.mark.parametrize("text", ["7", '"text"', "null", "[[" * 50_000])
def test_what_is_no_object_is_no_memory(text):
    with pytest.raises(Unreadable):
        read_memory(text, None)


@pytest.mark.parametrize("brands", [[Brand("b1", {"name": "B"})], []], ids=["compared", "deleted"])
def test_a_damaged_memory_is_told_by_its_entry_while_planning(brands):
    entries = [CmsBrand("e1", "b1", {"name": "A"})] if brands else []
    with closing(Spool()) as spool:
        spool.add_entries(entries)
        spool.add_brands(brands or [Brand("b1", {"name": "B"})])
        spool.add_links([("e1", "b1", "{", None)])
        with pytest.raises(Unreadable, match="of entry e1 cannot be read"):
            make_plan(spool, Rules(delete_missing=True), complete=True, known_links=1)


def test_what_both_sides_held_alike_is_written_once():
    assert write_memory(same(name="A")) == (encode({"name": "A"}), None)
    assert write_memory({}) == (None, None)


def test_a_field_of_which_one_side_alone_is_known_was_never_settled():
    assert read_memory(encode({"name": "A", "handle": "a"}), encode({"name": "A", "website_url": "w"})) == same(
        name="A"
    )


def test_a_look_settles_what_is_equal_and_leaves_the_rest_as_it_was():
    memory = {**same(name="old", handle="not mapped now"), "description": Settled("d", "D")}
    source = {"name": "new", "description": "d", "logo_url": "l"}
    held = {"name": "new", "description": "a person's", "logo_url": "another"}
    assert agreed(memory, source, held) == memory | same(name="new")


def test_an_empty_field_of_both_sides_is_settled_too():
    assert agreed({}, {"name": "A", "handle": None}, {"name": "A", "handle": None}) == same(name="A", handle=None)


def test_what_was_written_is_settled_as_the_store_made_it():
    memory = wrote(same(name="A", handle="a"), {"name": "b", "handle": "c"}, {"name": "B", "handle": "x"}, ["name"])
    assert memory == {"name": Settled("b", "B"), "handle": Settled("a", "a")}
    assert wrote({}, {"name": "A", "handle": "a"}, {"name": "A"}, ["name", "handle"]) == same(name="A")


def test_two_memories_differ_in_what_only_one_knows_and_in_either_side():
    one = {**same(name="A", handle="a"), "description": Settled("d", "D")}
    other = {**same(name="A", logo_url="l"), "description": Settled("d", "E")}
    assert differing(one, other) == differing(other, one) == {"handle", "description", "logo_url"}


def test_of_some_fields_another_memory_is_taken():
    now, then = same(name="new", handle="new", description="new"), same(name="old", description="old")
    assert replaced(now, then, {"name", "handle"}) == same(name="old", description="new")


def renewed(entries, brands, links, **rules):
    """The links that are renewed, by entry, where a run leaves everything alone that it is not to write."""
    with closing(Spool(MatchOn.NAME, fields_of(entries, brands))) as spool:
        spool.add_entries(entries)
        spool.add_brands(brands)
        spool.add_links([(*link, *[None] * (4 - len(link))) for link in links])
        make_plan(spool, Rules(**rules), complete=True, known_links=len(links))
        return {cms_id: link for cms_id, *link in renewed_links(spool)}


A, B = encode({"name": "A"}), encode({"name": "B"})


@pytest.mark.parametrize("memory", [(), (B,), (A, B), (A, A)])
def test_a_pair_that_is_equal_on_both_sides_is_remembered_so(memory):
    linked = renewed([CmsBrand("1", "b1", {"name": "A"})], [Brand("b1", {"name": "A"})], [("1", "b1", *memory)])
    assert linked == {"1": ["b1", A, None]}


def test_a_pair_that_is_remembered_as_it_is_needs_no_renewal():
    entries = [CmsBrand("1", "b1", {"name": "A"}), CmsBrand("2", "b2", {"name": " B "})]
    brands = [Brand("b1", {"name": "A"}), Brand("b2", {"name": "B"})]
    assert renewed(entries, brands, [("1", "b1", A), ("2", "b2", encode({"name": " B "}), B)]) == {}


def test_what_is_not_mapped_now_is_remembered_as_it_was():
    entries, brands = [CmsBrand("1", "b1", {"name": "A"})], [Brand("b1", {"name": "A"})]
    beside = {"handle": "h", "name": "A"}, {"handle": "H", "name": "A"}
    assert renewed(entries, brands, [("1", "b1", *map(encode, beside))]) == {}
    known = [("1", "b1", *(encode({**fields, "name": "old"}) for fields in beside))]
    assert renewed(entries, brands, known) == {"1": ["b1", *map(encode, beside)]}


def test_a_pair_that_the_journal_does_not_know_is_linked():
    entries, brands = [CmsBrand("1", "b1", {"name": "A"})], [Brand("b1", {"name": "A"})]
    for links in ([], [("1", "another", B)]):
        assert renewed(entries, brands, links) == {"1": ["b1", A, None]}


def test_a_new_pair_whose_sides_write_one_number_in_two_ways_is_linked():
    fields = {"name": "A", "metadata": {"a": 1}}
    entries, brands = [CmsBrand("1", "b1", fields)], [Brand("b1", {**fields, "metadata": {"a": 1.0}})]
    memory = encode(fields)
    assert renewed(entries, brands, []) == {"1": ["b1", memory, None]}
    assert renewed(entries, brands, [("1", "b1", memory)]) == {}


def test_what_is_left_alone_beside_an_edit_is_remembered_whoever_wins():
    entries = [CmsBrand("1", "b1", {"name": "both", "handle": "h", "description": "d"})]
    brands = [Brand("b1", {"name": "both", "handle": "a person's", "description": "D"})]
    written, stored = (
        {"name": "old", "handle": "h", "description": "d"},
        {"name": "old", "handle": "h", "description": "D"},
    )
    links = [("1", "b1", encode(written), encode(stored))]
    expected = {"1": ["b1", encode(written | {"name": "both"}), encode(stored | {"name": "both"})]}
    for on_conflict in ("store", "skip"):
        assert renewed(entries, brands, links, on_conflict=on_conflict) == expected


def test_what_this_run_writes_is_not_renewed_beside_it():
    entries, brands = [CmsBrand("1", "b1", {"name": "A", "handle": "h"})], [Brand("b1", {"name": "B", "handle": "h"})]
    assert renewed(entries, brands, [("1", "b1", encode({"name": "B", "handle": "old"}))]) == {}


def test_what_could_not_be_written_is_remembered_as_it_was_and_the_rest_as_it_is():
    given = [CmsBrand("1", "b1", {"name": "A", "handle": "h"})]
    with closing(Spool(MatchOn.NAME, ["name", "handle"])) as spool:
        spool.add_entries(given)
        spool.add_brands([Brand("b1", {"name": "B", "handle": "h"})])
        spool.add_links([("1", "b1", encode({"name": "B", "handle": "old"}), None)])
        plan = make_plan(spool, Rules(), complete=True, known_links=1)
        plan.leave(Skipped("1", "rejected", "no"))
        assert [*renewed_links(spool)] == [("1", "b1", encode({"name": "B", "handle": "h"}), None)]


def test_a_pair_of_which_nobody_knows_whether_it_is_one_is_not_remembered():
    entries = [CmsBrand("1", "b1", {"name": "A"}), CmsBrand("2", "b1", {"name": "A"})]
    assert renewed(entries, [Brand("b1", {"name": "A"})], [("1", "b1", B)]) == {}


@pytest.mark.parametrize("refused", [True, False], ids=["refused", "changed meanwhile"])
def test_an_unlinked_brand_that_is_not_adopted_after_all_is_not_linked(refused):
    with closing(Spool(MatchOn.NAME, ["name", "handle"])) as spool:
        spool.add_entries([CmsBrand("1", None, {"name": "A", "handle": "h"})])
        spool.add_brands([Brand("b1", {"name": "a", "handle": "h"})])
        plan = make_plan(spool, Rules(), complete=True, known_links=0)
        assert plan.counts["adopt"] == 1
        if refused:
            plan.leave(Skipped("1", "rejected", "no"))
        else:
            plan.drop("1")
        assert [*renewed_links(spool)] == []


@pytest.mark.parametrize("links", [[], [("1", "another", B, None)]], ids=["unlinked", "linked to another"])
def test_an_equal_brand_that_is_not_adopted_after_all_is_not_linked(links):
    with closing(Spool(MatchOn.NAME, ["name"])) as spool:
        spool.add_entries([CmsBrand("1", None, {"name": "A"})])
        spool.add_brands([Brand("b1", {"name": "A"})])
        spool.add_links(links)
        plan = make_plan(spool, Rules(), complete=True, known_links=len(links))
        assert plan.counts["adopt"] == 1
        plan.leave(Skipped("1", "changed_meanwhile", "gone"))
        assert [*renewed_links(spool)] == []


ODD = {
    "name": 'A"\\/é\n\t\x01\u2028',
    "a": {"list": [1, True, None, 1.5], "é": {}},
    "Z": None,
    "nan": float("nan"),
    "number": 10**30,
    "flag": True,
}


@pytest.mark.parametrize("fields", [ODD, {"name": "A"} | {f"field-{n}": "x" for n in range(300)}], ids=["odd", "many"])
def test_what_is_remembered_already_is_not_remembered_anew(fields):
    entries, brands = [CmsBrand("1", "b1", fields)], [Brand("b1", fields)]
    memory = encode(fields)
    assert renewed(entries, brands, []) == {"1": ["b1", memory, None]}
    assert renewed(entries, brands, [("1", "b1", memory)]) == {}
    with closing(Spool(MatchOn.NAME, fields_of(entries))) as spool:
        spool.add_entries(entries)
        assert spool.query(f"SELECT {spool.as_json('cms')} FROM cms").fetchall() == [(memory,)]
