"""What is promised of every call, said of what was there before and after it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from model.world import World

STATUSES = {
    *("done", "skipped_some", "kept_some", "failed", "refused", "rolled_back", "rollback_incomplete"),
    *("undone", "resumed", "accepted"),
}
REASONS = {
    *("invalid", "ambiguous", "unknown_external_id", "duplicate_id"),
    *("conflict", "rejected", "link_rejected", "changed_meanwhile"),
}
AS_BEFORE = {1, 4, 75, 77, 78}
"""Ends of a call that wrote nothing, or took it back."""


@dataclass(slots=True)
class People:
    """What people have done by hand, as far as it excuses something."""

    brands: set[str] = field(default_factory=set)
    """Brands that they made in the store."""
    edited: set[tuple[str, str]] = field(default_factory=set)
    """Brands and fields that they edited there."""
    forged: set[str] = field(default_factory=set)
    """Entries whose external id they wrote."""
    removed: set[str] = field(default_factory=set)
    """Brands that are not there any more, and that brandsync has removed."""

    def saw(self, before: World, after: World) -> None:
        """Take in which brands a call has removed, and which are there."""
        self.removed |= before.brands.keys() - after.brands.keys()
        self.removed -= after.brands.keys()


def is_named(entry: Mapping[str, Any]) -> bool:
    """Whether an entry can become a brand."""
    return bool((entry.get("name") or "").strip())


def assert_same_sides(before: World, after: World) -> None:
    """Neither the store nor the CMS has changed."""
    assert after.brands == before.brands
    assert after.sides == before.sides


def assert_untouched(before: World, after: World) -> None:
    """Nothing has changed anywhere, the journal included."""
    assert after == before


def assert_always(world: World, people: People, *, link: str) -> None:
    """What holds at every moment: no two brands for one entry, nor one for two."""
    ours = [brand["cms_id"] for key, brand in world.brands.items() if key not in people.brands]
    assert None not in ours, "a brand that nobody made by hand belongs to no entry"
    written = [world.external_ids[key] for key in world.entries if key not in people.forged]
    twice = [key for key, count in Counter(filter(None, written)).items() if count > 1]
    assert twice == [], "two entries have got the same brand"
    if link == "journal":
        assert not any(written), "an external id was written to a CMS that is only read"


def assert_at_rest(before: World, after: World, result: dict[str, Any]) -> None:
    """Every run that was not killed has ended, as one of the ends that there are; nobody holds the lease.

    A process that was killed when its run had ended left its lease. A call that begins no run leaves it there.
    """
    assert set(after.statuses.values()) <= STATUSES
    assert after.journal["brandsync_lease"] == ([] if result["run"] else before.journal["brandsync_lease"])


def assert_sync(before: World, after: World, result: dict[str, Any], people: People, rules: dict[str, str]) -> None:
    """What one sync, that had no dead run to recover, may have done."""
    code = result["exit_code"]
    assert code in {*AS_BEFORE, 0, 65, 74}, result
    assert after.entries.keys() == before.entries.keys()
    if code in AS_BEFORE:
        assert result["kept"] == []
        assert_same_sides(before, after)
    elif code == 74:
        assert_only_the_listed_differ(before, after, result)
    else:
        assert_hands_off(before, after, result, people, delete=rules["on_missing"] == "delete")
        assert_in_line(after, result, people, rules)


def assert_only_the_listed_differ(before: World, after: World, result: dict[str, Any]) -> None:
    """What was not taken back is listed, and nothing else has changed."""
    listed = {row["brand_id"] for row in result["failed"]}
    entries = {row["cms_id"] for row in result["failed"]}
    brands = {key for key in before.brands | after.brands if before.brands.get(key) != after.brands.get(key)}
    links = {key for key in after.entries if before.external_ids[key] != after.external_ids[key]}
    assert listed, result
    assert brands <= listed
    assert links <= entries


def assert_accounted_for(after: World, result: dict[str, Any], *, copies: bool) -> None:
    """Each entry that was listed has had one fate, and nothing is said to be missing."""
    counts, reasons = result["counts"], [row["reason"] for row in result["skipped"]]
    assert copies or "not_listed" not in reasons, "nobody was at work, and the listing is not whole"
    left = [row for row in result["skipped"] if row["cms_id"] in after.entries and row["reason"] != "link_rejected"]
    fates = [counts[name] for name in ("created", "updated", "adopted", "unchanged")]
    assert copies or sum(fates) + len(left) == counts["retrieved"], counts


def assert_nothing_lost(before: World, after: World, result: dict[str, Any]) -> None:
    """What one sync may have done while editors were at work: what was there all the time is as safe as ever."""
    assert result["exit_code"] in {*AS_BEFORE, 0, 65}, result
    there = before.entries.keys() & after.entries.keys()
    for key, was in before.brands.items():
        if was["cms_id"] in there:
            assert key in after.brands, f"{key} was deleted, and its entry was there all the time"
        elif was["cms_id"] is None:
            assert key in after.brands, f"{key} was deleted, and nobody had linked it"
    if result["exit_code"] in AS_BEFORE:
        assert after.brands == before.brands
    if result["exit_code"] == 0:
        owned = {brand["cms_id"] for brand in after.brands.values()}
        for key in there:
            assert key in owned, f"{key} was there all the time, and has no brand"


def assert_hands_off(before: World, after: World, result: dict[str, Any], people: People, *, delete: bool) -> None:
    """A brand changes only for an entry that isn't skipped, and goes only when it was ours and its entry is gone."""
    skipped = {row["cms_id"] for row in result["skipped"] if row["reason"] != "link_rejected"}
    for key, was in before.brands.items():
        now = after.brands.get(key)
        if now is None:
            assert delete, f"{key} was deleted"
            assert was["cms_id"], f"{key} was deleted, and nobody had linked it"
            assert was["cms_id"] not in after.entries, f"{key} was deleted, and its entry is there"
        elif now != was:
            assert now["cms_id"] in after.entries.keys() - skipped, f"{key} was changed for no entry"
    for key in skipped & after.entries.keys():
        was, now = before.external_ids[key], after.external_ids[key]
        cleared = now is None and was in before.gone - before.brands.keys()
        assert now == was or cleared, f"{key} was skipped and linked"
    for key in (row["cms_id"] for row in result["skipped"] if row["reason"] == "unknown_external_id"):
        assert before.external_ids[key] not in people.removed, f"{key} has a brand that brandsync itself removed"


