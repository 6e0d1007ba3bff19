"""A file as the CMS and a table as the store, with what the oracle says of each brand."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from settling import Effect, Effects, Expected, Field, Spelling, run, undo
from shop import Shop

FIELDS = ("name", "description")
_TABLE = "CREATE TABLE brand (id TEXT PRIMARY KEY, cms_id TEXT, name TEXT, description TEXT)"
_TRIGGER = (
    "CREATE TRIGGER spell_{event} AFTER {event} ON brand BEGIN"
    " UPDATE brand SET description = upper(NEW.description) WHERE id = NEW.id; END"
)
_SPELLING = (_TABLE, _TRIGGER.format(event="INSERT"), _TRIGGER.format(event="UPDATE"))
"""A shop's own table, which keeps descriptions in capitals."""
_LARGE = {"max_updates": "100%", "max_deletes": "100%", "max_shrink": "100%"}


class SettledShop:
    """All brands of a shop, by their entries' ids, as they should be on both sides."""

    def __init__(self, shop: Shop, count: int, *, spelling: bool = False, **rules: Any) -> None:
        """``spelling``: the store spells descriptions in its own way."""
        self.shop = shop
        shop.sections["cms"] = {"backend": "file", "path": "brands.json"}
        shop.set("sync", match_on="none", **rules).set("safety", **_LARGE)
        if spelling:
            shop.set("store.columns", **{name: name for name in ("id", "cms_id", *FIELDS)})
            for statement in _SPELLING:
                shop.execute(statement)
        self.mapped = FIELDS
        self.brands = {str(number): _brand(number, str.upper if spelling else str) for number in range(count)}
        assert self.sync("cms")["counts"]["created"] == count
        for brand in self.brands.values():
            for field in brand.values():
                field.write()

    def publish(self) -> None:
        """Editors have published what the brands say."""
        self.shop.sections["cms.fields"] = {name: name for name in self.mapped}
        entries = [
            {"id": key, **{name: field.cms for name, field in brand.items()}} for key, brand in self.brands.items()
        ]
        (self.shop.directory / "brands.json").write_text(json.dumps(entries), "utf-8")

    def edit_the_store(self) -> None:
        """People have written into the store what the brands say."""
        held = self.in_the_store()
        with self.shop.database.connection_context(), self.shop.database.atomic():
            for key, values in self.expected_in_the_store().items():
                if key in held and held[key] != values:
                    sql = "UPDATE brand SET name = ?, description = ? WHERE cms_id = ?"
                    self.shop.database.execute_sql(sql, (*values, key))

    def sync(self, policy: str, **options: Any) -> dict[str, Any]:
        """Both sides are as the brands say; then a run."""
        self.publish()
        if self.shop.query("SELECT name FROM sqlite_master WHERE name = 'brand'"):
            self.edit_the_store()
        return self.shop.set("sync", on_conflict=policy).sync(**options)

    def sync_as_expected(
        self, policy: str, refused: Callable[[str], bool] = lambda _value: False
    ) -> tuple[dict[str, Any], dict[str, Expected]]:
        """A run does what the README says, no more and no less."""
        result = self.sync(policy)
        expected = {
            key: run({name: brand[name] for name in self.mapped}, policy, refused) for key, brand in self.brands.items()
        }
        assert self.in_the_store() == self.expected_in_the_store()
        skipped = {key: found.skipped for key, found in expected.items() if found.skipped}
        assert {row["cms_id"]: row["reason"] for row in result["skipped"]} == skipped
        assert result["exit_code"] == (65 if skipped else 0), result
        written = sum(bool(found.written) for found in expected.values())
        assert result["counts"]["updated"] == written
        return result, expected

    def look(self) -> dict[str, dict[str, Field]]:
        """A copy of what is there."""
        return {key: {name: replace(field) for name, field in brand.items()} for key, brand in self.brands.items()}

    def effects(self, before: Mapping[str, Mapping[str, Field]], expected: Mapping[str, Expected]) -> Effects:
        """What a run did, by what was there before it."""
        return {
            key: {name: Effect(before[key][name], self.brands[key][name].store) for name in found.written}
            for key, found in expected.items()
            if found.written
        }

    def undo_as_expected(self, run: str, effects: Effects) -> None:
        """An undo does what the README says."""
        self.edit_the_store()
        result = self.shop.undo(run)
        kept = {key for key, effect in effects.items() if undo(self.brands[key], effect)}
        assert self.in_the_store() == self.expected_in_the_store()
        assert {row["cms_id"] for row in result["kept"]} == kept
        assert result["exit_code"] == (65 if kept else 0), result

    def in_the_store(self) -> Mapping[str, tuple[Any, ...]]:
        """What the store holds of each brand."""
        return {key: tuple(values) for key, *values in self.shop.query("SELECT cms_id, name, description FROM brand")}

    def expected_in_the_store(self) -> Mapping[str, tuple[Any, ...]]:
        """What it should hold."""
        return {key: tuple(brand[name].store for name in FIELDS) for key, brand in self.brands.items()}


def _brand(number: int, spell: Spelling) -> dict[str, Field]:
    return {"name": Field(f"name {number}"), "description": Field(f"description {number}", spell=spell)}
