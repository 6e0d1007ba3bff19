"""The Medusa store against real shops without brandsync's routes, and what it says of credentials and addresses.

One has what Medusa's guide writes and no more; it serves its brands by the conventions of Medusa's own routes too.
"""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from extent import AT_NIGHT
from medusa import Medusa

from brandsync.backend import Finding
from brandsync.brand import Brand, BrandUpdate, NewBrand
from brandsync.errors import ConfigError, CredentialsRefused, Rejected, Unreadable
from brandsync.stores.medusa import MedusaStore

pytest_plugins = ("medusa_fixtures",)
pytestmark = [pytest.mark.live, pytest.mark.slow, AT_NIGHT]

Open = Callable[..., MedusaStore]
CORE = "/admin/core-brands"


def told(findings: Iterator[Finding]) -> str:
    return "\n".join(f"{finding.what}; {finding.fix}" for finding in findings)


# Credentials and addresses.


def test_a_user_is_logged_in_once_and_again_when_the_token_has_expired(guide_shop: Medusa, open_medusa: Open) -> None:
    store = open_medusa(
        guide_shop, api_key=None, email=guide_shop.facts["email"], password=guide_shop.facts["password"]
    )
    store.prepare()
    before = store.requests
    store.list_brands(["name"])
    assert store.requests - before == 1
    time.sleep(4)  # its tokens are good for 3 s
    assert [brand.fields["name"] for brand in store.create_brands([NewBrand(None, {"name": "After"})])] == ["After"]
    assert store.requests - before == 4  # refused, logged in, created
    assert len(guide_shop.brands()) == 1


