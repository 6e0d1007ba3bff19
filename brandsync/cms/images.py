"""Reads where the pictures of an entry are, by the paths of the images in ``[cms.fields]``."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

import httpx
import msgspec

from brandsync.brand.kind import described
from brandsync.cms.file_addresses import is_web_address
from brandsync.cms.interface import CmsSettings
from brandsync.cms.mapping import EntryMapping
from brandsync.cms.path import Reader, reader, told
from brandsync.cms.path_error import PathError
from brandsync.errors import BrandsyncError
from brandsync.http import joined

_LONGEST: Final = 200
"""The longest mark that is kept as it is, in characters."""
_LONGEST_ADDRESS: Final = 8_000
"""The longest address, in characters: servers take no longer ones."""


class ImageSource(msgspec.Struct, frozen=True):
    """Where one picture of an entry is."""

    cms_id: str
    field: str
    address: str | None
    """Its URL, or none where the entry has no such picture."""
    mark: str = ""
    """What changes with the picture, besides its address."""
    problem: str | None = None
    """Why nobody can tell where it is, as the end of a sentence about the field."""


class ImageReader:
    """Finds the pictures of entries."""

    def __init__(self, settings: CmsSettings) -> None:
        self._mapping = EntryMapping(settings)
        self._base = getattr(settings, "url", "")
        self._fields = {
            name: (reader(source.value, self._base), reader(source.mark, self._base) if source.mark else None)
            for name, source in settings.fields.images.items()
        }

    @property
    def fields(self) -> list[str]:
        """The fields that are images."""
        return [*self._fields]

    def of(self, entries: Sequence[Any]) -> Iterator[ImageSource]:
        """The pictures of these raw entries. An entry without an id has none."""
        for raw in entries if self._fields else ():
            if cms_id := self._mapping.id_of(raw):
                yield from (self._source(cms_id, name, raw, *read) for name, read in self._fields.items())

    def _source(self, cms_id: str, name: str, raw: Any, read: Reader, mark: Reader | None) -> ImageSource:
        try:
            address = self._address(read(raw))
            found = mark(raw) if mark and address else None
        except BrandsyncError:  # a signal asks the run to stop
            raise
        except Exception as problem:  # noqa: BLE001 - an expression may raise anything
            said = str(problem) if isinstance(problem, PathError | _NoAddressError) else told(problem)
            return ImageSource(cms_id, name, None, problem=said)
        return ImageSource(cms_id, name, address, _mark(found))

    def _address(self, value: Any) -> str | None:
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise _NoAddressError(f"is {described(value)}; the address of a picture was expected, such as `logo.url`")
        url = joined(self._base, value.strip()) if self._base else value.strip()
        if not url or not is_web_address(url):
            raise _NoAddressError(
                f"is {described(value)}; an address that begins with http:// or https:// was expected"
            )
        address = str(httpx.URL(url).copy_with(fragment=None))
        if len(address) > _LONGEST_ADDRESS:
            raise _NoAddressError(f"is an address of more than {_LONGEST_ADDRESS:,} characters")
        return address


class _NoAddressError(Exception):
    """A value is no address; the text says why."""


def _mark(value: Any) -> str:
    """What is compared of a mark: itself, if any journal can hold it, else a digest of it."""
    if value is None or (isinstance(value, str) and len(value) <= _LONGEST and value.isascii() and value.isprintable()):
        return value or ""
    text = json.dumps(value, ensure_ascii=True, sort_keys=True, default=str)
    return text if len(text) <= _LONGEST else hashlib.sha256(text.encode()).hexdigest()
