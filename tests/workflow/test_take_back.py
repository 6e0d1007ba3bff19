"""A value is restored only where the other side still holds what brandsync wrote."""

import dataclasses

import pytest
from desk import created, desk, linked, new_link, row
from msgspec.structs import replace

from brandsync.errors import LeaseLost, Rejected, TryAgainLater
from brandsync.journal import Batch, BatchKind, Entry, EntryState, LinkRow
from brandsync.plan.change import Change
from brandsync.testing import MemoryCms, MemoryStore
from brandsync.testing.memory_cms import MemoryLinks
from brandsync.workflow.classification import classify, place
from brandsync.workflow.engine import Step
from brandsync.workflow.outcome import Failed, Kept, Outcome, TakenBack


class Held:
    """Both sides as they are said to be, and the journal's links."""

    images = ()

    def __init__(self, current, linked=()):
        self._current = current
        self._linked = dict(linked)

    def current(self, _inverse):
        return self._current

    def linked(self, cms_ids):
        return {cms_id: self._linked[cms_id] for cms_id in cms_ids if cms_id in self._linked}

    def there(self, brand_ids):
        return brand_ids


def sorted_out(kind, found, before, after):
    """Where the row of an inverse batch goes: what is written, what is already so, what is kept."""
    asked = row("1", "b1", before, after)
    where = {"1" if kind == "link" else "b1": found} if found is not None else {}
    batch = Batch(BatchKind(kind), [asked])
    classified = classify(batch, Entry(1, "RUN", "step", EntryState.DONE, batch.inverse()), Held(where))
    assert all(row is asked for row in [*classified.already, *(kept.row for kept in classified.kept)])
    return (
        [(written.before, written.after) for written in classified.write],
        len(classified.already),
        [kept.found for kept in classified.kept],
    )


@pytest.mark.parametrize("kind", ["uncreate", "delete"])
def test_a_brand_is_removed_only_as_it_was_written(kind):
    assert sorted_out(kind, {"name": "A"}, "A", {}) == ([({"name": "A"}, {})], 0, [])
    assert sorted_out(kind, {"name": "edited"}, "A", {}) == ([], 0, [{"name": "edited"}])
    assert sorted_out(kind, None, "A", {}) == ([], 1, [])


def test_a_brand_is_restored_only_where_none_is():
    assert sorted_out("restore", None, {}, "A") == ([({}, {"name": "A"})], 0, [])
    assert sorted_out("restore", {"name": "A"}, {}, "A") == ([], 1, [])
    assert sorted_out("restore", {"name": "edited"}, {}, "A") == ([], 0, [{"name": "edited"}])


def test_an_update_is_taken_back_field_by_field():
    before, after = {"name": "new", "handle": "new"}, {"name": "old", "handle": "old"}
    assert sorted_out("update", before, before, after) == ([(before, after)], 0, [])
    assert sorted_out("update", after, before, after) == ([], 1, [])
    assert sorted_out("update", None, before, after) == ([], 0, [{}])
    assert sorted_out("update", {"name": "new", "handle": "edited"}, before, after) == (
        [({"name": "new"}, {"name": "old"})],
        0,
        [{"handle": "edited"}],
    )
    assert sorted_out("update", {"name": "new", "handle": "old"}, before, after) == (
        [({"name": "new"}, {"name": "old"})],
        0,
        [],
    )
    assert sorted_out("update", {"name": "edited", "handle": "edited"}, before, after) == (
        [],
        0,
        [{"name": "edited", "handle": "edited"}],
    )
    assert sorted_out("update", before, before, {**after, "name": "new"}) == (
        [({"handle": "new"}, {"handle": "old"})],
        0,
        [],
    )


def test_an_external_id_is_taken_back_where_it_still_stands():
    ours, none = {"external_id": "b1"}, {"external_id": None}
    assert sorted_out("link", ours, ours, none) == ([(ours, none)], 0, [])
    assert sorted_out("link", none, ours, none) == ([], 1, [])
    assert sorted_out("link", None, ours, none) == ([], 1, [])
    assert sorted_out("link", {"external_id": "b9"}, ours, none) == ([], 0, [{"external_id": "b9"}])


