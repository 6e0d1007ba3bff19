"""The settings of each hosted backend: what cannot be right is refused before anything is sent."""

from typing import Any, Final

import pytest
import shopify_schema
from fake_bigcommerce import FakeBigCommerce
from fake_contentful import FakeContentful
from fake_datocms import FakeDatocms
from fake_sanity import FakeSanity
from fake_shopify import FakeShopify
from fake_shopware import FakeShopware
from fake_storyblok import FakeStoryblok
from fake_woocommerce import FakeWooCommerce

from brandsync.cms.contentful import ContentfulCms
from brandsync.cms.datocms import DatocmsCms
from brandsync.cms.sanity import SanityCms
from brandsync.cms.storyblok import StoryblokCms
from brandsync.stores.bigcommerce import BigCommerceStore
from brandsync.stores.shopify import ShopifyStore
from brandsync.stores.shopware import ShopwareStore
from brandsync.stores.woocommerce import WooCommerceStore

BACKENDS: Final[dict[str, tuple[type[Any], type[Any]]]] = {
    "contentful": (ContentfulCms, FakeContentful),
    "datocms": (DatocmsCms, FakeDatocms),
    "sanity": (SanityCms, FakeSanity),
    "storyblok": (StoryblokCms, FakeStoryblok),
    "bigcommerce": (BigCommerceStore, FakeBigCommerce),
    "shopify": (ShopifyStore, FakeShopify),
    "shopware": (ShopwareStore, FakeShopware),
    "woocommerce": (WooCommerceStore, FakeWooCommerce),
}

REFUSED: Final[dict[str, list[tuple[dict[str, Any], str]]]] = {
    "contentful": [
        ({"locale": "*"}, "match pattern"),
        ({"page_size": 1001}, "less than or equal to 1000"),
        ({"include": 11}, "less than or equal to 10"),
        ({"external_id": "fields.external_id"}, "match pattern"),
        ({"space": "../x"}, "match pattern"),
        ({"delivery_token": ""}, "at least 1"),
    ],
    "datocms": [
        ({"locale": "*"}, "match pattern"),
        ({"page_size": 501}, "less than or equal to 500"),
        ({"external_id": "meta.external_id"}, "match pattern"),
        ({"model": "../site"}, "match pattern"),
        ({"environment": "a\r\nb"}, "match pattern"),
        ({"token": ""}, "at least 1"),
    ],
    "sanity": [
        ({"project_id": "a.evil.example/"}, "match pattern"),
        ({"dataset": "../x"}, "match pattern"),
        ({"document_type": ""}, "match pattern"),
        ({"api_version": "1"}, "match pattern"),
        ({"api_version": "2021-10-21"}, "must be 2025-02-19 or later"),
        ({"external_id": "_rev"}, "match pattern"),
        ({"external_id": "shop.id"}, "match pattern"),
        ({"projection": " "}, "must name what to show"),
        ({"page_size": 0}, "greater than or equal to 1"),
        ({"id": "name"}, "_id"),
    ],
    "storyblok": [
        ({"language": "*"}, "match pattern"),
        ({"page_size": 101}, "less than or equal to 100"),
        ({"page_size": 10}, "greater than or equal to 25"),
        ({"external_id": "external_id"}, "match pattern"),
        ({"id": "uuid"}, "'id'"),
        ({"space": "../x"}, "valid integer"),
        ({"region": "mars"}, "'eu', 'us'"),
        ({"delivery_token": ""}, "at least 1"),
        ({"content_type": "brand,page"}, "match pattern"),
        ({"management_rate": 0}, "greater than or equal to 1"),
    ],
    "bigcommerce": [
        ({"store_hash": "../x"}, "letters and digits"),
        ({"access_token": " "}, "is empty"),
        ({"page_size": 251}, "less than or equal to 250"),
    ],
    "shopify": [
        ({"shop": "shop.example"}, "myshopify.com"),
        ({"shop": "https://my-shop.myshopify.com"}, "without"),
        ({"type": "$app:brand"}, "small letters"),
        ({"api_version": "latest"}, "must be a version"),
        ({"access_token": " "}, "is empty"),
        ({"access_token": None}, "needs `client_id` and `client_secret`"),
        ({"access_token": None, "client_id": "a"}, "needs `client_id` and `client_secret`"),
        ({"client_id": "a", "client_secret": "b"}, "exclude each other"),
        ({"page_size": 251}, "less than or equal to 250"),
    ],
    "shopware": [
        ({"url": "https://shop.example/api"}, "without"),
        ({"url": "https://shop.example/api/oauth/token"}, "without"),
        ({"client_id": "SWSCABC"}, "a sales channel's key"),
        ({"client_id": "SWIA ABC"}, "must be the access key ID"),
        ({"client_id": ""}, "must be the access key ID"),
        ({"client_secret": " "}, "is empty"),
        ({"language": "de-DE"}, "a language's id"),
        ({"language": "DE" * 16}, "a language's id"),
        ({"language": "de" * 16 + "\n"}, "a language's id"),
        ({"page_size": 501}, "less than or equal to 500"),
        ({"page_size": 19}, "greater than or equal to 20"),
        ({"batch": 0}, "greater than or equal to 1"),
    ],
    "woocommerce": [
        ({"url": "http://shop.example"}, "WooCommerce refuses it"),
        ({"url": "http://127.shop.example"}, "WooCommerce refuses it"),
        ({"url": "https://shop.example/wp-json/wc/v3"}, "without"),
        ({"consumer_key": " "}, "is empty"),
        ({"consumer_secret": ""}, "is empty"),
        ({"page_size": 101}, "less than or equal to 100"),
        ({"page_size": 1}, "greater than or equal to 2"),
    ],
}


def settings(backend: str, **changed: Any) -> Any:
    """The settings with which a backend reaches its fake, but for what is changed."""
    if backend == "shopify":
        shopify_schema.required()
    kind, server = BACKENDS[backend]
    with server() as fake:
        section = {"backend": backend, **fake.settings(), **changed}
    return kind.Settings.model_validate(section)


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_settings_of_a_fake_are_taken(backend):
    assert settings(backend).backend == backend


@pytest.mark.parametrize(
    ("backend", "changed", "problem"), [(backend, *wrong) for backend, several in REFUSED.items() for wrong in several]
)
def test_a_setting_that_cannot_be_right_is_refused(backend, changed, problem):
    with pytest.raises(ValueError, match=problem):
        settings(backend, **changed)


@pytest.mark.parametrize(
    ("backend", "changed"),
    [
        ("shopware", {"url": "https://shop.example/", "client_id": "SWUA_-ABC"}),
        ("shopware", {"url": "http://localhost:8000", "client_id": "SWUA_-ABC"}),
        ("shopware", {"url": "https://api.example/shop/public", "client_id": "SWUA_-ABC"}),
        ("woocommerce", {"url": "https://shop.example/"}),
        ("woocommerce", {"url": "http://localhost:8080"}),
        ("woocommerce", {"url": "http://[::1]/shop/"}),
    ],
)
def test_an_address_that_can_be_right_is_taken(backend, changed):
    assert settings(backend, **changed).url == changed["url"].rstrip("/")
