"""The Medusa store against a real Medusa that has brandsync's routes: exact, and in batches.

``BRANDSYNC_TEST_LIVE=1`` runs it; the first time it installs Medusa, which takes minutes.
"""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from medusa import Medusa
from medusa_shops import batched, create, every, new, real

from brandsync.brand import FIELDS, LINK_FIELD, Brand, BrandUpdate, NewBrand
from brandsync.errors import Rejected
from brandsync.new_id import new_id
from brandsync.stores.medusa import MedusaStore

pytest_plugins = ("medusa_fixtures",)
pytestmark = [pytest.mark.live, pytest.mark.slow]

Open = Callable[..., MedusaStore]
COUNT = 2_000


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def test_its_fields_are_known_before_anything_is_asked_and_the_rest_after_the_first_call(
    medusa_store: MedusaStore,
) -> None:
    assert medusa_store.capabilities.fields == {*FIELDS}
    assert medusa_store.requests == 0
    medusa_store.prepare()
    found = medusa_store.capabilities
    assert (found.batch, found.chooses_ids, found.compare_and_set, found.lacks) == (5_000, True, True, {})
    assert medusa_store.requests == 1


def test_every_field_comes_back_as_it_was_written(medusa_store: MedusaStore, medusa_shop: Medusa) -> None:
    fields = {
        "name": " Ünïcode 品牌 🏷 ",
        "handle": "",
        "description": "<p>two\nlines</p>",
        "logo_url": None,
        "website_url": "https://brand.example/?a=1&b=2",
        "metadata": {"empty": "", "nothing": None, "list": [1, 2.5, {"deep": True}], "ключ": "значение"},
    }
    brand = new(**fields)
    assert medusa_store.create_brands([brand]) == [Brand(brand.id, fields)]
    assert medusa_store.get_brands(FIELDS, [brand.id]) == [Brand(brand.id, fields)]
    row = medusa_shop.brands()[brand.id]
    assert {name: row[name] for name in FIELDS} == fields


def test_a_column_for_the_cmss_id_is_the_stores_own_side_of_the_link(medusa_shop: Medusa, open_medusa: Open) -> None:
    medusa_store = open_medusa(medusa_shop, cms_id="external_id")
    assert LINK_FIELD in medusa_store.capabilities.fields
    (brand_id,) = create(medusa_store, new(cms_id="cms-1"))
    assert medusa_shop.brands()[brand_id]["external_id"] == "cms-1"
    (brand,) = medusa_store.get_brands(["name", LINK_FIELD], [brand_id])
    assert brand.fields == {"name": "Acme", LINK_FIELD: "cms-1"}


def test_two_thousand_real_brands_are_created_listed_updated_and_taken_back_in_few_requests(
    medusa_store: MedusaStore, medusa_shop: Medusa
) -> None:
    brands = real(COUNT)
    medusa_store.prepare()
    for batch in batched(brands):
        medusa_store.create_brands(batch)
    listed = every(medusa_store, "name", "handle", "description", "metadata")
    assert {brand.id: brand.fields for brand in listed} == {brand.id: brand.fields for brand in brands}

    updates = [
        BrandUpdate(
            brand.id,
            {"description": brand.fields["description"], "metadata": brand.fields["metadata"]},
            {"description": f"New {number}", "metadata": {"number": number}},
        )
        for number, brand in enumerate(listed)
    ]
    for batch in batched(updates):
        written = {brand.id: brand.fields for brand in medusa_store.update_brands(batch)}
        assert written == {update.id: update.after for update in batch}

    for batch in batched([Brand(update.id, update.after) for update in updates]):
        assert sorted(medusa_store.uncreate_brands(batch)) == sorted(brand.id for brand in batch)
    assert medusa_shop.brands(deleted=True) == {}
    assert medusa_store.requests == 1 + 2 + 1 + 2 + 2


def test_creating_the_same_brands_again_creates_nothing_and_returns_them(
    medusa_store: MedusaStore, medusa_shop: Medusa
) -> None:
    brands = [new("One"), new("Two", description="2")]
    first = medusa_store.create_brands(brands)
    rows = medusa_shop.brands()
    assert medusa_store.create_brands(brands) == first
    assert medusa_store.create_brands([*brands, new("Three")])[:2] == first
    assert [row for row in medusa_shop.brands().values() if row["id"] in rows] == [*rows.values()]
    assert len(medusa_shop.brands()) == 3


