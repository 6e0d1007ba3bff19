"""The three steps and the deleting one: batch by batch, each under an entry of its own."""

from dataclasses import replace

import pytest
from desk import created, desk, row

from brandsync.brand import Brand, CmsBrand, encode
from brandsync.errors import Rejected, TryAgainLater, Unreadable, Unwritable
from brandsync.journal import Batch, BatchKind, LinkChange, LinkRow
from brandsync.plan.change import CreateBrand, UpdateBrand
from brandsync.plan.changes import BATCH_CHARACTERS
from brandsync.testing import MemoryCms, MemoryStore
from brandsync.testing.memory_cms import MemoryLinks
from brandsync.workflow.create_brands import CreateBrands
from brandsync.workflow.delete_brands import DeleteBrands
from brandsync.workflow.linking import Linking
from brandsync.workflow.undo_brands import UndoBrands
from brandsync.workflow.update_brands import UpdateBrands
from brandsync.workflow.work import LINKS_AT_ONCE, SHOWN


class Shouting(MemoryStore):
    """A store that alters what it is given."""

    def create_brands(self, brands):
        return [self._shouted(brand) for brand in super().create_brands(brands)]

    def update_brands(self, updates):
        return [self._shouted(brand) for brand in super().update_brands(updates)]

    def _shouted(self, brand):
        self.shop.brands[brand.id]["name"] = brand.fields["name"].upper()
        return Brand(brand.id, {"name": brand.fields["name"].upper()})


class Drafts(MemoryCms):
    """A CMS whose entries all have drafts."""

    class Links(MemoryLinks):
        def write(self, links):
            return [link.cms_id for link in links]


def published(at, *names):
    return at.catalogue.publish(*({"name": name} for name in names))


def entries(ids, *names, external=()):
    return [
        CmsBrand(cms_id, dict(external).get(cms_id), {"name": name}) for cms_id, name in zip(ids, names, strict=True)
    ]


def brands(at):
    return [Brand(brand_id, {"name": held["name"]}) for brand_id, held in at.shop.brands.items()]


def kinds(at):
    """The batches on record, in the order in which they were made."""
    return [(entry.step, entry.batch.kind, len(entry.batch.rows)) for entry in at.journal.entries.of("RUN")]


def link_change(work, kind, done):
    """What becomes of the link of the plan's only change once it is done."""
    (changed,) = Linking(work.plan.spool, kind, [*work.plan.changes()]).of([done])
    return changed


def skipped(work):
    return {found.cms_id: (found.reason, found.detail) for found in work.plan.skipped()}


@pytest.mark.parametrize("chooses_ids", [True, False])
def test_new_brands_are_created_batch_by_batch_and_linked_on_both_sides(chooses_ids):
    with desk(chooses_ids=chooses_ids, batch=2) as at:
        ids = published(at, "A", "B", "C")
        with at.work(entries(ids, "A", "B", "C")) as work:
            CreateBrands(work).run(at.stack)
            assert skipped(work) == {}
        linked = at.catalogue.external_ids()
        assert {cms_id: at.names()[brand_id] for cms_id, brand_id in linked.items()} == dict(
            zip(ids, "ABC", strict=True)
        )
        assert at.links() == {
            cms_id: LinkRow(linked[cms_id], encode({"name": name})) for cms_id, name in zip(ids, "ABC", strict=True)
        }
        step = "create-brands-step"
        assert kinds(at) == [(step, "create", 2), (step, "link", 2), (step, "create", 1), (step, "link", 1)]
        assert (work.counts, work.new_ids, work.links_later) == ({"create": 3}, linked, 0)
        assert at.told == [(step, 2), ("links", 2), (step, 1), ("links", 1)]
        if chooses_ids:
            assert all(len(brand_id) == 26 for brand_id in at.names())


class OneByOne(MemoryStore):
    """A store that makes a request for each brand."""

    def __init__(self, settings):
        super().__init__(settings)
        self.capabilities = replace(self.capabilities, all_or_nothing=False)


