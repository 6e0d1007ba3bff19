"""Writing a batch, and saying brand by brand what became of it."""

import time
from dataclasses import replace

import pytest
from desk import created, desk, linked, row

from brandsync.brand import Brand
from brandsync.brand.kind import holds
from brandsync.brand.listed import AsGiven, NewBrands
from brandsync.errors import Rejected, TryAgainLater, Unreadable, Unwritable
from brandsync.plan.change import Creations
from brandsync.stores.interface import PartlyRejected
from brandsync.testing import MemoryCms, MemoryStore
from brandsync.testing.memory_cms import MemoryLinks
from brandsync.workflow.outcome import Failed, Kept, Outcome
from brandsync.workflow.writer import Writer


class Bin(MemoryStore):
    """A store that deletes softly, and alters what it is given."""

    thrown_away: dict

    def delete_brands(self, brands):
        self.thrown_away = {brand.id: self.shop.brands[brand.id] for brand in brands}
        return super().delete_brands(brands)

    def uncreate_brands(self, brands):
        return super().delete_brands(brands)

    def restore_brands(self, brands):
        self.shop.brands |= self.thrown_away
        return [Brand(brand.id, brand.fields) for brand in brands]

    def update_brands(self, updates):
        return [Brand(brand.id, {"name": brand.fields["name"].upper()}) for brand in super().update_brands(updates)]


class Drafts(MemoryCms):
    """A CMS in which one entry has a draft."""

    class Links(MemoryLinks):
        def write(self, links):
            draft = self.cms.catalogue.draft
            super().write([link for link in links if link.cms_id != draft])
            return {draft}


def test_brands_are_created_with_the_ids_that_were_chosen(at):
    rows = [created("1", "b1", "A"), created("2", "b2", "B")]
    outcome = at.writer.create(rows)
    assert outcome.done is rows
    assert at.names() == {"b1": "A", "b2": "B"}
    assert (outcome.kept, outcome.failed, outcome.already) == ([], [], [])


def test_brands_come_back_with_the_ids_that_the_store_made():
    with desk(chooses_ids=False) as at:
        outcome = at.writer.create([created("1", None, "A"), created("2", None, "B")])
        assert {done.cms_id: at.names()[done.brand_id] for done in outcome.done} == {"1": "A", "2": "B"}


def test_nothing_is_asked_of_the_store_for_nothing(at):
    for write in (at.writer.create, at.writer.update, at.writer.delete, at.writer.uncreate, at.writer.restore):
        assert write([]).done == []
    assert (at.shop.calls, at.writer.link([]).done) == (0, [])


def test_a_rejected_brand_is_found_among_its_batch_where_asked_and_the_others_are_written():
    with desk(one_by_one=True) as at:
        rows = [created(f"{number}", f"b{number}", "" if number in {2, 5} else "A") for number in range(7)]
        outcome = at.writer.create(rows)
        assert sorted(at.names()) == ["b0", "b1", "b3", "b4", "b6"]
        assert [done.cms_id for done in outcome.done] == ["0", "1", "3", "4", "6"]
        assert outcome.failed == [Failed(rows[2], "a brand needs a name"), Failed(rows[5], "a brand needs a name")]


def test_a_rejected_brand_is_found_and_nothing_more_is_written_where_not_asked(at):
    rows = [created(f"{number}", f"b{number}", "" if number in {2, 5} else "A") for number in range(7)]
    outcome = at.writer.create(rows)
    assert (outcome.refusal.row, outcome.refusal.error.message) == (rows[2], "a brand needs a name")
    assert [done.brand_id for done in outcome.done] == [*at.names()]
    assert outcome.failed == []


class Full(MemoryStore):
    """A store whose disk is full."""

    def create_brands(self, brands):
        self.shop.calls += 1
        raise Unwritable("the disk is full")


@pytest.mark.parametrize("one_by_one", [False, True])
def test_no_brand_is_looked_for_where_the_store_takes_no_write_at_all(one_by_one):
    with desk(store=Full, one_by_one=one_by_one) as at:
        with pytest.raises(Unwritable):
            at.writer.create([created("1", "b1"), created("2", "b2")])
        assert at.shop.calls == 1


