"""What all kinds of a shop's routes can do."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from brandsync.backend import Finding
from brandsync.brand import LINK_FIELD, Brand, BrandUpdate, Fields, NewBrand
from brandsync.stores.interface import StoreCapabilities, StorePage
from brandsync.stores.medusa.session import Session
from brandsync.stores.medusa.settings import MedusaSettings

WRITE_ROUTES = "`brandsync init medusa-routes DIR`, in the shop's project, writes the routes"


class Routes(ABC):
    """The routes of one shop, as a store's methods. ``BrandStore`` says what they promise."""

    capabilities: StoreCapabilities
    page_size: int
    """The most brands in one page of a listing."""

    def __init__(self, settings: MedusaSettings, session: Session) -> None:
        self.settings = settings
        self.session = session
        self.path = settings.path

    @abstractmethod
    def list_brands(self, fields: Sequence[str], cursor: str | None) -> StorePage:
        """One page of the brands that aren't deleted, by id."""

    @abstractmethod
    def get_brands(self, fields: Sequence[str], ids: Sequence[str]) -> Sequence[Brand]:
        """The brands of these ids that exist and aren't deleted."""

    @abstractmethod
    def create_brands(self, brands: Sequence[NewBrand]) -> Sequence[Brand]:
        """Create brands."""

    @abstractmethod
    def update_brands(self, updates: Sequence[BrandUpdate]) -> Sequence[Brand]:
        """Update brands; returns those written."""

    @abstractmethod
    def delete_brands(self, brands: Sequence[Brand]) -> Sequence[str]:
        """Delete brands as the shop does; returns the ids that are gone."""

    @abstractmethod
    def uncreate_brands(self, brands: Sequence[Brand]) -> Sequence[str]:
        """Delete brands for good if the shop can; returns the ids that are gone."""

    @abstractmethod
    def restore_brands(self, brands: Sequence[NewBrand]) -> Sequence[Brand]:
        """Bring deleted brands back."""

    @abstractmethod
    def check(self) -> Iterator[Finding]:
        """What these routes have, and what the missing ones cost."""

    def columns(self, fields: Sequence[str]) -> list[str]:
        """The columns of the shop's data model that hold these fields."""
        return [self._column(name) for name in fields]

    def record(self, fields: Fields) -> dict[str, Any]:
        """These fields under the names of the shop's data model."""
        return {self._column(name): value for name, value in fields.items()}

    def brand(self, record: Mapping[str, Any], fields: Sequence[str]) -> Brand:
        """The brand of a shop's record. A column that is missing there is null."""
        return Brand(record["id"], {name: record.get(self._column(name)) for name in fields})

    def _column(self, name: str) -> str:
        return self.settings.cms_id if name == LINK_FIELD and self.settings.cms_id else name


def mapped_fields(settings: MedusaSettings) -> frozenset[str]:
    """The fields that the shop's brands can hold, by the settings."""
    return frozenset({*settings.fields, *([LINK_FIELD] if settings.cms_id else [])})