def test_threads_whose_token_expired_log_in_once(guide_shop: Medusa, open_medusa: Open) -> None:
    store = open_medusa(
        guide_shop, api_key=None, email=guide_shop.facts["email"], password=guide_shop.facts["password"]
    )
    store.prepare()
    time.sleep(4)
    before = store.requests
    threads = [threading.Thread(target=store.list_brands, args=(["name"],)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.requests - before <= 4 + 1 + 4


@pytest.mark.parametrize(
    ("settings", "hint"),
    [
        ({"api_key": "sk_revoked"}, "`api_key` in [store]"),
        ({"api_key": None, "email": "admin@example.com", "password": "wrong"}, "`email` and `password` in [store]"),
        ({"api_key": None, "email": "nobody@example.com", "password": "wrong"}, "`email` and `password` in [store]"),
    ],
)
def test_refused_credentials_name_their_settings_and_nothing_secret(
    settings: dict[str, Any], hint: str, medusa_shop: Medusa, open_medusa: Open
) -> None:
    with pytest.raises(CredentialsRefused, match="401") as refused:
        open_medusa(medusa_shop, **settings).list_brands(["name"])
    assert hint in (refused.value.hint or "")
    assert "wrong" not in str(refused.value)
    assert "sk_revoked" not in str(refused.value)


def test_a_path_without_routes_is_named(medusa_shop: Medusa, open_medusa: Open) -> None:
    with pytest.raises(ConfigError, match="/admin/brnads: the server has no route") as refused:
        open_medusa(medusa_shop, path="/admin/brnads").list_brands(["name"])
    assert "`path`" in (refused.value.hint or "")


def test_a_field_that_the_data_model_lacks_is_named(medusa_shop: Medusa, open_medusa: Open) -> None:
    with pytest.raises(ConfigError, match=r"no `cms_key`: it has .*external_id.*name") as refused:
        open_medusa(medusa_shop, cms_id="cms_key").list_brands(["name"])
    assert "models/brand.ts" in (refused.value.hint or "")


# With the guide's routes alone.


def test_the_guides_routes_create_and_list(guide_shop: Medusa, open_medusa: Open) -> None:
    store = open_medusa(guide_shop)
    created = store.create_brands([NewBrand(None, {"name": "Acme"})])
    assert [brand.fields for brand in created] == [{"name": "Acme"}]
    assert store.list_brands(["name"]).brands == store.get_brands(["name"], [created[0].id, "nobody"]) == created
    assert [*guide_shop.brands()] == [created[0].id]
    assert (store.capabilities.batch, store.capabilities.chooses_ids, store.capabilities.compare_and_set) == (
        1,
        False,
        False,
    )


def test_the_guides_routes_neither_update_nor_delete_and_say_what_would(guide_shop: Medusa, open_medusa: Open) -> None:
    store = open_medusa(guide_shop)
    store.prepare()
    assert {action: "brandsync init medusa-routes" in why for action, why in store.capabilities.lacks.items()} == {
        "update": True,
        "delete": True,
    }
    (brand,) = store.create_brands([NewBrand(None, {"name": "Acme"})])
    with pytest.raises(Rejected, match="no POST /admin/brands/:id"):
        store.update_brands([BrandUpdate(brand.id, {"name": "Acme"}, {"name": "New"})])
    for call in (store.delete_brands, store.uncreate_brands):
        with pytest.raises(Rejected, match="no DELETE /admin/brands/:id"):
            call([brand])
    assert [row["name"] for row in guide_shop.brands().values()] == ["Acme"]


def test_a_check_of_the_guides_shop_says_what_each_missing_route_costs(guide_shop: Medusa, open_medusa: Open) -> None:
    findings = told(open_medusa(guide_shop).check())
    for sentence in (
        "POST /admin/brands is there",
        "there is no POST /admin/brands/:id: what editors change never reaches the shop",
        "there is no DELETE /admin/brands/:id: what a failed run created cannot be taken back",
        "there is no POST /admin/brands/batch: a request is needed for each brand",
        "a lost answer is settled by looking for lookalikes",
        "`brandsync init medusa-routes DIR`",
    ):
        assert sentence in findings
    assert guide_shop.brands() == {}


def test_a_field_that_the_guides_model_lacks_is_named(guide_shop: Medusa, open_medusa: Open) -> None:
    store = open_medusa(guide_shop, fields=["name", "description"])
    assert [finding.what for finding in store.check() if not finding.ok] == [
        "POST /admin/brands doesn't take `description`"
    ]
    assert guide_shop.brands() == {}
    with pytest.raises(Rejected, match="description") as rejected:
        store.create_brands([NewBrand(None, {"name": "Acme", "description": "None here"})])
    assert "`fields` in [store]" in (rejected.value.hint or "")
    guide_shop.insert({"id": "1", "name": "Acme"})
    with pytest.raises(ConfigError, match="description") as refused:
        store.list_brands(["name", "description"])
    assert "`fields` in [store]" in (refused.value.hint or "")


def test_the_guides_listing_goes_back_for_what_deletions_have_moved(guide_shop: Medusa, open_medusa: Open) -> None:
    guide_shop.insert_many([{"id": f"{number:04}", "name": str(number)} for number in range(45)])
    store = open_medusa(guide_shop)
    store._routes.page_size = 10
    page = store.list_brands(["name"])
    seen = [brand.id for brand in page.brands]
    erased = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    for number in erased:
        guide_shop.erase(f"{number:04}")
    while page.next:
        page = store.list_brands(["name"], page.next)
        seen += [brand.id for brand in page.brands]
    assert seen == [f"{number:04}" for number in range(45)]


# With Medusa's own conventions.


@pytest.fixture
def core(guide_shop: Medusa, open_medusa: Open) -> MedusaStore:
    return open_medusa(guide_shop, path=CORE)


def test_medusas_conventions_create_update_and_delete_in_batches(core: MedusaStore, guide_shop: Medusa) -> None:
    made = core.create_brands([NewBrand(None, {"name": name}) for name in "ABC"])
    assert (core.capabilities.batch, core.capabilities.chooses_ids, core.capabilities.lacks) == (50, False, {})
    assert [brand.fields["name"] for brand in made] == [*"ABC"]
    before = core.requests
    updates = [BrandUpdate(brand.id, brand.fields, {"name": f"New {brand.fields['name']}"}) for brand in made]
    written = sorted(core.update_brands(updates), key=lambda brand: brand.id)  # Medusa answers in an order of its own
    assert written == sorted((Brand(update.id, update.after) for update in updates), key=lambda brand: brand.id)
    assert core.requests - before == 1
    for ids in ([made[1].id], [made[1].id, "nobody"], ["nobody", made[1].id, "x" * 26]):
        before = core.requests
        assert core.get_brands(["name"], ids) == [Brand(made[1].id, {"name": "New B"})]
        assert core.requests - before == 1
    assert core.get_brands(["name"], ["nobody"]) == []
    assert core.delete_brands([made[0]]) == [made[0].id]
    assert core.uncreate_brands([made[1]]) == [made[1].id]
    assert [row["name"] for row in guide_shop.brands().values()] == ["New C"]
    assert core.get_brands(["name"], [made[0].id]) == []


def test_medusas_conventions_restore_with_another_id(core: MedusaStore) -> None:
    (brand,) = core.create_brands([NewBrand(None, {"name": "Acme"})])
    core.delete_brands([brand])
    (back,) = core.restore_brands([NewBrand(brand.id, brand.fields)])
    assert (back.fields, back.id == brand.id) == (brand.fields, False)


def test_a_check_of_medusas_conventions_says_that_ids_are_not_chosen(core: MedusaStore) -> None:
    findings = told(core.check())
    assert "POST /admin/core-brands/batch is there" in findings
    assert "the shop's routes choose the ids of new brands" in findings


def test_a_field_that_a_route_drops_without_a_word_is_named(guide_shop: Medusa, open_medusa: Open) -> None:
    core = open_medusa(guide_shop, path=CORE, fields=["name", "description"])
    with pytest.raises(ConfigError, match="doesn't answer with `description`"):
        core.create_brands([NewBrand(None, {"name": "Acme", "description": "Dropped"})])


def test_a_body_that_is_too_large_for_the_shops_route_names_both_ways_out(
    core: MedusaStore, guide_shop: Medusa
) -> None:
    with pytest.raises(Rejected, match="413") as refused:
        core.create_brands([NewBrand(None, {"name": "x" * 200_000})])
    assert "`batch` in [store]" in (refused.value.hint or "")
    assert "sizeLimit" in (refused.value.hint or "")
    assert guide_shop.brands() == {}


def test_a_page_that_is_no_api_is_named(medusa_shop: Medusa, open_medusa: Open) -> None:
    with pytest.raises(Unreadable, match="/health answers 200 with text/html"):
        open_medusa(medusa_shop, path="/health").list_brands(["name"])