def assert_in_line(after: World, result: dict[str, Any], people: People, rules: dict[str, str]) -> None:
    """Each entry that isn't skipped has one brand with its fields, linked on both sides."""
    reasons = {row["cms_id"]: row["reason"] for row in result["skipped"] if row["reason"] != "not_listed"}
    assert set(reasons.values()) <= REASONS
    assert reasons.keys() <= after.entries.keys() | _owners(after), "something that isn't there was skipped"
    for key, entry in after.entries.items():
        if key in reasons:
            continue
        assert is_named(entry), f"{key} has no name, and was not skipped"
        brands = [brand_id for brand_id, brand in after.brands.items() if brand["cms_id"] == key]
        assert len(brands) == 1, f"{key} is {len(brands)} brands"
        if rules["link"] == "cms":
            assert after.external_ids[key] == brands[0]
        for name in ("name", "description"):
            wanted, found = entry.get(name), after.brands[brands[0]][name]
            may_stay = rules["on_conflict"] == "store" and (brands[0], name) in people.edited
            assert found == wanted or may_stay, f"{name} of {key} is {found!r} in the store"
    assert result["exit_code"] == (65 if result["skipped"] else 0)


def assert_as_previewed(preview: dict[str, Any], result: dict[str, Any]) -> None:
    """A run made the changes that its dry run showed, those left out that the store refused."""
    left = {row["cms_id"] for row in result["skipped"] if row["reason"] in {"rejected", "changed_meanwhile"}}
    shown = [change for change in preview["changes"] if change["cms_id"] not in left]
    created = [change["cms_id"] for change in shown if change["action"] == "create"]
    made = [{**change, "brand_id": None} if change["cms_id"] in created else change for change in result["changes"]]
    assert made == shown


def _owners(world: World) -> set[str | None]:
    return {row[1] for row in world.journal["brandsync_link"]}
