"""The listing of a store, and reading brands by their ids."""

import pytest

from brandsync.stores.interface import BrandStore
from brandsync.stores.optional import CanonicalIds, Prepares, UniqueValues, prepare, uncreation
from brandsync.testing.contract import by_id, difference, require
from brandsync.testing.samples import sample, samples
from brandsync.testing.store_fixtures import StoreFixtures, create, listed, plain

LISTS = BrandStore.list_brands
GETS = BrandStore.get_brands


class StoreListing(StoreFixtures):
    """Every run reads the shop with these two methods, and takes the answers for everything that is there."""

    def test_an_empty_shop_lists_nothing(self, store: BrandStore, fields: list[str]) -> None:
        brands = listed(store, fields)
        require(not brands, f"the shop isn't empty, as `settings` promises: it lists {len(brands)} brands", LISTS)

    def test_it_declares_names_and_a_batch_of_one_at_least(self, store: BrandStore) -> None:
        capabilities = store.capabilities
        require("name" in capabilities.fields, "the store must hold `name`", type(capabilities))
        require(capabilities.batch >= 1, f"a batch of {capabilities.batch} is none", type(capabilities))

    def test_a_listing_of_several_pages_is_complete_and_names_each_brand_once(
        self, store: BrandStore, fields: list[str]
    ) -> None:
        made = create(store, samples(self.several_pages, store.capabilities.fields))
        ids = [brand.id for brand in listed(store, fields)]
        require(len(ids) == len(set(ids)), f"{len(ids) - len(set(ids))} brands are listed twice", LISTS)
        missing = {brand.id for brand in made} - set(ids)
        require(
            not missing,
            f"{len(missing)} of {len(made)} brands are not listed, such as {min(missing, default='')}",
            LISTS,
        )
        require(len(ids) == len(made), f"{len(ids) - len(made)} brands are listed that nobody made", LISTS)
        if store.list_brands(fields).next is None:
            pytest.skip(f"{self.several_pages} brands are one page of this store: raise `several_pages`")

    def test_a_total_that_is_told_is_right(self, store: BrandStore, fields: list[str]) -> None:
        plain(store, 3)
        total = store.list_brands(fields).total
        if total is None:
            pytest.skip("the store tells no total")
        require(total == 3, f"the total of 3 brands is told as {total}", LISTS)

    @pytest.mark.parametrize("method", ["list_brands", "get_brands"])
    def test_brands_come_with_the_fields_asked_for_and_no_others(
        self, store: BrandStore, fields: list[str], method: str
    ) -> None:
        (made,) = plain(store, 1)
        for asked in (["name"], fields, fields[::-1], fields[-1:]):
            found = store.get_brands(asked, [made.id]) if method == "get_brands" else store.list_brands(asked).brands
            (brand,) = found
            names = set(brand.fields)
            require(
                names == set(asked),
                f"asked for {sorted(asked)}, {method} gave {sorted(names)}",
                getattr(BrandStore, method),
            )

    def test_the_listing_and_reading_by_id_say_the_same(self, store: BrandStore, fields: list[str]) -> None:
        made = plain(store, 3)
        by_listing, by_ids = by_id(listed(store, fields)), by_id(store.get_brands(fields, [brand.id for brand in made]))
        require(by_listing == by_ids, f"they differ:\n{difference(by_ids, by_listing)}", GETS)

    def test_ids_that_no_brand_has_are_left_out(self, store: BrandStore, fields: list[str]) -> None:
        first, second, third = plain(store, 3)
        uncreation(store)([second])
        found = {brand.id for brand in store.get_brands(fields, [first.id, second.id, "no-such-brand", third.id])}
        require(found == {first.id, third.id}, f"of two brands and two unknown ids, {len(found)} brands came", GETS)

    def test_the_ids_that_it_gives_are_spelled_as_it_spells_ids(self, store: BrandStore) -> None:
        if not isinstance(store, CanonicalIds):
            pytest.skip("its ids have one spelling each: the store has no `canonical_id`")
        (made,) = plain(store, 1)
        spelled = store.canonical_id(made.id)
        require(spelled == made.id, f"the brand {made.id} is spelled {spelled}", CanonicalIds.canonical_id)

    def test_what_a_brand_has_is_its_own_and_taken_for_others(self, store: BrandStore) -> None:
        if not isinstance(store, UniqueValues) or not store.unique_rules():
            pytest.skip("the store doesn't declare what it takes once, as `UniqueValues` does")
        (made,) = create(store, [sample(1, store.capabilities.fields)])
        for rule in store.unique_rules():
            other, own = store.claims(rule, [(None, made.fields), (made.id, made.fields)])
            require(
                other.holder == made.id, f"brand {made.id} holds what {other.holder} is told to", UniqueValues.claims
            )
            require(own.own and own.holder is None, "a brand is told to be in its own way", UniqueValues.claims)
            require(other.key == own.key, "two equal claims have different keys", UniqueValues.claims)

    def test_before_its_first_write_nothing_needs_to_be_prepared(self, side: object, store: BrandStore) -> None:
        prepare(store)
        require(not listed(store, ["name"]), "preparing twice has made brands", Prepares.prepare)
        problems = [finding.what for finding in store.check() if not finding.ok]
        require(not problems, f"check() finds fault with a shop that is ready: {problems}", BrandStore.check)
