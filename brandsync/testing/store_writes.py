"""Creating, updating, deleting, and undoing each of them, batch by batch."""

from contextlib import suppress

import pytest

from brandsync.brand import Brand, BrandUpdate, Fields, NewBrand
from brandsync.errors import BrandsyncError, Rejected
from brandsync.stores.interface import BrandStore, PartlyRejected
from brandsync.stores.optional import SoftDeletion, restoration, uncreation
from brandsync.testing.contract import breach, by_id, difference, require
from brandsync.testing.samples import sample, samples
from brandsync.testing.store_fixtures import StoreFixtures, batched, chosen, create, held, listed, plain

CREATES = BrandStore.create_brands
UPDATES = BrandStore.update_brands
DELETES = BrandStore.delete_brands
RESTORES = SoftDeletion.restore_brands
CAPABILITIES = type(BrandStore.capabilities)


class StoreWrites(StoreFixtures):
    """The basis of the undo stack: each write says what it did, and can be repeated."""

    # Creating

    def test_created_brands_come_back_in_order_as_they_are_held(self, store: BrandStore, fields: list[str]) -> None:
        made = plain(store, 5)
        names = [brand.fields["name"] for brand in made]
        require(names == [f"Brand {number}" for number in range(1, 6)], f"they came back as {names}", CREATES)
        require(len({brand.id for brand in made}) == 5, "two of them have one id", CREATES)
        expected = {brand.id: {name: brand.fields[name] for name in fields} for brand in made}
        found = by_id(listed(store, fields))
        require(found == expected, f"the store holds something else:\n{difference(found, expected)}", CREATES)

    def test_a_new_brand_gets_the_id_that_was_chosen(self, store: BrandStore) -> None:
        self._needs_chosen_ids(store)
        new = [chosen(store, fields) for fields in samples(3, store.capabilities.fields)]
        made = [brand.id for brand in batched(store, store.create_brands, new)]
        require(made == [brand.id for brand in new], "the brands have other ids than those chosen", CAPABILITIES)

    def test_creating_the_same_brands_again_makes_no_duplicate(self, store: BrandStore, fields: list[str]) -> None:
        self._needs_chosen_ids(store)
        new = [chosen(store, brand) for brand in samples(3, store.capabilities.fields)]
        batched(store, store.create_brands, new)
        before = by_id(listed(store, fields))
        with suppress(Rejected):
            batched(store, store.create_brands, new)
        found = by_id(listed(store, fields))
        require(len(found) == 3, f"3 brands that were created twice are {len(found)}", CAPABILITIES)
        require(found == before, f"they were changed:\n{difference(found, before)}", CAPABILITIES)

    def test_two_brands_may_have_the_same_name(self, store: BrandStore) -> None:
        if store.capabilities.unique_names:
            pytest.skip("the store declares `unique_names`: the engine never gives two brands one name")
        first, second = create(
            store, [sample(1, store.capabilities.fields), sample(2, store.capabilities.fields, name="Brand 1")]
        )
        names = [brand.fields["name"] for brand in listed(store, ["name"])]
        require(first.id != second.id, "two brands of one name became one", CREATES)
        require(names == ["Brand 1", "Brand 1"], f"two brands of one name are listed as {names}", CREATES)

    def test_a_batch_as_large_as_declared_is_created_updated_and_deleted(self, store: BrandStore) -> None:
        size = store.capabilities.batch
        made = create(store, samples(size, store.capabilities.fields))
        updates = [BrandUpdate(brand.id, {"name": brand.fields["name"]}, {"name": f"New {brand.id}"}) for brand in made]
        written = batched(store, store.update_brands, updates)
        require(len(written) == size, f"{size} updates came back as {len(written)}", UPDATES)
        brands = [Brand(brand.id, {"name": f"New {brand.id}"}) for brand in made]
        gone = batched(store, store.delete_brands, brands)
        require(set(gone) == {brand.id for brand in made}, f"of {size} brands {len(gone)} were deleted", DELETES)
        require(not listed(store, ["name"]), "brands that were deleted are listed", DELETES)

    # Updating

    def test_an_update_comes_back_as_it_is_held_and_changes_nothing_else(
        self, store: BrandStore, fields: list[str]
    ) -> None:
        first, second = plain(store, 2)
        (written,) = store.update_brands([BrandUpdate(first.id, {"name": "Brand 1"}, {"name": "Renamed"})])
        require(written == Brand(first.id, {"name": "Renamed"}), f"it came back as {written}", UPDATES)
        expected = by_id([first, second])
        expected = {key: {name: value[name] for name in fields} for key, value in expected.items()}
        expected[first.id] |= {"name": "Renamed"}  # type: ignore[operator]
        found = by_id(listed(store, fields))
        require(found == expected, f"something else was changed:\n{difference(found, expected)}", UPDATES)

    def test_updates_of_several_fields_go_in_one_batch(self, store: BrandStore, fields: list[str]) -> None:
        if len(fields) == 1:
            pytest.skip("the store holds nothing but names")
        first, second = plain(store, 2)
        other = fields[-1]
        value = sample(9, fields)[other]
        updates = [
            BrandUpdate(second.id, {other: second.fields[other]}, {other: value}),
            BrandUpdate(first.id, {"name": "Brand 1"}, {"name": "Renamed"}),
        ]
        written = by_id(batched(store, store.update_brands, updates))
        expected: dict[str, Fields] = {second.id: {other: value}, first.id: {"name": "Renamed"}}
        require(written == expected, f"they came back otherwise:\n{difference(written, expected)}", UPDATES)
        found = {key: value["name"] for key, value in held(store, ["name"], [first.id, second.id]).items()}
        require(found == {first.id: "Renamed", second.id: "Brand 2"}, f"the names are now {found}", UPDATES)

    def test_a_brand_that_is_gone_is_not_updated_and_not_made_anew(self, store: BrandStore) -> None:
        first, second = plain(store, 2)
        store.delete_brands([first])
        updates = [BrandUpdate(brand.id, {"name": brand.fields["name"]}, {"name": "New"}) for brand in (first, second)]
        written = [brand.id for brand in batched(store, store.update_brands, updates)]
        require(written == [second.id], f"of a brand that is gone and one that is there, {written} came back", UPDATES)
        found = [brand.id for brand in listed(store, ["name"])]
        require(found == [second.id], "updating a brand that is gone has made it anew", UPDATES)

    def test_a_brand_that_somebody_changed_is_left_alone_by_updates_and_deletes(self, store: BrandStore) -> None:
        if not store.capabilities.compare_and_set:
            pytest.skip("the store doesn't declare `compare_and_set`: the engine reads before it writes")
        changed, same = plain(store, 2)
        store.update_brands([BrandUpdate(changed.id, {"name": "Brand 1"}, {"name": "A person's"})])
        stale = [BrandUpdate(brand.id, {"name": brand.fields["name"]}, {"name": "Ours"}) for brand in (changed, same)]
        written = [brand.id for brand in batched(store, store.update_brands, stale)]
        require(written == [same.id], f"a changed brand and one as expected: {written} came back", UPDATES)
        for delete in (store.delete_brands, uncreation(store)):
            gone = list(delete([Brand(changed.id, {"name": "Brand 1"})]))
            require(gone == [], f"{delete.__name__} says of a brand that somebody changed that it is gone", DELETES)
        name = held(store, ["name"], [changed.id]).get(changed.id)
        require(name == {"name": "A person's"}, f"what a person wrote is now {name}", CAPABILITIES)

    # Deleting, and undoing

    @pytest.mark.parametrize("method", ["delete_brands", "uncreate_brands"])
    def test_brands_are_removed_once_and_told_as_gone_every_time(self, store: BrandStore, method: str) -> None:
        first, second, third = plain(store, 3)
        contract = getattr(BrandStore, method, SoftDeletion.uncreate_brands)
        call = store.delete_brands if method == "delete_brands" else uncreation(store)
        for time in ("first", "second"):
            gone = set(batched(store, call, [first, second]))
            require(
                gone == {first.id, second.id}, f"the {time} time, {len(gone)} of 2 brands are told as gone", contract
            )
        found = [brand.id for brand in listed(store, ["name"])]
        require(found == [third.id], f"of 3 brands, {len(found)} are left after two were removed", contract)
        require(not held(store, ["name"], [first.id, second.id]), "a removed brand can still be read", contract)

    def test_a_deletion_can_be_taken_back(self, store: BrandStore, fields: list[str]) -> None:
        brands = plain(store, 2)
        before = by_id(listed(store, fields))
        batched(store, store.delete_brands, brands)
        restored = batched(store, restoration(store), [NewBrand(brand.id, brand.fields) for brand in brands])
        found = by_id(listed(store, fields))
        require(len(found) == len(restored) == 2, f"2 brands were restored, and {len(found)} are there", RESTORES)
        if store.capabilities.chooses_ids:
            require(found == before, f"they aren't as they were:\n{difference(found, before)}", RESTORES)
        contents = [sorted(map(repr, some.values())) for some in (found, before)]
        require(contents[0] == contents[1], "what was restored isn't what was deleted", RESTORES)

    def test_restoring_twice_makes_no_duplicate(self, store: BrandStore) -> None:
        self._needs_chosen_ids(store)
        (brand,) = plain(store, 1)
        store.delete_brands([brand])
        for _ in range(2):
            with suppress(Rejected):
                restoration(store)([NewBrand(brand.id, brand.fields)])
        found = [found.id for found in listed(store, ["name"])]
        require(found == [brand.id], f"one brand that was restored twice is {len(found)}", RESTORES)

    # What can't be written

    @pytest.mark.parametrize("way", ["create_brands", "update_brands"])
    def test_a_batch_with_an_unacceptable_brand_is_rejected(
        self, store: BrandStore, fields: list[str], way: str
    ) -> None:
        if self.unacceptable is None:
            pytest.skip("the test class names no `unacceptable` brand")
        if store.capabilities.batch < 2:
            pytest.skip("the store takes one brand at a time")
        made = plain(store, 2)
        before = by_id(listed(store, fields))
        bad = dict(self.unacceptable)
        contract = getattr(BrandStore, way)
        try:
            if way == "create_brands":
                wanted = [sample(3, store.capabilities.fields), sample(4, store.capabilities.fields) | bad]
                store.create_brands([chosen(store, brand) for brand in wanted])
            else:
                first, second = made
                name = {"name": first.fields["name"]}
                was = {field: second.fields[field] for field in bad}
                store.update_brands([BrandUpdate(first.id, name, {"name": "New"}), BrandUpdate(second.id, was, bad)])
        except PartlyRejected as error:
            self._says_what_it_wrote(store, error, fields)
            return
        except BrandsyncError as error:
            require(isinstance(error, Rejected), f"it raises {type(error).__name__}, not Rejected: {error}", contract)
        else:
            breach(f"{way} has taken what is `unacceptable`: {bad}", contract)
        if store.capabilities.all_or_nothing:
            found = by_id(listed(store, fields))
            require(found == before, f"a part of the batch was written:\n{difference(found, before)}", BrandStore)

    def _says_what_it_wrote(self, store: BrandStore, error: PartlyRejected, fields: list[str]) -> None:
        require(
            [*error.refused] == [1], f"of two brands, those at {[*error.refused]} are told as refused", PartlyRejected
        )
        (done,) = error.done
        found = by_id(listed(store, fields)).get(done.id, {})
        told = {name: found.get(name) for name in done.fields}
        require(told == done.fields, f"the other is there otherwise:\n{difference(told, done.fields)}", PartlyRejected)

    def _needs_chosen_ids(self, store: BrandStore) -> None:
        if not store.capabilities.chooses_ids:
            pytest.skip("the store doesn't declare `chooses_ids`")