def test_only_a_rejection_is_looked_into():
    with desk(one_by_one=True, busy_every=1) as at, pytest.raises(TryAgainLater):
        at.writer.create([created("1", "b1", "A")])


@pytest.mark.parametrize("compare_and_set", [True, False])
def test_an_update_leaves_alone_what_has_changed_since(compare_and_set):
    with desk(compare_and_set=compare_and_set) as at:
        at.put(b1="A", b2="edited")
        rows = [row("1", "b1", "A", "new"), row("2", "b2", "B", "new"), row("3", "b3", "C", "new")]
        outcome = at.writer.update(rows)
        assert at.names() == {"b1": "new", "b2": "edited"}
        assert outcome.done == [rows[0]]
        assert outcome.done[0] is rows[0]
        assert outcome.kept == [Kept(rows[1], {"name": "edited"}), Kept(rows[2], {})]


def test_an_update_tells_what_the_store_made_of_it():
    with desk(store=Bin) as at:
        at.put(b1="A")
        assert at.writer.update([row("1", "b1", "A", "new")]).done == [row("1", "b1", "A", "NEW")]


@pytest.mark.parametrize("compare_and_set", [True, False])
def test_a_deletion_leaves_alone_what_has_changed_since(compare_and_set):
    with desk(compare_and_set=compare_and_set) as at:
        at.put(b1="A", b2="edited")
        rows = [row("1", "b1", "A", {}), row("2", "b2", "B", {}), row("3", "b3", "C", {})]
        outcome = at.writer.delete(rows)
        assert at.names() == {"b2": "edited"}
        assert outcome.done == [rows[0], rows[2]]
        assert outcome.kept == [Kept(rows[1], {"name": "edited"})]


@pytest.mark.parametrize(("compare_and_set", "calls"), [(True, 1), (False, 2)])
def test_brands_are_read_before_they_are_written_only_where_the_store_cannot_compare_and_set(compare_and_set, calls):
    with desk(compare_and_set=compare_and_set) as at:
        at.put(b1="A")
        assert len(at.writer.update([row("1", "b1", "A", "new")]).done) == 1
        assert at.shop.calls == calls


def test_where_everything_has_changed_since_nothing_is_written():
    with desk(compare_and_set=False) as at:
        at.put(b1="edited")
        assert at.writer.update([row("1", "b1", "A", "B")]).kept == [Kept(row("1", "b1", "A", "B"), {"name": "edited"})]
        assert at.writer.delete([row("1", "b1", "A", {})]).kept == [Kept(row("1", "b1", "A", {}), {"name": "edited"})]
        assert at.shop.writes == 0


def test_a_deletion_is_taken_back_from_the_bin_and_a_creation_leaves_none():
    with desk(store=Bin) as at:
        at.put(b1="A", b2="B")
        at.writer.delete([row("1", "b1", "A", {})])
        assert list(at.store.thrown_away) == ["b1"]
        at.writer.uncreate([row("2", "b2", "B", {})])
        assert at.names() == {}
        assert at.writer.restore([created("1", "b1", "A")]).done == [created("1", "b1", "A")]
        assert at.names() == {"b1": "A"}


def test_external_ids_are_written_as_many_at_once_as_the_cms_takes():
    with desk(batch=2, one_by_one=True) as at:
        ids = at.catalogue.publish(*({"name": "A"} for _ in range(5)))
        rows = [linked(cms_id, f"b{cms_id}") for cms_id in ids]
        outcome = at.writer.link(rows)
        assert sorted(outcome.done, key=lambda done: done.cms_id) == rows
        assert at.catalogue.external_ids() == {cms_id: f"b{cms_id}" for cms_id in ids}
        assert at.catalogue.writes == 3


