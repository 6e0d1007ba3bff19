"""The undo stack's entries come back as they were recorded, the newest first."""

import pytest
from msgspec.structs import replace

from brandsync.brand.listed import NewBrands
from brandsync.errors import Unreadable
from brandsync.journal import Batch, BatchKind, LinkChange, LinkRow, WithBrands
from brandsync.plan.change import Change, Creations

BATCH = Batch(
    BatchKind.UPDATE,
    [Change("1", "b1", {"name": "Á"}, {"name": "B"}), Change("2", "b3", {"name": "C"}, {"name": None})],
    [LinkChange("1", LinkRow("b1", "w", "s"), None), LinkChange("2", None, LinkRow("b2"))],
    ["b7", "b8"],
)


def values(batch):
    return (batch.kind, list(batch.rows), list(batch.links), list(batch.known))


def test_an_intent_comes_back_as_it_was_recorded(journal):
    pushed = journal.entries.push("RUN", "step", BATCH)
    (found,) = journal.entries.newest_first("RUN")
    assert (found.id, found.run, found.step, found.state) == (pushed.id, "RUN", "step", "intent")
    assert (pushed.run, pushed.step, pushed.state, pushed.batch) == ("RUN", "step", "intent", BATCH)
    assert values(found.batch) == values(BATCH)


def test_what_was_really_done_takes_the_place_of_what_was_intended(journal):
    entry = journal.entries.push("RUN", "step", BATCH)
    part = BATCH.only(BATCH.rows[:1])
    done = journal.entries.done(entry, part)
    (found,) = journal.entries.newest_first("RUN")
    assert (found.state, values(found.batch)) == ("done", values(part))
    assert (done.id, done.run, done.step, done.state, done.batch) == (entry.id, "RUN", "step", "done", part)


def test_what_was_done_as_intended_is_recorded_in_a_word(journal):
    entry = journal.entries.push("RUN", "step", BATCH)
    journal.entries.done(entry, entry.batch)
    (found,) = journal.entries.newest_first("RUN")
    assert (found.state, values(found.batch)) == ("done", values(BATCH))
    assert journal.database.execute_sql("SELECT outcome FROM brandsync_entry").fetchall() == [(None,)]


def test_only_the_entry_that_is_meant_changes(journal):
    first = journal.entries.push("RUN", "step", BATCH)
    second = journal.entries.push("RUN", "step", BATCH)
    journal.entries.done(second, second.batch)
    assert [(entry.id, entry.state) for entry in journal.entries.newest_first("RUN")] == [
        (second.id, "done"),
        (first.id, "intent"),
    ]


def test_what_has_been_taken_back_is_no_longer_on_the_stack_but_stays_on_record(journal):
    entries = [journal.entries.push("RUN", f"step {number}", BATCH) for number in range(3)]
    journal.entries.undone(entries[1])
    assert [entry.step for entry in journal.entries.newest_first("RUN")] == ["step 2", "step 0"]
    assert [entry.step for entry in journal.entries.of("RUN")] == ["step 0", "step 1", "step 2"]
    assert [entry.state for entry in journal.entries.of("RUN")] == ["intent", "undone", "intent"]


def test_an_entry_that_is_taken_back_while_the_stack_is_read_does_not_come_twice(journal):
    for number in range(3):
        journal.entries.push("RUN", f"step {number}", BATCH)
    seen = []
    for entry in journal.entries.newest_first("RUN"):
        seen.append(entry.step)
        journal.entries.undone(entry)
    assert seen == ["step 2", "step 1", "step 0"]


def test_an_entry_that_could_not_be_taken_back_stays_with_what_remains_of_it(journal):
    entry = journal.entries.push("RUN", "step", BATCH)
    rest = BATCH.only(BATCH.rows[1:])
    journal.entries.undo_failed(entry, rest)
    (found,) = journal.entries.newest_first("RUN")
    assert (found.state, values(found.batch)) == ("undo_failed", values(rest))


def test_an_entry_that_is_being_taken_back_remembers_who_looked_like_its_brands(journal):
    entry = journal.entries.push("RUN", "step", BATCH)
    journal.entries.undoing(entry, ["b5"])
    (found,) = journal.entries.newest_first("RUN")
    assert (found.state, values(found.batch)) == ("undoing", values(replace(BATCH, known=["b5"])))


