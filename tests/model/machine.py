"""brandsync in that life: runs, dry runs, undos, recoveries and deaths, each held to what is promised of it."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule
from model.effects import Effect, assert_undone, foresee
from model.life import WHICH, Life
from model.promises import (
    AS_BEFORE,
    assert_accounted_for,
    assert_as_previewed,
    assert_at_rest,
    assert_in_line,
    assert_same_sides,
    assert_sync,
    assert_untouched,
)
from model.world import World

_UNDOABLE = {"done", "skipped_some", "kept_some", "resumed"}
_POINTS = st.integers(0, 25)
_MODES = st.sampled_from(["rollback", "rollback", "resume", "accept"])


class Machine(Life):
    """All that may happen."""

    # Runs.

    @rule(full=st.booleans(), force=st.booleans())
    def sync(self, full: bool, force: bool) -> None:
        self._sync(full=full, force=force)

    @rule()
    def sync_twice(self) -> None:
        """The second one changes nothing, unless it is given what the first one was refused."""
        first, world = self._sync(force=True)
        refused = {skipped["cms_id"] for skipped in first["skipped"] if skipped["reason"] == "link_rejected"}
        if first["exit_code"] in {0, 65}:
            second, after = self._sync(force=True)
            assert {change["cms_id"] for change in second["changes"]} <= refused
            if not refused:
                assert (second["exit_code"], second["changes"]) == (first["exit_code"], [])
                assert_same_sides(world, after)

    @rule()
    def change_ones_mind(self) -> None:
        """An undo right after a run brings back what was there."""
        before = self.shop.look()
        result, _ = self._sync(force=True)
        if not before.dead and result["exit_code"] in {0, 65}:
            undone, after = self._undo(result["run"], through=False)
            if undone["exit_code"] != 74:
                assert (undone["exit_code"], undone["kept"]) == (0, [])
                assert_same_sides(before, after)

    @rule(go_on=st.booleans(), full=st.booleans())
    def preview(self, go_on: bool, full: bool) -> None:
        """A dry run writes nothing, and the run after it does just what it said."""
        before = self.shop.look()
        faults = self.shop.cms.faults
        preview = self._called("preview", self.shop.sync(dry_run=True, full=full))
        assert_untouched(before, self.shop.look())
        assert faults or preview["exit_code"] == 0, preview
        if go_on and preview["exit_code"] == 0 and not before.dead:
            result, _ = self._sync(full=full, force=True, expect=preview["checksum"])
            assert result["checksum"] == preview["checksum"], result
            if result["exit_code"] in {0, 65}:
                assert_as_previewed(preview, result)

    # Undos.

    @rule(which=WHICH, through=st.booleans())
    def undo(self, which: int, through: bool) -> None:
        if run := self._run(which):
            self._undo(run, through=through)

    @rule(which=WHICH, through=st.booleans())
    def undo_as_reviewed(self, which: int, through: bool) -> None:
        """A preview writes nothing, and the undo after it lists the same."""
        if not (run := self._run(which)):
            return
        before, faults = self.shop.look(), self.shop.cms.faults
        preview = self._called("preview of undo", self.shop.preview_undo(run, through=through))
        assert_untouched(before, self.shop.look())
        if faults or before.dead:
            return
        result, _ = self._undo(run, through=through, expect=preview["checksum"])
        if preview["exit_code"] != 0:
            assert (result["exit_code"], result["error"]) == (preview["exit_code"], preview["error"])
        elif result["exit_code"] != 74:
            for name in ("changes", "counts", "kept", "through", "checksum"):
                assert result[name] == preview[name], name

    # Recoveries.

    @rule(mode=_MODES)
    def recover(self, mode: str) -> None:
        before, faults = self.shop.look(), self.shop.cms.faults
        unsettled, unfinished = self.unsettled, self.unfinished_undo
        result = self._called("recover", self.shop.recover(mode))
        after = self.shop.look()
        self.people.saw(before, after)
        self._note(result["run"], None)
        if mode == "accept" or not (before.dead | before.incomplete_undos):
            assert_same_sides(before, after)
        if mode == "resume" and not before.incomplete_undos | before.half_taken_back:
            assert_same_sides(before, after)
        if result["exit_code"] in {0, 65}:
            assert not after.dead | after.incomplete_undos
            self._assert_recovered(mode, after, unsettled, unfinished)
        assert faults or result["exit_code"] in {0, 65} or result["failed"], result

    def _assert_recovered(self, mode: str, after: World, unsettled: World | None, unfinished: Any) -> None:
        if mode == "rollback" and unsettled:
            assert_same_sides(unsettled, after)
        if mode != "accept" and unfinished:
            assert (after.brands, after.external_ids) == (unfinished.brands, unfinished.links)
        self.unsettled = self.unfinished_undo = None

    # Deaths.

    @rule(point=_POINTS, command=st.sampled_from(["sync", "sync", "undo", "undo", "recover"]), which=WHICH, mode=_MODES)
    def die(self, point: int, command: str, which: int, mode: str) -> None:
        if command == "sync":
            self.publish_several(["Ada", "Dee"])  # so that there is something to do
        argument = {"sync": "", "undo": self._run(which), "recover": mode}[command]
        if argument is None:
            return
        before = self.shop.look()
        died = self.shop.die(point, command, argument)
        self.counts[f"{command} {'died' if died else 'lived'}"] += 1
        self.shop.heal()
        after = self.shop.look()
        for run in after.statuses.keys() - before.statuses.keys():
            self._note(run, None if before.dead or command == "recover" else Effect.of(before, after))
        if not before.dead:
            self.unsettled = before if after.dead else None
        elif command == "recover" and mode != "rollback":
            self.unsettled = None
        self.unfinished_undo = None

    @rule(point=_POINTS)
    def die_and_run(self, point: int) -> None:
        """After a death, one run comes to what it would have come to without."""
        self.publish_several(["Cy", "Dee"])
        self.shop.heal()
        world = self.shop.look()
        if world.dead or world.journal["brandsync_lease"]:
            return  # what a dead run has left on the disk can't be put back
        undisturbed = self.shop.sync(force=True)
        wanted = self.shop.look()
        self.shop.keeper.put_back(world)
        self.counts["sync died" if self.shop.die(point, "sync") else "sync lived"] += 1
        for run in self.shop.look().statuses.keys() - world.statuses.keys():
            self._note(run, None)
        result, after = self._sync(force=True)
        if undisturbed["exit_code"] in {0, 65}:
            assert (result["exit_code"], result["kept"], result["failed"]) == (undisturbed["exit_code"], [], [])
            assert after.alike(self.people.brands) == wanted.alike(self.people.brands)

    def teardown(self) -> None:
        """However it was: once nothing fails any more, one run brings all in line."""
        if not hasattr(self, "policy"):
            return
        self.shop.heal()
        self.shop.cms.copies.clear()
        self.shop.keeper.change("DELETE FROM product")
        first, world = self._sync(force=True)
        assert first["exit_code"] in {0, 65}, first
        second, after = self._sync(force=True)
        assert second["changes"] == []
        assert_same_sides(world, after)

    # What is called, and noted down.

    def _sync(self, **options: Any) -> tuple[dict[str, Any], World]:
        before, unsettled = self.shop.look(), self.unsettled
        result = self._called("sync", self.shop.sync(**options))
        after = self.shop.look()
        self.people.saw(before, after)
        self._note(result["run"], None if before.dead else Effect.of(before, after))
        if not before.dead:
            assert_sync(before, after, result, self.people, self.policy)
            if result["exit_code"] in {0, 65}:
                assert_accounted_for(after, result, copies=bool(self.shop.cms.copies))
            self.unsettled = before if after.dead else None
        elif result["exit_code"] in {0, 65}:
            assert_in_line(after, result, self.people, self.policy)
        elif unsettled and result["exit_code"] in AS_BEFORE and not after.dead and self.policy["recover"] == "rollback":
            assert_same_sides(unsettled, after)
        if result["changes"] or before.dead:
            self.unfinished_undo = None
        if not after.dead:
            self.unsettled = None
            assert_at_rest(before, after, result)
        return result, after

    def _undo(self, run: str, **options: Any) -> tuple[dict[str, Any], World]:
        before, faults = self.shop.look(), self.shop.cms.faults
        result = self._called("undo", self.shop.undo(run, force=True, **options))
        after = self.shop.look()
        self.people.saw(before, after)
        self._note(result["run"], None if before.dead else Effect.of(before, after))
        if result["exit_code"] not in AS_BEFORE or before.dead:
            self.unfinished_undo = None
        if not before.dead:
            self._assert_undone(before, after, result, run, bool(faults))
            self.unsettled = before if after.dead else None
        if not after.dead:
            self.unsettled = None
            assert_at_rest(before, after, result)
        return result, after

    def _assert_undone(self, before: World, after: World, result: dict[str, Any], run: str, faults: bool) -> None:
        code = result["exit_code"]
        assert code in {*AS_BEFORE, 0, 65, 74}, result
        if before.statuses[run] not in _UNDOABLE:
            assert code == 78, result
        if code in AS_BEFORE:
            assert_same_sides(before, after)
        effects = [self.effects.get(undone) for undone in (*result["through"], run)]
        if code in AS_BEFORE or after.statuses[run] != "undone" or None in effects:
            return
        foreseen = foresee(before, [effect for effect in effects if effect])
        assert_undone(after, result, foreseen, faults=faults)
        complete = foresee(replace(before, used=frozenset()), [effect for effect in effects if effect])
        self.unfinished_undo = complete if code == 74 and not faults else None

    def _called(self, what: str, result: dict[str, Any]) -> dict[str, Any]:
        self.counts[f"{what} {result['exit_code']}"] += 1
        self.shop.heal()
        assert result["exit_code"] != 70, result
        return result

    def _note(self, run: str | None, effect: Effect | None) -> None:
        if run and run not in self.effects:
            self.effects[run] = effect

    def _run(self, which: int) -> str | None:
        """One of the latest runs that did anything, if any did."""
        known = [*self.shop.look().statuses]
        runs = [run for run in known if (effect := self.effects.get(run)) and (effect.brands or effect.links)] or known
        return runs[-1 - which % len(runs)] if runs else None