def test_an_external_id_that_the_cms_refuses_is_told_or_stops_everything():
    with desk(one_by_one=True) as at:
        (there,) = at.catalogue.publish({"name": "A"})
        outcome = at.writer.link([linked(there, "b1"), linked("gone", "b2")])
        assert outcome.done == [linked(there, "b1")]
        assert outcome.failed == [Failed(linked("gone", "b2"), "there is no entry gone")]
    with desk() as at:
        assert at.writer.link([linked("gone", "b2")]).refusal.row == linked("gone", "b2")


def test_an_external_id_that_has_to_wait_for_a_draft_is_told(at):
    first, second = at.catalogue.publish({"name": "A"}, {"name": "B"})
    at.catalogue.draft = second
    outcome = Writer(at.store, Drafts.of(at.catalogue)).link([linked(first, "b1"), linked(second, "b2")])
    assert outcome.done == [linked(first, "b1")]
    assert (outcome.waiting, outcome.kept) == ([linked(second, "b2")], [])
    assert at.catalogue.external_ids() == {first: "b1", second: None}


def test_what_the_store_holds_is_read_of_the_fields_that_matter(at):
    at.put(b1={"name": "A", "handle": "a", "description": "d"})
    rows = [row("1", "b1", "A", {"handle": "b"}), created("2", None), created("3", "gone")]
    assert at.writer.current(rows) == {"b1": {"name": "A", "handle": "a"}}
    calls = at.shop.calls
    assert at.writer.current([created("2", None)]) == {}
    assert at.shop.calls == calls


def test_a_brand_holds_what_is_expected_whatever_else_it_has():
    assert holds({"name": "A", "handle": "a"}, {"name": "A"})
    assert not holds({"name": "A", "handle": "a"}, {"name": "A", "handle": "b"})
    assert not holds({"name": "A"}, {"name": "A", "handle": "b"})
    assert holds({}, {})


class Forgetful(MemoryStore):
    """A store that doesn't tell of all that it has created."""

    def create_brands(self, brands):
        return super().create_brands(brands)[:-1]


def test_a_store_that_tells_of_fewer_brands_than_it_was_given_is_not_believed():
    with desk(store=Forgetful) as at, pytest.raises(Unreadable, match="tells of 1 brand where 2"):
        at.writer.create([created("1", "b1"), created("2", "b2")])


class Renaming(MemoryStore):
    """A store that takes chosen ids, and tells of others."""

    def create_brands(self, brands):
        return [Brand(f"not {brand.id}", brand.fields) for brand in super().create_brands(brands)]


def test_a_store_that_tells_of_another_id_than_the_chosen_one_is_not_believed():
    with desk(store=Renaming) as at, pytest.raises(Unreadable, match="brand 'not b1' where brand 'b1'") as refused:
        at.writer.create([created("1", "b1")])
    assert refused.value.hint == (
        "look at the routes or the extension that make brands: the id that they are given must stay"
    )


class Giving(MemoryStore):
    """A store that tells of new brands as it was given them."""

    def create_brands(self, brands):
        super().create_brands([*brands])
        return AsGiven(brands)


class GivingOne(Giving):
    """A store that tells of the first one again and again."""

    def create_brands(self, brands):
        super().create_brands(brands)
        return AsGiven(NewBrands(brands.fields, [brands.ids[0]] * len(brands), brands.rows))


def test_a_store_that_holds_new_brands_as_it_was_given_them_has_done_what_it_was_asked():
    rows = Creations(["1", "2"], NewBrands(["name"], ["b1", "b2"], [["A"], ["B"]]))
    with desk(store=Giving) as at:
        assert at.writer.create(rows).done is rows
        assert at.names() == {"b1": "A", "b2": "B"}
    with desk(store=GivingOne) as at, pytest.raises(Unreadable, match="brand 'b1' where brand 'b2'"):
        at.writer.create(rows)


class Nameless(MemoryStore):
    """A store that tells of a brand without its id."""

    none: str | None = None

    def create_brands(self, brands):
        return [Brand(self.none, brand.fields) for brand in super().create_brands(brands)]


