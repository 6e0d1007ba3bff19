"""The ``shop`` store: a backend that a third party wrote for the API in ``shop_server``."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar

from brandsync.brand import Brand, BrandUpdate, NewBrand
from brandsync.errors import Unreadable
from brandsync.http import Endpoint, HttpClient
from brandsync.settings import BaseUrl, Duration
from brandsync.stores.interface import BrandStore, StoreCapabilities, StorePage, StoreSettings


class ShopSettings(StoreSettings):
    """``[store]`` for the shop."""

    url: BaseUrl
    """Where its API is."""
    batch: int = 50
    """The most brands in one request."""
    timeout: Duration = timedelta(seconds=30)
    """For connecting, and between two pieces of an answer."""


class ShopStore(BrandStore):
    """Brands behind a small HTTP API."""

    Settings: ClassVar[type[ShopSettings]] = ShopSettings
    settings: ShopSettings

    def __init__(self, settings: ShopSettings) -> None:
        super().__init__(settings)
        self.capabilities = StoreCapabilities(fields=frozenset({"name", "description"}), batch=settings.batch)
        self._http = HttpClient(Endpoint(url=settings.url, timeout=settings.timeout.total_seconds()))
        self.clients = (self._http,)

    def list_brands(self, fields: Sequence[str], cursor: str | None = None) -> StorePage:
        answer = self._ask("GET", "/brands", "brands", params={"cursor": cursor} if cursor else {})
        return StorePage([_brand(record, fields) for record in answer["brands"]], answer.get("next"))

    def get_brands(self, fields: Sequence[str], ids: Sequence[str]) -> Sequence[Brand]:
        chunks = [ids[start : start + 50] for start in range(0, len(ids), 50)]
        answers = [self._ask("GET", "/brands", "brands", params={"ids": ",".join(chunk)}) for chunk in chunks]
        return [_brand(record, fields) for answer in answers for record in answer["brands"]]

    def create_brands(self, brands: Sequence[NewBrand]) -> Sequence[Brand]:
        made = self._write("POST", [dict(brand.fields) for brand in brands])
        return [_brand(record, [*brand.fields]) for brand, record in zip(brands, made, strict=True)]

    def update_brands(self, updates: Sequence[BrandUpdate]) -> Sequence[Brand]:
        fields = {update.id: [*update.after] for update in updates}
        written = self._write("PATCH", [{"id": update.id, **update.after} for update in updates])
        return [_brand(record, fields[record["id"]]) for record in written]

    def delete_brands(self, brands: Sequence[Brand]) -> Sequence[str]:
        answer = self._ask("DELETE", "/brands/batch", "ids", json={"ids": [brand.id for brand in brands]})
        ids: list[str] = answer["ids"]
        return ids

    def where(self) -> str:
        return self.settings.url

    def _write(self, method: str, records: Sequence[Any]) -> list[Any]:
        written: list[Any] = self._ask(method, "/brands/batch", "brands", json={"brands": records})["brands"]
        return written

    def _ask(self, method: str, path: str, key: str, **request: Any) -> Any:
        answer, _ = self._http.json(method, path, **request)
        if not isinstance(answer, dict) or not isinstance(answer.get(key), list):
            raise Unreadable(f"{method} {path} answers without a list of {key}")
        return answer


def _brand(record: Any, fields: Sequence[str]) -> Brand:
    return Brand(record["id"], {name: record[name] for name in fields})
