"""A batch of writes that belong together, with everything needed to undo them."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from operator import eq, is_

import msgspec
from msgspec.structs import replace

from brandsync.brand import encode
from brandsync.brand.listed import OnDemand
from brandsync.plan.change import Change, Creations


class BatchKind(StrEnum):
    """What a batch does. The journal stores these values."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    UNCREATE = "uncreate"
    """Undoes a creation."""
    RESTORE = "restore"
    """Undoes a deletion."""
    LINK = "link"
    """Writes external ids to the CMS. All other kinds write to the store."""

    @property
    def in_store(self) -> bool:
        """Whether it writes to the store (and not to the CMS)."""
        return self is not BatchKind.LINK

    @property
    def makes(self) -> bool:
        """Whether the store has its brands only after it is done."""
        return self in {BatchKind.CREATE, BatchKind.RESTORE}

    @property
    def removes(self) -> bool:
        """Whether the store no longer has its brands after it is done."""
        return self in {BatchKind.DELETE, BatchKind.UNCREATE}

    @property
    def inverse(self) -> "BatchKind":
        """The kind of batch that undoes it."""
        return _INVERSE[self]


_INVERSE = {
    BatchKind.CREATE: BatchKind.UNCREATE,
    BatchKind.UNCREATE: BatchKind.RESTORE,
    BatchKind.DELETE: BatchKind.RESTORE,
    BatchKind.RESTORE: BatchKind.DELETE,
    BatchKind.UPDATE: BatchKind.UPDATE,
    BatchKind.LINK: BatchKind.LINK,
}


class LinkRow(msgspec.Struct, frozen=True):
    """What the journal remembers about a link."""

    brand_id: str
    written: str | None = None
    """The fields that were last written, encoded; none if nothing is remembered."""
    stored: str | None = None
    """What the store then held, if that differs."""


class LinkChange(msgspec.Struct, frozen=True):
    """What a batch does to the journal's own link of an entry."""

    cms_id: str
    before: LinkRow | None
    after: LinkRow | None


class WithBrands(OnDemand[LinkChange]):
    """Links that come or go with their brands, of which both sides hold the same.

    That is how most links change, and hardly anybody asks for what they remember.
    """

    def __init__(self, rows: Sequence[Change]) -> None:
        """``rows``: creations, or removals."""
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def made(self, place: int) -> LinkChange:
        """What becomes of the link of the row at a place."""
        row = self.rows[place]
        before, after = (
            LinkRow(row.brand_id or "", encode(side)) if side else None for side in (row.before, row.after)
        )
        return LinkChange(row.cms_id, before, after)

    def written(self) -> Iterator[tuple[str, str | None, str]]:
        """Of each brand that is made: its entry, its id, and what is remembered of it."""
        rows = self.rows
        if isinstance(rows, Creations):
            yield from zip(rows.cms_ids, rows.brands.ids, rows.brands.texts(), strict=True)
        else:
            yield from ((row.cms_id, row.brand_id, encode(row.after)) for row in rows if row.after)

    def removed(self) -> Sequence[str]:
        """The entries whose brands are removed."""
        return [] if isinstance(self.rows, Creations) else [row.cms_id for row in self.rows if not row.after]


class Batch(msgspec.Struct, frozen=True):
    """Writes that are made together, and everything needed to undo them."""

    kind: BatchKind
    rows: Sequence[Change]
    links: Sequence[LinkChange] = ()
    """The changes to the journal's own links."""
    known: Sequence[str] = ()
    """Brands that looked the same before a creation, if the store chooses the ids: brandsync didn't create them."""

    @property
    def links_are_whole(self) -> bool:
        """Whether its links come or go with its brands, and say nothing else."""
        return isinstance(self.links, WithBrands) and self.consists_of(self.links.rows)

    def consists_of(self, rows: Sequence[Change]) -> bool:
        """Whether its rows are just these, not only equal ones. But a creation is made anew when one asks for it."""
        alike = eq if isinstance(self.rows, Creations) else is_
        return rows is self.rows or (len(rows) == len(self.rows) and all(map(alike, rows, self.rows)))

    def only(self, rows: Sequence[Change]) -> "Batch":
        """The part of the batch for these rows."""
        wanted = {row.cms_id: row for row in rows}
        if self.links_are_whole and sum(wanted.get(row.cms_id) is row for row in self.rows) == len(rows):
            return Batch(self.kind, rows, WithBrands(rows), self.known)
        return Batch(self.kind, rows, [link for link in self.links if link.cms_id in wanted], self.known)

    def inverse(self) -> "Batch":
        """The batch that undoes this one."""
        rows = [Change(row.cms_id, row.brand_id, row.after, row.before) for row in self.rows]
        links: Sequence[LinkChange] = WithBrands(rows)
        if not self.links_are_whole:
            links = [LinkChange(link.cms_id, link.after, link.before) for link in self.links]
        return Batch(self.kind.inverse, rows, links, self.known)

    def moved(self, done: Sequence[Change]) -> dict[str, str]:
        """Brands that came back with another id: the new ids by the old ones."""
        if done is self.rows:
            return {}
        now = {row.cms_id: row.brand_id for row in done}
        pairs = ((row.brand_id, now.get(row.cms_id)) for row in self.rows)
        return {old: new for old, new in pairs if old and new and old != new}

    def linked(self) -> Iterator[tuple[str, str | None, str | None]]:
        """What becomes of the journal's links: an entry, its brand before, and after."""
        if self.links_are_whole:
            for row in self.rows:
                yield row.cms_id, row.brand_id if row.before else None, row.brand_id if row.after else None
            return
        for link in self.links:
            yield link.cms_id, _brand_of(link.before), _brand_of(link.after)

    def ids(self) -> Iterator[str]:
        """All brand ids in it."""
        for row in self.rows:
            yield row.brand_id or ""
            if not self.kind.in_store:
                yield from (value for side in (row.before, row.after) for value in side.values() if value)
        for link in () if self.links_are_whole else self.links:
            yield from (side.brand_id for side in (link.before, link.after) if side)

    def renamed(self, ids: Mapping[str, str]) -> "Batch":
        """This batch with old brand ids replaced."""
        if not ids:
            return self
        rows = [self._renamed_row(row, ids) for row in self.rows]
        if self.links_are_whole:
            return replace(self, rows=rows, links=WithBrands(rows))
        links = [LinkChange(link.cms_id, _renamed(link.before, ids), _renamed(link.after, ids)) for link in self.links]
        return replace(self, rows=rows, links=links)

    def _renamed_row(self, row: Change, ids: Mapping[str, str]) -> Change:
        before, after = row.before, row.after
        if not self.kind.in_store:
            before, after = ({name: ids.get(value, value) for name, value in side.items()} for side in (before, after))
        return Change(row.cms_id, ids.get(row.brand_id or "", row.brand_id or "") or None, before, after)


def _renamed(link: LinkRow | None, ids: Mapping[str, str]) -> LinkRow | None:
    return replace(link, brand_id=ids.get(link.brand_id, link.brand_id)) if link else None


def _brand_of(link: LinkRow | None) -> str | None:
    return link.brand_id if link else None
