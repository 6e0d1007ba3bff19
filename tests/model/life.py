"""One life of a shop: what its people do, on both sides."""

from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

from cms_wire import Fault
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from model.model_shop import ModelShop
from model.promises import People, assert_always

if TYPE_CHECKING:
    from model.effects import Effect, Foreseen
    from model.world import World

NAMES = st.sampled_from(["Ada", " ada", "ADA", "Straße", "STRASSE", "Bo", "Bo", "Cy", "", " ", None])
TEXTS = st.sampled_from([None, "", "words", "other words"])
WHICH = st.integers(0, 7)
"""One of what there is, whatever there is."""
KEPT: Any = object()


class Life(RuleBasedStateMachine):
    """Editors, people in the store, and a CMS that fails."""

    shop: ClassVar[ModelShop]
    counts: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.people = People()
        self.effects: dict[str, Effect | None] = {}
        """What each run did; none where another one's recovery is mixed with it."""
        self.unsettled: World | None = None
        """What a recovery has to bring back, until somebody changes something."""
        self.unfinished_undo: Foreseen | None = None
        """What a recovery has to bring where an undo could not be finished, until somebody changes something."""
        self.made = 0

    @initialize(
        match_on=st.sampled_from(["name", "none"]),
        on_missing=st.sampled_from(["delete", "ignore"]),
        on_conflict=st.sampled_from(["cms", "store", "skip"]),
        link=st.sampled_from(["cms", "cms", "journal"]),
        recover=st.sampled_from(["rollback", "rollback", "resume"]),
        keep_going=st.booleans(),
        names=st.lists(NAMES, max_size=5),
    )
    def begin(self, names: list[str | None], **policy: Any) -> None:
        """A shop that has nothing yet, and a policy of its own; and a CMS that has something."""
        self.policy = policy
        self.shop.empty()
        self.shop.set("sync", **policy)
        self.publish_several(names)

    @invariant()
    def holds_always(self) -> None:
        """After every step."""
        self.counts["steps"] += 1
        assert_always(self.shop.look(), self.people, link=self.policy["link"])

    # Editors.

    @rule(name=NAMES, description=TEXTS)
    def publish(self, name: str | None, description: str | None) -> None:
        self._new_entry(name, description)

    @rule(names=st.lists(NAMES, min_size=2, max_size=3))
    def publish_several(self, names: list[str | None]) -> None:
        for name in names:
            self._new_entry(name, None)

    @rule(which=WHICH, name=st.just(KEPT) | NAMES, description=st.just(KEPT) | TEXTS)
    def edit(self, which: int, name: Any, description: Any) -> None:
        if entry := self._entry(which):
            changed = {"name": name, "description": description}
            self.shop.cms.edit(entry, **{field: value for field, value in changed.items() if value is not KEPT})
            self._somebody_changed_something()

    @rule(which=WHICH)
    def withdraw(self, which: int) -> None:
        if entry := self._entry(which):
            self.withdrawn = dict(self.shop.cms.entries[entry])
            self.shop.cms.remove(entry)
            self._somebody_changed_something()

    @rule()
    def republish(self) -> None:
        """The entry that was withdrawn last, as it was: another one may have its brand by now."""
        if (entry := getattr(self, "withdrawn", None)) and entry["id"] not in self.shop.cms.entries:
            self.shop.cms.add({name: value for name, value in entry.items() if name != "updated_at"})
            self.people.forged.add(entry["id"])
            self._somebody_changed_something()

    @rule(which=WHICH, other=st.none() | st.just("unknown") | WHICH)
    def forge(self, which: int, other: int | str | None) -> None:
        """Somebody writes an external id: none, one that there isn't, or a brand's, whosever it is."""
        if entry := self._entry(which):
            self.shop.cms.edit(entry, external_id=self._brand(other) if isinstance(other, int) else other)
            self.people.forged.add(entry)
            self._somebody_changed_something()

    # People in the store.

    @rule(name=NAMES.filter(bool), description=TEXTS)
    def make_brand(self, name: str, description: str | None) -> None:
        brand = self._number("hand")
        self.shop.keeper.add_brand(brand, name, description)
        self.people.brands.add(brand)
        self._somebody_changed_something()

    @rule(which=WHICH, field=st.sampled_from(["name", "description"]), value=st.sampled_from(["mine", "Ada", "Bo"]))
    def edit_brand(self, which: int, field: str, value: str) -> None:
        if brand := self._brand(which):
            self.shop.keeper.change(f"UPDATE brand SET {field} = ? WHERE id = ?", value, brand)
            self.people.edited.add((brand, field))
            self._somebody_changed_something()

    @rule(which=WHICH)
    def delete_brand(self, which: int) -> None:
        if (brand := self._brand(which)) and brand not in self.shop.look().used:
            self.shop.keeper.change("DELETE FROM brand WHERE id = ?", brand)
            self._somebody_changed_something()

    @rule(which=WHICH)
    def sell(self, which: int) -> None:
        """A product has the brand now, which can't be deleted any more."""
        if brand := self._brand(which):
            self.shop.keeper.change("INSERT INTO product VALUES (?)", brand)

    @rule()
    def sell_nothing(self) -> None:
        self.shop.keeper.change("DELETE FROM product")

    # The CMS.

    @rule(
        kind=st.sampled_from(["reset", "reset_after", "timeout", "truncate", "truncated_json", "html", "null"])
        | st.sampled_from([500, 429, 401, 400]),
        method=st.sampled_from([None, "GET", "PATCH", "PATCH"]),
        nth=st.integers(1, 4),
        count=st.integers(1, 3),
    )
    def fail_soon(self, kind: Any, method: str | None, nth: int, count: int) -> None:
        """The next call meets this. The CMS is well again after it."""
        status = {"kind": "status", "status": kind} if isinstance(kind, int) else {"kind": kind}
        self.shop.fail_soon(Fault(method=method, nth=nth, count=count, **status))

    # What there is.

    def _new_entry(self, name: str | None, description: str | None) -> None:
        entry = {"id": self._number("e"), "name": name, "description": description, "external_id": None}
        self.shop.cms.add(entry)
        self._somebody_changed_something()

    def _number(self, prefix: str) -> str:
        self.made += 1
        return f"{prefix}{self.made}"

    def _entry(self, which: int) -> str | None:
        entries = sorted(self.shop.cms.entries)
        return entries[which % len(entries)] if entries else None

    def _brand(self, which: int) -> str | None:
        """Brands in an order that doesn't depend on the ids that were chosen for them."""
        found = self.shop.look().brands
        made_by_hand = {key: key if key in self.people.brands else "" for key in found}
        brands = sorted(found, key=lambda key: (made_by_hand[key], found[key]["cms_id"] or ""))
        return brands[which % len(brands)] if brands else None

    def _somebody_changed_something(self) -> None:
        self.unsettled = self.unfinished_undo = None
