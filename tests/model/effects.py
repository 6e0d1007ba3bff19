"""What a run did, as the difference that it made, and what is to become of it when it is undone."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from model.world import Values, World


@dataclass(frozen=True, slots=True)
class Effect:
    """What one run changed: before and after, by the brand's id or the entry's."""

    brands: dict[str, tuple[Values | None, Values | None]]
    links: dict[str, tuple[str | None, str | None]]

    @classmethod
    def of(cls, before: World, after: World) -> "Effect":
        """The difference between two moments."""
        brands = {key: (before.brands.get(key), after.brands.get(key)) for key in before.brands | after.brands}
        links = {key: (before.external_ids.get(key), after.external_ids.get(key)) for key in after.entries}
        return cls(
            {key: pair for key, pair in brands.items() if pair[0] != pair[1]},
            {key: pair for key, pair in links.items() if pair[0] != pair[1]},
        )

    def linked(self, entry: str, brand: str | None) -> bool:
        """Whether the run has linked the two: it made the brand, or adopted it."""
        was, became = self.brands.get(brand or "", (None, None))
        return became is not None and (was is None or was["cms_id"] != entry)


@dataclass(slots=True)
class Foreseen:
    """What an undo has to leave."""

    brands: dict[str, Values]
    links: dict[str, str | None]
    used: frozenset[str]
    kept: set[str] = field(default_factory=set)
    """Brands, and links as ``entry e1``, of which something was edited since."""
    failed: set[str] = field(default_factory=set)
    """Brands that the store refuses to delete, or to have again."""

    def take_back(self, effect: Effect) -> None:
        """Restore what is still as this run left it. A brand comes back when no other has its entry any more."""
        left = self.kept | self.failed
        for key, (was, became) in sorted(effect.brands.items(), key=_turn):
            if was is None or became is None:
                self._whole(key, was, became)
            else:
                self._field_by_field(key, was, became)
        left = (self.kept | self.failed) - left
        for key, (was, became) in effect.links.items():
            if not (became in left and effect.linked(key, became)):
                self._link(effect, key, was, became)

    def _link(self, effect: Effect, key: str, was: str | None, became: str | None) -> None:
        if key not in self.links or self.links[key] == was:
            return
        if self.links[key] == became:
            # No entry is linked to a brand that could not be restored. What led nowhere before, does so again.
            leads = was is None or was in self.brands or was not in effect.brands
            self.links[key] = was if leads else became
        elif self.brands.get(self.links[key] or "", {}).get("cms_id") != key:
            self.kept.add(f"entry {key}")  # the brand is not the entry's own: a person has written its id

    def _whole(self, key: str, was: Values | None, became: Values | None) -> None:
        now = self.brands.get(key)
        if now == was:
            return
        if now != became:
            self.kept.add(key)
        elif was is not None:
            self._bring_back(key, was)
        elif key in self.used:
            self.failed.add(key)
        else:
            del self.brands[key]

    def _bring_back(self, key: str, was: Values) -> None:
        """Unless its entry has another brand by now, that somebody has edited: there is but one for an entry."""
        if was["cms_id"] and was["cms_id"] in {brand["cms_id"] for brand in self.brands.values()}:
            self.failed.add(key)
        else:
            self.brands[key] = was

    def _field_by_field(self, key: str, was: Values, became: Values) -> None:
        if key not in self.brands:
            self.kept.add(key)
            return
        now = dict(self.brands[key])
        changed = [name for name in was if was[name] != became[name]]
        edited = [name for name in changed if now[name] not in {became[name], was[name]}]
        for name in changed:
            unlinked = name == "cms_id" and was[name] is None
            if now[name] == became[name] and not (edited and unlinked):
                now[name] = was[name]
        if edited:
            self.kept.add(key)
        self.brands[key] = now


def _turn(change: tuple[str, tuple[Values | None, Values | None]]) -> int:
    """First what was made goes, then what was changed goes back, then what was removed comes back."""
    was, became = change[1]
    return 0 if was is None else 1 if became is not None else 2


def foresee(now: World, effects: Iterable[Effect]) -> Foreseen:
    """What undoing these runs, the newest first, has to leave."""
    foreseen = Foreseen(dict(now.brands), dict(now.external_ids), now.used)
    for effect in effects:
        foreseen.take_back(effect)
    return foreseen


def assert_undone(after: World, result: dict[str, Any], foreseen: Foreseen, *, faults: bool) -> None:
    """It restored, kept and listed what it had to. What else failed where the CMS did is left aside."""
    failed = {row["brand_id"] for row in result["failed"]}
    entries = {row["cms_id"] for row in result["failed"]}
    if not faults:
        assert failed == foreseen.failed, result["failed"]
    assert _without(after.brands, failed) == _without(foreseen.brands, failed)
    assert _without(after.external_ids, entries) == _without(foreseen.links, entries)
    kept = {f"entry {row['cms_id']}" if "external_id" in row["written"] else row["brand_id"] for row in result["kept"]}
    assert kept - failed == foreseen.kept - failed - {f"entry {key}" for key in entries}
    assert result["exit_code"] == (74 if failed else 65 if kept else 0)


def _without(values: dict[str, Any], keys: set[str]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key not in keys}