def test_each_run_has_a_stack_of_its_own(journal):
    journal.entries.push("ONE", "its", BATCH)
    journal.entries.push("TWO", "mine", BATCH)
    assert [entry.step for entry in journal.entries.newest_first("TWO")] == ["mine"]
    assert [entry.step for entry in journal.entries.of("TWO")] == ["mine"]
    assert [journal.entries.has(run) for run in ("ONE", "TWO", "THREE")] == [True, True, False]
    assert journal.entries.has("ONE") is True


def test_the_entries_of_runs_that_are_forgotten_are_gone_and_no_others(journal):
    for run in ("ONE", "TWO", "THREE"):
        journal.entries.push(run, "step", BATCH)
    journal.entries.forget(["ONE", "THREE"])
    assert [journal.entries.has(run) for run in ("ONE", "TWO", "THREE")] == [False, True, False]


def test_entries_follow_brands_that_were_restored_under_other_ids(journal):
    journal.entries.push("RUN", "step", BATCH)
    journal.new_ids.record("AN OLDER RUN", {"b1": "before", "b7": "before"})
    journal.new_ids.record("UNDO", {"b1": "c1"})
    expected = values(BATCH.renamed({"b1": "c1"}))
    assert [values(entry.batch) for entry in journal.entries.newest_first("RUN")] == [expected]
    assert [values(entry.batch) for entry in journal.entries.of("RUN")] == [expected]


# External ids, and the brands that they were written for.


def brands(*keys, before=None):
    """A creation, or an update of brands that the journal had linked ``before``."""
    rows = [Change(key, f"b{key}", {}, {"name": key}) for key in keys]
    return Batch(BatchKind.CREATE, rows, [LinkChange(key, before, LinkRow(f"b{key}")) for key in keys])


def ids(*keys):
    return Batch(
        BatchKind.LINK, [Change(key, f"b{key}", {"external_id": None}, {"external_id": f"b{key}"}) for key in keys]
    )


def push(journal, *batches):
    return [journal.entries.push("RUN", "step", batch) for batch in batches]


def stack(journal):
    return [
        (entry.batch.kind, [row.cms_id for row in entry.batch.rows]) for entry in journal.entries.to_take_back("RUN")
    ]


def test_brands_are_taken_back_before_their_external_ids_and_the_newest_first(journal):
    push(journal, brands("1", "2"), ids("1"), ids("2"), brands("3"), ids("3"), brands("4"))
    assert stack(journal) == [
        ("create", ["4"]),
        ("create", ["3"]),
        ("link", ["3"]),
        ("create", ["1", "2"]),
        ("link", ["2"]),
        ("link", ["1"]),
    ]


def test_external_ids_come_after_the_brands_of_an_undo_of_version_0_1_0_too(journal):
    push(journal, ids("2"), brands("2"), ids("1"), brands("1"))
    assert stack(journal) == [("create", ["1"]), ("create", ["2"]), ("link", ["1"]), ("link", ["2"])]


def test_external_ids_are_taken_back_though_their_brands_have_been(journal):
    created, _, later, _ = push(journal, brands("1"), ids("1"), brands("2"), ids("2"))
    journal.entries.undone(later)
    assert stack(journal) == [("create", ["1"]), ("link", ["2"]), ("link", ["1"])]
    journal.entries.undone(created)
    assert stack(journal) == [("link", ["2"]), ("link", ["1"])]


def made(journal):
    """Of each batch of external ids: which the run has made, and which brands are still on the stack."""
    entries = journal.entries.to_take_back("RUN")
    return [(sorted(entry.made), sorted(entry.unsettled)) for entry in entries if entry.batch.kind == "link"]


def test_a_run_has_made_the_links_that_the_journal_did_not_have(journal):
    push(journal, brands("1", "2"), ids("1"), ids("2"))
    push(journal, brands("3", before=LinkRow("b3")), ids("3"), brands("4", before=LinkRow("another")), ids("4"))
    assert made(journal) == [(["4"], ["4"]), ([], ["3"]), (["2"], ["1", "2"]), (["1"], ["1", "2"])]