@pytest.mark.parametrize("store", [MemoryStore, OneByOne])
def test_a_store_that_holds_what_it_was_given_has_it_on_record_once(store):
    with desk(store=store, batch=2) as at:
        ids = published(at, "A", "B", "C")
        with at.work(entries(ids, "A", "B", "C"), link_in_cms=False) as work:
            CreateBrands(work).run(at.stack)
        recorded = at.journal.database.execute_sql("SELECT state, outcome FROM brandsync_entry").fetchall()
        assert recorded == [("done", None), ("done", None)]


class MakingIds(MemoryStore):
    """A store whose ids have a form of their own."""

    new_ids = ("n1", "n2", "n3")

    def __init__(self, settings):
        super().__init__(settings)
        self._ids = iter(self.new_ids)

    def new_id(self):
        return next(self._ids)


class MakingOneTwice(MakingIds):
    new_ids = ("n1", "n2", "n1")


@pytest.mark.parametrize(("store", "there"), [(MakingIds, "n2"), (MakingOneTwice, "another")])
def test_an_id_that_a_brand_has_already_is_noticed_before_anything_is_written(store, there):
    with desk(store=store) as at:
        at.put(**{there: "A person's"})
        ids = published(at, "A", "B", "C")
        with (
            at.work(entries(ids, "A", "B", "C"), brands(at)) as work,
            pytest.raises(Unreadable, match=r"the store gives the id 'n[12]' to a brand that is to be made \(entry"),
        ):
            CreateBrands(work).run(at.stack)
        assert at.names() == {there: "A person's"}
        assert kinds(at) == []


def test_links_stay_in_the_journal_where_they_live_there(at):
    ids = published(at, "A")
    with at.work(entries(ids, "A"), link_in_cms=False) as work:
        CreateBrands(work).run(at.stack)
    assert at.catalogue.external_ids() == {ids[0]: None}
    assert list(at.links()) == ids


def test_brands_that_look_like_new_ones_are_on_record_where_the_store_makes_the_ids():
    with desk(chooses_ids=False) as at:
        at.put(mine="A", second="A", other="B")
        ids = published(at, "A")
        with at.work(entries(ids, "A"), brands(at), link_in_cms=False, match_on="none") as work:
            CreateBrands(work).run(at.stack)
        assert [list(entry.batch.known) for entry in at.journal.entries.of("RUN")] == [["mine", "second"]]


def test_a_rejected_brand_is_left_out_of_the_plan_with_what_the_store_said():
    with desk(one_by_one=True) as at:
        ids = published(at, "A", " ")
        with at.work(entries(ids, "A", " ")) as work:
            CreateBrands(work).run(at.stack)
            assert skipped(work) == {ids[1]: ("rejected", "a brand needs a name")}
            assert [change.cms_id for change in work.plan.changes()] == [ids[0]]
        assert list(at.names().values()) == ["A"]
        assert list(at.links()) == [ids[0]]
        assert kinds(at)[0] == ("create-brands-step", "create", 1)


def test_an_external_id_that_the_cms_refuses_leaves_the_brand_linked_in_the_journal():
    with desk(one_by_one=True) as at:
        there, gone = published(at, "A", "B")
        at.catalogue.remove(gone)
        with at.work(entries([there, gone], "A", "B")) as work:
            CreateBrands(work).run(at.stack)
            reason, detail = skipped(work)[gone]
        assert (reason, detail) == ("link_rejected", f"the CMS refused its external id: there is no entry {gone}")
        assert sorted(at.names().values()) == ["A", "B"]
        assert sorted(at.links()) == [there, gone]
        assert kinds(at)[-1] == ("create-brands-step", "link", 1)


@pytest.mark.parametrize("batch", [50, 1])
def test_external_ids_that_wait_for_drafts_are_counted(batch):
    with desk(batch=batch) as at:
        ids = published(at, "A", "B")
        object.__setattr__(at.writer, "cms", Drafts.of(at.catalogue))
        with at.work(entries(ids, "A", "B")) as work:
            CreateBrands(work).run(at.stack)
        assert work.links_later == 2
        assert at.catalogue.external_ids() == dict.fromkeys(ids)


