"""What a fake Contentful environment holds, and what editors do to it. See ``fake_contentful``.

"CMA" and "CDA" are the vendor's documents "Content Management API" and "Content Delivery API"; "state" is the tutorial
"Determine the state of entries and assets". What no document says is marked as assumed.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

Fields = dict[str, dict[str, Any]]
"""A field's values by locale (CMA: "fields object in CMA always includes locale")."""
Json = dict[str, Any]

DEFAULT: Final = "en-US"
LOCALES: Final = ({"code": DEFAULT, "default": True, "fallbackCode": None}, {"code": "de", "fallbackCode": DEFAULT})
MODEL: Final = {
    "name": "Symbol",
    "description": "Text",
    "website_url": "Symbol",
    "story": "RichText",
    "extra": "Object",
    "logo": "Link",
    "parent": "Link",
    "external_id": "Symbol",
}
"""The fields of the content type ``brand``; those but for ``external_id`` may be localized."""


@dataclass
class Entry:
    """One entry: its draft, and what is published of it."""

    id: str
    fields: Fields
    type: str = "brand"
    version: int = 1
    metadata: Json = field(default_factory=lambda: {"tags": []})
    published: tuple[Fields, Json] | None = None
    published_version: int | None = None
    published_at: datetime | None = None
    archived_version: int | None = None
    held_back: set[str] = field(default_factory=set)
    """Locales that an editor has not published (CDA: "Locale-based publishing")."""

    def publish(self) -> None:
        """state: a published entry's version is one more than the version that was published."""
        self.published = copy.deepcopy((self.fields, self.metadata))
        self.published_version, self.published_at = self.version, datetime.now(UTC)
        self.version += 1
        self.held_back.clear()

    def sys(self, locales: list[str]) -> Json:
        """CMA: "Common resource attributes", ``fieldStatus`` among them."""
        found: Json = {"id": self.id, "type": "Entry", "version": self.version}
        if self.published_version:
            shown = "published" if self.version == self.published_version + 1 else "changed"
            status = {locale: "draft" if locale in self.held_back else shown for locale in locales}
            found |= {"publishedVersion": self.published_version, "fieldStatus": {"*": status}}
        return found | ({"archivedVersion": self.archived_version} if self.archived_version else {})


