"""Tells ``brandsync check`` which paths of [cms] find something in some entries.

A finding that may be harmless does not fail the check: a field may be empty because nobody has filled it. A linked
file or entry is also empty everywhere if the credentials may not read it. Then the finding says what to allow.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Final

from brandsync.backend import Finding
from brandsync.brand import Skipped
from brandsync.cms.interface import CmsPage, CmsSettings
from brandsync.cms.looked_into import every_key, nested_keys, paths_read
from brandsync.cms.mapping import EntryMapping
from brandsync.cms.path import keys_of, lenient, reader
from brandsync.errors.plural import counted, in_all, in_none
from brandsync.json_reading import at, is_there, objects

Keys = tuple[str, ...]
"""A key of an entry, or several keys that lead to a nested one."""

ENOUGH: Final = 500
"""While a field is empty in all entries so far, pages are added until there are this many entries."""
PAGES: Final = 5
"""The same limit, in pages."""
_EMPTY: Final[Sequence[Any]] = (None, "", [], {})
ALLOW: Final = "where brands have one, let the credentials read what `{}` leads to"
"""The default advice where what a key leads to is empty in every entry."""


def entry_findings(
    settings: CmsSettings, entries: "Sequence[Any] | Sample", *, links: bool, **options: Any
) -> Iterator[Finding]:
    """One finding per path. The options are those of ``EntryCheck``.

    ``links``: external ids are to be written. Their key should then be there.
    """
    sample = entries if isinstance(entries, Sample) else Sample(entries)
    if not sample.entries:
        yield Finding(ok=True, what="there are no entries to look at")
        return
    mapping = EntryMapping(settings)
    yield _first(mapping, sample.entries[0])
    if links:
        yield _external_id(settings.external_id, sample.entries)
    check = EntryCheck(sample, **options)
    for name, path in settings.fields.paths.items():
        yield check.of(name, path)


@dataclass(slots=True)
class Sample:
    """Entries to look at: those of the first page, and of the next pages while a field isn't found."""

    entries: Sequence[Any]
    following: Callable[[str], CmsPage] | None = None
    """Lists the page that a cursor names."""
    cursor: str | None = None
    """The next page's cursor."""
    pages: int = field(default=1, init=False)

    @classmethod
    def of(cls, page: CmsPage, following: Callable[[str], CmsPage]) -> "Sample":
        """The entries of a first page, and how to get the next one."""
        return cls(page.entries, following, page.next)

    def grow(self) -> bool:
        """Add another page; return false where enough entries, or all of them, have been looked at."""
        if self.following is None or self.cursor is None or self.pages >= PAGES or len(self.entries) >= ENOUGH:
            return False
        page = self.following(self.cursor)
        self.entries, self.cursor, self.pages = [*self.entries, *page.entries], page.next, self.pages + 1
        return True


@dataclass(frozen=True, slots=True)
class EntryCheck:
    """Looks for a field in entries."""

    sample: Sample
    may_lack: Callable[[Keys], bool] = lambda _: False
    """Whether entries without a value there may lack this key, or the last one of several."""
    certain: bool = True
    """Whether ``may_lack`` knows which keys can exist."""
    leads_out: Callable[[str], bool] = lambda _: False
    """Whether a key of the entry is known to lead to a file or to another entry."""
    allow: str = ALLOW
    """The advice where what a key leads to is empty in every entry. ``{}`` stands for the key; "" gives no advice."""

    def of(self, name: str, path: str) -> Finding:
        """What is found of the field that the settings map to a path."""
        read = lenient(reader(path))
        found = sum(_filled(read(entry)) for entry in self.sample.entries)
        while not found and self.sample.grow():
            found = sum(_filled(read(entry)) for entry in self.sample.entries)
        entries = self.sample.entries
        if found:
            return Finding(ok=True, what=f"`{name}` ({path}) is in {found} of {counted(len(entries), 'entry')}")
        what = f"`{name}` ({path}) is empty {in_all(len(entries), 'entry')}"
        if hung := self._hung(path):
            return Finding(ok=True, what=f"{what}, as is all that `{hung}` holds", fix=self.allow.format(hung) or None)
        check = f"check `{name}` in [cms.fields]"
        if self._is_empty(path):
            return Finding(ok=True, what=what, fix=None if self.certain else f"{check} where brands have one")
        return Finding(ok=False, what=f"`{name}` ({path}) is {in_none(len(entries), 'entry')}", fix=check)

    def _hung(self, path: str) -> str | None:
        """The key that the path looks into, if it is empty in every entry, or leads out and shows nothing."""
        keys, into = keys_of(path), nested_keys(path)
        above = [*accumulate(zip(keys[:-1]))] if keys else [(key,) for key in into]
        bare = (".".join(some) for some in above if self._is_bare(some))
        return next(bare, None) or next((key for key in sorted(into) if self._is_closed(key, path)), None)

    def _is_closed(self, key: str, path: str) -> bool:
        """Whether a key that leads out of the entry shows nothing of its target: ids alone, or only empty values."""
        if not self.leads_out(key):
            return False
        found = [at(entry, key) for entry in self.sample.entries]
        shown = [one for value in found for one in objects(value if isinstance(value, list) else [value])]
        named = every_key(path)
        return not shown or named is None or any(name in value for value in shown for name in named - {key})

    def _is_empty(self, path: str) -> bool:
        """Whether all that the path reads is there, but empty in every entry."""
        read = paths_read(path)
        return bool(read) and all(map(self._is_bare, read))

    def _is_bare(self, keys: Keys) -> bool:
        """Whether the value at these keys is there, but empty in every entry."""
        entries = self.sample.entries
        there = any(_has(entry, keys) for entry in entries) or self.may_lack(keys)
        return there and all(at(entry, *keys) in _EMPTY for entry in entries)


def _first(mapping: EntryMapping, entry: Any) -> Finding:
    brand = mapping.read(entry)
    if isinstance(brand, Skipped):
        what = f"the first entry cannot be read: {brand.detail}"
        return Finding(ok=False, what=what, fix="check `id` and `name` in [cms], or correct that entry")
    return Finding(ok=True, what=f"the first entry has the id {brand.cms_id} and a name")


def _external_id(path: str, entries: Sequence[Any]) -> Finding:
    keys, read = keys_of(path), lenient(reader(path))
    if any(_has(entry, keys) if keys else _filled(read(entry)) for entry in entries):
        return Finding(ok=True, what=f"`external_id` ({path}) is there", links=True)
    return Finding(
        ok=False,
        what=f"`external_id` ({path}) is {in_none(len(entries), 'entry')}: a CMS may ignore what is written there",
        fix="add that field to the CMS and let the API show it, or set `external_id` in [cms]; or keep links in the"
        ' journal alone: link = "journal" in [sync]',
        links=True,
    )


def _has(entry: Any, keys: Sequence[str]) -> bool:
    return entry is not None and is_there(entry, *keys)


def _filled(value: Any) -> bool:
    """Whether there is anything in a value: ``[null]`` and ``{"country": null}`` hold nothing."""
    within = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
    return any(inner not in _EMPTY for inner in within)
