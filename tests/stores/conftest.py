from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import shopify_schema
from cms_server import CmsServer
from databases import KINDS, column_types, fresh_database, run
from fake_bigcommerce import FakeBigCommerce, open_bigcommerce
from fake_shopify import FakeShopify, open_shopify
from fake_shopware import FakeShopware, open_shopware
from fake_woocommerce import FakeWooCommerce, open_woocommerce
from shop import Shop

from brandsync.stores.bigcommerce import BigCommerceStore
from brandsync.stores.shopify import ShopifyStore
from brandsync.stores.shopware import ShopwareStore
from brandsync.stores.sql import SqlStore
from brandsync.stores.woocommerce import WooCommerceStore

Open = Callable[..., SqlStore]

MEDUSA = {"created_at": "created_at", "updated_at": "updated_at", "deleted_at": "deleted_at"}


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with fresh_database(request.param, tmp_path) as fresh:
        yield fresh


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[str]:
    with fresh_database("postgresql", tmp_path) as fresh:
        yield fresh


@pytest.fixture
def mysql(tmp_path: Path) -> Iterator[str]:
    with fresh_database("mysql", tmp_path) as fresh:
        yield fresh


@pytest.fixture
def open_store() -> Iterator[Open]:
    opened: list[SqlStore] = []

    def open_it(url: str, **settings: Any) -> SqlStore:
        store = SqlStore(SqlStore.Settings.model_validate({"backend": "sql", "url": url, **settings}))
        opened.append(store)
        return store

    yield open_it
    for store in opened:
        store.close()


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


@pytest.fixture
def fake() -> Iterator[FakeBigCommerce]:
    """A fake BigCommerce store without brands; what it is asked and answers is as the vendor's specification has it."""
    with FakeBigCommerce() as store:
        yield store
    assert not store.problems


@pytest.fixture
def bigcommerce(fake: FakeBigCommerce) -> Iterator[BigCommerceStore]:
    with closing(open_bigcommerce(fake)) as store:
        yield store


@pytest.fixture
def big_shop(fake: FakeBigCommerce, cms: CmsServer, sqlite_url: str, tmp_path: Path) -> Iterator[Shop]:
    """A pipeline from the guide's CMS into that store."""
    with Shop(tmp_path, cms, sqlite_url) as shop:
        shop.sections["store"] = {"backend": "bigcommerce", **fake.settings()}
        yield shop.set("journal", url=sqlite_url)


@pytest.fixture
def woo() -> Iterator[FakeWooCommerce]:
    """A fake WooCommerce shop without brands."""
    with FakeWooCommerce() as shop:
        yield shop


@pytest.fixture
def woocommerce(woo: FakeWooCommerce) -> Iterator[WooCommerceStore]:
    with closing(open_woocommerce(woo)) as store:
        yield store


@pytest.fixture
def woo_shop(woo: FakeWooCommerce, cms: CmsServer, sqlite_url: str, tmp_path: Path) -> Iterator[Shop]:
    """A pipeline from the guide's CMS into that shop."""
    with Shop(tmp_path, cms, sqlite_url) as shop:
        shop.sections["store"] = {"backend": "woocommerce", **woo.settings()}
        yield shop.set("journal", url=sqlite_url)


@pytest.fixture
def ware() -> Iterator[FakeShopware]:
    """A fake Shopware shop without brands."""
    with FakeShopware() as shop:
        yield shop


@pytest.fixture
def shopware(ware: FakeShopware) -> Iterator[ShopwareStore]:
    with closing(open_shopware(ware)) as store:
        yield store


@pytest.fixture
def ware_shop(ware: FakeShopware, cms: CmsServer, sqlite_url: str, tmp_path: Path) -> Iterator[Shop]:
    """A pipeline from the guide's CMS into that shop."""
    with Shop(tmp_path, cms, sqlite_url) as shop:
        shop.sections["store"] = {"backend": "shopware", **ware.settings()}
        yield shop.set("journal", url=sqlite_url)


@pytest.fixture
def shopify_shop() -> Iterator[FakeShopify]:
    """A fake Shopify shop without brands; what it is asked is as the vendor's schema has it, and it refuses nothing."""
    shopify_schema.required()
    with FakeShopify() as shop:
        yield shop
    assert not shop.problems
    assert not shop.throttled


@pytest.fixture
def shopify(shopify_shop: FakeShopify) -> Iterator[ShopifyStore]:
    with closing(open_shopify(shopify_shop)) as store:
        yield store


@pytest.fixture
def pipeline_to_shopify(shopify_shop: FakeShopify, cms: CmsServer, sqlite_url: str, tmp_path: Path) -> Iterator[Shop]:
    """A pipeline from the guide's CMS into that shop."""
    with Shop(tmp_path, cms, sqlite_url) as shop:
        shop.sections["store"] = {"backend": "shopify", **shopify_shop.settings()}
        yield shop.set("journal", url=sqlite_url)
