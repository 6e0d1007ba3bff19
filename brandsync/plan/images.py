"""What becomes of pictures: those that may have changed are looked at, and their bytes decide."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from brandsync.brand import Brand, Skipped
from brandsync.brand.image import file_name, is_copy_of
from brandsync.plan.change import Action, SetImages
from brandsync.plan.changes import NEW, add_changes
from brandsync.plan.policy import OnConflict
from brandsync.plan.rules import Rules
from brandsync.plan.spool import Spool

_TABLES: Final = {
    "image": "cms_id, field, address, source, problem, PRIMARY KEY (cms_id, field)",
    "shown": "brand_id, field, reference, PRIMARY KEY (brand_id, field)",
    "recalled": "cms_id, field, brand_id, source, fingerprint, reference, PRIMARY KEY (cms_id, field)",
    "picture": "cms_id, field, name, found, PRIMARY KEY (cms_id, field)",
    "known": "cms_id, field, brand_id, source, fingerprint, reference, PRIMARY KEY (cms_id, field)",
}
"""Where the CMS has pictures; what the store's brands refer to; what is remembered; what is to be uploaded; and what
was found to be the same on both sides."""
_WHO: Final = f"(cms.brand_id IS NOT NULL AND cms.problem IS NULL) OR ({NEW})"
AT_ONCE: Final = 200
"""Pictures that are looked at before what is found of them is kept."""


class Due(msgspec.Struct, frozen=True):
    """A picture that may have changed, on either side."""

    cms_id: str
    brand_id: str | None
    field: str
    address: str | None
    source: str | None
    problem: str | None
    reference: str | None
    """What the store's brand refers to: none, or an empty text, where it has no picture."""
    recalled: int
    """It is remembered, for this brand."""
    source_then: str | None
    fingerprint_then: str | None
    reference_then: str | None
    brand: str
    """The brand's handle or name."""

    @property
    def edited_in_store(self) -> bool:
        """Whether somebody has given the brand another picture in the store."""
        return bool(self.recalled) and self.reference != self.reference_then


class Sight(msgspec.Struct, frozen=True):
    """What a look at a picture showed."""

    fingerprint: str = ""
    mime: str = ""
    extension: str = ""
    size: int = 0
    unreachable: str | None = None
    """Why it can't be had."""
    refused: str | None = None
    """Why it is none that the store takes, as the end of a sentence."""


class PlannedImage(msgspec.Struct, frozen=True):
    """A picture that a brand is to get."""

    cms_id: str
    field: str
    name: str
    address: str
    sight: Sight