def test_a_link_that_has_to_wait_for_a_draft_is_no_change_of_this_run():
    with desk() as at:
        (entry,) = published(at, "A")
        at.put(b1="A")
        object.__setattr__(at.writer, "cms", Drafts.of(at.catalogue))
        with at.work(entries([entry], "A"), [Brand("b1", {"name": "A"})], [(entry, "b1")]) as work:
            assert [change.action for change in work.plan.changes()] == ["link"]
            UpdateBrands(work).run(at.stack)
            assert list(work.plan.changes()) == []


def test_many_external_ids_are_written_under_several_entries():
    names = [f"Brand {number}" for number in range(2 * LINKS_AT_ONCE + 1)]
    with desk(batch=len(names)) as at:
        ids = published(at, *names)
        with at.work(entries(ids, *names)) as work:
            CreateBrands(work).run(at.stack)
        assert None not in at.catalogue.external_ids().values()
        assert [count for _, kind, count in kinds(at) if kind == "link"] == [LINKS_AT_ONCE, LINKS_AT_ONCE, 1]


def test_a_batch_is_no_larger_than_a_database_takes_at_once():
    third, all_of_it = BATCH_CHARACTERS // 3, BATCH_CHARACTERS
    with desk() as at:
        names = ["A" * third, "B" * third, "C" * third, "D" * all_of_it, "E"]  # each counts twice
        ids = published(at, *names)
        with at.work(entries(ids, *names), link_in_cms=False) as work:
            CreateBrands(work).run(at.stack)
        assert sorted(at.names().values()) == sorted(names)
        assert [count for _, _, count in kinds(at)] == [1, 1, 1, 1, 1]


@pytest.mark.parametrize("batch", [SHOWN + 1, SHOWN - 1])
def test_a_result_shows_the_first_new_ids_and_no_more(batch):
    names = [f"Brand {number}" for number in range(SHOWN + 1)]
    with desk(batch=batch) as at:
        ids = published(at, *names)
        with at.work(entries(ids, *names), link_in_cms=False) as work:
            CreateBrands(work).run(at.stack)
        assert (list(work.new_ids), work.counts) == (ids[:SHOWN], {"create": SHOWN + 1})


def test_a_result_shows_the_ids_of_new_brands_alone(at):
    with at.work([]) as work:
        work.count([CreateBrand("1", "b1", {}, {"name": "A"}), UpdateBrand("2", "b2", {"name": "B"}, {"name": "C"})])
    assert (work.new_ids, work.counts) == ({"1": "b1"}, {"create": 1, "update": 1})


@pytest.mark.parametrize("compare_and_set", [True, False])
def test_brands_that_differ_are_updated_and_those_found_by_name_are_linked(compare_and_set):
    with desk(compare_and_set=compare_and_set, batch=2) as at:
        at.put(b1="old", b2="b", b3="C", b4="old")
        ids = published(at, "A", "B", "C", "D")
        external = [(ids[0], "b1"), (ids[3], "b4")]
        with at.work(entries(ids, *"ABCD", external=external), brands(at)) as work:
            UpdateBrands(work).run(at.stack)
            assert skipped(work) == {}
        assert at.names() == {"b1": "A", "b2": "B", "b3": "C", "b4": "D"}
        assert at.catalogue.external_ids() == {ids[0]: None, ids[1]: "b2", ids[2]: "b3", ids[3]: None}
        assert sorted(at.links()) == ids
        assert work.counts == {"update": 2, "adopt": 2}
        assert work.new_ids == {}
        step = "update-brands-step"
        assert [entry[:2] for entry in kinds(at)] == [
            (step, "update"),
            (step, "link"),
            (step, "update"),
            (step, "link"),
        ]
        assert [count for name, count in at.told if name == step] == [2, 2]