class Blank(Nameless):
    none = ""


@pytest.mark.parametrize("store", [Nameless, Blank])
@pytest.mark.parametrize("chooses_ids", [True, False])
def test_a_store_that_tells_of_a_brand_without_its_id_is_not_believed(store, chooses_ids):
    told = r"answers without an id for a brand that it was to make \(entry 1\)"
    with desk(store=store, chooses_ids=chooses_ids) as at, pytest.raises(Unreadable, match=told) as refused:
        at.writer.create([created("1", "b1" if chooses_ids else None)])
    assert refused.value.hint.endswith("they must answer with each brand's id")


def test_a_cms_without_links_refuses_external_ids_in_plain_words():
    with desk(writes_links=False) as at:
        assert at.cms.links is None
        outcome = at.writer.link([linked("1", "b1")])
    assert outcome.refusal.error.message == "this CMS cannot be written to"


def test_what_became_of_two_parts_is_what_became_of_both():
    waiting, held = linked("1", "b1"), linked("2", "b2")
    whole = Outcome(waiting=[waiting], held=[held])
    whole.add(Outcome(waiting=[held], held=[waiting]))
    assert (whole.waiting, whole.held) == ([waiting, held], [held, waiting])


class Crowded(MemoryCms):
    """A CMS that counts how many calls are under way at once."""

    class Links(MemoryLinks):
        now = most = 0

        def write(self, links):
            self.now += 1
            self.most = max(self.most, self.now)
            time.sleep(0.02)
            self.now -= 1
            return super().write(links)


def test_no_more_calls_are_under_way_at_once_than_the_cms_takes():
    with desk(batch=1, link_threads=1) as at:
        ids = at.catalogue.publish(*({"name": "A"} for _ in range(6)))
        cms = Crowded.of(at.catalogue, at.cms.behaviour)
        Writer(at.store, cms).link([linked(cms_id, "b") for cms_id in ids])
        assert (cms.links.most, at.catalogue.writes) == (1, 6)


def test_external_ids_that_were_still_to_be_written_are_not_once_one_was_refused():
    with desk(batch=1, link_threads=1, latency=0.05) as at:
        ids = ["gone", *at.catalogue.publish(*({"name": "A"} for _ in range(200)))]
        assert at.writer.link([linked(cms_id, "b") for cms_id in ids]).refusal.row.cms_id == "gone"
        assert at.catalogue.writes < 200


def test_of_many_external_ids_in_one_call_the_refused_one_is_found():
    with desk(batch=8) as at:
        ids = at.catalogue.publish(*({"name": "A"} for _ in range(7)))
        outcome = at.writer.link([linked(cms_id, "b") for cms_id in [*ids[:5], "gone", *ids[5:]]])
        assert outcome.refusal.row.cms_id == "gone"
        assert {done.cms_id for done in outcome.done} == {
            cms_id for cms_id, external_id in at.catalogue.external_ids().items() if external_id
        }


class Sequential(MemoryStore):
    """A store that makes a request for each brand: what fails in the middle of a call has been done in part."""

    def __init__(self, settings):
        super().__init__(settings)
        self.capabilities = replace(self.capabilities, all_or_nothing=False)
        self.calls = []

    def get_brands(self, fields, ids):
        self.calls.append(("read", len(ids)))
        return super().get_brands(fields, ids)

    def create_brands(self, brands):
        self.calls.append(("create", len(brands)))
        return super().create_brands(brands)

    def update_brands(self, updates):
        self.calls.append(("update", len(updates)))
        return super().update_brands(updates)

    def delete_brands(self, brands):
        self.calls.append(("delete", len(brands)))
        return super().delete_brands(brands)


def test_where_a_call_is_not_all_or_nothing_what_was_written_before_a_rejection_is_known():
    with desk(store=Sequential, chooses_ids=False) as at:
        rows = [created("1", None, "A"), created("2", None, ""), created("3", None, "C")]
        outcome = at.writer.create(rows)
        (done,) = outcome.done
        assert at.names() == {done.brand_id: "A"}
        assert (outcome.refusal.row, outcome.refusal.error.message) == (rows[1], "a brand needs a name")


