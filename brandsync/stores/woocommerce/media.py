"""WordPress's media library, ``wp/v2/media``, as the owner of an application password may use it.

WooCommerce's keys open ``wc/…`` alone (``WC_REST_Authentication::is_request_to_rest_api``). The routes are
``WP_REST_Attachments_Controller``'s (wp-includes/rest-api/endpoints/class-wp-rest-attachments-controller.php).
"""

import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any, Final

from brandsync.brand import batched
from brandsync.brand.image import GIF, JPEG, PNG, WEBP, ImageFile
from brandsync.errors import ConfigError, Rejected, Unreadable
from brandsync.http import Endpoint, FailedByServer, HttpClient, RejectedByServer
from brandsync.json_reading import a_list, an_object, at
from brandsync.stores.id_form import COUNTED
from brandsync.stores.images import ImageLimits
from brandsync.stores.woocommerce import picture
from brandsync.stores.woocommerce.settings import WooCommerceSettings

PATH: Final = "/wp/v2/media"
LARGEST: Final = 100
"""The most attachments in a page (``WP_REST_Controller::get_collection_params``)."""
LIMITS: Final = ImageLimits(types=(PNG, JPEG, GIF, WEBP), threads=2)
"""WordPress takes no SVG, and AVIF since 6.5 only. It makes all sizes of a picture before it answers."""
_REFUSED: Final = "rest_upload_sideload_error"
"""The code of a picture that WordPress refuses, with a 500 (``upload_from_data``)."""
_ARRIVED: Final = "X-WP-Upload-Attachment-ID"
"""The header with the id of an attachment that is there, whatever becomes of its other sizes (``create_item``)."""
_SHOWN: Final = "id,media_type,source_url,post"
KEY_ALONE: Final = "a WooCommerce key uploads no pictures: that takes an application password of WordPress"
HINT: Final = (
    "make one in WordPress, Users, Profile, Application Passwords, and set `username` and `application_password` in"
    " [store]"
)


class Media:
    """The calls. Each raises what ``HttpClient`` raises, and ``ConfigError`` without an application password."""

    def __init__(self, settings: WooCommerceSettings) -> None:
        secret = settings.application_password
        password = secret.get_secret_value() if secret else ""
        self._login = (settings.username, password) if settings.username and password else None
        self.http = HttpClient(
            Endpoint(
                url=f"{settings.url}/wp-json",
                auth=self._login,
                secrets=(password,) if password else (),
                timeout=settings.timeout.total_seconds(),
                retry_limit=settings.retry_limit.total_seconds(),
                ca_file=settings.ca_file,
                credentials_hint="check `username` and `application_password` in [store] (not the password of the"
                " login): the user must be able to upload files, as an administrator or a shop manager is, and the web"
                " server must pass the Authorization header on to PHP",
            )
        )

    def upload(self, file: ImageFile) -> str:
        """Add a picture to the library, unless it is there already, and return its reference.

        An upload whose answer was lost may have left it there.

        Raises:
            Rejected: WordPress refuses it, or can't process it.
        """
        if known := self.find(file.name):
            return known
        headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "Content-Type": file.type.mime}
        try:
            made, _ = self._http.json("POST", PATH, params={"_fields": _SHOWN}, content=file.content(), headers=headers)
        except FailedByServer as error:
            if error.status == 500 and _code(error.body) == _REFUSED:
                raise Rejected(error.message) from None
            if COUNTED.fits(arrived := error.headers.get(_ARRIVED, "")):
                self.remove(int(arrived))
                raise Rejected(f"WordPress failed to make its smaller sizes: {error.message}") from None
            raise
        if not isinstance(at(made, "source_url"), str) or not _is_image(made):
            raise Unreadable(f"POST {PATH} doesn't answer with the picture that it got")
        return picture.reference(made["id"], made["source_url"])

    def find(self, name: str) -> str | None:
        """The reference of the oldest picture whose file has this name, or a longer one as WordPress makes them."""
        stem = name.rpartition(".")[0]
        query = {"search": stem, "orderby": "id", "order": "asc", "per_page": LARGEST, "_fields": _SHOWN}
        found, _ = self._http.json("GET", PATH, params=query)
        references = (
            picture.reference(one["id"], address)
            for one in a_list(found)
            if _is_image(one) and isinstance(address := at(one, "source_url"), str)
        )
        return next((one for one in references if one.partition(" ")[2].startswith(stem)), None)

    def images(self, attachments: Collection[int]) -> set[int]:
        """The ones among these attachments that are there and are images, as ``wp_attachment_is_image`` tells."""
        found: set[int] = set()
        for some in batched(sorted(attachments), LARGEST):
            query = {"include": ",".join(map(str, some)), "per_page": LARGEST, "_fields": _SHOWN}
            listed, _ = self._http.json("GET", PATH, params=query)
            found |= {one["id"] for one in a_list(listed) if _is_image(one)}
        return found & {*attachments}

    def attachment(self, number: int) -> Mapping[str, Any] | None:
        """An attachment, or none if it is gone."""
        query = {"include": number, "_fields": _SHOWN}
        listed, _ = self._http.json("GET", PATH, params=query)
        return next((an_object(one) for one in a_list(listed) if at(one, "id") == number), None)

    def remove(self, number: int) -> None:
        """Remove an attachment and its files for good. Harmless where it is gone."""
        try:
            self._http.json("DELETE", f"{PATH}/{number}", params={"force": "true", "_fields": "deleted"})
        except RejectedByServer as error:
            if error.status != 404:
                raise

    def rights(self) -> set[str]:
        """What the owner of the application password may do."""
        query = {"context": "edit", "_fields": "capabilities"}
        user, _ = self._http.json("GET", "/wp/v2/users/me", params=query)
        return {name for name, may in an_object(at(user, "capabilities")).items() if may}

    @property
    def _http(self) -> HttpClient:
        """The client.

        Raises:
            ConfigError: the settings have no application password.
        """
        if self._login is None:
            raise ConfigError(KEY_ALONE, hint=HINT)
        return self.http


def _is_image(found: Any) -> bool:
    number = at(found, "id")
    return isinstance(number, int) and number > 0 and at(found, "media_type") == "image"


def _code(body: bytes) -> str:
    """The error code in the body of an answer; empty if it has none."""
    with suppress(ValueError, RecursionError):
        return str(at(json.loads(body), "code") or "")
    return ""