def test_external_ids_know_the_brands_that_were_written_in_the_same_go(journal):
    created, *_ = push(journal, brands("1", "2"), ids("1", "3"), ids("2"), brands("4"), ids("4"), ids("5"))
    journal.entries.push("ANOTHER", "step", brands("6"))
    push(journal, ids("7"))
    journal.entries.done(created, created.batch.only(created.batch.rows[:1]))
    entries = [entry for entry in journal.entries.to_take_back("RUN") if entry.batch.kind == "link"]
    assert [sorted(entry.beside) for entry in entries] == [["4"], ["4"], ["4"], ["1", "2"], ["1", "2"]]
    for entry in [*journal.entries.newest_first("RUN")]:
        if entry.batch.kind != "link":
            journal.entries.undone(entry)
    entries = [*journal.entries.to_take_back("RUN")]
    assert [sorted(entry.beside) for entry in entries] == [["4"], ["4"], ["4"], ["1", "2"], ["1", "2"]]


def test_that_is_known_whatever_has_become_of_the_brands(journal):
    created, _ = push(journal, brands("1", "2", "3"), ids("1", "2", "3"))
    journal.entries.done(created, created.batch.only(created.batch.rows[:2]))
    assert made(journal) == [(["1", "2", "3"], ["1", "2"])]
    journal.entries.undo_failed(created, created.batch.only(created.batch.rows[:1]))
    assert made(journal) == [(["1", "2", "3"], ["1"])]
    journal.entries.undone(created)
    assert made(journal) == [(["1", "2", "3"], [])]


def test_external_ids_without_brands_of_their_own_are_nobodys(journal):
    push(journal, ids("1"), brands("2"), ids("1"))
    assert made(journal) == [([], ["2"]), ([], [])]


def test_brands_are_looked_at_when_they_have_been_taken_back(journal):
    push(journal, brands("1", "2"), ids("1", "2"))
    entries = journal.entries.to_take_back("RUN")
    created = next(entries)
    journal.entries.undo_failed(created, created.batch.only(created.batch.rows[1:]))
    assert next(entries).unsettled == {"2"}


def test_brands_that_have_moved_since_are_the_ones_that_they_were(journal):
    push(journal, brands("1", before=LinkRow("b1")), ids("1"), brands("2"), ids("2"))
    journal.new_ids.record("RUN", {"b1": "c1", "b2": "c2"})
    assert made(journal) == [(["2"], ["2"]), ([], ["1"])]


def test_what_is_left_to_be_taken_back_is_counted_for_each_run(journal):
    entries = [journal.entries.push(run, "step", BATCH) for run in ("RUN", "RUN", "RUN", "OTHER")]
    journal.entries.undone(entries[0])
    assert [journal.entries.left(run) for run in ("RUN", "OTHER", "NONE")] == [2, 1, 0]


def test_a_batch_with_what_only_pythons_own_json_reader_takes_comes_back(journal):
    odd = Batch(BatchKind.CREATE, [Change("1", "b1", {}, {"name": "A", "metadata": {"size": float("inf")}})])
    journal.entries.push("RUN", "step", odd)
    (found,) = journal.entries.newest_first("RUN")
    assert list(found.batch.rows) == odd.rows


SIZES = Batch(
    BatchKind.UPDATE,
    [Change("1", "b1", {"metadata": {"size": 1}}, {"metadata": {"size": 2}}), Change("2", "b2", {}, {})],
    BATCH.links,
    ["b7"],
)
SIDES = Batch(BatchKind.UPDATE, [BATCH.rows[0], Change("2", "b2", {"handle": "c"}, {"handle": "d"})], BATCH.links)


@pytest.mark.parametrize("batch", [SIZES, SIDES], ids=["more than texts", "other fields"])
def test_brands_that_have_not_the_same_texts_come_back_with_both_sides_and_their_links(journal, batch):
    journal.entries.push("RUN", "step", batch)
    (found,) = journal.entries.newest_first("RUN")
    assert values(found.batch) == values(batch)


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ("intent = '{'", "intent"),
        ("outcome = '[]'", "outcome"),
        ("kind = 'other'", "intent"),
        ("state = 'other'", "intent"),
        ("""kind = 'update', intent = '{"rows":[["1","b1",{},{"name":"A"}]],"links":[],"known":[]}'""", "intent"),
        ("""kind = 'link', intent = '{"rows":[["1","b1",{"external_id":null},{}]],"links":[],"known":[]}'""", "intent"),
        ("""kind = 'link', intent = '{"rows":[["1","b1",{},{"external_id":null}]],"links":[],"known":[]}'""", "intent"),
    ],
)
def test_an_entry_that_somebody_damaged_is_named_with_what_to_do(journal, change, column):
    number = journal.entries.push("RUN", "step", BATCH).id
    journal.database.execute_sql(f"UPDATE brandsync_entry SET {change}")
    with pytest.raises(Unreadable) as told:
        list(journal.entries.newest_first("RUN"))
    assert told.value.message == (
        f"the journal is damaged: in brandsync_entry, `{column}`, `kind` or `state` of entry {number} (run RUN) cannot"
        " be read"
    )
    assert told.value.hint == (
        f"put it right; or, if what this run wrote is to stay as it is: DELETE FROM brandsync_entry WHERE id = {number}"
    )