@pytest.mark.parametrize(
    ("found", "links", "is_own"),
    [("b2", {"1": "b2"}, True), ("b2", {"1": "b3"}, False), ("b2", {}, False), (None, {}, False)],
    ids=["linked since", "linked to another", "not linked", "cleared by a person"],
)
def test_an_external_id_that_the_journal_links_is_no_persons_edit(found, links, is_own):
    asked = row("1", "b1", {"external_id": "b1"}, {"external_id": "older"})
    batch = Batch(BatchKind.LINK, [asked])
    entry = Entry(1, "RUN", "step", EntryState.DONE, batch.inverse())
    classified = classify(batch, entry, Held({"1": {"external_id": found}}, links))
    assert (classified.write, classified.already) == ([], [asked] if is_own else [])
    assert classified.kept == ([] if is_own else [Kept(asked, {"external_id": found})])


def test_clearing_an_external_id_brings_no_brand_back(at):
    (cms_id,) = at.catalogue.publish({"name": "A", "external_id": "b1"})
    at.journal.gone.record("R0", Batch(BatchKind.DELETE, [created(cms_id, "b1")]), {})
    at.take_back(at.push(Batch(BatchKind.LINK, [linked(cms_id, "b1")])))
    assert at.catalogue.external_ids() == {cms_id: None}
    assert at.journal.gone.among(["b1"]) == {"b1"}


def test_a_link_is_written_to_its_entry_and_anything_else_to_its_brand():
    assert place(Batch(BatchKind.LINK, []), linked("1", "b1")) == "1"
    assert place(Batch(BatchKind.UPDATE, []), linked("1", "b1")) == "b1"
    assert place(Batch(BatchKind.UPDATE, []), created("1", None)) == ""


def test_a_creation_is_taken_back_but_for_brands_that_were_edited(at):
    at.put(b1="A", b2="edited")
    rows = [created("1", "b1", "A"), created("2", "b2", "B"), created("3", "b3", "C")]
    outcome = at.take_back(at.push(Batch(BatchKind.CREATE, rows)))
    assert at.names() == {"b2": "edited"}
    assert [done.cms_id for done in outcome.done] == ["1"]
    assert [already.cms_id for already in outcome.already] == ["3"]
    assert [(kept.row.cms_id, kept.found) for kept in outcome.kept] == [("2", {"name": "edited"})]
    assert outcome.failed == []


def test_a_deletion_is_taken_back_under_the_ids_that_the_brands_had(at):
    at.put(b2="B")
    rows = [row("1", "b1", "A", {}), row("2", "b2", "B", {})]
    outcome = at.take_back(at.push(Batch(BatchKind.DELETE, rows)))
    assert at.names() == {"b1": "A", "b2": "B"}
    assert ([done.cms_id for done in outcome.done], [row.cms_id for row in outcome.already]) == (["1"], ["2"])


def test_an_update_is_taken_back_and_doing_so_again_changes_nothing(at):
    at.put(b1="new")
    entry = at.push(Batch(BatchKind.UPDATE, [row("1", "b1", "old", "new")]))
    assert len(at.take_back(entry).done) == 1
    assert at.names() == {"b1": "old"}
    again = at.take_back(entry)
    assert (again.done, len(again.already), at.names()) == ([], 1, {"b1": "old"})


class Loud(MemoryStore):
    """A store that takes names in any case for the same."""

    def comparison_key(self, fields):
        return fields["name"].upper()


@pytest.mark.parametrize(("is_known", "name"), [(False, "old"), (True, "NEW")])
def test_what_a_store_may_have_made_of_a_value_is_ours_only_where_its_answer_is_unknown(is_known, name):
    with desk(store=Loud) as at:
        at.put(b1="NEW")
        entry = at.push(Batch(BatchKind.UPDATE, [row("1", "b1", "old", "new")]))
        at.take_back(at.journal.entries.done(entry, entry.batch) if is_known else entry)
        assert at.names() == {"b1": name}


def test_a_restoration_is_taken_back_by_deleting(at):
    at.put(b1="A")
    at.take_back(at.push(Batch(BatchKind.RESTORE, [created("1", "b1", "A")])))
    assert at.names() == {}


def test_external_ids_are_taken_back_and_seen_as_they_are_then(at):
    first, second = at.catalogue.publish({"name": "A", "external_id": "b1"}, {"name": "B", "external_id": "b9"})
    entry = at.push(Batch(BatchKind.LINK, [linked(first, "b1"), linked(second, "b2")]))
    outcome = at.take_back(entry)
    assert at.catalogue.external_ids() == {first: None, second: "b9"}
    assert [done.cms_id for done in outcome.done] == [first]
    assert [kept.row.cms_id for kept in outcome.kept] == [second]
    assert len(at.take_back(entry).already) == 1
    assert at.shop.calls == 0


