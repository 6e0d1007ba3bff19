"""What must be true of a shop: at once after a death, and in the end."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from crash_kinds import FOREIGN, THEIRS
from crash_shops import CrashShop, View

_FIELDS = ("cms_id", "name", "description")
_MAKES = {"create", "restore"}
_REMOVES = {"delete", "uncreate"}


@dataclass(frozen=True, slots=True)
class Written:
    """One row of an entry that has not been taken back."""

    kind: str
    cms_id: str
    brand_id: str | None
    before: dict[str, Any]
    after: dict[str, Any]


def written(view: View) -> list[Written]:
    """What the undo stacks say was written, or was about to be."""
    return [
        Written(kind, *row)
        for _, kind, state, intent, outcome in view.undo
        if state != "undone"
        for row in _rows(json.loads(outcome or intent))
    ]


def _rows(document: dict[str, Any]) -> Iterator[Sequence[Any]]:
    """The entry, the brand, and both sides of each row of a batch as it is stored: row by row, or by column."""
    if "rows" in document:
        yield from document["rows"]
        return
    before, after = document["before"], document["after"]
    for cms_id, brand_id, *values in document["brands"]:
        sides = (
            dict(zip(before, values[: len(before)], strict=True)),
            dict(zip(after, values[len(before) :], strict=True)),
        )
        yield cms_id, brand_id, *sides


def assert_every_write_is_recorded(before: View, now: View) -> None:
    """Whatever differs from before stands in an undo stack, with what was there before."""
    known = written(now)
    missing = [*_unrecorded_brands(before, now, known), *_unrecorded_links(before, now, known)]
    assert missing == [], f"no undo entry for {missing}"


def _unrecorded_brands(before: View, now: View, known: list[Written]) -> Iterator[str]:
    for key in before.brands.keys() | now.brands.keys():
        was, is_ = before.brands.get(key), now.brands.get(key)
        if was is None and not any(_made(row, is_) for row in known):
            yield f"the new brand {key}"
        elif is_ is None and now.moved.get(key) not in now.brands:
            ids = {key, now.moved.get(key)}
            if not any(row.kind in _REMOVES and row.brand_id in ids and _holds(was, row.before) for row in known):
                yield f"the deleted brand {key}"
        elif was is not None and is_ is not None:
            changed = {name for name in _FIELDS if was.get(name) != is_.get(name)}
            yield from (f"{name} of brand {key}" for name in changed if not _set(known, key, name, was, is_))


def _made(row: Written, brand: Any) -> bool:
    """Where the store chooses ids, an intent knows the content alone, or the id that the brand once had."""
    return row.kind in _MAKES and _holds(brand, row.after)


def _holds(brand: Any, fields: dict[str, Any]) -> bool:
    return all(brand[name] == value for name, value in fields.items())


def _set(known: list[Written], key: str, name: str, was: Any, is_: Any) -> bool:
    rows = [row for row in known if row.kind == "update" and row.brand_id == key and name in row.after]
    return any(row.before[name] == was[name] for row in rows) and any(row.after[name] == is_[name] for row in rows)


def _unrecorded_links(before: View, now: View, known: list[Written]) -> Iterator[str]:
    for key, entry in now.entries.items():
        was, is_ = before.entries[key]["external_id"], entry["external_id"]
        brand = {was, now.moved.get(was, was)}  # the journal knows its new id before the CMS does
        rows = [row for row in known if row.kind == "link" and row.cms_id == key]
        first = any(row.before["external_id"] in brand for row in rows)
        last = any(row.after["external_id"] == is_ for row in rows)
        if is_ not in brand and not (first and last):
            yield f"the external id of entry {key}"


def assert_settled(view: View) -> None:
    """Nothing is left to be settled: no run, no write of unknown outcome, no lease."""
    assert [run for run in view.runs if run[2] in {"running", "rollback_incomplete"}] == []
    assert {state for _, _, state, *_ in view.undo} <= {"done", "undone"}
    assert view.leases == []


def assert_in_line(before: View, view: View) -> None:
    """Each entry is one brand, with its fields, linked on both sides; everything else is as it was before."""
    linked = view.external_ids
    ours = view.brands.keys() - {FOREIGN}
    assert sorted(linked.values(), key=str) == sorted(ours)
    assert {key: link[0] for key, link in view.links.items()} == linked
    for key, entry in view.entries.items():
        brand = view.brands[linked[key] or ""]
        assert (brand["name"], brand["description"]) == (entry["name"], entry["description"])
        assert brand.get("cms_id", key) == key
    assert view.brands.get(FOREIGN) == before.brands.get(FOREIGN)
    assert linked.get("a", THEIRS) == THEIRS
    kept = {key: link[0] for key, link in before.links.items() if key in view.entries}
    assert {key: linked[key] for key in kept} == kept


def assert_a_further_run_does_nothing(shop: CrashShop) -> None:
    """Nothing is changed, nothing written, nothing recovered."""
    before, writes = shop.look(), shop.writes
    result = shop.run("sync").result
    after = shop.look()
    assert result
    assert (result["exit_code"], result["changes"], result["recovered"]) == (0, [], []), result
    assert shop.writes == writes
    assert (after.brands, after.entries, after.links, after.undo) == (
        before.brands,
        before.entries,
        before.links,
        before.undo,
    )
    assert_settled(after)