def test_two_requests_that_create_the_same_brands_at_once_create_them_once(
    medusa_shop: Medusa, open_medusa: Open
) -> None:
    brands = [new(f"Brand {number}") for number in range(300)]
    answers: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: answers.append(create(open_medusa(medusa_shop), *brands))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [[brand.id for brand in brands]] * 3
    assert len(medusa_shop.brands()) == 300


def test_a_batch_with_one_bad_brand_creates_none(medusa_store: MedusaStore, medusa_shop: Medusa) -> None:
    shop_fields = {"name": "Bad", "metadata": "no object"}
    with pytest.raises(Rejected, match="400"):
        medusa_store.create_brands([new("Good"), NewBrand(new_id(), shop_fields)])
    assert medusa_shop.brands() == {}


def test_a_batch_that_fails_in_its_middle_leaves_nothing(medusa_store: MedusaStore, medusa_shop: Medusa) -> None:
    held = new("Held")
    create(medusa_store, held)
    other = new("Other")
    path = f"{medusa_shop.url}/admin/brands/batch"
    body = {"create": [{"id": other.id, "name": "Other"}], "restore": [{"id": held.id, "name": "Not what is there"}]}
    answer = httpx.post(path, json=body, auth=(medusa_shop.facts["secret_key"], ""))
    assert answer.status_code == 400
    assert "holds something else" in answer.text
    assert [*medusa_shop.brands()] == [held.id]


def test_an_update_replaces_metadata_as_a_whole(medusa_store: MedusaStore, medusa_shop: Medusa) -> None:
    (brand_id,) = create(medusa_store, new(metadata={"old": 1, "kept": {"a": 1, "b": 2}}))
    for before, after in (
        ({"old": 1, "kept": {"a": 1, "b": 2}}, {"kept": {"b": ""}}),
        ({"kept": {"b": ""}}, {"empty": ""}),
        ({"empty": ""}, {}),
        ({}, None),
        (None, {"kept": {"b": 2, "a": 1}}),
    ):
        update = BrandUpdate(brand_id, {"metadata": before}, {"metadata": after})
        assert medusa_store.update_brands([update]) == [Brand(brand_id, {"metadata": after})]
        assert medusa_shop.brands()[brand_id]["metadata"] == after


def test_an_update_leaves_alone_what_no_longer_holds_its_before(medusa_store: MedusaStore, medusa_shop: Medusa) -> None:
    edited, erased, deleted, right = ids = create(medusa_store, new("A"), new("B"), new("C"), new("D"))
    medusa_shop.edit(edited, name="A person's")
    medusa_shop.erase(erased)
    medusa_shop.edit(deleted, deleted_at="2026-01-01")
    updates = [
        BrandUpdate(brand_id, {"name": name}, {"name": "New"}) for brand_id, name in zip(ids, "ABCD", strict=True)
    ]
    assert medusa_store.update_brands(updates) == [Brand(right, {"name": "New"})]
    assert {row["id"]: row["name"] for row in medusa_shop.brands().values()} == {edited: "A person's", right: "New"}


def test_only_what_a_before_names_is_compared(medusa_store: MedusaStore, medusa_shop: Medusa) -> None:
    (brand_id,) = create(medusa_store, new(description="Old"))
    medusa_shop.edit(brand_id, name="Renamed")
    update = BrandUpdate(brand_id, {"description": "Old"}, {"description": "New"})
    assert medusa_store.update_brands([update]) == [Brand(brand_id, {"description": "New"})]
    assert medusa_shop.brands()[brand_id]["name"] == "Renamed"


def test_an_update_whose_answer_was_lost_counts_when_it_is_sent_again(medusa_store: MedusaStore) -> None:
    (brand_id,) = create(medusa_store, new())
    update = BrandUpdate(brand_id, {"name": "Acme"}, {"name": "New"})
    assert (
        medusa_store.update_brands([update])
        == medusa_store.update_brands([update])
        == [Brand(brand_id, {"name": "New"})]
    )