def test_a_brand_that_changes_after_it_was_planned_is_left_alone_and_told(at):
    at.put(b1="old", b2="old")
    ids = published(at, "A", "B")
    external = [(ids[0], "b1"), (ids[1], "b2")]
    with at.work(entries(ids, "A", "B", external=external), brands(at)) as work:
        at.put(b1="edited")
        UpdateBrands(work).run(at.stack)
        reason, detail = skipped(work)[ids[0]]
        assert [change.cms_id for change in work.plan.changes()] == [ids[1]]
    assert (reason, detail) == (
        "changed_meanwhile",
        "brand 'b1' was changed in the store during this run: the next one looks again",
    )
    assert at.names() == {"b1": "edited", "b2": "B"}
    assert (list(at.links()), work.counts) == ([ids[1]], {"update": 1})


def test_what_the_store_made_of_a_value_is_remembered():
    with desk(store=Shouting) as at:
        at.put(b1="OLD")
        ids = published(at, "first", "second")
        with at.work(entries(ids, "first", "second", external=[(ids[0], "b1")]), brands(at)) as work:
            CreateBrands(work).run(at.stack)
            UpdateBrands(work).run(at.stack)
        links = at.links()
        assert links[ids[0]] == LinkRow("b1", encode({"name": "first"}), encode({"name": "FIRST"}))
        assert (links[ids[1]].written, links[ids[1]].stored) == (encode({"name": "second"}), encode({"name": "SECOND"}))
        rows = [entry.batch.rows[0].after for entry in at.journal.entries.of("RUN") if entry.batch.kind == "update"]
        assert rows == [{"name": "FIRST"}]


def test_what_is_remembered_is_every_mapped_field_and_what_the_store_holds_only_where_it_differs(at):
    at.put(b1={"name": "old", "handle": "h"})
    ids = published(at, "A")
    shop = [Brand("b1", {"name": "old", "handle": "h"})]
    with at.work([CmsBrand(ids[0], "b1", {"name": "A", "handle": "h"})], shop) as work:
        expected = LinkRow("b1", encode({"name": "A", "handle": "h"}))
        done = link_change(work, BatchKind.UPDATE, row(ids[0], "b1", "old", "A"))
        assert done == LinkChange(ids[0], None, expected)
        altered = link_change(work, BatchKind.UPDATE, row(ids[0], "b1", "old", "a")).after
        assert altered == LinkRow("b1", expected.written, encode({"name": "a", "handle": "h"}))


def test_what_is_left_to_a_person_is_remembered_as_it_was_settled_last(at):
    settled = LinkRow("b1", encode({"name": "old", "handle": "h", "description": "ours", "logo_url": "l"}))
    held = {"name": "old", "handle": "both", "description": "a person's", "logo_url": "l"}
    given = CmsBrand("e1", "b1", {"name": "A", "handle": "both", "description": "ours", "logo_url": "l"})
    with at.work([given], [Brand("b1", held)], [("e1", "b1", settled.written)], on_conflict="store") as work:
        (change,) = work.plan.changes()
        assert change.after == {"name": "A"}
        looked = encode({"name": "old", "handle": "both", "description": "ours", "logo_url": "l"})
        wrote = encode({"name": "A", "handle": "both", "description": "ours", "logo_url": "l"})
        expected = LinkChange("e1", LinkRow("b1", looked), LinkRow("b1", wrote))
        assert link_change(work, BatchKind.UPDATE, row("e1", "b1", "old", "A")) == expected


def test_what_was_remembered_of_another_brand_says_nothing_of_this_one(at):
    given = CmsBrand("e1", None, {"name": "A", "handle": "x"})
    of_another = LinkRow("gone", encode({"name": "A", "handle": "x"}), encode({"name": "A", "handle": "y"}))
    with at.work(
        [given], [Brand("b1", {"name": "a", "handle": "y"})], [("e1", "gone", of_another.written, of_another.stored)]
    ) as work:
        (change,) = work.plan.changes()
        assert (change.action, change.after) == ("adopt", {"name": "A", "handle": "x"})
        expected = LinkChange("e1", of_another, LinkRow("b1", encode({"name": "A", "handle": "x"})))
        assert link_change(work, BatchKind.UPDATE, change) == expected


