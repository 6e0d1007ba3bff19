"""Finds out which routes a shop has: brandsync's own in one request. Writes nothing."""

from contextlib import suppress

from brandsync.errors import ConfigError, Unreadable
from brandsync.http import RejectedByServer
from brandsync.json_reading import at
from brandsync.stores.medusa.batch_routes import BatchRoutes, Manifest
from brandsync.stores.medusa.core_routes import CoreRoutes, Found
from brandsync.stores.medusa.routes import WRITE_ROUTES
from brandsync.stores.medusa.session import Session
from brandsync.stores.medusa.settings import MedusaSettings

_NOBODY = "brandsync-looks-for-routes"
"""An id that no brand has."""


def discover(settings: MedusaSettings, session: Session) -> BatchRoutes | CoreRoutes:
    """The shop's routes.

    Raises:
        ConfigError: there are none at this address, or the data model lacks a field.
        CredentialsRefused, TryAgainLater: as their names say.
        Unreadable: a page for people instead of an answer; it says nothing about the shop's routes.
    """
    with suppress(RejectedByServer):
        manifest = Manifest.read(session.json("GET", f"{settings.path}/batch"))
        if manifest:
            return BatchRoutes(settings, session, manifest)
    return CoreRoutes(settings, session, _found(settings, session))


def _found(settings: MedusaSettings, session: Session) -> Found:
    path = settings.path
    several, one = session.allowed(path), session.allowed(f"{path}/{_NOBODY}")
    if several is not None and "GET" not in several:
        raise ConfigError(
            f"{settings.url}{path}: the server has no route to list brands with",
            hint=f"check `url` and `path` in [store]; the shop needs the guide's GET {path}, or {WRITE_ROUTES}",
        )
    return Found(
        creates=several is None or "POST" in several,
        reads=one is None or "GET" in one,
        updates=one is None or "POST" in one,
        deletes=one is None or "DELETE" in one,
        batches=_batches(session, f"{path}/batch"),
    )


def _batches(session: Session, path: str) -> bool:
    """Whether the shop takes an empty batch. A route for one brand would look for a brand "batch" and not find it."""
    allowed = session.allowed(path)
    if allowed is not None and "POST" not in allowed:
        return False
    try:
        return isinstance(at(session.json("POST", path, json={}, idempotent=True), "created"), list)
    except (RejectedByServer, Unreadable):
        return False