def test_an_external_id_is_not_written_again_where_its_brand_could_not_be_restored(at):
    at.put(b1="A")
    ids = at.catalogue.publish({"name": "A"}, {"name": "B"})
    cleared = [linked(cms_id, brand_id) for cms_id, brand_id in zip(ids, ["b1", "gone"], strict=True)]
    entry = at.push(Batch(BatchKind.LINK, cleared).inverse())
    outcome = at.take_back(replace(entry, beside=frozenset(ids)))
    assert at.catalogue.external_ids() == {ids[0]: "b1", ids[1]: None}
    assert ([row.cms_id for row in outcome.done], [row.cms_id for row in outcome.already]) == ([ids[0]], [ids[1]])


def test_an_external_id_whose_brand_was_gone_before_is_written_again(at):
    at.put(b1="A")
    ids = at.catalogue.publish({"name": "A"}, {"name": "B"})
    cleared = [linked(cms_id, brand_id) for cms_id, brand_id in zip(ids, ["b1", "gone"], strict=True)]
    at.push(Batch(BatchKind.UNCREATE, [row(ids[0], "b1", "A", {})]))
    at.push(Batch(BatchKind.LINK, cleared).inverse())
    *_, entry = at.journal.entries.to_take_back("RUN")
    assert entry.beside == {ids[0]}
    outcome = at.take_back(entry)
    assert at.catalogue.external_ids() == {ids[0]: "b1", ids[1]: "gone"}
    assert [done.cms_id for done in outcome.done] == ids


class Broken(MemoryStore):
    """A store that writes half of a batch and falls silent, or answers nothing at all."""

    deaf = False
    error: type[Exception] = TryAgainLater

    def get_brands(self, fields, ids):
        if self.deaf:
            raise TryAgainLater("nobody answers")
        return super().get_brands(fields, ids)

    def update_brands(self, updates):
        super().update_brands(updates[:1])
        type(self).deaf = type(self).deaf_afterwards
        raise self.error("the line went dead")

    deaf_afterwards = False


@pytest.mark.parametrize("deaf", [False, True])
def test_of_a_call_that_broke_off_what_is_left_is_read_back_and_told(deaf, monkeypatch):
    monkeypatch.setattr(Broken, "deaf", False)
    monkeypatch.setattr(Broken, "deaf_afterwards", deaf)
    with desk(store=Broken) as at:
        at.put(b1="new", b2="new", b3="edited")
        rows = [row(key, f"b{key}", "old", "new") for key in "123"]
        outcome = at.take_back(at.push(Batch(BatchKind.UPDATE, rows)))
        assert at.names() == {"b1": "old", "b2": "new", "b3": "edited"}
        assert outcome.failed == [
            Failed(row(key, f"b{key}", "new", "old"), "the line went dead") for key in ("123" if deaf else "2")
        ]
        assert [already.cms_id for already in outcome.already] == ([] if deaf else ["1"])
        assert outcome.kept == ([] if deaf else [Kept(row("3", "b3", "new", "old"), {"name": "edited"})])


def test_a_run_that_lost_its_lease_takes_nothing_further_back(monkeypatch):
    monkeypatch.setattr(Broken, "deaf", False)
    monkeypatch.setattr(Broken, "error", LeaseLost)
    with desk(store=Broken) as at:
        at.put(b1="new")
        entry = at.push(Batch(BatchKind.UPDATE, [row("1", "b1", "old", "new")]))
        with pytest.raises(LeaseLost):
            at.take_back(entry)


def test_what_was_really_done_is_read_back_from_either_side(at):
    def done(kind, *rows):
        return at.take_back.side(kind).done(Batch(kind, rows)).rows

    at.put(b1="A", b2="edited")
    rows = [created("1", "b1", "A"), created("2", "b2", "B"), created("3", "b3", "C")]
    assert [made.cms_id for made in done(BatchKind.CREATE, *rows)] == ["1"]
    assert done(BatchKind.DELETE, row("1", "b1", "A", {})) == []
    assert [gone.cms_id for gone in done(BatchKind.DELETE, row("3", "b3", "A", {}))] == ["3"]
    ids = at.catalogue.publish({"name": "A", "external_id": "b1"}, {"name": "B"})
    links = [linked(ids[0], "b1"), linked(ids[1], "b2"), linked("gone", "b3")]
    assert done(BatchKind.LINK, *links) == [linked(ids[0], "b1")]


