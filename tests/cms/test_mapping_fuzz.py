"""Any entry, any mapping, any file: a run ends well or with one clear error, and every entry is accounted for."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from cms_listing import all_entries
from cms_server import CmsServer
from cms_wire import Answer
from extent import EVERY, enough
from foreign import VALUES, entries, mappings, spoiled, written
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shop import Shop

from brandsync.brand import FIELDS, CmsBrand, Skipped, decode, encode
from brandsync.cms.file.backend import FileCms, FileSettings
from brandsync.cms.interface import CmsSettings
from brandsync.cms.mapping import EntryMapping
from brandsync.errors import BrandsyncError, ConfigError, SafetyRefusal, Unreadable
from brandsync.stores.bigcommerce import BigCommerceStore
from brandsync.stores.interface import BrandStore
from brandsync.stores.medusa import MedusaStore
from brandsync.stores.optional import takes_all
from brandsync.stores.shopify import ShopifyStore
from brandsync.stores.shopware import ShopwareStore
from brandsync.stores.sql import SqlStore
from brandsync.stores.woocommerce import WooCommerceStore

FORMS = ("json", "jsonl", "csv", "yaml")
ANSWERED = {Unreadable: 1, ConfigError: 78, SafetyRefusal: 4}
"""The errors that a stranger's data may end in, by their exit codes."""


def many(quick: int, every: int) -> Any:
    """So many examples: the same each time, or, where hours don't matter, very many that nobody has tried."""
    return settings(
        max_examples=enough(quick, of=every),
        derandomize=not EVERY,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        database=None,
    )


@many(80, 50_000)
@given(
    raw=st.dictionaries(st.sampled_from(["id", "name", "external_id", "updated_at", "body", "meta"]), VALUES),
    fields=mappings(),
)
def test_every_entry_becomes_a_brand_that_can_be_kept_or_is_skipped_with_a_reason(
    raw: dict[str, Any], fields: dict[str, str]
) -> None:
    class Settings(CmsSettings):
        url: str = "https://cms.example.com"

    brand = EntryMapping(Settings.model_validate({"backend": "x", "fields": fields})).read(raw)
    if isinstance(brand, Skipped):
        assert brand.detail.isprintable()
        assert 0 < len(brand.detail) < 1_000
    else:
        assert isinstance(brand, CmsBrand)
        assert decode(encode(brand.fields)).keys() == brand.fields.keys()
        brand.cms_id.encode()


@many(80, 20_000)
@given(listed=entries(most=5), fields=mappings(), link_field=st.booleans())
def test_a_page_is_read_as_its_entries_are_one_by_one(
    listed: list[Any], fields: dict[str, str], link_field: bool
) -> None:
    mapping = EntryMapping(CmsSettings.model_validate({"backend": "x", "fields": fields}), link_field=link_field)
    assert list(mapping.read_all(listed)) == list(map(mapping.read, listed))


STORES: dict[type[BrandStore], dict[str, Any]] = {
    SqlStore: {"url": "sqlite:///never.db"},
    MedusaStore: {"url": "https://m.example", "api_key": "sk_x", "fields": [*FIELDS]},
    BigCommerceStore: {"store_hash": "abc123", "access_token": "x"},
    ShopifyStore: {"shop": "my-shop.myshopify.com", "access_token": "shpat_x"},
    WooCommerceStore: {"url": "https://w.example", "consumer_key": "ck_x", "consumer_secret": "cs_x"},
    ShopwareStore: {"url": "https://s.example", "client_id": "SWIAX", "client_secret": "x"},
}


@pytest.mark.parametrize("kind", STORES)
@many(30, 10_000)
@given(listed=entries(most=2), fields=mappings())
def test_every_store_takes_such_a_brand_or_says_why_not(
    kind: type[BrandStore], listed: list[Any], fields: dict[str, str]
) -> None:
    with closing(kind(kind.Settings.model_validate({"backend": "x", **STORES[kind]}))) as store:
        fields = {name: path for name, path in fields.items() if name in store.capabilities.fields}
        mapping = EntryMapping(CmsSettings.model_validate({"backend": "x", "fields": fields}))
        brands = [brand.fields for brand in map(mapping.read, listed) if isinstance(brand, CmsBrand)]
        refusals = [store.refuses(brand) for brand in brands]
        assert all(refusal is None or refusal.strip() for refusal in refusals)
        columns = {name: [brand[name] for brand in brands] for name in mapping.fields}
        assert not takes_all(store, columns) or not any(refusals)


