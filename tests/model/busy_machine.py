"""That life with a CMS which is read in pages, while editors work, and in which rows are copied."""

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule
from model.life import NAMES, WHICH
from model.machine import Machine
from model.promises import assert_at_rest, assert_nothing_lost


class BusyMachine(Machine):
    """What can happen to a listing, besides."""

    @initialize(paging=st.sampled_from(["none", "offset", "page"]))
    def page(self, paging: str) -> None:
        """The CMS is listed so."""
        self.shop.page(paging)

    @rule(which=WHICH, name=NAMES)
    def copy_a_row(self, which: int, name: str | None) -> None:
        """Two entries have one id: nobody knows which of them is meant."""
        if (entry := self._entry(which)) and self.shop.cms.entries[entry]["name"] != name:
            self.shop.cms.copies.append({**self.shop.cms.entries[entry], "name": name})
            self._somebody_changed_something()

    @rule()
    def remove_the_copies(self) -> None:
        self.shop.cms.copies.clear()
        self._somebody_changed_something()

    @rule(page=st.integers(1, 4), act=st.sampled_from(["publish", "withdraw", "edit"]), which=WHICH, name=NAMES)
    def sync_while_editors_work(self, page: int, act: str, which: int, name: str | None) -> None:
        """Between two pages, an entry is added, is gone, or is another: the next run sees that."""
        self.shop.heal()
        before = self.shop.look()
        if before.dead or not (entry := self._entry(which)):
            return
        acts = {
            "publish": lambda: self._new_entry(name, None),
            "withdraw": lambda: self.shop.cms.remove(entry),
            "edit": lambda: self.shop.cms.edit(entry, name=name),
        }
        self.shop.cms.act(page, acts[act])
        result = self._called("sync while editors work", self.shop.sync(force=True))
        self.shop.cms.acts.clear()
        after = self.shop.look()
        self.people.saw(before, after)
        self._note(result["run"], None)
        self._somebody_changed_something()
        assert_nothing_lost(before, after, result)
        assert_at_rest(before, after, result)
