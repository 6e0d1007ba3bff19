"""The Medusa store: a thin shell around the shop's routes, which it looks at when it first needs them."""

from collections.abc import Iterator, Mapping, Sequence
from threading import Lock
from typing import Any, ClassVar, Final

from brandsync.backend import Finding
from brandsync.brand import FIELDS, Brand, BrandUpdate, Fields, NewBrand
from brandsync.brand.image import ImageFile
from brandsync.brand.kind import Kind
from brandsync.errors import ConfigError
from brandsync.errors.plural import plural
from brandsync.stores.images import ImageLimits
from brandsync.stores.interface import BrandStore, StoreCapabilities, StorePage
from brandsync.stores.medusa.batch_routes import BatchRoutes
from brandsync.stores.medusa.core_routes import CoreRoutes
from brandsync.stores.medusa.discovery import discover
from brandsync.stores.medusa.image_route import LIMITS, ImageRoute
from brandsync.stores.medusa.routes import WRITE_ROUTES, mapped_fields
from brandsync.stores.medusa.session import Session
from brandsync.stores.medusa.settings import MedusaSettings
from brandsync.stores.refusal import unwritable

_LARGEST: Final = 2**53 - 1
"""The largest whole number that JavaScript, and so Medusa, keeps exactly."""


class MedusaStore(BrandStore):
    """The Brand Module of a Medusa shop."""

    Settings: ClassVar[type[MedusaSettings]] = MedusaSettings
    settings: MedusaSettings
    verified: ClassVar[str] = "a real Medusa 2.21.2, 2026-11"

    def __init__(self, settings: MedusaSettings) -> None:
        super().__init__(settings)
        self._session = Session(settings)
        self.clients = (self._session.http,)
        self._found: BatchRoutes | CoreRoutes | None = None
        self._lock = Lock()

    @property
    def capabilities(self) -> StoreCapabilities:  # type: ignore[override]
        """What the shop can do. Before the first call, only its fields are known, from the settings."""
        return self._found.capabilities if self._found else StoreCapabilities(mapped_fields(self.settings), batch=1)

    def list_brands(self, fields: Sequence[str], cursor: str | None = None) -> StorePage:
        """One page of the brands that aren't deleted, by id."""
        return self._routes.list_brands(fields, cursor)

    def get_brands(self, fields: Sequence[str], ids: Sequence[str]) -> Sequence[Brand]:
        """The brands of these ids that exist and aren't deleted."""
        return self._routes.get_brands(fields, ids) if ids else []

    def create_brands(self, brands: Sequence[NewBrand]) -> Sequence[Brand]:
        """Create brands; with brandsync's routes, all or none of them."""
        return self._routes.create_brands(brands)

    def update_brands(self, updates: Sequence[BrandUpdate]) -> Sequence[Brand]:
        """Update brands; with brandsync's routes, those that still hold their ``before``, all or none of them."""
        return self._routes.update_brands(updates)

    def delete_brands(self, brands: Sequence[Brand]) -> Sequence[str]:
        """Delete brands softly, as Medusa does."""
        return self._routes.delete_brands(brands)

    def uncreate_brands(self, brands: Sequence[Brand]) -> Sequence[str]:
        """Undo a creation: with brandsync's routes, the rows are gone for good."""
        return self._routes.uncreate_brands(brands)

    def restore_brands(self, brands: Sequence[NewBrand]) -> Sequence[Brand]:
        """Undo a deletion: with brandsync's routes, the same rows are alive again."""
        return self._routes.restore_brands(brands)

    def refuses(self, fields: Fields) -> str | None:
        """Why no Medusa could hold these fields, or none."""
        if unwritable("", fields):  # all fields at once are the quicker question
            return next(reason for name, value in fields.items() if (reason := unwritable(name, value)))
        inexact = next((name for name, value in fields.items() if not _is_exact(value)), None)
        if inexact:
            return f"its {inexact} holds a whole number beyond {_LARGEST}, which JavaScript rounds; write it as text"
        return self._found.problem(fields) if self._found else None

    def kinds(self) -> Mapping[str, Kind]:
        """The kinds of the shop's own fields, as its data model says, or the settings where its routes are older."""
        return self._routes.kinds()

    @property
    def images(self) -> ImageLimits:
        """What the shop's route takes: any picture, up to a size. Before the first call, the size isn't known."""
        route = self._found.images if isinstance(self._found, BatchRoutes) else None
        return route.limits if route else LIMITS

    def upload(self, file: ImageFile) -> str:
        """Have the shop's file provider keep a picture; its address is the reference."""
        return self._images.upload(file)

    def find_upload(self, name: str, fingerprint: str) -> str | None:
        """The address of a picture that the shop has, by its route's own records."""
        return self._images.find(name, fingerprint)

    def remove_upload(self, reference: str) -> bool:
        """Remove a picture, unless a brand of the shop refers to it."""
        return self._images.remove(reference)

    def where(self) -> str:
        """The URL of the shop's brands."""
        return f"{self.settings.url.rstrip('/')}{self.settings.path}"

    def prepare(self) -> None:
        """Look at the shop's routes, unless it has done so already."""
        assert self._routes

    def check(self) -> Iterator[Finding]:
        """Look at the routes and list the first page."""
        routes = self._routes
        page = routes.list_brands(
            [*filter(self.capabilities.fields.__contains__, FIELDS), *self.settings.further], None
        )
        of = "" if page.total is None else f" of {page.total}"
        brands = plural(len(page.brands) if page.total is None else page.total, "brand")
        yield Finding(ok=True, what=f"{self.where()} answers: the first page holds {len(page.brands)}{of} {brands}")
        yield from routes.check()

    @property
    def _images(self) -> ImageRoute:
        """The route for pictures.

        Raises:
            ConfigError: the shop has none.
        """
        routes = self._routes
        if isinstance(routes, BatchRoutes) and routes.images:
            return routes.images
        raise ConfigError("the shop has no route for pictures", hint=WRITE_ROUTES)

    @property
    def _routes(self) -> BatchRoutes | CoreRoutes:
        with self._lock:
            if self._found is None:
                self._found = discover(self.settings, self._session)
            return self._found


def _is_exact(value: Any) -> bool:
    """Whether JavaScript keeps every number in it."""
    if isinstance(value, dict):
        return all(map(_is_exact, value.values()))
    if isinstance(value, list):
        return all(map(_is_exact, value))
    return not isinstance(value, int) or abs(value) <= _LARGEST