def test_of_a_brand_whose_id_is_still_to_come_everything_else_is_remembered(at):
    with at.work(entries(["1"], "A")) as work:
        (change,) = work.plan.changes()
        remembers = link_change(work, BatchKind.CREATE, change)
    assert remembers == LinkChange("1", None, LinkRow("", encode({"name": "A"})))


def test_a_step_makes_its_own_changes_alone(at):
    at.put(b1="old", b9="Gone")
    ids = published(at, "A", "B")
    given = entries(ids, "A", "B", external=[(ids[0], "b1")])
    with at.work(given, brands(at), [("e9", "b9")], delete_missing=True) as work:
        for step, done in (
            (CreateBrands, {"create": 1}),
            (UpdateBrands, {"create": 1, "update": 1}),
            (DeleteBrands, {"create": 1, "update": 1, "delete": 1}),
        ):
            step(work).run(at.stack)
            assert work.counts == done
    assert sorted(at.names().values()) == ["A", "B"]


def test_brands_whose_entries_are_gone_are_deleted_with_their_links():
    with desk(batch=2) as at:
        at.put(b1="A", b2="B", b3="C", theirs="T")
        links = {f"e{number}": LinkRow(f"b{number}") for number in (1, 2, 3)}
        at.journal.links.put(list(links.items()))
        known = [(cms_id, link.brand_id) for cms_id, link in links.items()]
        with at.work([], brands(at), known, delete_missing=True) as work:
            at.put(b3="edited")
            DeleteBrands(work).run(at.stack)
            assert list(skipped(work)) == ["e3"]
        assert at.names() == {"b3": "edited", "theirs": "T"}
        assert (at.links(), work.counts) == ({"e3": LinkRow("b3")}, {"delete": 2})
        step = "delete-brands-step"
        assert kinds(at) == [(step, "delete", 2), (step, "delete", 0)]
        assert at.told == [(step, 2), (step, 1)]
        at.stack.unwind(at.take_back)
        assert at.names() == {"b1": "A", "b2": "B", "b3": "edited", "theirs": "T"}
        assert at.links() == links


def test_a_run_that_is_rolled_back_leaves_both_sides_as_they_were(at):
    at.put(b1="old", b2="b")
    ids = published(at, "A", "B", "C")
    with at.work(entries(ids, *"ABC", external=[(ids[0], "b1")]), brands(at)) as work:
        CreateBrands(work).run(at.stack)
        UpdateBrands(work).run(at.stack)
    at.stack.unwind(at.take_back)
    assert at.names() == {"b1": "old", "b2": "b"}
    assert at.catalogue.external_ids() == dict.fromkeys(ids)
    assert at.links() == {}


def test_an_id_is_on_record_before_a_creation_only_where_it_was_chosen():
    for chooses_ids in (True, False):
        with desk(chooses_ids=chooses_ids, busy_every=1) as at:
            with at.work(entries(["1"], "A"), link_in_cms=False) as work, pytest.raises(TryAgainLater):
                CreateBrands(work).run(at.stack)
            (entry,) = at.journal.entries.newest_first("RUN")
            assert (entry.batch.rows[0].brand_id is not None) is chooses_ids


def test_a_step_stops_where_a_brand_is_rejected_and_names_it(at):
    ids = published(at, "A", " ", "C")
    with at.work(entries(ids, "A", " ", "C")) as work:
        with pytest.raises(Rejected, match=rf"entry {ids[1]} \(' '\) is refused: a brand needs a name"):
            CreateBrands(work).run(at.stack)
        assert (at.told, work.counts) == ([], {})


class Refusing(MemoryStore):
    """A store that refuses to change anything."""

    error: Rejected

    def update_brands(self, updates):
        raise self.error

    def delete_brands(self, brands):
        raise self.error


KEEP_GOING = "correct it, or run with --keep-going: that leaves this brand out and goes on with the others"


