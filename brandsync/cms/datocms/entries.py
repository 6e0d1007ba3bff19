"""Records as paths read them: their fields at the top, with ``id`` and ``meta`` beside them.

With ``locale``, a localized field holds that locale's value; otherwise its values by locale, as in the API. A JSON
field, which the API gives as text, is decoded. A file that a path names gets its ``url``, which only its upload has.

Sources: datocms.com/docs/content-management-api/resources/item, "Field types"; resources/upload/instances; in
github.com/datocms/js-rest-api-clients ``packages/cma-client/src/fieldTypes``: ``json.ts``, ``file.ts``, ``gallery.ts``.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from brandsync.cms.datocms.api import Api, Record, attributes_of
from brandsync.cms.datocms.schema import Field, Schema
from brandsync.cms.datocms.settings import DatocmsSettings
from brandsync.json_reading import an_object, at

FILES: Final = frozenset({"file", "gallery"})

_WORDS: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Entries:
    """Makes entries from a page of records. Only where a path names a file field does this take one more request."""

    def __init__(self, api: Api, schema: Schema, settings: DatocmsSettings) -> None:
        self._api = api
        self._schema = schema
        self._locale = settings.locale
        self._named = {word for path in settings.fields.expressions for word in _WORDS.findall(path)}

    def of(self, records: Sequence[Record]) -> list[dict[str, Any]]:
        """The entries."""
        fields = self._schema.fields().values()
        files = [field for field in fields if field.kind in FILES and field.key in self._named]
        urls = self._urls(records, files)
        changes: dict[str, Callable[[Any], Any]] = {field.key: _read for field in fields if field.kind == "json"}
        changes |= dict.fromkeys([field.key for field in files], lambda value: _with_urls(value, urls))
        changed = [field for field in fields if field.key in changes or (self._locale and field.localized)]
        return [self._entry(record, changed, changes) for record in records]

    def _entry(
        self, record: Record, changed: Sequence[Field], changes: Mapping[str, Callable[[Any], Any]]
    ) -> dict[str, Any]:
        entry = dict(attributes_of(record))
        for field in changed:
            if field.key in entry:
                entry[field.key] = self._value(field, entry[field.key], changes.get(field.key, lambda value: value))
        return {**entry, "id": record["id"], "meta": record.get("meta")}

    def _value(self, field: Field, value: Any, change: Callable[[Any], Any]) -> Any:
        """A changed value. Where a field still holds its values by locale, each of them is changed."""
        if not field.localized:
            return change(value)
        if self._locale:
            return change(at(value, self._locale))
        return {locale: change(found) for locale, found in an_object(value).items()}

    def _urls(self, records: Sequence[Record], files: Sequence[Field]) -> Mapping[str, str]:
        ids = {key: None for record in records for field in files for key in self._uploads(record, field)}
        return self._api.uploads(list(ids)) if ids else {}

    def _uploads(self, record: Record, field: Field) -> Iterator[str]:
        value = at(record, "attributes", field.key)
        if field.localized:
            value = at(value, self._locale) if self._locale else list(an_object(value).values())
        return _upload_ids(value)


def _with_urls(value: Any, urls: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_with_urls(file, urls) for file in value]
    if isinstance(value, dict):
        return {**value, "url": urls.get(str(value.get("upload_id")))}
    return value


def _upload_ids(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for file in value:
            yield from _upload_ids(file)
    elif isinstance(value, dict) and isinstance(value.get("upload_id"), str):
        yield value["upload_id"]


def _read(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