def test_a_restoration_under_new_ids_first_records_who_looks_like_its_brands():
    with desk(chooses_ids=False) as at:
        at.put(mine="A")
        entry = at.push(Batch(BatchKind.DELETE, [row("1", "b1", "A", {})]))
        outcome = at.take_back(entry)
        (recorded,) = at.journal.entries.newest_first("RUN")
        assert (recorded.state, list(recorded.batch.known)) == ("undoing", ["mine"])
        assert [done.cms_id for done in outcome.done] == ["1"]
        assert len(at.names()) == 2
        again = at.take_back(recorded)
        assert (again.done, len(again.already), len(at.names())) == ([], 1, 2)


def test_a_restoration_that_was_cut_short_goes_on_with_what_was_known_before_it_began():
    with desk(chooses_ids=False) as at:
        at.put(mine="A", back="A")
        entry = at.push(Batch(BatchKind.DELETE, [row("1", "b1", "A", {}), row("2", "b2", "B", {})]))
        at.journal.entries.undoing(entry, ["mine"])
        (begun,) = at.journal.entries.newest_first("RUN")
        outcome = at.take_back(begun)
        assert ([done.cms_id for done in outcome.done], [row.brand_id for row in outcome.already]) == (["2"], ["back"])
        assert sorted(at.names().values()) == ["A", "A", "B"]
        (recorded,) = at.journal.entries.newest_first("RUN")
        assert list(recorded.batch.known) == ["mine"]


def test_where_nothing_has_to_be_restored_nothing_is_recorded_of_it():
    with desk(chooses_ids=False) as at:
        at.put(b1="A")
        assert len(at.take_back(at.push(Batch(BatchKind.DELETE, [row("1", "b1", "A", {})]))).already) == 1
        (entry,) = at.journal.entries.newest_first("RUN")
        assert entry.state == "intent"


def test_what_changes_between_the_reading_and_the_writing_is_kept_too(at):
    at.put(b1="new", b2="edited")
    entry = at.push(Batch(BatchKind.UPDATE, [row(key, f"b{key}", "old", "new") for key in "12"]))
    inverse = entry.batch.inverse()
    rows = classify(inverse, entry, at.take_back)
    at.put(b1="edited too")
    outcome = at.take_back.apply(inverse, rows)
    assert [(kept.row.cms_id, kept.found["name"]) for kept in outcome.kept] == [("1", "edited too"), ("2", "edited")]


class Named(Step):
    name = "its-step"

    def run(self, stack):
        """Nothing."""


class Refusing(MemoryStore):
    """Deletes nothing that is called Used."""

    def delete_brands(self, brands):
        if any(brand.fields["name"] == "Used" for brand in brands):
            raise Rejected("products use it")
        return super().delete_brands(brands)


def unwound(at, *brands):
    """Three brands that a run has created and linked, and that are these now; what is taken back of them."""
    names = ("A", "B", "Used")
    entries = at.catalogue.publish(*({"name": name, "external_id": f"b{name}"} for name in names))
    at.put(**{f"b{name}": now for name, now in zip(names, brands, strict=True)})
    rows = [created(key, f"b{name}", name) for key, name in zip(entries, names, strict=True)]
    for batch in (
        Batch(BatchKind.CREATE, rows, [new_link(made.cms_id, made.brand_id) for made in rows]),
        Batch(BatchKind.LINK, [linked(made.cms_id, made.brand_id) for made in rows]),
    ):
        with at.stack.writing(Named(), batch):
            pass
    return at.stack.unwind(at.take_back)


@pytest.fixture
def refusing():
    with desk(store=Refusing, one_by_one=True) as found:
        yield found


def test_the_external_ids_of_brands_that_stay_stay_too(refusing):
    total = unwound(refusing, "A", "edited", "Used")
    assert refusing.names() == {"bB": "edited", "bUsed": "Used"}
    assert [*refusing.catalogue.external_ids().values()] == [None, "bB", "bUsed"]
    assert [link.brand_id for link in refusing.links().values()] == ["bB", "bUsed"]
    assert (total.undone, len(total.kept), [failed.error for failed in total.failed]) == (2, 1, ["products use it"])


def test_those_of_brands_that_failed_are_taken_back_with_them_later(refusing):
    unwound(refusing, "A", "edited", "Used")
    left = [(entry.batch.kind, entry.state, len(entry.batch.rows)) for entry in refusing.journal.entries.of("RUN")]
    assert left == [("create", "undo_failed", 1), ("link", "undo_failed", 1)]
    refusing.shop.brands["bUsed"]["name"] = "edited too"
    total = refusing.stack.unwind(refusing.take_back)
    assert (total.undone, len(total.kept), total.failed) == (0, 1, [])
    assert [*refusing.catalogue.external_ids().values()] == [None, "bB", "bUsed"]
    assert {entry.state for entry in refusing.journal.entries.of("RUN")} == {"undone"}


