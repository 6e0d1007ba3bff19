"""Pictures of brands. BigCommerce keeps one with each brand, and none without a brand.

So brandsync's own copies are in a directory: what is uploaded goes there first, and what a brand has shown before it
gets another one.
"""

from tempfile import TemporaryFile
from typing import Final

import httpx

from brandsync.brand.image import GIF, JPEG, PNG, WEBP, NoImage, type_of
from brandsync.errors import BrandsyncError, Interrupted, LeaseLost, Rejected
from brandsync.http import Endpoint, HttpClient, RejectedByServer
from brandsync.http.addresses import origin
from brandsync.http.bounded import Into
from brandsync.stores.bigcommerce.api import PATH, BrandsApi
from brandsync.stores.bigcommerce.picture import likeness, reference
from brandsync.stores.id_form import COUNTED
from brandsync.stores.image_directory import ImageDirectory
from brandsync.stores.images import ImageLimits

LIMITS: Final = ImageLimits(types=(PNG, JPEG, GIF, WEBP), largest=8_000_000, threads=2)
"""No document of brands tells any. These are those of the documents on other pictures."""


class Pictures:
    """The calls. Each raises what ``HttpClient`` raises."""

    def __init__(self, api: BrandsApi, field: str, directory: ImageDirectory) -> None:
        """``field``: the one that goes into ``image_url``."""
        self._api = api
        self._http = api.http
        self._field = field
        self._directory = directory

    def give(self, brand_id: str, wanted: str | None) -> dict[str, str | None] | None:
        """Let a brand show a picture of the directory, or none; returns what it shows now. None if it isn't there.

        Raises:
            Rejected: the picture is refused, or not in the directory; or the one that it shows can't be kept.
        """
        shown = self._address(brand_id)
        if shown is None:
            return None
        held = reference(shown)
        if held == wanted:
            return {self._field: held}
        files = {"image_file": self._part(wanted)} if wanted else None
        if held:
            self._keep(held, shown)
        path = f"{PATH}/{COUNTED.checked(brand_id)}/image"
        try:
            self._http.request("POST" if wanted else "DELETE", path, files=files, idempotent=True)
        except RejectedByServer:
            # A repeated call may be refused because the first one was carried out.
            now = self._address(brand_id)
            if now is not None and likeness(reference(now)) != likeness(wanted):
                raise
        now = self._address(brand_id)
        return None if now is None else {self._field: reference(now)}

    def _part(self, name: str) -> tuple[str, bytes, str]:
        """A picture of the directory, as a part of a form: its name, its bytes and their media type."""
        content = self._directory.read(name)
        if content is None:
            raise Rejected(
                f"its picture {name} is not in the directory of pictures",
                hint="bring the directory back that `images` in [store] names; or the next run uploads it anew",
            )
        try:
            return likeness(name) or name, content, type_of(content, content).mime
        except NoImage as problem:
            raise Rejected(f"{name} in the directory of pictures {problem}", hint="remove it there") from None

    def _address(self, brand_id: str) -> str | None:
        """Where a brand's picture is; empty without one, and none for a brand that isn't there."""
        record = next(iter(self._api.of_ids([self._field], [brand_id])), None)
        return str(record.get("image_url") or "") if record else None

    def _keep(self, name: str, address: str) -> None:
        """Have a picture in the directory before a brand loses it: an undo needs it.

        Raises:
            Rejected: it can't be had.
        """
        if self._directory.read(name) is not None:
            return
        try:
            content = self._fetched(address)
            type_of(content, content)
        except (Interrupted, LeaseLost):
            raise
        except (BrandsyncError, NoImage, httpx.InvalidURL) as error:
            what = f"the brand keeps its picture, which could not be saved for an undo: {address} {error}"
            raise Rejected(what, hint="if nobody needs it any more, take it away in BigCommerce") from None
        self._directory.keep(name, lambda: content)

    def _fetched(self, address: str) -> bytes:
        """The bytes at an address of BigCommerce's own, which need no token."""
        server = HttpClient(Endpoint(origin(httpx.URL(address)), timeout=self._http.endpoint.timeout))
        server.stop_when(self._http.asked_to_stop)
        try:
            with TemporaryFile() as file:
                server.request("GET", address, into=Into(file, LIMITS.largest or 0))
                file.seek(0)
                return file.read()
        finally:
            server.close()
