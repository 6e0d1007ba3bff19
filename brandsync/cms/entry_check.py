"""What ``brandsync check`` says of the entries on a first page: which path of [cms] finds something."""

from collections.abc import Iterator, Sequence
from typing import Any

from brandsync.brand import Skipped
from brandsync.cms.interface import CmsSettings
from brandsync.cms.mapping import EntryMapping
from brandsync.cms.path import PathError, Reader, keys_of, reader
from brandsync.finding import Finding


def entry_findings(settings: CmsSettings, entries: Sequence[Any], *, links: bool) -> Iterator[Finding]:
    """One finding a path. ``links``: external ids are to be written, so that their key should be there."""
    if not entries:
        yield Finding(ok=True, what="there are no entries to look at")
        return
    mapping = EntryMapping(settings)
    yield _first(mapping, entries[0])
    if links:
        yield _external_id(settings.external_id, entries)
    for field in mapping.fields:
        yield _field(field, getattr(settings.fields, field), entries)


def _first(mapping: EntryMapping, entry: Any) -> Finding:
    brand = mapping.read(entry)
    if isinstance(brand, Skipped):
        return Finding(ok=False, what=f"the first entry cannot be read: {brand.detail}", fix="correct [cms]")
    return Finding(ok=True, what=f"the first entry has the id {brand.cms_id} and a name")


def _external_id(path: str, entries: Sequence[Any]) -> Finding:
    if any(_has(path, entry) for entry in entries):
        return Finding(ok=True, what=f"`external_id` ({path}) is there")
    return Finding(
        ok=False,
        what=f"`external_id` ({path}) is in none of the {len(entries)} entries: a CMS may ignore what is written there",
        fix="add that field to the CMS and let the API show it, or set `external_id` in [cms]",
    )


def _has(path: str, entry: Any) -> bool:
    keys = keys_of(path)
    if keys is None:
        return _finds(reader(path), entry)
    if entry is None:
        return False
    for key in keys:
        if entry is None:  # what stands above it is empty here
            return True
        if not isinstance(entry, dict) or key not in entry:
            return False
        entry = entry[key]
    return True


def _field(field: str, path: str, entries: Sequence[Any]) -> Finding:
    read = reader(path)
    found = sum(_finds(read, entry) for entry in entries)
    if found:
        return Finding(ok=True, what=f"`{field}` ({path}) is in {found} of {len(entries)} entries")
    if keys_of(path) and any(_has(path, entry) for entry in entries):
        return Finding(ok=True, what=f"`{field}` ({path}) is empty in all {len(entries)} entries")
    return Finding(
        ok=False,
        what=f"`{field}` ({path}) is in none of the {len(entries)} entries",
        fix=f"check `{field}` in [cms.fields]",
    )


def _finds(read: Reader, entry: Any) -> bool:
    try:
        return read(entry) is not None
    except PathError:
        return False