@pytest.mark.parametrize(("hint", "told"), [(None, KEEP_GOING), ("ask the shop", "ask the shop")])
@pytest.mark.parametrize(
    ("step", "given", "who"),
    [(UpdateBrands, [CmsBrand("e1", "b1", {"name": "New"})], "e1 ('New')"), (DeleteBrands, [], "e1 ('Old')")],
)
def test_a_refused_change_names_its_entry_and_its_brand_with_the_stores_hint(step, given, who, hint, told):
    with desk(store=Refusing) as at:
        at.put(b1="Old")
        at.store.error = Rejected("no", hint=hint)
        work_of = at.work(given, brands(at), [("e1", "b1")], delete_missing=True)
        with work_of as work, pytest.raises(Rejected) as refused:
            step(work).run(at.stack)
    assert (refused.value.message, refused.value.hint) == (f"entry {who} is refused: no", told)


def test_a_refused_external_id_of_an_entry_that_nobody_knows_names_the_entry_alone(at):
    with at.work([]) as work, pytest.raises(Rejected) as refused:
        UpdateBrands(work).write_links(at.stack, [row("gone", None, {"external_id": "x"}, {"external_id": None})])
    assert refused.value.message == "entry gone is refused: there is no entry gone"


def test_a_batch_that_the_journal_refuses_names_its_only_brand():
    with desk() as at, at.work(entries(published(at, "A"), "A")) as work:
        at.journal.entries.push = _too_large  # an undo entry beyond what the journal's database takes
        with pytest.raises(Rejected, match=r"entry \w+ \('A'\) is refused: too large"):
            CreateBrands(work).run(at.stack)


def _too_large(*_):
    raise Rejected("too large")


def _read_only(*_):
    raise Unwritable("the disk is full")


@pytest.mark.parametrize(("names", "error"), [(["A", "B"], _too_large), (["A"], _read_only)], ids=["two", "no brand's"])
def test_what_the_journal_refuses_is_said_of_no_brand_where_no_single_one_is_to_blame(names, error):
    with desk() as at, at.work(entries(published(at, *names), *names)) as work:
        at.journal.entries.push = error
        with pytest.raises(Rejected, match=r"^(too large|the disk is full)$"):
            CreateBrands(work).run(at.stack)


class Foreign(MemoryStore):
    """A store that answers a creation with another brand, which has been there."""

    def create_brands(self, brands):
        return [Brand("theirs", brand.fields) for brand in super().create_brands(brands)]


@pytest.mark.parametrize("chooses_ids", [True, False])
def test_a_brand_that_is_another_one_is_never_linked(chooses_ids):
    with desk(store=Foreign, chooses_ids=chooses_ids) as at:
        at.put(theirs="Foreign")
        ids = published(at, "New")
        there = [Brand("theirs", {"name": "Foreign"})]
        with at.work(entries(ids, "New"), there) as work, pytest.raises(Unreadable, match="'theirs'"):
            CreateBrands(work).run(at.stack)
        assert (at.links(), at.catalogue.external_ids()) == ({}, dict.fromkeys(ids))
        at.stack.unwind(at.take_back)
        assert at.names() == {"theirs": "Foreign"}


def test_two_new_brands_never_have_one_id():
    with desk(store=Foreign, chooses_ids=False) as at:
        ids = published(at, "A", "B")
        with at.work(entries(ids, "A", "B")) as work, pytest.raises(Unreadable, match="another brand"):
            CreateBrands(work).run(at.stack)
        assert at.links() == {}


def undo(at, *runs):
    step = UndoBrands(runs, at.take_back, lambda name, count: at.told.append((name, count)))
    step.run(at.stack)
    return step


def finished(at, run, batch):
    entry = at.journal.entries.push(run, "step", batch)
    at.journal.entries.done(entry, entry.batch)
    at.journal.links.apply(batch.links)


