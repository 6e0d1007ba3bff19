"""A batch is recorded before it is written, and taken back in reverse, whatever fails."""

import pytest
from desk import created, linked, new_link, row

from brandsync.brand import encode
from brandsync.errors import Interrupted, LeaseLost, Rejected
from brandsync.journal import Batch, BatchKind, LinkChange, LinkRow, RunStart
from brandsync.workflow.engine import Step, UndoStack
from brandsync.workflow.outcome import Failed, Kept, Outcome


class Named(Step):
    name = "its-step"

    def run(self, stack):
        """Nothing."""


STEP = Named()
BATCH = Batch(
    BatchKind.CREATE, [created("1", "b1"), created("2", "b2", "B")], [new_link("1", "b1"), new_link("2", "b2")]
)


def stack(at, run="RUN"):
    return [(entry.state, [row.cms_id for row in entry.batch.rows]) for entry in at.journal.entries.newest_first(run)]


def write(at, batch=BATCH, done=None):
    with at.stack.writing(STEP, batch) as writing:
        at.written = stack(at)
        if done:
            writing.done(done)


def test_an_intent_is_on_record_before_anything_is_written_and_the_outcome_afterwards(at):
    assert at.stack.used is False
    write(at)
    assert at.written == [("intent", ["1", "2"])]
    assert stack(at) == [("done", ["1", "2"])]
    assert at.stack.used is True
    assert at.links() == {"1": LinkRow("b1"), "2": LinkRow("b2")}
    assert [(entry.run, entry.step) for entry in at.journal.entries.of("RUN")] == [("RUN", "its-step")]


def test_what_was_really_done_is_what_is_recorded(at):
    write(at, done=BATCH.only(BATCH.rows[:1]))
    assert stack(at) == [("done", ["1"])]
    assert at.links() == {"1": LinkRow("b1")}


def test_a_write_that_fails_leaves_its_intent_and_no_link(at):
    def fail():
        with at.stack.writing(STEP, BATCH):
            raise Rejected("no")

    with pytest.raises(Rejected):
        fail()
    assert stack(at) == [("intent", ["1", "2"])]
    assert at.links() == {}


def test_a_run_that_was_asked_to_stop_begins_no_batch(at):
    def stop():
        raise Interrupted("stop")

    at.stack = UndoStack(at.journal, "RUN", at.lease, shared=False, boundary=stop)
    with pytest.raises(Interrupted):
        write(at)
    assert (stack(at), at.stack.used) == ([], False)


def test_a_run_whose_lease_was_taken_writes_nothing(at):
    at.journal.database.execute_sql("UPDATE brandsync_lease SET run = 'OTHER'")
    with pytest.raises(LeaseLost):
        write(at)
    assert stack(at) == []


def test_a_lease_that_was_taken_during_a_write_is_noticed_before_the_outcome_is_recorded(at):
    def stopped():
        with at.stack.writing(STEP, BATCH):
            at.journal.database.execute_sql("UPDATE brandsync_lease SET run = 'OTHER'")
            at.lease._confirmed -= 100

    with pytest.raises(LeaseLost):
        stopped()
    assert stack(at) == [("intent", ["1", "2"])]
    assert at.links() == {}


def test_a_store_in_the_journals_database_commits_with_it_and_the_cms_does_not(at):
    at.stack = UndoStack(at.journal, "RUN", at.lease, shared=True, boundary=lambda: None)

    def fail(kind):
        rows = [linked("1", "b1"), linked("2", "b2")] if kind == "link" else BATCH.rows
        with at.stack.writing(STEP, Batch(BatchKind(kind), rows)):
            raise Rejected("no")

    with pytest.raises(Rejected):
        fail("create")
    assert stack(at) == []
    with pytest.raises(Rejected):
        fail("link")
    assert stack(at) == [("intent", ["1", "2"])]
    at.stack = UndoStack(at.journal, "RUN", at.lease, shared=False, boundary=lambda: None)
    with pytest.raises(Rejected):
        fail("create")
    assert len(stack(at)) == 2


def test_brands_that_come_back_under_other_ids_are_remembered_as_having_moved(at):
    batch = Batch(BatchKind.RESTORE, [created("1", "b1")], [new_link("1", "b1")])
    write(at, batch, Batch(BatchKind.RESTORE, [created("1", "c1")], [new_link("1", "b1")]))
    assert at.journal.new_ids.of(["b1"]) == {"b1": "c1"}
    assert at.links() == {"1": LinkRow("c1")}
    at.journal.new_ids.forget_before("RUN1")
    assert at.journal.new_ids.of(["b1"]) == {}


def test_the_stack_is_unwound_from_its_top_and_what_was_taken_back_is_off_it(at):
    for number in range(3):
        write(at, Batch(BatchKind.CREATE, [created(f"{number}", f"b{number}")], [new_link(f"{number}", f"b{number}")]))
    seen = []

    def compensate(entry):
        rows = list(entry.batch.inverse().rows)
        seen.extend(row.cms_id for row in rows)
        return Outcome(done=rows[:1] if rows[0].cms_id == "2" else [], already=rows if rows[0].cms_id != "2" else [])

    total = at.stack.unwind(compensate)
    assert seen == ["2", "1", "0"]
    assert total.undone == 1
    assert (stack(at), at.links()) == ([], {})


