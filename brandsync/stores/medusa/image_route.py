"""The route for pictures, which ``brandsync init medusa-routes`` writes: the shop's file provider keeps them.

A file provider chooses the ids of files itself, and can't list them. So the route remembers, in the shop's database,
which picture is which file. Repeating a request is harmless: an upload gives the same file again.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from brandsync.brand.image import AVIF, BMP, GIF, ICO, JPEG, PNG, SVG, TIFF, WEBP, ImageFile, is_copy_of
from brandsync.errors import ConfigError, Rejected, Unreadable
from brandsync.http import RejectedByServer
from brandsync.json_reading import at
from brandsync.stores.images import ImageLimits
from brandsync.stores.medusa.routes import WRITE_ROUTES
from brandsync.stores.medusa.session import Session

VERSION: Final = 1
"""The version of the route that this file works with."""
LIMITS: Final = ImageLimits((PNG, JPEG, GIF, WEBP, AVIF, SVG, BMP, TIFF, ICO), threads=2)
"""Medusa looks at no file's type. Each upload holds one of the shop's connections to its database."""


class ImageRoute:
    """``/admin/brands/images``. A picture's reference is its address."""

    def __init__(self, session: Session, path: str, largest: int) -> None:
        self._session = session
        self._path = f"{path}/images"
        self.limits = replace(LIMITS, largest=largest)

    def upload(self, file: ImageFile) -> str:
        """Have the shop keep a picture, and return its address.

        Raises:
            Rejected: the shop refuses it, or keeps it at an address that doesn't tell which picture it is.
        """
        key = {"name": file.name, "sha256": file.fingerprint}
        headers = {"Content-Type": file.type.mime}
        try:
            answer = self._session.json("PUT", self._path, params=key, content=file.content(), headers=headers)
        except RejectedByServer as error:
            if error.status != 413:
                raise
            hint = "let the proxy before the shop take larger bodies, or set `largest` in [images]"
            raise Rejected(error.message, hint=hint) from None
        address = self._address(answer, "PUT")
        if address is None:
            raise self._unreadable("PUT")
        if not is_copy_of(address, file.fingerprint):
            self.remove(address)
            raise Rejected(f"the shop's file provider keeps it at {address}, without the file's name {file.name}")
        return address

    def find(self, name: str, fingerprint: str) -> str | None:
        """The address of a picture, if it was uploaded. Waits for an upload that is under way in the shop."""
        answer = self._session.json("GET", self._path, params={"name": name, "sha256": fingerprint})
        return self._address(answer, "GET")

    def remove(self, address: str) -> bool:
        """Remove a picture that this route keeps, unless a brand refers to it."""
        deleted = at(self._session.json("DELETE", self._path, params={"url": address}), "deleted")
        if not isinstance(deleted, bool):
            raise self._unreadable("DELETE")
        return deleted

    def _address(self, answer: Any, method: str) -> str | None:
        image = answer.get("image", "") if isinstance(answer, dict) else ""
        if image is None:
            return None
        url = at(image, "url")
        if isinstance(url, str) and url:
            return url
        raise self._unreadable(method)

    def _unreadable(self, method: str) -> Unreadable:
        what = f"the shop's {method} {self._path} doesn't answer as brandsync's route does"
        return Unreadable(what, hint=f"check the routes: {WRITE_ROUTES}")


def largest(batch: Mapping[str, Any]) -> int | None:
    """The most bytes of a picture, in an answer of ``GET /admin/brands/batch``. None: older routes keep no pictures.

    Raises:
        ConfigError: the route has another version.
        AttributeError, KeyError, TypeError, ValueError: the answer doesn't say it.
    """
    images = batch.get("images")
    if images is None:
        return None
    if images["version"] != VERSION:
        raise ConfigError(
            f"the shop's route for pictures is of version {images['version']}, and this brandsync speaks to version"
            f" {VERSION}",
            hint=f"update brandsync, or the routes: {WRITE_ROUTES} of version {VERSION}",
        )
    return int(images["max_bytes"])
