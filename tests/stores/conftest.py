from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import shopify_schema
from cms_server import CmsServer
from databases import column_types, run
from fake_bigcommerce import FakeBigCommerce, open_bigcommerce
from fake_shopify import FakeShopify, open_shopify
from fake_shopware import FakeShopware, open_shopware
from fake_woocommerce import FakeWooCommerce, open_woocommerce
from hosted_stores import VENDORS, HostedStore
from opening import opened, opener, served
from shop import Shop

from brandsync.stores.sql import SqlStore

Open = Callable[..., SqlStore]

MEDUSA = {"created_at": "created_at", "updated_at": "updated_at", "deleted_at": "deleted_at"}


@pytest.fixture
def url(database_url: str) -> str:
    return database_url


@pytest.fixture
def postgres(postgres_url: str) -> str:
    return postgres_url


@pytest.fixture
def mysql(mysql_url: str) -> str:
    return mysql_url


def open_sql(url: str, **settings: Any) -> SqlStore:
    return SqlStore(SqlStore.Settings.model_validate({"backend": "sql", "url": url, **settings}))


@pytest.fixture
def open_store() -> Iterator[Open]:
    with opener(open_sql) as open_it:
        yield open_it


@pytest.fixture
def own(url: str, open_store: Open) -> SqlStore:
    """brandsync's own table, made."""
    store = open_store(url)
    store.prepare()
    return store


@pytest.fixture
def medusa(url: str, open_store: Open) -> SqlStore:
    """Medusa's own table of brands, mapped."""
    text, _, time, _ = column_types(url)
    now = "CURRENT_TIMESTAMP(6)" if "datetime" in time else "CURRENT_TIMESTAMP"
    run(
        url,
        f"CREATE TABLE brand (id {text} PRIMARY KEY, name {text} NOT NULL, created_at {time} NOT NULL DEFAULT {now},"
        f" updated_at {time} NOT NULL DEFAULT {now}, deleted_at {time} NULL)",
    )
    return open_store(url, columns=MEDUSA)


def _synced(server: str, backend: str) -> Any:
    """A pipeline from the guide's CMS into the fake."""

    @pytest.fixture
    def shop(request: pytest.FixtureRequest, cms: CmsServer, sqlite_url: str, tmp_path: Path) -> Iterator[Shop]:
        with Shop(tmp_path, cms, sqlite_url) as shop:
            shop.sections["store"] = {"backend": backend, **request.getfixturevalue(server).settings()}
            yield shop.set("journal", url=sqlite_url)

    return shop


def _as_the_specification_has_it(store: FakeBigCommerce) -> None:
    assert not store.problems


def _shopify_by_its_schema() -> FakeShopify:
    shopify_schema.required()
    return FakeShopify()


def _within_the_schema_and_the_points(shop: FakeShopify) -> None:
    assert not shop.problems
    assert not shop.throttled


def _whose_custom_fields_stay(shop: FakeShopware) -> None:
    assert not shop.manufacturers.wiped
    assert not shop.media.replaced


fake, bigcommerce = served(FakeBigCommerce, _as_the_specification_has_it), opened("fake", open_bigcommerce)
woo, woocommerce = served(FakeWooCommerce), opened("woo", open_woocommerce)
ware, shopware = served(FakeShopware, _whose_custom_fields_stay), opened("ware", open_shopware)
shopify_shop = served(_shopify_by_its_schema, _within_the_schema_and_the_points)
shopify = opened("shopify_shop", open_shopify)

big_shop = _synced("fake", "bigcommerce")
woo_shop = _synced("woo", "woocommerce")
ware_shop = _synced("ware", "shopware")
pipeline_to_shopify = _synced("shopify_shop", "shopify")


@pytest.fixture
def hosted(request: pytest.FixtureRequest, backend: str) -> HostedStore:
    """The store of the test's parameter ``backend``."""
    return HostedStore(request, backend, VENDORS[backend].server, VENDORS[backend].shop)
