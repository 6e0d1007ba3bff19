"""Pictures in a shop's media, each under an id made of its bytes.

Sources: github.com/shopware/shopware, src/Core/Content/Media: ``MediaDefinition``, ``MediaUploadController``,
``FileSaver``. A medium is a record first, and gets its file in a second request. An upload to a medium that has a file
deletes that file, so none is made.

The id makes every step repeatable: whoever has the picture knows the medium, with no journal and no listing.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any, Final, Unpack

from brandsync.brand.image import AVIF, BMP, GIF, ICO, JPEG, PNG, SVG, TIFF, WEBP, ImageFile
from brandsync.errors import CredentialsRefused, Rejected, TryAgainLater, Unreadable
from brandsync.http import Options, RejectedByServer
from brandsync.json_reading import at, objects
from brandsync.stores.id_form import IdForm
from brandsync.stores.images import ImageLimits
from brandsync.stores.refusal import refused_as
from brandsync.stores.shopware.api import ENTITY, SYNC, SYSTEM_LANGUAGE
from brandsync.stores.shopware.session import Session

LIMITS: Final = ImageLimits(types=(PNG, JPEG, GIF, WEBP, AVIF, SVG, BMP, TIFF, ICO))
"""``shopware.filesystem.allowed_extensions``. Shopware itself has no limit of size; the web server may have one."""
IDS: Final = IdForm("[0-9a-f]{32}", "a medium of Shopware", "32 hexadecimal digits")
NEEDED: Final = (
    *(f"media:{privilege}" for privilege in ("read", "create", "update", "delete")),
    *("media_default_folder:read", "media_folder:read"),
)
"""The privileges that pictures need. The administration gives the same to those who may edit manufacturers."""
USES: Final[Mapping[str, str]] = {
    "productManufacturers": ENTITY,
    "productMedia": "product_media",
    "productConfiguratorSettings": "product_configurator_setting",
    "categories": "category",
    "propertyGroupOptions": "property_group_option",
    "shippingMethods": "shipping_method",
    "paymentMethods": "payment_method",
    "mailTemplateMedia": "mail_template_media",
    "documentBaseConfigs": "document_base_config",
    "cmsPages": "cms_page",
    "cmsSections": "cms_section",
    "cmsBlocks": "cms_block",
}
"""What may use a medium: its associations in every version since 6.5, each with its entity."""
SEARCH: Final = "/search/media"
FOLDERS: Final = "/search/media-default-folder"
_PARTS: Final = ("id", "fileName", "fileExtension", "mimeType", "fileSize")
_LARGEST: Final = 500

Record = Mapping[str, Any]


def id_of(fingerprint: str) -> str:
    """The id of the medium that holds a picture."""
    return fingerprint[:32]


class Media:
    """The pictures of a shop. Each call raises what ``HttpClient`` raises."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def upload(self, file: ImageFile) -> str:
        """Keep a picture, unless the shop has it; returns its medium's id.

        Raises:
            Rejected: Shopware refuses it, or the medium of this id holds another file.
        """
        medium = id_of(file.fingerprint)
        found = self._found(medium)
        if found is None or not _has_file(found):
            content = file.content()  # it may be another one by now, which must not leave a medium behind
            if found is None:
                self._create(medium)
            self._send(medium, file, content)
        elif not _holds(found, file):
            raise Rejected(
                f"the shop's medium {medium} was made for this picture, and somebody has replaced its file",
                hint="delete that medium in the administration (Content, Media), and run again",
            )
        return medium

    def find(self, fingerprint: str) -> str | None:
        """The medium that was made for a picture, if it is there: perhaps still without its file."""
        found = self._found(id_of(fingerprint))
        return None if found is None else id_of(fingerprint)

    def missing(self, ids: Collection[str]) -> list[str]:
        """Those of these ids that are no medium of the shop."""
        there = {
            str(one["id"]) for part in IDS.parts([*ids], _LARGEST) for one in self._search({"ids": [*part]}, _PARTS)
        }
        return [one for one in ids if one not in there]

    def remove(self, medium: str) -> bool:
        """Delete a medium. False, and nothing is done, if something in the shop uses it.

        Raises:
            Rejected: the integration may not see what uses it.
        """
        used = {name: {"limit": 1} for name in USES}
        try:
            found = self._search({"ids": [IDS.checked(medium)], "associations": used}, ("id", *USES))
        except CredentialsRefused as error:
            told = f"the integration may not see whether something else uses it: {error.message}"
            raise Rejected(told, hint=f"give its role {', '.join(reading_uses())}") from None
        if any(one.get(name) for one in found for name in USES):
            return False
        return not found or self._delete(medium)

    def look(self) -> None:
        """Read media and their folders, to see that it is allowed. Writes nothing.

        Raises:
            CredentialsRefused: it isn't.
        """
        self._search({"limit": 1}, _PARTS)
        _ = self._folder

    @cached_property
    def _folder(self) -> str | None:
        """The folder of manufacturers' media, which every shop has from the start; none if it is gone."""
        asked = {
            "filter": [{"type": "equals", "field": "entity", "value": ENTITY}],
            "associations": {"folder": {}},
            "includes": {"media_default_folder": ["folder"], "media_folder": ["id"]},
        }
        answer = self._json("POST", FOLDERS, json=asked, reads=True)
        folder = at(next(iter(objects(at(answer, "data"))), None), "folder", "id")
        return folder if isinstance(folder, str) and IDS.fits(folder) else None

    def _found(self, medium: str) -> Record | None:
        return next(iter(self._search({"ids": [IDS.checked(medium)]}, _PARTS)), None)

    def _search(self, criteria: Record, parts: Sequence[str]) -> list[Record]:
        includes = {"media": [*parts], **{entity: ["id"] for name, entity in USES.items() if name in parts}}
        data = at(self._json("POST", SEARCH, json={**criteria, "includes": includes}, reads=True), "data")
        found = objects(data)
        if isinstance(data, list) and len(found) == len(data) and all("id" in one for one in found):
            return [*found]
        raise Unreadable(f"POST {SEARCH} doesn't answer with media")

    def _create(self, medium: str) -> None:
        """Make the record. Repeated, it changes nothing. It needs a translation into the shop's own language."""
        record = {"id": medium, "mediaFolderId": self._folder, "private": False}
        sent = [{"key": "media", "entity": "media", "action": "upsert", "payload": [record]}]
        headers = {"single-operation": "1", "sw-language-id": SYSTEM_LANGUAGE}
        self._json("POST", SYNC, json=sent, headers=headers, idempotent=True)

    def _send(self, medium: str, file: ImageFile, content: bytes) -> None:
        """Give a medium without a file its file. It is sent again only where Shopware has done nothing (429, 503)."""
        name = file.name.removesuffix(f".{file.type.extension}")
        try:
            with _allowed():
                self._session.request(
                    "POST",
                    f"/_action/media/{medium}/upload",
                    params={"fileName": name, "extension": file.type.extension},
                    headers={"Content-Type": file.type.mime},
                    content=content,
                )
        except TryAgainLater:
            if not _holds(self._found(medium), file):
                raise
        except RejectedByServer as error:
            found = self._found(medium)
            if found and not _has_file(found):
                self._delete(medium)
            raise Rejected(error.message, hint=_hint(error, file)) from None

    def _delete(self, medium: str) -> bool:
        """Delete a medium; false if Shopware says that something needs it. One that is gone is no error."""
        try:
            with _allowed():
                self._session.request("DELETE", f"/media/{medium}")
        except RejectedByServer as error:
            if error.status not in {404, 409}:
                raise
            return error.status == 404
        return True

    def _json(self, method: str, path: str, **options: Unpack[Options]) -> Any:
        with _allowed():
            return self._session.json(method, path, **options)[0]


def reading_uses() -> list[str]:
    """The privileges with which it shows what uses a medium."""
    return [f"{entity}:read" for entity in USES.values()]


def _allowed() -> Any:
    return refused_as("the integration may not keep pictures", f"give its role {', '.join(NEEDED)}")


def _has_file(medium: Record) -> bool:
    """``MediaEntity::hasFile``."""
    return all(medium.get(name) for name in ("fileName", "fileExtension", "mimeType"))


def _holds(medium: Record | None, file: ImageFile) -> bool:
    """Whether a medium that was made for a picture has it, as far as its size tells."""
    return medium is not None and _has_file(medium) and medium.get("fileSize") == file.size


def _hint(error: RejectedByServer, file: ImageFile) -> str | None:
    if b"MEDIA_DUPLICATED_FILE_NAME" in error.body:
        return f"another medium of the shop is called {file.name}, which it takes once: delete or rename that one"
    if b"FILE_TYPE_NOT_SUPPORTED" in error.body:
        return f"let the shop take {file.type.extension}: shopware.filesystem.allowed_extensions"
    if error.status == 413:
        return "let the web server take larger bodies, or set `largest` in [images]"
    return None
