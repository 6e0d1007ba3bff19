"""What all kinds of a shop's routes can do."""

from collections.abc import Mapping, Sequence
from typing import Any

from brandsync.brand import LINK_FIELD, Brand, Fields
from brandsync.stores.medusa.session import Session
from brandsync.stores.medusa.settings import MedusaSettings

WRITE_ROUTES = "`brandsync init medusa-routes DIR`, in the shop's project, writes the routes"


class Routes:
    """How a shop's routes name fields. Each kind of routes has a store's methods, as ``BrandStore`` promises them."""

    def __init__(self, settings: MedusaSettings, session: Session) -> None:
        self.settings = settings
        self.session = session
        self.path = settings.path

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