@pytest.mark.parametrize("chooses_ids", [True, False])
def test_finished_runs_are_undone_the_newest_first_each_batch_under_an_entry_of_its_own(chooses_ids):
    with desk(chooses_ids=chooses_ids) as at:
        at.put(b1="new", b3="edited")
        at.journal.links.put([("3", LinkRow("b3"))])
        finished(at, "ONE", Batch(BatchKind.UPDATE, [row("1", "b1", "first", "second"), row("3", "b3", "old", "new")]))
        finished(at, "TWO", Batch(BatchKind.UPDATE, [row("1", "b1", "second", "new")]))
        finished(at, "TWO", Batch(BatchKind.DELETE, [row("2", "b2", "gone", {})]))
        step = undo(at, "TWO", "ONE")
        assert at.names()["b1"] == "first"
        assert sorted(at.names().values()) == ["edited", "first", "gone"]
        assert step.outcome.undone == 3
        assert [kept.row.cms_id for kept in step.outcome.kept] == ["3"]
        assert step.outcome.failed == []
        name = "undo-brands-step"
        assert kinds(at) == [(name, "restore", 1), (name, "update", 1), (name, "update", 1)]
        assert at.told == [(name, 1), (name, 1), (name, 2)]
        at.stack.unwind(at.take_back)
        assert at.names() == {"b1": "new", "b3": "edited"}


def test_what_could_not_be_undone_is_told_and_the_rest_is_undone():
    with desk(one_by_one=True) as at:
        at.put(b1="new", b2="new")
        finished(at, "ONE", Batch(BatchKind.UPDATE, [row("1", "b1", " ", "new"), row("2", "b2", "old", "new")]))
        step = undo(at, "ONE")
        assert at.names() == {"b1": "new", "b2": "old"}
        assert [(failed.row.cms_id, failed.error) for failed in step.outcome.failed] == [("1", "a brand needs a name")]
        assert step.outcome.undone == 1


def test_everything_that_was_kept_or_failed_in_any_batch_is_told():
    with desk(one_by_one=True) as at:
        at.put(b1="edited", b2="edited", b3="new", b4="new")
        for number, name in ((1, "old"), (2, "old"), (3, " "), (4, " ")):
            finished(at, "ONE", Batch(BatchKind.UPDATE, [row(f"{number}", f"b{number}", name, "new")]))
        step = undo(at, "ONE")
        assert [kept.row.cms_id for kept in step.outcome.kept] == ["2", "1"]
        assert [failed.row.cms_id for failed in step.outcome.failed] == ["4", "3"]


def test_an_undo_that_restores_under_new_ids_keeps_on_record_who_looked_like_its_brands():
    with desk(chooses_ids=False) as at:
        at.put(mine="A")
        finished(at, "ONE", Batch(BatchKind.DELETE, [row("1", "b1", "A", {})]))
        undo(at, "ONE")
        assert [list(entry.batch.known) for entry in at.journal.entries.of("RUN")] == [["mine"]]


def test_a_creation_that_is_undone_loses_its_link_and_gets_it_back_when_that_is_undone(at):
    at.put(b1="A")
    ids = published(at, "A")
    with at.work(entries(ids, "A"), link_in_cms=False, match_on="none") as work:
        CreateBrands(work).run(at.stack)
    links, names = at.links(), at.names()
    at.journal.database.execute_sql("UPDATE brandsync_entry SET run = 'ONE'")
    undo(at, "ONE")
    assert (at.links(), at.names()) == ({}, {"b1": "A"})
    at.stack.unwind(at.take_back)
    assert (at.links(), at.names()) == (links, names)


def test_an_entry_that_has_an_external_id_is_not_given_it_again(at):
    at.put(b1="A")
    ids = published(at, "A")
    with at.work(entries(ids, "A", external=[(ids[0], "b1")]), brands(at)) as work:
        UpdateBrands(work).link(at.stack, [created(ids[0], "b1")])
    assert at.catalogue.external_ids() == {ids[0]: None}


def test_of_a_batch_of_deletions_only_the_brands_that_went_lose_their_links(at):
    at.put(b1="A", b2="B")
    at.journal.links.put([("e1", LinkRow("b1")), ("e2", LinkRow("b2"))])
    with at.work([], brands(at), [("e1", "b1"), ("e2", "b2")], delete_missing=True) as work:
        at.put(b2="edited")
        DeleteBrands(work).run(at.stack)
    assert (at.names(), at.links()) == ({"b2": "edited"}, {"e2": LinkRow("b2")})


