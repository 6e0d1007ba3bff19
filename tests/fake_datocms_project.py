"""What a fake DatoCMS environment holds, and what editors do to it. See ``fake_datocms``.

"record" is datocms.com/docs/content-management-api/resources/item, "drafts" docs/general-concepts/draft-published,
"consistency" docs/content-modelling/data-migration ("Data consistency: key concepts and implications"), "types" the
generated types of github.com/datocms/js-rest-api-clients, "recorded" the vendor's own recordings
in github.com/datocms/js-datocms-client (cassettes/site-api-item-*.json, 2022-03-01). What nobody says is marked as
assumed.
"""

import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

Json = dict[str, Any]

LOCALES: Final = ("en", "de")
FIELDS: Final = {
    "name": "string",
    "description": "text",
    "website_url": "string",
    "story": "structured_text",
    "extra": "json",
    "logo": "file",
    "pictures": "gallery",
    "sections": "rich_text",
    "external_id": "string",
}
"""The fields of the model ``brand``."""
MODEL_ID: Final = "DxMaW10UQiCmZcuuA-IkkA"


@dataclass
class Item:
    """One record: its latest version, and the published one (consistency: both versions stand side by side)."""

    id: str
    attributes: Json
    version: str
    created_at: datetime
    updated_at: datetime
    type: str = "brand"
    published: Json | None = None
    published_version: str | None = None
    published_at: datetime | None = None
    published_saved_at: datetime | None = None
    """When the published version was saved."""
    scheduled_at: str | None = None
    ends_at: str | None = None
    locked: bool = False

    @property
    def status(self) -> str:
        """record: ``meta.status``."""
        if self.published is None:
            return "draft"
        return "published" if self.published_version == self.version else "updated"

    def moments(self, *, published: bool) -> Json:
        """recorded: every record has them among its ``attributes``, too. Assumed: there they are the version's own."""
        saved = self.published_saved_at if published else self.updated_at
        return {"created_at": moment(self.created_at), "updated_at": moment(saved or self.updated_at)}

    def meta(self) -> Json:
        """record: it belongs to the record, whichever version is asked for (consistency: "stored directly at")."""
        return {
            "created_at": moment(self.created_at),
            "updated_at": moment(self.updated_at),
            "published_at": moment(self.published_at) if self.published_at else None,
            "publication_scheduled_at": self.scheduled_at,
            "unpublishing_scheduled_at": self.ends_at,
            "status": self.status,
            "current_version": self.version,
            "stage": None,
        }


@dataclass
class Project:
    """The records and uploads of one environment, by id."""

    items: dict[str, Item] = field(default_factory=dict)
    uploads: dict[str, str | None] = field(default_factory=dict)
    """The addresses of files, by the uploads' ids."""
    fields: dict[str, Json] = field(
        default_factory=lambda: {
            key: {"api_key": key, "field_type": kind, "localized": False, "validators": {}}
            for key, kind in FIELDS.items()
        }
    )
    drafts: bool = True
    """types: ``draft_mode_active`` of the model."""
    saves_invalid: bool = True
    """types: ``draft_saving_active``: drafts may be saved that couldn't be published."""
    made: int = 0

    # What editors do.

    def add(self, cms_id: str | None = None, *, type: str = "brand", **attributes: Any) -> str:  # noqa: A002
        """Publish a new record."""
        now = datetime.now(UTC)
        key = cms_id or f"record-{self._next():012}_AbCd"
        item = Item(key, attributes, self._version(), now, now, type)
        self.items[key] = item
        self._publish(item)
        return key

    def save(self, cms_id: str, **attributes: Any) -> None:
        """Change the latest version."""
        item = self.items[cms_id]
        item.attributes = {**item.attributes, **attributes}
        item.version, item.updated_at = self._version(), datetime.now(UTC)
        if not self.drafts:
            self._publish(item)

    def publish(self, *cms_ids: str) -> None:
        """Publish the latest versions."""
        for cms_id in cms_ids:
            self._publish(self.items[cms_id])

    def edit(self, cms_id: str, **attributes: Any) -> None:
        """Change a record, and publish it."""
        self.save(cms_id, **attributes)
        self.publish(cms_id)

    def unpublish(self, cms_id: str) -> None:
        """Take a record from the site. Assumed: it makes no version, and keeps ``published_at`` no more."""
        item = self.items[cms_id]
        item.published = item.published_version = item.published_at = None

    def remove(self, cms_id: str) -> None:
        """Delete a record."""
        del self.items[cms_id]

    def forget(self, cms_id: str, name: str) -> None:
        """Have a record without a value, as one is that was published before the field was required."""
        for attributes in (self.items[cms_id].attributes, self.items[cms_id].published or {}):
            attributes.pop(name, None)

    # What tests look at.

    def shown(self, name: str = "external_id") -> Json:
        """One field of every published record of the model ``brand``."""
        brands = (item for item in self.items.values() if item.type == "brand" and item.published is not None)
        return {item.id: (item.published or {}).get(name) for item in brands}

    def drafted(self, name: str = "external_id") -> Json:
        """One field of every record's latest version."""
        return {item.id: item.attributes.get(name) for item in self.items.values()}

    def changed(self) -> set[str]:
        """The published records that are not published as they stand."""
        return {item.id for item in self.items.values() if item.status == "updated"}

    def pristine(self) -> bool:
        """Whether every published record is published as it stands."""
        return not self.changed()

    # How it is kept.

    def missing(self, item: Item) -> list[str]:
        """The required fields that are empty."""
        required = (key for key, known in self.fields.items() if "required" in known["validators"])
        return [key for key in required if not item.attributes.get(key)]

    def _publish(self, item: Item) -> None:
        item.published, item.published_version = copy.deepcopy(item.attributes), item.version
        item.published_at, item.published_saved_at = datetime.now(UTC), item.updated_at

    def _version(self) -> str:
        return f"version-{self._next():010}"

    def _next(self) -> int:
        self.made += 1
        return self.made


def moment(value: datetime) -> str:
    """record: ``2024-01-04T23:02:07.204+00:00``."""
    return value.isoformat(timespec="milliseconds")