def test_there_the_others_are_written_once_each_where_asked():
    with desk(store=Sequential, chooses_ids=False, one_by_one=True) as at:
        rows = [created("1", None, "A"), created("2", None, ""), created("3", None, "C")]
        outcome = at.writer.create(rows)
        assert outcome.refusal is None
        assert sorted(at.names().values()) == ["A", "C"]
        assert outcome.failed == [Failed(rows[1], "a brand needs a name")]
        assert at.store.calls == [("create", 1)] * 3


def test_there_a_batch_is_read_at_once_and_written_brand_by_brand():
    with desk(store=Sequential, compare_and_set=False, one_by_one=True) as at:
        at.put(b1="A", b2="edited", b3="C")
        rows = [row("1", "b1", "A", "new"), row("2", "b2", "B", "new"), row("3", "b3", "C", "")]
        outcome = at.writer.update(rows)
        assert (outcome.done, outcome.failed) == ([rows[0]], [Failed(rows[2], "a brand needs a name")])
        assert outcome.kept == [Kept(rows[1], {"name": "edited"})]
        assert at.store.calls == [("read", 3), ("update", 1), ("update", 1)]
        at.store.calls.clear()
        assert len(at.writer.uncreate([row("1", "b1", "new", {}), row("3", "b3", "C", {})]).done) == 2
        assert at.store.calls == [("read", 2), ("delete", 1), ("delete", 1)]


def test_there_a_failure_in_passing_stops_everything():
    with desk(store=Sequential, one_by_one=True, busy_every=1) as at, pytest.raises(TryAgainLater):
        at.writer.create([created("1", "b1", "A")])


class Choosy(MemoryStore):
    """A store that refuses some brands of a call, those that are to be called ``bad``, and writes the others."""

    def create_brands(self, brands):
        return self._choosing(super().create_brands, brands, lambda brand: brand.fields)

    def update_brands(self, updates):
        return self._choosing(super().update_brands, updates, lambda update: update.after)

    def delete_brands(self, brands):
        return self._choosing(super().delete_brands, brands, lambda brand: brand.fields)

    def _choosing(self, call, items, fields):
        refused = {place: Rejected(f"no. {place}") for place, item in enumerate(items) if fields(item)["name"] == "bad"}
        done = call([item for place, item in enumerate(items) if place not in refused])
        if refused:
            raise PartlyRejected(done, refused)
        return done


@pytest.mark.parametrize("one_by_one", [False, True])
@pytest.mark.parametrize("method", ["create", "restore", "update", "delete", "uncreate"])
def test_what_a_call_has_written_is_known_where_it_refused_some(one_by_one, method):
    with desk(store=Choosy, one_by_one=one_by_one) as at:
        names = {"b1": "A", "b2": "bad", "b3": "C", "b4": "bad"}
        if method in {"create", "restore"}:
            rows = [created(key, key, name) for key, name in names.items()]
            left = {"b1": "A", "b3": "C"}
        elif method == "update":
            at.put(**dict.fromkeys(names, "old"))
            rows = [row(key, key, "old", name) for key, name in names.items()]
            left = names | {"b2": "old", "b4": "old"}
        else:
            at.put(**names)
            rows = [row(key, key, name, {}) for key, name in names.items()]
            left = {"b2": "bad", "b4": "bad"}
        outcome = getattr(at.writer, method)(rows)
        assert outcome.done == [rows[0], rows[2]]
        assert (outcome.kept, at.names()) == ([], left)
        if one_by_one:
            assert outcome.refusal is None
            assert outcome.failed == [Failed(rows[1], "no. 1"), Failed(rows[3], "no. 3")]
        else:
            assert outcome.failed == []
            assert (outcome.refusal.row, outcome.refusal.error.message) == (rows[1], "no. 1")
            assert not isinstance(outcome.refusal.error, PartlyRejected)
