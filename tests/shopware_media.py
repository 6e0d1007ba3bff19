"""The media of the fake Shopware shop: records, their files, and what uses them.

Written after github.com/shopware/shopware as of October 2024 (6.6.7), src/Core/Content/Media: beside each behaviour
stands its class and method there. Nothing is recorded. What none says is marked as assumed.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Final

from fake_server import Asked

SYSTEM: Final = "2fbb5fe2e29a4d70aa5854ce7ce3e20b"
FOLDER: Final = "f0" * 16
ALLOWED: Final = frozenset(
    {"jpg", "jpeg", "png", "webp", "avif", "gif", "svg", "bmp", "tiff", "tif", "eps", "ico", "pdf"}
)
"""``shopware.filesystem.allowed_extensions``, of pictures."""
ASSOCIATIONS: Final = {
    "productManufacturers": "product_manufacturer",
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
"""``MediaDefinition``; npm @shopware-ag/entity-schema-types 6.9.0 has the same."""
WRITING: Final = frozenset(f"media:{privilege}" for privilege in ("read", "create", "update", "delete"))
FOLDERS: Final = frozenset({"media_default_folder:read", "media_folder:read"})
USES: Final = frozenset(f"{entity}:read" for entity in ASSOCIATIONS.values())
PICTURES: Final = WRITING | FOLDERS | USES
"""All that an integration needs for pictures."""

Record = dict[str, Any]


class RefusedUploadError(Exception):
    """An upload that is refused: the status, the code, and what is said."""


@dataclass
class Media:
    """The media by id. One without a file has no ``fileName``."""

    rows: dict[str, Record] = field(default_factory=dict)
    used: dict[str, set[str]] = field(default_factory=dict)
    """The media that each association uses, but for the manufacturers'."""
    ordered: set[str] = field(default_factory=set)
    """The media that order lines show (``RestrictDelete``)."""
    has_folder: bool = True
    replaced: list[str] = field(default_factory=list)
    """The media whose file somebody has replaced by uploading another one."""
    uploads: int = 0

    @property
    def files(self) -> dict[str, bytes]:
        """What the media library shows: the files by their names."""
        held = [row for row in self.rows.values() if row.get("fileName")]
        return {f"{row['fileName']}.{row['fileExtension']}": row["content"] for row in held}

    def upsert(self, record: Record, language: str) -> None:
        """``MediaDefinition``: all that is about the file is write-protected."""
        assert record.keys() <= {"id", "mediaFolderId", "private"}, "write-protected"
        if record["id"] not in self.rows and language != SYSTEM:
            # Inferred from ``TranslationsAssociationFieldSerializer``.
            raise RefusedUploadError(400, "MISSING-SYSTEM-TRANSLATION", f"Translation required for {SYSTEM}")
        if record["mediaFolderId"] not in {FOLDER if self.has_folder else None, None}:
            raise RefusedUploadError(500, "0", "a foreign key constraint fails")
        self.rows.setdefault(record["id"], {}).update(record)

    def upload(self, medium: str, asked: Asked) -> None:
        """``MediaUploadController::upload``, ``FileFetcher::fetchRequestData``, ``FileSaver::persistFileToMedia``."""
        name, extension = asked.query.get("fileName", medium), asked.query.get("extension")
        if not extension:
            raise RefusedUploadError(400, "CONTENT__MEDIA_MISSING_FILE_EXTENSION", "No file extension provided.")
        mime = asked.headers["Content-Type"]
        assert mime != "application/json", "the shop would fetch an address"
        if int(asked.headers.get("Content-Length", 0)) != len(asked.body) or not asked.body:
            raise RefusedUploadError(
                400, "CONTENT__MEDIA_INVALID_CONTENT_LENGTH", "Expected content-length did not match"
            )
        row = self.rows.get(medium)
        if row is None:
            raise RefusedUploadError(404, "CONTENT__MEDIA_NOT_FOUND", f"Media for id {medium} not found.")
        if re.search(r"""[\\/?*%&:|"'<>$#{}\x00-\x1f]|^\.|\.$""", name):  # ``FileNameValidator``
            raise RefusedUploadError(
                400, "CONTENT__MEDIA_ILLEGAL_FILE_NAME", f'Provided filename "{name}" is not permitted'
            )
        named = (name, extension)
        if any(
            (one.get("fileName"), one.get("fileExtension")) == named for key, one in self.rows.items() if key != medium
        ):
            said = f'A file with the name "{name}.{extension}" already exists.'
            raise RefusedUploadError(400, "CONTENT__MEDIA_DUPLICATED_FILE_NAME", said)
        if extension not in ALLOWED:
            said = f'The file extension "{extension}" for media object with id {medium} is not supported.'
            raise RefusedUploadError(400, "CONTENT__MEDIA_FILE_TYPE_NOT_SUPPORTED", said)
        if row.get("fileName"):
            self.replaced.append(medium)
        size = len(asked.body)
        row |= {"fileName": name, "fileExtension": extension, "mimeType": mime, "fileSize": size, "content": asked.body}
        self.uploads += 1

    def delete(self, medium: str) -> None:
        """``ApiController::delete``; ``RestrictDelete``, ``CascadeDelete``: products lose pictures that are deleted."""
        if medium not in self.rows:
            raise RefusedUploadError(404, "FRAMEWORK__RESOURCE_NOT_FOUND", "The media resource could not be found")
        if medium in self.ordered:
            raise RefusedUploadError(409, "FRAMEWORK__DELETE_RESTRICTED", "The delete request for media was denied")
        del self.rows[medium]
        for media in self.used.values():
            media.discard(medium)

    def shown(self, medium: str, criteria: Record, manufacturers: set[str]) -> Record:
        """What is not associated is null (``JsonEntityEncoder``)."""
        used = {**self.used, "productManufacturers": manufacturers}
        names = ("fileName", "fileExtension", "mimeType", "fileSize")
        found = {"id": medium, **{name: self.rows[medium].get(name) for name in names}}
        for name, entity in ASSOCIATIONS.items():
            one = [{"id": "0" * 32, "apiAlias": entity}] if medium in used.get(name, ()) else []
            found[name] = one if name in criteria.get("associations", {}) else None
        wanted = [*criteria["includes"]["media"], "apiAlias"]
        return {name: value for name, value in (found | {"apiAlias": "media"}).items() if name in wanted}