def test_one_failure_never_stops_the_others_and_stays_on_the_stack(at):
    for number in range(3):
        write(at, Batch(BatchKind.CREATE, [created(f"{number}", f"b{number}")], [new_link(f"{number}", f"b{number}")]))

    def compensate(entry):
        rows = list(entry.batch.inverse().rows)
        if rows[0].cms_id == "1":
            raise Rejected("the shop says no")
        return Outcome(done=rows)

    total = at.stack.unwind(compensate)
    assert total.undone == 2
    assert [(failed.row.cms_id, failed.error) for failed in total.failed] == [("1", "the shop says no")]
    assert stack(at) == [("done", ["1"])]
    assert at.links() == {"1": LinkRow("b1")}


def test_of_a_batch_that_could_not_be_taken_back_as_a_whole_the_rest_stays_on_the_stack(at):
    write(at)

    def compensate(entry):
        first, second = entry.batch.inverse().rows
        return Outcome(done=[first], failed=[Failed(second, "no")])

    total = at.stack.unwind(compensate)
    assert len(total.failed) == 1
    assert stack(at) == [("undo_failed", ["2"])]
    assert at.links() == {"2": LinkRow("b2")}


def test_what_is_kept_keeps_its_link_and_is_off_the_stack(at):
    write(at)

    def compensate(entry):
        first, second = entry.batch.inverse().rows
        return Outcome(done=[first], kept=[Kept(second, {"name": "edited"})])

    assert [kept.found for kept in at.stack.unwind(compensate).kept] == [{"name": "edited"}]
    assert (stack(at), at.links()) == ([], {"2": LinkRow("b2")})


def test_a_run_that_lost_its_lease_takes_nothing_back(at):
    write(at)
    at.journal.database.execute_sql("UPDATE brandsync_lease SET run = 'OTHER'")
    asked = []
    with pytest.raises(LeaseLost):
        at.stack.unwind(asked.append)
    assert (asked, len(stack(at))) == ([], 1)


def test_a_lease_that_is_lost_while_something_is_taken_back_ends_it_there(at):
    write(at)

    def compensate(entry):
        at.journal.database.execute_sql("UPDATE brandsync_lease SET run = 'OTHER'")
        return Outcome(done=list(entry.batch.inverse().rows))

    with pytest.raises(LeaseLost):
        at.stack.unwind(compensate)
    assert (len(stack(at)), len(at.links())) == (1, 2)


def test_a_deletion_that_is_taken_back_under_another_id_is_remembered_as_having_moved(at):
    gone = LinkChange("1", LinkRow("b1", encode({"name": "A"})), None)
    write(at, Batch(BatchKind.DELETE, [row("1", "b1", "A", {})], [gone]))
    at.stack.unwind(lambda _entry: Outcome(done=[created("1", "c1")]))
    assert at.journal.new_ids.of(["b1"]) == {"b1": "c1"}
    assert at.links() == {"1": LinkRow("c1", encode({"name": "A"}))}


def test_outcomes_add_up():
    total = Outcome(done=[created("1", "b1")])
    rest = Outcome(
        [created("2", "b2")], [created("3", "b3")], [Kept(created("4", "b4"), {})], [Failed(created("5", "b5"), "x")]
    )
    total.add(rest)
    total.add(rest)
    assert (len(total.done), len(total.already), len(total.kept), len(total.failed)) == (3, 2, 2, 2)


def test_a_store_in_the_journals_database_is_taken_back_together_with_its_entry_and_the_cms_is_not(at):
    at.stack = UndoStack(at.journal, "RUN", at.lease, shared=True, boundary=lambda: None)
    for batch in (Batch(BatchKind.CREATE, BATCH.rows), Batch(BatchKind.LINK, [linked("1", "b1"), linked("2", "b2")])):
        write(at, batch)

    def compensate(entry):
        at.journal.links.put([(entry.batch.kind, LinkRow("half done"))])
        raise Rejected("no")

    assert len(at.stack.unwind(compensate).failed) == 4
    assert at.links() == {"link": LinkRow("half done")}


def test_a_run_that_is_rolled_back_is_on_record_as_such_before_anything_is_taken_back(at):
    at.journal.runs.start("RUN", RunStart("sync", "h", "1", "c", "s", "x"))
    write(at)
    seen = []

    def compensate(entry):
        seen.append(at.journal.runs.latest()[0].status)
        return Outcome(done=list(entry.batch.inverse().rows))

    at.stack.unwind(compensate)
    assert seen == ["rolling_back"]


def test_it_is_told_how_much_has_been_taken_back_and_known_how_much_is_left(at):
    write(at)
    for number in (3, 4):
        write(at, Batch(BatchKind.CREATE, [created(f"{number}", f"b{number}")], []))
    told, left = [], []

    def compensate(entry):
        left.append(at.stack.left)
        return Outcome(done=list(entry.batch.inverse().rows))

    at.stack.unwind(compensate, told.append)
    assert (told, left, at.stack.left) == ([0, 1, 1, 2], [3, 2, 1], 0)
