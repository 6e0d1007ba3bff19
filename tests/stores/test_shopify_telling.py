"""What the Shopify store says of itself: its check, what it declares, what it refuses, and its settings."""

import pytest
from fake_shopify import CURRENT, open_shopify

from brandsync.brand import FIELDS, NewBrand
from brandsync.errors import ConfigError, CredentialsRefused
from brandsync.stores.shopify import ShopifyStore
from brandsync.stores.shopify.values import created


def told(store):
    return {finding.what: finding for finding in store.check()}


def test_check_tells_what_the_shop_has_and_what_the_app_may(shopify_shop, shopify):
    shopify_shop.add("A")
    shopify_shop.restored = 100.0
    found = told(shopify)
    assert all(finding.ok for finding in found.values())
    _, definition, points = found
    assert definition == "the metaobject definition 'brand' holds 1 of at most 1,000,000 brands"
    assert points == "the app has 2,000 points in this shop, and 100 come back in a second"
    assert (shopify_shop.names(), len(shopify_shop.log)) == (["A"], 2)


@pytest.mark.parametrize("scope", ["read_metaobject_definitions", "write_metaobjects"])
def test_check_names_the_scope_that_the_app_lacks(shopify_shop, shopify, scope):
    shopify_shop.scopes -= {scope, scope.replace("read_", "write_")}
    with pytest.raises(CredentialsRefused, match=f"lacks the scope {scope}") as refused:
        list(shopify.check())
    assert "Dev Dashboard" in refused.value.hint


def test_to_write_implies_to_read(shopify_shop, shopify):
    shopify_shop.scopes -= {"read_metaobject_definitions"}
    shopify_shop.scopes |= {"read_products"}
    assert "read_metaobject_definitions" in shopify._api.scopes()


def test_a_scope_that_is_lacking_ends_a_run_too(shopify_shop, shopify):
    shopify_shop.scopes -= {"write_metaobjects"}
    shopify.list_brands(["name"])
    with pytest.raises(CredentialsRefused, match="write_metaobjects"):
        shopify.create_brands([NewBrand(None, {"name": "A"})])
    assert shopify_shop.names() == []


def test_check_names_what_the_definition_lacks_and_what_is_wrong_with_it(shopify_shop, shopify):
    shopify_shop.define("name", "description", publishable=True, logo_url="json", founder="url")
    shopify_shop.entries.definitions["brand"]["fields"]["founder"]["required"] = True
    found = told(shopify)
    wrong = [what for what, finding in found.items() if not finding.ok]
    assert wrong == [
        "the definition requires the field 'founder', which [cms.fields] doesn't map: no brand can be created"
    ]
    lacking = found["the definition has no field 'website_url', 'metadata'"]
    assert "brandsync init shopify-definition" in lacking.fix
    assert any(
        "'logo_url' of the metaobject definition 'brand' is of the type json, and not url" in what for what in found
    )
    assert any("may be drafts" in what for what in found)
    shopify_shop.scopes.remove("write_metaobject_definitions")
    assert "once the app has the scope" in told(shopify)["the definition has no field 'website_url', 'metadata'"].fix
    shopify_shop.define("description")
    assert [what for what, finding in told(shopify).items() if not finding.ok] == [
        "the metaobject definition 'brand' has no field 'name'"
    ]
    shopify_shop.entries.definitions.clear()
    with pytest.raises(ConfigError, match="no metaobject definition of the type 'brand'"):
        list(shopify.check())


def test_check_tells_where_another_version_answers(shopify_shop):
    store = open_shopify(shopify_shop, api_version="2025-01")
    (finding,) = [finding for finding in told(store).values() if finding.fix]
    assert finding.what == f"version 2025-01 of the Admin API is asked for, and {CURRENT} answers"
    store.close()


def test_what_it_declares_is_what_the_documents_say(shopify):
    can = shopify.capabilities
    assert (can.fields, can.most_brands, can.batch) == (set(FIELDS), 1_000_000, 50)
    assert (can.unique_handles, can.unique_names, can.chooses_ids, can.compare_and_set) == (True, False, False, False)
    assert "metafields of products" in can.inexact["delete"]
    assert shopify.where().endswith(" (brand)")
    assert [shopify.requests_for(action, 50) for action in ("create", "update", "delete")] == [1, 2, 2]


def test_a_brand_is_known_again_though_shopify_keeps_it_otherwise(shopify):
    sent = {"name": "Acme & Co", "handle": None, "description": "", "metadata": {"a": []}}
    handle = created("brand", sent, published=False)["handle"]
    assert handle.startswith("acme-co-")
    held = {"name": "Acme & Co", "description": None, "metadata": {"a": []}}
    for kept in (handle, f"{handle}-1"):
        assert shopify.comparison_key(sent) == shopify.comparison_key({**held, "handle": kept})
    for other in ("acme-co", f"{handle}x"):
        assert shopify.comparison_key(sent) != shopify.comparison_key({**held, "handle": other})
    assert shopify.comparison_key({"name": "A", "handle": "Acme"}) == shopify.comparison_key(
        {"name": "A", "handle": "acme"}
    )
    assert shopify.comparison_key({"name": "A"}) != shopify.comparison_key({"name": "B"})
    assert created("brand", {"name": "A"}, published=False)["handle"] == ""


def test_without_a_url_it_is_the_shops_own_domain(shopify_shop):
    section = shopify_shop.settings(url=None)
    assert ShopifyStore.Settings.model_validate({"backend": "shopify", **section}).address == (
        "https://my-shop.myshopify.com"
    )