def test_an_update_that_is_rolled_back_gets_back_what_was_remembered_before(at):
    at.put(b1="old")
    before = {"e1": LinkRow("b1", encode({"name": "old"}))}
    at.journal.links.put(list(before.items()))
    links = [("e1", "b1", encode({"name": "old"}), None)]
    with at.work(entries(["e1"], "A", external=[("e1", "b1")]), brands(at), links) as work:
        UpdateBrands(work).run(at.stack)
    assert at.links() == {"e1": LinkRow("b1", encode({"name": "A"}))}
    at.stack.unwind(at.take_back)
    assert (at.names(), at.links()) == ({"b1": "old"}, before)


def test_a_creation_in_place_of_a_brand_that_is_gone_remembers_its_old_link(at):
    before = LinkRow("gone", encode({"name": "A"}))
    with at.work(entries(["1"], "A"), (), [("1", "gone", before.written)]) as work:
        (change,) = work.plan.changes()
        (made,) = Linking(work.plan.spool, BatchKind.CREATE, [change]).of([change])
    assert made == LinkChange("1", before, LinkRow("", encode({"name": "A"})))


def test_what_was_remembered_of_another_brand_is_not_handed_on(at):
    of_another = LinkRow("gone", encode({"name": "A", "logo_url": "l"}))
    with at.work(entries(["e1"], "A"), [Brand("b1", {"name": "a"})], [("e1", "gone", of_another.written)]) as work:
        (change,) = work.plan.changes()
        expected = LinkChange("e1", of_another, LinkRow("b1", encode({"name": "A"})))
        assert link_change(work, BatchKind.UPDATE, change) == expected


def test_what_the_store_spells_in_its_own_way_stays_remembered_when_another_field_changes(at):
    written, stored = {"name": "old", "website_url": "a.com"}, {"name": "old", "website_url": "https://a.com"}
    given = CmsBrand("e1", "b1", {"name": "A", "website_url": "a.com"})
    with at.work([given], [Brand("b1", stored)], [("e1", "b1", encode(written), encode(stored))]) as work:
        (change,) = work.plan.changes()
        assert change.after == {"name": "A"}
        now = LinkRow("b1", encode({**written, "name": "A"}), encode({**stored, "name": "A"}))
        assert link_change(work, BatchKind.UPDATE, change).after == now


class Numbering(MemoryStore):
    """A store whose ids have a form of their own."""

    def new_id(self):
        return "number one"


def test_a_new_brand_gets_an_id_of_the_form_that_the_store_needs():
    with desk(store=Numbering) as at:
        ids = published(at, "A")
        with at.work(entries(ids, "A")) as work:
            CreateBrands(work).run(at.stack)
        assert at.names() == {"number one": "A"}


class Loud(MemoryStore):
    """A store that writes names in capitals."""

    def comparison_key(self, fields):
        return encode({"name": fields["name"].upper()})


def test_brands_that_look_like_new_ones_are_found_as_the_store_spells_them():
    with desk(store=Loud, chooses_ids=False) as at:
        at.put(loud="A")
        with at.work(entries(published(at, "a"), "a"), [Brand("loud", {"name": "A"})], match_on="none") as work:
            CreateBrands(work).run(at.stack)
        assert [*next(at.journal.entries.of("RUN")).batch.known] == ["loud"]


class Repeating(MemoryStore):
    """A store that answers with a brand that was there before."""

    def create_brands(self, brands):
        return [Brand("b1", brand.fields) for brand in brands]


def test_a_store_that_answers_with_another_brand_is_not_believed():
    with desk(store=Repeating, chooses_ids=False) as at:
        at.put(b1="old")
        with at.work(entries(published(at, "A"), "A"), brands(at)) as work, pytest.raises(Unreadable) as refused:
            CreateBrands(work).run(at.stack)
    assert refused.value.hint == "look at the routes or the extension that make brands"


def test_before_anything_is_taken_back_nothing_is_left(at):
    assert at.stack.left == 0