def test_an_id_that_led_nowhere_before_is_written_again(at):
    (entry,) = at.catalogue.publish({"name": "A", "external_id": "new"})
    both = Batch(BatchKind.LINK, [Change(entry, "new", {"external_id": "stale"}, {"external_id": "new"})])
    assert len(at.take_back(at.push(both)).done) == 1
    assert at.catalogue.external_ids() == {entry: "stale"}
    cleared = Batch(BatchKind.LINK, [Change(entry, None, {"external_id": "older"}, {"external_id": "stale"})])
    assert len(at.take_back(at.push(cleared)).done) == 1
    assert at.catalogue.external_ids() == {entry: "older"}


def test_an_external_id_that_the_journals_own_link_explains_is_no_edit(at):
    at.put(b1="A", b2="A")
    (entry,) = at.catalogue.publish({"name": "A", "external_id": "b2"})
    batch = Batch(BatchKind.LINK, [linked(entry, "b1")])
    assert len(at.take_back(at.push(batch)).kept) == 1
    at.journal.links.put([(entry, LinkRow("b2"))])
    assert at.take_back(at.push(batch)).kept == []
    assert at.catalogue.external_ids() == {entry: "b2"}


def test_an_adopted_brand_that_was_edited_keeps_its_own_side_of_the_link():
    before, after = {"name": "A", "cms_id": "1"}, {"name": "a", "cms_id": None}
    assert sorted_out("update", before, before, after)[0] == [(before, after)]
    assert sorted_out("update", {"name": "edited", "cms_id": "1"}, before, after) == ([], 0, [{"name": "edited"}])
    again = sorted_out("update", {"name": "edited", "cms_id": None}, after, before)
    assert again == ([({"cms_id": None}, {"cms_id": "1"})], 0, [{"name": "edited"}])


class Silent(MemoryCms):
    """A CMS that takes external ids no more."""

    class Links(MemoryLinks):
        def write(self, links):
            raise TryAgainLater("nobody answers")


def test_an_external_id_that_could_not_be_cleared_is_told_and_one_whose_brand_is_still_there_is_held():
    with desk() as at:
        first, second = at.catalogue.publish({"name": "A", "external_id": "b1"}, {"name": "B", "external_id": "b2"})
        at.journal.links.put([(first, LinkRow("b1"))])
        at.cms.links = Silent.Links(at.cms)
        entry = at.push(Batch(BatchKind.LINK, [linked(first, "b1"), linked(second, "b2")]))
        outcome = at.take_back(replace(entry, made=frozenset({first}), unsettled=frozenset({first})))
        assert outcome.failed == [Failed(linked_inverse(second, "b2"), "nobody answers")]
        assert outcome.held == [linked_inverse(first, "b1")]
        assert (outcome.done, outcome.already, outcome.kept) == ([], [], [])


def linked_inverse(cms_id, brand_id):
    """The clearing of an external id."""
    return Change(cms_id, brand_id, {"external_id": brand_id}, {"external_id": None})


def uncreated(at, ids):
    """An undo of creations that ended between its brands and their external ids: the CMS has the old ones still."""
    rows = [row(cms_id, f"old{number}", f"Brand {number}", {}) for number, cms_id in enumerate(ids)]
    return at.push(Batch(BatchKind.UNCREATE, rows))


def published_ids(at, *external_ids):
    return at.catalogue.publish(
        *({"name": f"Brand {n}", "external_id": external_id} for n, external_id in enumerate(external_ids))
    )


def test_brands_that_come_back_under_new_ids_are_named_again_where_the_cms_has_the_old_ones():
    with desk(chooses_ids=False) as at:
        ids = published_ids(at, "old0", "a person's", None)
        at.journal.gone.record("R0", Batch(BatchKind.DELETE, [Change("e", "brand-000001", {}, {})]), {})
        outcome = at.take_back(uncreated(at, [*ids, "no longer there"]))
        now = {brand.cms_id: brand.brand_id for brand in outcome.done}
        assert sorted(at.names()) == sorted(now.values())
        assert at.catalogue.external_ids() == {ids[0]: now[ids[0]], ids[1]: "a person's", ids[2]: None}
        assert (outcome.failed, outcome.waiting) == ([], [])
        assert at.journal.gone.among(["brand-000001"]) == set(), "it is there again"