def test_a_brand_that_moved_before_a_run_is_another_one_to_it(journal):
    for run, moved in (("R1", {"b1": "c1"}), ("R3", {"b2": "c2"})):
        journal.new_ids.record(run, moved)
    journal.entries.push("R2", "step", Batch(BatchKind.UPDATE, [Change(f"{n}", f"b{n}", {}, {}) for n in (1, 2)]))
    (found,) = journal.entries.newest_first("R2")
    assert [row.brand_id for row in found.batch.rows] == ["b1", "c2"]


_BRANDS = [Change("1", "b1", {}, {"name": "A", "handle": ""}), Change("2", "b2", {}, {"name": "B", "handle": None})]
NEW = Batch(BatchKind.CREATE, _BRANDS, WithBrands(_BRANDS))


@pytest.mark.parametrize("batch", [NEW, NEW.inverse(), NEW.inverse().inverse()], ids=lambda batch: batch.kind)
def test_a_batch_of_texts_names_its_fields_once_and_comes_back(journal, batch):
    journal.entries.push("RUN", "step", batch)
    (found,) = journal.entries.newest_first("RUN")
    assert values(found.batch) == values(batch)
    ((text,),) = journal.database.execute_sql("SELECT intent FROM brandsync_entry").fetchall()
    assert text.count("handle") == 1


def test_new_brands_that_are_made_when_asked_for_are_stored_as_those_that_are_there(journal):
    rows = Creations(["1", "2"], NewBrands(["name", "handle"], ["b1", "b2"], [["A", ""], ["B", None]]))
    journal.entries.push("RUN", "step", NEW)
    journal.entries.push("RUN", "step", Batch(BatchKind.CREATE, rows, WithBrands(rows)))
    one, other = journal.database.execute_sql("SELECT intent FROM brandsync_entry").fetchall()
    assert one == other


@pytest.mark.parametrize(
    "changed",
    [
        '{"known":[],"before":[],"after":["name"],"brands":[],"are_whole":true}',
        '{"known":[],"before":[],"after":["name","name"],"brands":[["1","b1","A","B"]],"are_whole":true}',
        '{"known":[],"before":[],"after":["name"],"brands":[["1","b1","A","B"]],"are_whole":true}',
        '{"known":[],"before":[],"after":["name","handle"],"brands":[["1","b1","A"]],"are_whole":true}',
        '{"known":[],"before":["name","handle"],"after":[],"brands":[["1","b1","A"]],"are_whole":true}',
        '{"known":[],"before":[],"after":["name"],"brands":[[null,"b1","A"]],"are_whole":true}',
        '{"known":[],"before":[],"after":["name"],"brands":[["1",null,"A"]],"are_whole":true}',
        '{"known":[],"before":[],"after":["name"],"brands":[["1","b1","A"]]}',
        '{"known":[],"before":[],"after":["name"],"brands":[["1","b1","A"]],"links":[["1",null,[]]]}',
        '{"known":[],"before":[],"after":["name"],"brands":[["1","b1","A"]],"links":[["1",null,[null,null,null]]]}',
        '{"known":[],"links":[]}',
    ],
)
def test_a_damaged_batch_by_column_is_never_read_as_another(journal, changed):
    entry = journal.entries.push("RUN", "step", NEW)
    journal.entries.done(entry, NEW)
    journal.database.execute_sql("UPDATE brandsync_entry SET intent = ?", (changed,))
    with pytest.raises(Unreadable, match="the journal is damaged"):
        list(journal.entries.newest_first("RUN"))


def test_an_update_says_of_each_link_what_becomes_of_it(journal):
    journal.entries.push("RUN", "step", NEW)
    whole = '{"known":[],"before":["name"],"after":["name"],"brands":[["1","b1","A","B"]],"are_whole":true}'
    journal.database.execute_sql("UPDATE brandsync_entry SET kind = 'update', intent = ?", (whole,))
    with pytest.raises(Unreadable, match="the journal is damaged"):
        list(journal.entries.newest_first("RUN"))
