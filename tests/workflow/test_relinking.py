"""What becomes of the journal's links when a batch is taken back in whole or in part."""

from contextlib import closing

import pytest
from desk import row

from brandsync.brand import encode
from brandsync.journal import Batch, BatchKind, Journal, LinkChange, LinkRow, WithBrands
from brandsync.workflow.outcome import Failed, Kept, Outcome
from brandsync.workflow.relinking import rebased, relinked


def text(**fields):
    return encode(fields)


NOW = LinkRow("b1", text(name="new", handle="new"), text(name="NEW", handle="NEW"))
THEN = LinkRow("b1", text(name="old", handle="old"), text(name="OLD", handle="OLD"))
ROW = row("1", "b1", {"name": "new", "handle": "new"}, {"name": "old", "handle": "old"})
LINK = LinkChange("1", NOW, THEN)


def after(outcome, link=LINK):
    return relinked(Batch(BatchKind.UPDATE, [ROW], [link]), outcome)


def part(link):
    """The name was restored; the handle was edited since."""
    restored = row("1", "b1", {"name": "new"}, {"name": "old"})
    return after(Outcome(done=[restored], kept=[Kept(ROW, {"handle": "edited"})]), link)


def restored(name, stored):
    return LinkRow("b1", text(name=name), text(name=stored))


def rebased_on(journal, now, link):
    """What becomes of a link that is ``now`` in the journal."""
    if now:
        journal.links.put([("1", now)])
    (found,) = rebased(Batch(BatchKind.UPDATE, [ROW], [link]), journal).links
    return found


@pytest.fixture
def journal():
    with closing(Journal.empty("shop")) as journal:
        yield journal


def test_what_was_restored_or_needed_nothing_gets_its_link_back():
    assert after(Outcome(done=[ROW])) == [LINK]
    assert after(Outcome(already=[ROW])) == [LINK]


def test_what_failed_or_was_kept_as_a_whole_keeps_its_link():
    assert after(Outcome(failed=[Failed(ROW, "no")])) == []
    assert after(Outcome(kept=[Kept(ROW, {"name": "edited"})])) == []
    assert after(Outcome(done=[ROW], failed=[Failed(ROW, "no")])) == []


def test_of_what_was_restored_in_part_the_rest_is_remembered_as_it_was_written():
    expected = LinkRow("b1", text(name="old", handle="new"), text(name="OLD", handle="NEW"))
    assert part(LINK) == [LinkChange("1", NOW, expected)]


def test_a_store_that_held_what_was_written_is_remembered_in_one_word():
    now, then = LinkRow("b1", NOW.written), LinkRow("b1", THEN.written)
    assert part(LinkChange("1", now, then)) == [LinkChange("1", now, LinkRow("b1", text(name="old", handle="new")))]
    mixed = LinkRow("b1", NOW.written, NOW.stored)
    assert part(LinkChange("1", mixed, then)) == [
        LinkChange("1", mixed, LinkRow("b1", text(name="old", handle="new"), text(name="old", handle="NEW")))
    ]


def test_of_what_was_restored_nothing_is_remembered_where_nothing_was():
    assert part(LinkChange("1", LinkRow("b1"), THEN)) == [
        LinkChange("1", LinkRow("b1"), restored(name="old", stored="OLD"))
    ]
    rest = LinkRow("b1", text(handle="new"), text(handle="NEW"))
    for then in (LinkRow("b1"), LinkRow("another", NOW.written), None):
        assert part(LinkChange("1", NOW, then)) == [LinkChange("1", NOW, rest)]


def test_a_link_that_was_removed_is_not_restored_in_part():
    assert part(LinkChange("1", None, THEN)) == []


def test_an_undo_forgets_nothing_that_a_later_run_has_seen(journal):
    later = LinkRow("b1", text(name="new", handle="agreed"))
    then = LinkRow("b1", text(name="old", handle="new"), text(name="OLD", handle="NEW"))
    expected = LinkRow("b1", text(name="old", handle="agreed"), text(name="OLD", handle="agreed"))
    assert rebased_on(journal, later, LinkChange("1", NOW, then)) == LinkChange("1", later, expected)


def test_an_undo_forgets_a_field_of_which_nothing_was_remembered(journal):
    then = LinkRow("b1", text(handle="new"), text(handle="NEW"))
    assert rebased_on(journal, NOW, LinkChange("1", NOW, then)) == LinkChange("1", NOW, then)


def test_the_link_of_an_entry_that_has_another_brand_by_now_is_left_alone(journal):
    other = LinkRow("b2", NOW.written)
    for then in (THEN, None):
        assert rebased_on(journal, other, LinkChange("1", NOW, then)) == LinkChange("1", other, other)


def test_a_link_that_an_update_made_goes_with_it_whatever_was_remembered_since(journal):
    later = LinkRow("b1", text(name="later"))
    for then in (None, LinkRow("gone", THEN.written)):
        assert rebased_on(journal, later, LinkChange("1", NOW, then)) == LinkChange("1", later, then)


def test_a_link_that_somebody_forgot_comes_back_as_it_was(journal):
    assert rebased_on(journal, None, LINK) == LinkChange("1", None, THEN)


def test_what_is_no_update_makes_or_removes_a_link_as_a_whole(journal):
    journal.links.put([("1", LinkRow("b1", text(name="later")))])
    batch = Batch(BatchKind.UNCREATE, [ROW], [LinkChange("1", NOW, None)])
    assert rebased(batch, journal) == batch


@pytest.mark.parametrize("kind", ["uncreate", "delete"])
def test_a_removal_leaves_a_link_that_leads_to_another_brand_by_now(journal, kind):
    journal.links.put([("1", LinkRow("b9")), ("2", LinkRow("b2"))])
    links = [LinkChange("1", NOW, None), LinkChange("2", LinkRow("b2"), None), LinkChange("3", LinkRow("b3"), None)]
    assert rebased(Batch(BatchKind(kind), [ROW], links), journal).links == links[1:]


def test_links_that_go_with_their_brands_still_do_where_all_of_these_go(journal):
    rows = [row(key, f"b{key}", "A", {}) for key in "12"]
    batch = Batch(BatchKind.UNCREATE, rows, WithBrands(rows))
    journal.links.put([("1", LinkRow("b1"))])
    assert rebased(batch, journal).links_are_whole
    assert relinked(batch, Outcome(done=rows[:1], already=rows[1:])) is batch.links
    journal.links.put([("2", LinkRow("b9"))])
    assert [link.cms_id for link in rebased(batch, journal).links] == ["1"]


def test_the_links_of_other_brands_are_their_own():
    other = LinkChange("2", None, LinkRow("b2"))
    batch = Batch(BatchKind.UPDATE, [ROW], [LINK, other])
    assert relinked(batch, Outcome(failed=[Failed(ROW, "no")])) == [other]
    assert relinked(batch, Outcome(kept=[Kept(ROW, {})])) == [other]