def test_the_journal_knows_the_new_ids_before_the_cms_is_told():
    with desk(chooses_ids=False) as at:
        ids = published_ids(at, "old0")
        at.cms.links = Silent.Links(at.cms)
        (brand,) = at.take_back(uncreated(at, ids)).done
        assert at.journal.new_ids.of(["old0"]) == {"old0": brand.brand_id}


def test_where_the_cms_cannot_be_told_the_new_ids_that_is_a_failure_of_each():
    with desk(chooses_ids=False) as at:
        ids = published_ids(at, "old0", "old1")
        at.cms.links = Silent.Links(at.cms)
        outcome = at.take_back(uncreated(at, ids))
        assert [(failed.row.cms_id, failed.error) for failed in outcome.failed] == [
            (cms_id, "nobody answers") for cms_id in ids
        ]
        assert len(outcome.done) == 2


class Answering(MemoryCms):
    """A CMS that writes external ids and answers otherwise: it has a draft of each, or fails."""

    class Links(MemoryLinks):
        error: Exception | None = None

        def write(self, links):
            if self.error:
                super().write(links)
                raise self.error
            return [link.cms_id for link in links]


def answering(at, error=None):
    at.cms.links = Answering.Links(at.cms)
    at.cms.links.error = error


def test_new_ids_that_wait_for_drafts_or_are_refused_are_told():
    with desk(chooses_ids=False, one_by_one=True) as at:
        answering(at)
        outcome = at.take_back(uncreated(at, published_ids(at, "old0")))
        assert [(row.cms_id, row.brand_id) for row in outcome.waiting] == [
            (row.cms_id, row.brand_id) for row in outcome.done
        ]
        answering(at, Rejected("no"))
        (failed,) = at.take_back(uncreated(at, published_ids(at, "old0"))).failed
        assert failed.error == "no"


def test_a_brand_that_had_come_back_before_is_named_again_too():
    with desk(chooses_ids=False) as at:
        (entry,) = published_ids(at, "old0")
        at.put(back="Brand 0")
        at.journal.entries.undoing(uncreated(at, [entry]), [])
        (begun,) = at.journal.entries.newest_first("RUN")
        outcome = at.take_back(begun)
        assert (outcome.done, [row.brand_id for row in outcome.already]) == ([], ["back"])
        assert at.catalogue.external_ids() == {entry: "back"}


def test_what_the_cms_has_after_a_failure_is_looked_up_anew():
    with desk(chooses_ids=False, finds_by_id=False) as at:
        answering(at, TryAgainLater("the line went dead"))
        (entry,) = published_ids(at, "old0")
        outcome = at.take_back(uncreated(at, [entry]))
        assert [failed.error for failed in outcome.failed] == ["the line went dead"]
        (brand,) = outcome.done
        assert at.take_back.cms.current(outcome.done) == {entry: {"external_id": brand.brand_id}}
        cleared = at.take_back(at.push(Batch(BatchKind.LINK, [linked(entry, brand.brand_id)])))
        assert (cleared.failed, [row.cms_id for row in cleared.already]) == ([], [entry])


@pytest.mark.parametrize("batch", [uncreated, lambda at, ids: at.push(Batch(BatchKind.LINK, [linked(ids[0], "old0")]))])
def test_a_run_that_loses_its_lease_while_it_writes_external_ids_ends(batch):
    with desk(chooses_ids=False) as at:
        answering(at, LeaseLost("another run has it"))
        with pytest.raises(LeaseLost):
            at.take_back(batch(at, published_ids(at, "old0")))


def test_where_links_live_in_the_journal_nobody_is_told_new_ids():
    with desk(chooses_ids=False) as at:
        ids = published_ids(at, "old0")
        in_journal = dataclasses.replace(at.take_back, link_in_cms=False)
        outcome = in_journal(uncreated(at, ids))
        assert len(outcome.done) == 1
        assert at.catalogue.external_ids() == {ids[0]: "old0"}
        assert at.catalogue.calls == 0


def test_what_became_of_many_batches_is_added_up():
    rows = [created(number, f"b{number}") for number in "12"]
    kept, failed = [Kept(one, {}) for one in rows], [Failed(one, "no") for one in rows]
    total = TakenBack()
    for number, one in enumerate(rows):
        total.add(Outcome(done=[one], kept=[kept[number]], failed=[failed[number]], waiting=[one]))
    assert (total.undone, total.kept, total.failed, total.waiting) == (2, kept, failed, rows)
