"""What all kinds of a shop's routes can do."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from brandsync.brand import LINK_FIELD, Brand, Fields
from brandsync.brand.kind import Kind
from brandsync.stores.medusa.session import Session
from brandsync.stores.medusa.settings import MedusaSettings

WRITE_ROUTES = "`brandsync init medusa-routes DIR`, in the shop's project, writes the routes"


class Routes:
    """How a shop's routes name fields. Each kind of routes has a store's methods, as ``BrandStore`` promises them."""

    def __init__(self, settings: MedusaSettings, session: Session) -> None:
        self.settings = settings
        self.session = session
        self.path = settings.path
        self.readers: Mapping[str, Callable[[Any], Any]] = {}
        """Of fields whose values the shop writes in a form of its own."""
        self.writers: Mapping[str, Callable[[Any], Any]] = {}

    def kinds(self) -> Mapping[str, Kind]:
        """The kinds of the shop's own fields: without a description of its data model there are none."""
        return {}

    def problem(self, fields: Fields) -> str | None:
        """Why the shop's data model could never hold these fields, or none."""
        return None

    def columns(self, fields: Sequence[str]) -> list[str]:
        """The columns of the shop's data model that hold these fields."""
        return [self._column(name) for name in fields]

    def record(self, fields: Fields) -> dict[str, Any]:
        """These fields under the names of the shop's data model."""
        write = self.writers
        return {self._column(name): write[name](value) if name in write else value for name, value in fields.items()}

    def brand(self, record: Mapping[str, Any], fields: Sequence[str]) -> Brand:
        """The brand of a shop's record. A column that is missing there is null."""
        read = self.readers
        found = {name: record.get(self._column(name)) for name in fields}
        return Brand(
            record["id"], {name: read[name](value) if name in read else value for name, value in found.items()}
        )

    def _column(self, name: str) -> str:
        return self.settings.cms_id if name == LINK_FIELD and self.settings.cms_id else name


def mapped_fields(settings: MedusaSettings) -> frozenset[str]:
    """The fields that the shop's brands can hold, by the settings."""
    return frozenset({*settings.fields, *settings.further, *([LINK_FIELD] if settings.cms_id else [])})


def image_fields(settings: MedusaSettings) -> str:
    """The fields that are images, for a message; empty if there are none."""
    return ", ".join(f"`{name}`" for name, kind in settings.further.items() if kind is Kind.IMAGE)