def test_an_update_waits_for_a_person_who_is_writing_and_then_leaves_the_brand_alone(
    medusa_store: MedusaStore, medusa_shop: Medusa
) -> None:
    (brand_id,) = create(medusa_store, new())
    answers: list[Any] = []
    update = BrandUpdate(brand_id, {"name": "Acme"}, {"name": "New"})
    thread = threading.Thread(target=lambda: answers.append(medusa_store.update_brands([update])))
    with medusa_shop.sql() as sql:
        sql.execute("UPDATE brand SET name = 'A person''s' WHERE id = %s", [brand_id])
        thread.start()
        thread.join(1)
        assert thread.is_alive()
    thread.join()
    assert answers == [[]]
    assert medusa_shop.brands()[brand_id]["name"] == "A person's"


def test_deleting_is_soft_and_restoring_brings_the_very_row_back(
    medusa_store: MedusaStore, medusa_shop: Medusa
) -> None:
    brands = [new("A", metadata={"a": 1}), new("B", description="b")]
    create(medusa_store, *brands)
    rows = medusa_shop.brands()
    gone = medusa_store.delete_brands([Brand(brand.id or "", brand.fields) for brand in brands])
    assert sorted(gone) == [*rows]
    assert medusa_shop.brands() == {}
    assert len(medusa_shop.brands(deleted=True)) == 2
    assert medusa_store.list_brands(["name"]).brands == medusa_store.get_brands(["name"], [*rows]) == []

    for _ in range(2):  # the second time is a repeated request
        assert [(brand.id, brand.fields) for brand in medusa_store.restore_brands(brands)] == [
            (brand.id, brand.fields) for brand in brands
        ]
    back = medusa_shop.brands()
    assert {key: without(row, "updated_at") for key, row in back.items()} == {
        key: without(row, "updated_at") for key, row in rows.items()
    }


def test_deleting_and_uncreating_leave_alone_what_has_changed_and_count_what_is_gone(
    medusa_store: MedusaStore, medusa_shop: Medusa
) -> None:
    for call in (medusa_store.delete_brands, medusa_store.uncreate_brands):
        medusa_shop.reset()
        edited, erased, right = create(medusa_store, new("A"), new("B"), new("C"))
        medusa_shop.edit(edited, name="A person's")
        medusa_shop.erase(erased)
        gone = call([Brand(edited, {"name": "A"}), Brand(erased, {"name": "B"}), Brand(right, {"name": "C"})])
        assert sorted(gone) == sorted([erased, right])
        assert [*medusa_shop.brands()] == [edited]


def test_uncreating_leaves_no_trace_even_of_what_was_deleted_softly(
    medusa_store: MedusaStore, medusa_shop: Medusa
) -> None:
    before = medusa_shop.brands(deleted=True)
    brands = [new("A"), new("B")]
    create(medusa_store, *brands)
    medusa_store.delete_brands([Brand(brands[0].id or "", {"name": "A"})])
    medusa_store.uncreate_brands([Brand(brand.id or "", brand.fields) for brand in brands])
    assert medusa_shop.brands(deleted=True) == before


def test_a_brand_that_was_deleted_for_good_comes_back_with_its_id(
    medusa_store: MedusaStore, medusa_shop: Medusa
) -> None:
    brand = new(description="It was here", metadata={"a": 1})
    create(medusa_store, brand)
    medusa_shop.erase(brand.id or "")
    assert medusa_store.restore_brands([brand]) == [Brand(brand.id or "", brand.fields)]
    assert medusa_shop.brands()[brand.id]["metadata"] == {"a": 1}


def test_a_brand_that_lives_and_holds_something_else_is_not_restored(
    medusa_store: MedusaStore, medusa_shop: Medusa
) -> None:
    brand = new()
    create(medusa_store, brand)
    medusa_shop.edit(brand.id or "", name="A person's")
    with pytest.raises(Rejected, match="holds something else"):
        medusa_store.restore_brands([brand])
    assert medusa_shop.brands()[brand.id]["name"] == "A person's"