class Space:
    """The entries and assets of one environment, by id."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.assets: dict[str, str] = {}
        """The addresses of published assets' files, by id (CDA: they start with ``//``)."""
        self.model: dict[str, Json] = {
            name: {"id": name, "type": kind, "localized": False, "omitted": False} for name, kind in MODEL.items()
        }
        self._made = 0

    # What editors do.

    def add(self, cms_id: str | None = None, *, type: str = "brand", **fields: Any) -> str:  # noqa: A002
        """Publish a new entry."""
        self._made += 1
        made = Entry(
            cms_id or f"entry{self._made:06}", {name: {DEFAULT: value} for name, value in fields.items()}, type
        )
        self.entries[made.id] = made
        made.publish()
        return made.id

    def save(self, cms_id: str, locale: str = DEFAULT, **fields: Any) -> None:
        """Change the draft."""
        entry = self.entries[cms_id]
        for name, value in fields.items():
            entry.fields.setdefault(name, {})[locale] = value
        entry.version += 1

    def publish(self, *cms_ids: str) -> None:
        """Publish drafts."""
        for cms_id in cms_ids:
            self.entries[cms_id].publish()

    def edit(self, cms_id: str, **fields: Any) -> None:
        """Change an entry, and publish it."""
        self.save(cms_id, **fields)
        self.publish(cms_id)

    def unpublish(self, cms_id: str) -> None:
        """Take an entry from the site."""
        entry = self.entries[cms_id]
        entry.published = entry.published_version = entry.published_at = None
        entry.version += 1

    def archive(self, cms_id: str) -> None:
        """state: an archived entry is not published and cannot be edited."""
        self.unpublish(cms_id)
        self.entries[cms_id].archived_version = self.entries[cms_id].version
        self.entries[cms_id].version += 1

    def remove(self, cms_id: str) -> None:
        """Delete an entry."""
        del self.entries[cms_id]

    def forget(self, cms_id: str, name: str) -> None:
        """Have an entry without a field, as one is that was published before its content type had it."""
        entry = self.entries[cms_id]
        for fields in (entry.fields, *(entry.published or ())[:1]):
            fields.pop(name, None)

    # What tests look at.

    def shown(self, name: str = "external_id") -> dict[str, Any]:
        """One field of every published entry of the type ``brand``."""
        brands = (entry for entry in self.entries.values() if entry.type == "brand" and entry.published)
        return {entry.id: entry.published[0].get(name, {}).get(DEFAULT) for entry in brands if entry.published}

    def drafted(self, name: str = "external_id") -> dict[str, Any]:
        """One field of every draft."""
        return {entry.id: entry.fields.get(name, {}).get(DEFAULT) for entry in self.entries.values()}

    def changed(self) -> set[str]:
        """The published entries that are not published as they stand."""
        published = [(entry, entry.published_version) for entry in self.entries.values()]
        return {entry.id for entry, version in published if version and entry.version != version + 1}

    def pristine(self) -> bool:
        """Whether every published entry is published as it stands."""
        return not self.changed()

    # What is delivered.

    def delivered(self, entry: Entry, locale: str) -> Json:
        """An entry as the CDA shows it in one locale; CDA: its dates are those of its publication."""
        assert entry.published
        assert entry.published_at
        fields = {name: values.get(locale, values.get(DEFAULT)) for name, values in entry.published[0].items()}
        sys = {
            "id": entry.id,
            "type": "Entry",
            "contentType": {"sys": {"type": "Link", "linkType": "ContentType", "id": entry.type}},
            "updatedAt": _text(entry.published_at),
            "publishedVersion": entry.published_version,
            "locale": locale,
        }
        filled = {name: value for name, value in fields.items() if value is not None}
        return {"sys": sys, "metadata": entry.published[1], "fields": filled}

    def linked(self, items: list[Json], depth: int, locale: str) -> dict[str, list[Json]]:
        """CDA, "Retrieval of linked items": what is linked so deep and published, each once, and no item again."""
        found: dict[tuple[str, str], Json] = {}
        level = items
        for _ in range(depth):
            level = [
                target
                for key in dict.fromkeys(key for item in level for key in _links(item["fields"]))
                if key not in found and (target := self._target(*key, locale))
            ]
            found |= {(target["sys"]["type"], target["sys"]["id"]): target for target in level}
        ids = {item["sys"]["id"] for item in items}
        rest = [target for (kind, cms_id), target in found.items() if kind == "Asset" or cms_id not in ids]
        grouped = {kind: [target for target in rest if target["sys"]["type"] == kind] for kind in ("Entry", "Asset")}
        return {kind: targets for kind, targets in grouped.items() if targets}

    def _target(self, kind: str, cms_id: str, locale: str) -> Json | None:
        if kind == "Asset":
            file = {"file": {"url": self.assets[cms_id]}} if cms_id in self.assets else None
            return {"sys": {"id": cms_id, "type": "Asset"}, "fields": file} if file else None
        entry = self.entries.get(cms_id)
        return self.delivered(entry, locale) if entry and entry.published else None


def link(cms_id: str, kind: str = "Asset") -> Json:
    """A link to an asset or an entry (CDA, "Links")."""
    return {"sys": {"type": "Link", "linkType": kind, "id": cms_id}}


def _links(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for inner in value:
            yield from _links(inner)
    elif isinstance(value, dict):
        sys = value.get("sys")
        if isinstance(sys, dict) and sys.get("type") == "Link":
            yield sys["linkType"], sys["id"]
        else:
            yield from _links(list(value.values()))


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
