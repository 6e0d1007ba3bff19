"""How a batch is stored in an undo entry: row by row, or by column where its brands have texts alone."""

import json
from collections.abc import Sequence
from itertools import chain
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from brandsync.brand import Fields, are_texts, encode
from brandsync.journal.batch import Batch, BatchKind, LinkChange, LinkRow, WithBrands
from brandsync.journal.status import EntryState
from brandsync.plan.change import Change, Creations

T = TypeVar("T")

_ENCODER = msgspec.json.Encoder()
_NONE = msgspec.Raw(b"{}")


def encode_batch(batch: Batch) -> str:
    """The text of a batch."""
    document = _by_column(batch) or {
        "rows": [(row.cms_id, row.brand_id, _raw(row.before), _raw(row.after)) for row in batch.rows],
        "links": [_link(link) for link in batch.links],
    }
    return _ENCODER.encode({**document, "known": batch.known}).decode()


def _by_column(batch: Batch) -> dict[str, Any] | None:
    """A batch whose brands have texts alone, in the same fields: their names stand there once. None for any other."""
    rows = batch.rows
    before: set[tuple[str, ...]] = {()}
    if isinstance(rows, Creations):
        after, are_plain = {rows.brands.fields}, rows.brands.are_texts
        brands = [(*ids, *row) for *ids, row in zip(rows.cms_ids, rows.brands.ids, rows.brands.rows, strict=True)]
    else:
        before, after = {tuple(row.before) for row in rows}, {tuple(row.after) for row in rows}
        brands = [(row.cms_id, row.brand_id, *row.before.values(), *row.after.values()) for row in rows]
        are_plain = are_texts(chain.from_iterable(brands))
    if (len(before), len(after)) != (1, 1) or not are_plain:
        return None
    document = {"before": before.pop(), "after": after.pop(), "brands": brands}
    return document | ({"are_whole": True} if batch.links_are_whole else {"links": [*map(_link, batch.links)]})


def _raw(fields: Fields) -> msgspec.Raw:
    return msgspec.Raw(encode(fields).encode()) if fields else _NONE


def _link(link: LinkChange) -> tuple[str, Any, Any]:
    return link.cms_id, _link_values(link.before), _link_values(link.after)


def _link_values(link: LinkRow | None) -> tuple[str | None, ...] | None:
    return (link.brand_id, link.written, link.stored) if link else None


class _Document(msgspec.Struct):
    """A batch in its stored form: with ``rows`` and ``links``, or by column."""

    known: list[str]
    rows: list[tuple[str, str | None, dict[str, Any], dict[str, Any]]] | UnsetType = UNSET
    links: list[tuple[str, list[str | None] | None, list[str | None] | None]] | UnsetType = UNSET
    before: list[str] = []
    after: list[str] = []
    brands: list[list[str | None]] | UnsetType = UNSET
    """For each row its entry, its brand, and the values of the fields ``before`` and ``after``."""
    are_whole: bool = False
    """Each link is made or removed with its brand, and both sides hold the same of it."""

    def changes(self) -> list[Change]:
        """The rows."""
        if self.brands is UNSET:
            return [Change(*row) for row in _required(self.rows)]
        split = len(self.before)
        if not self.brands or any(len(set(names)) < len(names) for names in (self.before, self.after)):
            raise ValueError("no brand, or one name for two fields")
        return [
            Change(
                _required(cms_id or UNSET),
                brand_id,
                dict(zip(self.before, values[:split], strict=True)),
                dict(zip(self.after, values[split:], strict=True)),
            )
            for cms_id, brand_id, *values in self.brands
        ]

    def changed_links(self, rows: Sequence[Change]) -> Sequence[LinkChange]:
        """What becomes of the links."""
        if self.are_whole:
            return WithBrands(rows)
        return [
            LinkChange(cms_id, _link_row(before), _link_row(after)) for cms_id, before, after in _required(self.links)
        ]


def _link_row(values: list[str | None] | None) -> LinkRow | None:
    if values is None:
        return None
    brand_id, written, stored = values
    if brand_id is None:  # of a brand that a store is about to make, it is empty
        raise ValueError("a link to nothing")
    return LinkRow(brand_id, written, stored)


def _required(value: T | UnsetType) -> T:
    if value is UNSET:
        raise ValueError("a part of a batch is missing")
    return value


_DECODER = msgspec.json.Decoder(_Document)


def decode_batch(kind: BatchKind, state: EntryState, text: str) -> Batch:
    """The batch of such a text.

    Raises:
        ValueError, TypeError, RecursionError: it is no batch.
    """
    document = _read(text)
    rows = document.changes()
    links = document.changed_links(rows)
    if document.are_whole and not (kind.makes or kind.removes):
        raise ValueError("a link that is made or removed with a brand that stays")
    is_known = kind.in_store and not (kind is BatchKind.CREATE and state is not EntryState.DONE)
    if is_known and not all(row.brand_id for row in rows):
        raise ValueError("a brand without an id")
    if kind is BatchKind.UPDATE and not all(row.after.keys() <= row.before.keys() for row in rows):
        raise ValueError("an update without what was there before")
    if kind is BatchKind.LINK and not all("external_id" in row.before and "external_id" in row.after for row in rows):
        raise ValueError("a link without external ids")
    return Batch(kind, rows, links, document.known)


def _read(text: str) -> _Document:
    try:
        return _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeError):
        return msgspec.convert(json.loads(text), _Document)  # for texts that only Python's own reader takes
