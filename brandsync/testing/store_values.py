"""What a store makes of the values that a CMS may hold."""

from typing import Any

import pytest

from brandsync.brand import BrandUpdate, Fields
from brandsync.errors import Rejected
from brandsync.stores.interface import BrandStore
from brandsync.stores.optional import TakesAll, takes_all
from brandsync.testing.contract import difference, require
from brandsync.testing.samples import LONG, METADATA, TEXTS, sample
from brandsync.testing.store_fixtures import StoreFixtures, chosen, held, listed, plain

CREATES = BrandStore.create_brands
UPDATES = BrandStore.update_brands


class StoreValues(StoreFixtures):
    """A value comes back as it was given, or the store says at once what it made of it."""

    @pytest.mark.parametrize("text", TEXTS)
    @pytest.mark.parametrize("way", ["created", "updated"])
    def test_a_name_is_kept_or_reported_as_it_is_held(self, store: BrandStore, way: str, text: str) -> None:
        self._keeps(store, way, {"name": TEXTS[text]})

    @pytest.mark.parametrize("value", [None, "", "text", LONG], ids=["none", "empty", "text", "long"])
    @pytest.mark.parametrize("field", ["handle", "description", "logo_url", "website_url"])
    def test_a_text_is_kept_or_reported_as_it_is_held(self, store: BrandStore, field: str, value: str | None) -> None:
        self._needs(store, field)
        for way in ("created", "updated"):
            self._keeps(store, way, {field: value})

    @pytest.mark.parametrize("value", METADATA)
    def test_metadata_is_kept_or_reported_as_it_is_held(self, store: BrandStore, value: str) -> None:
        self._needs(store, "metadata")
        for way in ("created", "updated"):
            self._keeps(store, way, {"metadata": METADATA[value]})

    def test_no_metadata_is_none(self, store: BrandStore) -> None:
        self._needs(store, "metadata")
        self._keeps(store, "created", {"metadata": None})
        self._keeps(store, "updated", {"metadata": None})

    def test_a_null_character_is_kept_or_refused_while_planning(self, store: BrandStore) -> None:
        fields = sample(1, store.capabilities.fields, name="with a \0 in it")
        refusal = store.refuses(fields)
        if refusal is None:
            self._keeps(store, "created", {"name": fields["name"]})
        else:
            require(refusal.strip(), "refuses() must say why, in a sentence", BrandStore.refuses)

    def test_ordinary_brands_are_not_refused(self, store: BrandStore) -> None:
        refusal = store.refuses(sample(1, store.capabilities.fields))
        require(refusal is None, f"an ordinary brand is refused: {refusal}", BrandStore.refuses)

    def test_what_is_taken_at_a_glance_is_refused_in_no_part(self, store: BrandStore) -> None:
        odd = [*TEXTS.values(), LONG, "with a \0 in it", "half a \ud800"]
        plain = sample(2, store.capabilities.fields)
        for fields in (sample(1, store.capabilities.fields, name=name) for name in odd):
            refusal = store.refuses(fields)
            require(
                refusal is None or not takes_all(store, {name: [plain[name], fields[name]] for name in fields}),
                f"what takes_all() takes is refused: {refusal}",
                TakesAll.takes_all,
            )

    def _needs(self, store: BrandStore, field: str) -> None:
        if field not in store.capabilities.fields:
            pytest.skip(f"the store doesn't declare `{field}`")

    def _keeps(self, store: BrandStore, way: str, value: Fields) -> None:
        """What create or update returns is what can be read. A store may reject a value, and then holds nothing."""
        before = {brand.id for brand in listed(store, ["name"])}
        try:
            brand_id, reported = self._created(store, value) if way == "created" else self._updated(store, value)
        except Rejected:
            now = listed(store, ["name"])
            require(
                way == "updated" or {brand.id for brand in now} == before,
                "a rejected brand is there all the same",
                CREATES,
            )
            return
        found = held(store, [*value], [brand_id]).get(brand_id, {})
        contract = CREATES if way == "created" else UPDATES
        require(
            found == reported, f"what was {way} isn't what the store holds:\n{difference(found, reported)}", contract
        )
        (name,) = value
        if name == "handle" and value[name] is None:
            return  # a shop may make one from the name
        require(
            type(found.get(name)) is type(value[name]) or found.get(name) in {None, ""},
            f"{name} was given as {type(value[name]).__name__} and is held as {type(found.get(name)).__name__}",
            contract,
        )

    def _created(self, store: BrandStore, value: Fields) -> tuple[str, dict[str, Any]]:
        (made,) = store.create_brands([chosen(store, sample(2, store.capabilities.fields) | dict(value))])
        return made.id, {name: made.fields.get(name) for name in value}

    def _updated(self, store: BrandStore, value: Fields) -> tuple[str, dict[str, Any]]:
        (made,) = plain(store, 1)
        before = {name: made.fields[name] for name in value}
        try:
            (updated,) = store.update_brands([BrandUpdate(made.id, before, value)])
        except Rejected:
            still = held(store, [*before], [made.id])[made.id]
            require(still == before, f"a rejected update has changed the brand:\n{difference(still, before)}", UPDATES)
            raise
        return made.id, {name: updated.fields.get(name) for name in value}