def test_a_listing_loses_nothing_while_brands_are_deleted_and_created(
    medusa_store: MedusaStore, medusa_shop: Medusa
) -> None:
    medusa_store._routes.page_size = 10
    medusa_shop.insert_many([{"id": f"{number:04}", "name": str(number)} for number in range(35)])
    page = medusa_store.list_brands(["name"])
    seen = [brand.id for brand in page.brands]
    for number in (3, 9, 15):
        medusa_shop.erase(f"{number:04}")
    medusa_shop.insert({"id": "0000a", "name": "new"}, {"id": "9999", "name": "new"})
    while page.next:
        page = medusa_store.list_brands(["name"], page.next)
        seen += [brand.id for brand in page.brands]
    assert seen == [f"{number:04}" for number in range(35) if number != 15] + ["9999"]


def test_a_batch_beyond_the_shops_body_limit_takes_several_requests(
    medusa_store: MedusaStore, medusa_shop: Medusa
) -> None:
    medusa_store.prepare()
    routes: Any = medusa_store._routes
    routes.manifest = replace(routes.manifest, max_batch=1_000, body_limit=100 * 1024)
    brands = [new(f"Brand {number}", description="ü" * 5_000) for number in range(40)]
    before = medusa_store.requests
    assert [brand.id for brand in medusa_store.create_brands(brands)] == [brand.id for brand in brands]
    assert medusa_store.requests - before == 5
    assert len(medusa_shop.brands()) == 40


def test_the_shops_body_limit_is_the_one_that_it_says(medusa_store: MedusaStore, medusa_shop: Medusa) -> None:
    medusa_store.prepare()
    limit = medusa_store._routes.manifest.body_limit  # type: ignore[attr-defined]
    fits = new(description="x" * (limit - 200))
    medusa_store.create_brands([fits])
    with pytest.raises(Rejected, match="413") as refused:
        medusa_store.create_brands([new(description="x" * (limit + 200))])
    assert "middlewares.ts" in (refused.value.hint or "")
    assert [*medusa_shop.brands()] == [fits.id]


def test_thousands_of_brands_are_read_by_their_ids(medusa_store: MedusaStore, medusa_shop: Medusa) -> None:
    medusa_shop.insert_many([{"id": new_id(), "name": f"Brand {number}"} for number in range(4_500)])
    ids = [*medusa_shop.brands()]
    before = medusa_store.requests
    assert {brand.id for brand in medusa_store.get_brands(["name"], [*ids, "nobody"])} == set(ids)
    assert medusa_store.requests - before == 4  # the first one looks at the routes


def test_what_it_does_not_refuse_it_holds(medusa_store: MedusaStore) -> None:
    fields = {"name": r"a \u0000 in letters", "metadata": {"largest": 2**53 - 1, "tiny": 5e-324, "text": "\u2028\x01"}}
    assert medusa_store.refuses(fields) is None
    (brand_id,) = create(medusa_store, new(**fields))
    (brand,) = medusa_store.get_brands(["name", "metadata"], [brand_id])
    assert brand.fields == fields


def test_a_check_of_a_complete_shop_has_nothing_to_add(medusa_store: MedusaStore, medusa_shop: Medusa) -> None:
    create(medusa_store, new(), new())
    findings = [*medusa_store.check()]
    assert [(finding.ok, finding.fix) for finding in findings] == [(True, None)] * 2
    assert f"{medusa_shop.url}/admin/brands answers: the first page holds 2 brands" in findings[0].what
    assert medusa_store.where() == f"{medusa_shop.url}/admin/brands"


def test_the_shops_routes_for_one_brand_are_medusas_conventions(medusa_shop: Medusa, medusa_store: MedusaStore) -> None:
    (brand_id,) = create(medusa_store, new(metadata={"a": 1}))
    with httpx.Client(base_url=f"{medusa_shop.url}/admin/brands", auth=(medusa_shop.facts["secret_key"], "")) as client:
        assert client.get(f"/{brand_id}").json()["brand"]["name"] == "Acme"
        assert client.get("/nobody").status_code == 404
        changed = client.post(f"/{brand_id}", json={"name": "New", "metadata": {}}).json()["brand"]
        assert (changed["name"], changed["metadata"]) == ("New", {})
        assert client.post(f"/{brand_id}", json={"colour": "red"}).status_code == 400
        assert client.post("/nobody", json={"name": "New"}).status_code == 404
        assert client.delete(f"/{brand_id}").json() == {"id": brand_id, "object": "brand", "deleted": True}
        assert client.get(f"/{brand_id}").status_code == 404