class ImagePlan:
    """The pictures of one plan, in its spool."""

    def __init__(self, spool: Spool, fields: Sequence[str]) -> None:
        self._spool = spool
        self.fields = tuple(fields)
        for table, columns in _TABLES.items():
            spool.query(f"CREATE TABLE {table} ({columns})")

    def add_sources(self, sources: Iterable[tuple[str, str, str | None, str | None, str | None]]) -> None:
        """Keep where pictures are: entry, field, address, address with mark, and what is wrong with it."""
        self._spool.many("INSERT OR REPLACE INTO image VALUES (?, ?, ?, ?, ?)", sources)

    def forget_sources(self) -> None:
        """Forget them, to read them anew."""
        self._spool.query("DELETE FROM image")

    def add_brands(self, brands: Iterable[Brand]) -> None:
        """Keep what the store's brands refer to."""
        rows = ((brand.id, name, brand.fields.get(name)) for brand in brands for name in self.fields)
        self._spool.many("INSERT OR REPLACE INTO shown VALUES (?, ?, ?)", rows)

    def entry_ids(self) -> Iterator[list[str]]:
        """The entries whose pictures were read, some at a time."""
        last, query = "", "SELECT DISTINCT cms_id FROM image WHERE cms_id > ? ORDER BY cms_id LIMIT ?"
        while ids := [row[0] for row in self._spool.query(query, last, AT_ONCE)]:
            yield ids
            last = ids[-1]

    def recall(self, rows: Iterable[Sequence[Any]]) -> None:
        """Keep what is remembered: entry, field, brand, source, fingerprint and reference."""
        self._spool.many("INSERT OR REPLACE INTO recalled VALUES (?, ?, ?, ?, ?, ?)", rows)

    def due(self) -> Iterator[Sequence[Due]]:
        """The pictures that may have changed, in the order of the CMS, some at a time."""
        self._spool.query("CREATE INDEX IF NOT EXISTS change_entry ON change (cms_id)")
        name, handle = (self._spool.column(field) for field in ("name", "handle"))
        called = f"coalesce(nullif(cms.{handle}, ''), cms.{name})" if handle else f"cms.{name}"
        self._spool.query(
            "CREATE TABLE due AS SELECT cms.cms_id, cms.brand_id, image.field, address, image.source, image.problem,"
            " shown.reference, recalled.cms_id IS NOT NULL, recalled.source, recalled.fingerprint, recalled.reference,"
            f" {called} FROM image JOIN cms USING (cms_id)"
            " LEFT JOIN shown ON shown.brand_id = cms.brand_id AND shown.field = image.field"
            " LEFT JOIN recalled ON recalled.cms_id = image.cms_id AND recalled.field = image.field"
            " AND recalled.brand_id = cms.brand_id"
            f" WHERE ({_WHO}) AND (image.problem IS NOT NULL OR NOT ("
            "(image.source IS NULL AND ifnull(shown.reference, '') = '') OR (recalled.cms_id IS NOT NULL"
            " AND recalled.source IS image.source AND recalled.reference IS shown.reference)))"
            " ORDER BY cms.seq, image.field"
        )
        return ([Due(*row) for row in rows] for rows in self._pages("due"))

    def _pages(self, table: str) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of a table, some at a time. What is written in between is not seen twice."""
        last = 0
        while rows := self._spool.query(
            f"SELECT rowid, * FROM {table} WHERE rowid > ? ORDER BY rowid LIMIT ?", last, AT_ONCE
        ).fetchall():
            yield [row[1:] for row in rows]
            last = rows[-1][0]

    def conclude(self, due: Sequence[Due], look: Callable[[Sequence[str]], Sequence[Sight]], rules: Rules) -> None:
        """Add to the plan what becomes of these pictures. ``look`` looks at addresses."""
        open_ = [one for one in due if not self._is_left(one, rules)]
        addresses = [*dict.fromkeys(one.address for one in open_ if one.address)]
        sights = dict(zip(addresses, look(addresses), strict=True))
        for one in open_:
            self._decide(one, sights.get(one.address or ""))

    def _is_left(self, one: Due, rules: Rules) -> bool:
        """Whether it is left alone, however it looks. If a person should know, the plan tells why."""
        if one.problem:
            self._skip(one, "image_refused", f"its `{one.field}` {one.problem}; correct it in the CMS")
        elif "update" in rules.lacks:
            self._skip(one, "unsupported", rules.lacks["update"])
        elif one.edited_in_store and rules.on_conflict != OnConflict.CMS:
            if rules.on_conflict == OnConflict.SKIP:
                what = f"{one.field} of brand {one.brand_id!r} was edited in the store: make both sides agree"
                self._skip(one, "conflict", what)
        else:
            return False
        return True

    def _decide(self, one: Due, sight: Sight | None) -> None:
        if sight is None:
            self._change(one, None)
        elif sight.unreachable:
            self._skip(one, "image_unreachable", f"its `{one.field}` can't be fetched: {sight.unreachable}")
        elif sight.refused:
            self._skip(one, "image_refused", f"its `{one.field}` {sight.refused}")
        elif is_copy_of(one.reference, sight.fingerprint) or self._is_same(one, sight):
            row = one.cms_id, one.field, one.brand_id, one.source, sight.fingerprint, one.reference
            self._spool.query("INSERT INTO known VALUES (?, ?, ?, ?, ?, ?)", *row)
        else:
            self._change(one, sight)

    def _is_same(self, one: Due, sight: Sight) -> bool:
        """Whether the store has this picture under a name that doesn't tell."""
        known = one.recalled and one.reference and not one.edited_in_store
        return bool(known) and one.fingerprint_then == sight.fingerprint

    def _skip(self, one: Due, reason: Any, detail: str) -> None:
        self._spool.skip(Skipped(one.cms_id, reason, detail), wholly=False)

    def _change(self, one: Due, sight: Sight | None) -> None:
        name = file_name(one.brand, sight.fingerprint, sight.extension) if sight else None
        if name is None and not one.reference:
            row = one.cms_id, one.field, one.brand_id, one.source, None, None
            self._spool.query("INSERT INTO known VALUES (?, ?, ?, ?, ?, ?)", *row)
            return
        if sight:
            found = msgspec.json.encode((one.address, sight)).decode()
            self._spool.query("INSERT INTO picture VALUES (?, ?, ?, ?)", one.cms_id, one.field, name, found)
        self._add(one.cms_id, one.brand_id, one.field, one.reference, name)

    def _add(self, cms_id: str, brand_id: str | None, field: str, before: str | None, after: str | None) -> None:
        """Add a change of one picture; the pictures of one brand change together."""
        merged = self._spool.query(
            "UPDATE change SET before = json_set(before, ?, ?), after = json_set(after, ?, ?)"
            " WHERE action = ? AND cms_id = ?",
            *(f'$."{field}"', before, f'$."{field}"', after, Action.IMAGE, cms_id),
        )
        if not merged.rowcount:
            add_changes(self._spool, [SetImages(cms_id, brand_id, {field: before}, {field: after})])

    def deleted(self) -> list[str]:
        """The entries whose brands are to be deleted."""
        return [row[0] for row in self._spool.query("SELECT cms_id FROM change WHERE action = ?", Action.DELETE)]

    def let_go(self, rules: Rules) -> None:
        """Let brands that are to be deleted go without their pictures: an undo gives them back, in the same order.

        A brand that a person has given another picture stays, unless the CMS wins.
        """
        deleted = self._spool.query(
            "SELECT change.cms_id, change.brand_id, shown.field, shown.reference, recalled.cms_id IS NOT NULL"
            " AND recalled.reference IS NOT shown.reference FROM change JOIN shown USING (brand_id)"
            " LEFT JOIN recalled ON recalled.cms_id = change.cms_id AND recalled.brand_id = change.brand_id"
            " AND recalled.field = shown.field WHERE action = ? ORDER BY change.seq",
            Action.DELETE,
        ).fetchall()
        edited = {row[0]: row for row in deleted if row[4] and rules.on_conflict != OnConflict.CMS}
        for cms_id, brand_id, field, *_ in edited.values():
            self._spool.query("DELETE FROM change WHERE action = ? AND cms_id = ?", Action.DELETE, cms_id)
            remedy = "its entry is gone: publish it again, or delete the brand in the store"
            what = f"{field} of brand {brand_id!r} was edited in the store, and {remedy}"
            self._spool.skip(Skipped(cms_id, "conflict", what))
        for cms_id, brand_id, field, reference, _ in deleted:
            if reference and cms_id not in edited:
                self._add(cms_id, brand_id, field, reference, None)

    def planned(self, cms_ids: Sequence[str]) -> Iterator[PlannedImage]:
        """The pictures that these entries' brands are to get."""
        query = "SELECT cms_id, field, name, found FROM picture WHERE cms_id IN ({values})"
        for cms_id, field, name, found in self._spool.among(query, cms_ids):
            yield PlannedImage(cms_id, field, name, *msgspec.json.decode(found, type=tuple[str, Sight]))

    def known(self) -> Iterator[list[tuple[Any, ...]]]:
        """What was found to be the same on both sides: rows as those of ``recall``, some at a time."""
        return self._pages("known")

    def sources(self, cms_ids: Sequence[str]) -> dict[tuple[str, str], str | None]:
        """Where the CMS has the pictures of these entries, with their marks."""
        query = "SELECT cms_id, field, source FROM image WHERE cms_id IN ({values})"
        return {(cms_id, field): source for cms_id, field, source in self._spool.among(query, cms_ids)}

    def uploads(self) -> dict[str, int]:
        """The different pictures that the changes need: their sizes in bytes, by fingerprint."""
        return dict(
            self._spool.query(
                "SELECT DISTINCT json_extract(found, '$[1].fingerprint'), json_extract(found, '$[1].size') FROM picture"
                " JOIN change USING (cms_id) WHERE action = ?",
                Action.IMAGE,
            )
        )