@contextmanager
def file_of(content: bytes, form: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / f"brands.{form}"
        path.write_bytes(content)
        yield path


def read(path: Path, page_size: int) -> list[Any]:
    return all_entries(FileCms(FileSettings(backend="file", path=path, page_size=page_size)))


def read_or_not(path: Path, page_size: int) -> tuple[list[Any], BrandsyncError | None]:
    """All of a file, or why it can't be read."""
    try:
        return read(path, page_size), None
    except BrandsyncError as error:
        return [], error


@many(80, 50_000)
@given(data=st.data(), form=st.sampled_from(FORMS), fields=mappings())
def test_every_file_is_read_alike_in_pages_of_any_size_or_is_an_error_that_names_it(
    data: st.DataObject, form: str, fields: dict[str, str]
) -> None:
    content = data.draw(st.binary(max_size=40) | entries().flatmap(lambda good: spoiled(written(good, form))))
    with file_of(content, form) as path:
        found, error = read_or_not(path, 1000)
        again, error_again = read_or_not(path, 1)
        assert (repr(again), repr(error_again)) == (repr(found), repr(error))
        assert error is None or (type(error) in ANSWERED and str(path) in error.message and error.hint)
        mapping = EntryMapping(CmsSettings.model_validate({"backend": "x", "fields": fields}))
        assert all(isinstance(mapping.read(raw), CmsBrand | Skipped) for raw in found)


def accounted(result: dict[str, Any], listed: int) -> None:
    """Each entry that was listed is created, updated, adopted, unchanged or skipped."""
    assert result["exit_code"] in {0, 65, *ANSWERED.values()}, result["error"]
    if result["exit_code"] in {0, 65}:
        counts = result["counts"]
        done = sum(counts[what] for what in ("created", "updated", "adopted", "unchanged", "skipped"))
        assert (counts["retrieved"], done) == (listed, listed), result
        assert len(result["skipped"]) == counts["skipped"]
        assert (result["exit_code"] == 65) == bool(counts["skipped"])
    else:
        assert result["error"]


@contextmanager
def shop_of(fields: dict[str, str], **cms: Any) -> Iterator[Shop]:
    """A shop on SQLite that is nobody's else; its CMS answers whatever ``answers`` holds."""
    with (
        tempfile.TemporaryDirectory() as directory,
        CmsServer() as server,
        Shop(Path(directory), server, f"sqlite:///{directory}/shop.db") as shop,
    ):
        shop.sections["cms"] = {**cms, **({"url": server.url} if cms["backend"] == "rest" else {})}
        shop.sections["cms.fields"] = fields
        yield shop.set("sync", link="journal").set("safety", max_updates="100%", max_shrink="100%")


def synced(shop: Shop, listed: int) -> None:
    """The first run accounts for every entry, and a second one has nothing left to do."""
    result = shop.sync()
    accounted(result, listed)
    if result["exit_code"] in {0, 65}:
        created = result["counts"]["created"]  # a run that creates nothing makes no table
        assert not created or len(shop.query("SELECT id FROM brand")) == created
        again = shop.sync()
        accounted(again, listed)
        assert again["changes"] == []


@pytest.mark.slow
@many(30, 5_000)
@given(listed=entries(), fields=mappings(), form=st.sampled_from(["json", "yaml", "jsonl"]))
def test_a_run_over_any_file_accounts_for_every_entry(listed: list[Any], fields: dict[str, str], form: str) -> None:
    with shop_of(fields, backend="file", path=f"brands.{form}", page_size=2) as shop:
        (shop.directory / f"brands.{form}").write_bytes(written(listed, form))
        synced(shop, len(listed))


@pytest.mark.slow
@many(30, 5_000)
@given(listed=entries(), fields=mappings(), data=st.data())
def test_a_run_over_any_listing_accounts_for_every_entry(
    listed: list[Any], fields: dict[str, str], data: st.DataObject
) -> None:
    size = data.draw(st.integers(1, 4))
    with shop_of(fields, backend="rest", items="data", paging="cursor", next_cursor="next") as shop:
        shop.cms.answer = lambda request: page_of(listed, request.query, size)
        synced(shop, len(listed))


def page_of(listed: list[Any], query: dict[str, str], size: int) -> Answer:
    start = int(query.get("cursor", "0"))
    following = str(start + size) if start + size < len(listed) else None
    body = json.dumps({"data": listed[start : start + size], "next": following})
    return Answer(body, 200, {"Content-Type": "application/json"})
