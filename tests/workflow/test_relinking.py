"""What becomes of the journal's links when a batch is taken back in whole or in part."""

from desk import row

from brandsync.brand import encode
from brandsync.journal import Batch, LinkChange, LinkRow
from brandsync.workflow.engine import Failed, Kept, Outcome
from brandsync.workflow.relinking import relinked


def text(**fields):
    return encode(fields)


NOW = LinkRow("b1", text(name="new", handle="new"), text(name="NEW", handle="NEW"))
THEN = LinkRow("b1", text(name="old", handle="old"), text(name="OLD", handle="OLD"))
ROW = row("1", "b1", {"name": "new", "handle": "new"}, {"name": "old", "handle": "old"})
LINK = LinkChange("1", NOW, THEN)


def after(outcome, link=LINK):
    return relinked(Batch("update", [ROW], [link]), outcome)


def part(link):
    """The name was restored; the handle was edited since."""
    restored = row("1", "b1", {"name": "new"}, {"name": "old"})
    return after(Outcome(done=[restored], kept=[Kept(ROW, {"handle": "edited"})]), link)


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


def test_a_link_of_which_nothing_is_remembered_stays_as_it_is():
    for now, then in ((LinkRow("b1"), THEN), (NOW, LinkRow("b1"))):
        assert part(LinkChange("1", now, then)) == [LinkChange("1", now, now)]


def test_a_link_that_is_made_cannot_be_so_in_part():
    assert part(LinkChange("1", None, THEN)) == []


def test_of_an_adoption_that_is_taken_back_in_part_the_restored_values_are_forgotten():
    expected = LinkRow("b1", text(handle="new"), text(handle="NEW"))
    assert part(LinkChange("1", NOW, None)) == [LinkChange("1", NOW, expected)]


def test_the_links_of_other_brands_are_their_own():
    other = LinkChange("2", None, LinkRow("b2"))
    batch = Batch("update", [ROW], [LINK, other])
    assert relinked(batch, Outcome(failed=[Failed(ROW, "no")])) == [other]
    assert relinked(batch, Outcome(kept=[Kept(ROW, {})])) == [other]
