"""The SQL store: brands in a table of SQLite, PostgreSQL, MySQL or MariaDB, its own or an existing one.

Compare-and-set is exact with any collation or column type. In one transaction, the rows are read and locked, and
compared here. Only rows that still hold the expected values are written.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, ClassVar, Final

from peewee import Database, MySQLDatabase, PostgresqlDatabase, SqliteDatabase

from brandsync.backend import Finding
from brandsync.brand import Brand, BrandUpdate, Fields, NewBrand
from brandsync.brand.image import ImageFile
from brandsync.brand.kind import Kind, holds
from brandsync.brand.listed import AsGiven
from brandsync.database import TableMissing, connect, describe, errors, exists, file_problem, place_problem
from brandsync.errors import ConfigError, CredentialsRefused, Rejected
from brandsync.stores.image_directory import LIMITS, ImageDirectory
from brandsync.stores.images import ImageLimits
from brandsync.stores.interface import (
    BrandStore,
    Claim,
    PartlyRejected,
    StoreCapabilities,
    StorePage,
    UniqueRule,
)
from brandsync.stores.sql.inspect import (
    further_findings,
    id_problem,
    inspect,
    privileges,
    shortcomings,
    stays_different,
)
from brandsync.stores.sql.kept import not_updated, refuse, without_refused
from brandsync.stores.sql.mysql import MySqlDialect
from brandsync.stores.sql.postgres import PostgresDialect
from brandsync.stores.sql.rows import Rows
from brandsync.stores.sql.settings import SqlSettings
from brandsync.stores.sql.sqlite import SqliteDialect
from brandsync.stores.sql.table import Table
from brandsync.stores.sql.unique_mysql import MySqlUniqueIndexes
from brandsync.stores.sql.unique_postgres import PostgresUniqueIndexes
from brandsync.stores.sql.unique_sqlite import SqliteUniqueIndexes
from brandsync.stores.sql.values import Values

_log = logging.getLogger(__name__)
_KINDS: Final = (
    (PostgresqlDatabase, PostgresDialect, PostgresUniqueIndexes),
    (MySQLDatabase, MySqlDialect, MySqlUniqueIndexes),
    (SqliteDatabase, SqliteDialect, SqliteUniqueIndexes),
)


class SqlStore(BrandStore):
    """A table of brands."""

    Settings: ClassVar[type[SqlSettings]] = SqlSettings
    page_size: int = 5_000
    """The most brands in one page of a listing. A subclass may lower it, or a store before its first page."""
    batch_size: int = 5_000
    """The most brands in one call. A subclass may lower it."""
    verified: ClassVar[str] = "a real SQLite 3.40, PostgreSQL 15 and MariaDB 10.11, 2026-11"

    def __init__(self, settings: SqlSettings) -> None:
        super().__init__(settings)
        self._url = settings.url.get_secret_value()
        self._address = describe(self._url)
        self.database: Database = connect(self._url)
        dialect, indexes = next((d, i) for kind, d, i in _KINDS if isinstance(self.database, kind))
        self._dialect = dialect(self.database, Table.of(settings))
        self._rows = Rows(self._dialect)
        self._unique = indexes(self._dialect)
        self._values = Values(self._dialect)
        self._inspected = False
        self._warned: set[UniqueRule] = set()
        self._ids_fit = False
        self._confirm: Callable[[], None] = lambda: None
        self.capabilities = StoreCapabilities(
            fields=frozenset(self._table.fields),
            batch=self.batch_size,
            chooses_ids=settings.id_from == "client",
            compare_and_set=True,
        )

    def list_brands(self, fields: Sequence[str], cursor: str | None = None) -> StorePage:
        """One page of the brands that aren't deleted, by id; empty while brandsync's own table isn't made yet."""
        with errors(self.database):
            return self._rows.page(fields, cursor, self.page_size) if self._is_there() else StorePage([])

    def get_brands(self, fields: Sequence[str], ids: Sequence[str]) -> Sequence[Brand]:
        """The brands of these ids that exist and aren't deleted."""
        with errors(self.database):
            return list(self._rows.read(fields, ids).values()) if self._is_there() else []

    @without_refused
    def create_brands(self, brands: Sequence[NewBrand]) -> Sequence[Brand]:
        """Create brands, all or none.

        Raises:
            ConfigError: the ids that brandsync makes don't fit their column.
        """
        with self._transaction():
            self._require_fitting(brands)
            return self._as_written(self._rows.insert(brands, with_ids=self.capabilities.chooses_ids))

    @without_refused
    def update_brands(self, updates: Sequence[BrandUpdate]) -> Sequence[Brand]:
        """Update the brands that still hold their ``before``."""
        with self._transaction():
            fields = {name: None for u in updates for name in u.before}
            held = self._rows.read(list(fields), [u.id for u in updates], lock=True)
            due = [u for u in updates if u.id in held and holds(held[u.id].fields, u.before)]
            written = [Brand(u.id, u.after) for u in due]
            missed = self._rows.write(written)
            if self._table.own and not missed:
                return written
            now = self._held(written)
            kept = not_updated(due, now, self._table.texts, missed=missed > 0)
            refuse(updates, {brand_id: self._told(what) for brand_id, what in kept})
            return _of_same_fields(written, now)

    @without_refused
    def delete_brands(self, brands: Sequence[Brand]) -> Sequence[str]:
        """Delete the brands that still hold their fields: softly if ``deleted_at`` is mapped."""
        return self._delete(brands, softly="deleted_at" in self._table.columns)

    @without_refused
    def uncreate_brands(self, brands: Sequence[Brand]) -> Sequence[str]:
        """Delete for good the brands that still hold their fields."""
        return self._delete(brands, softly=False)

    @without_refused
    def restore_brands(self, brands: Sequence[NewBrand]) -> Sequence[Brand]:
        """Bring brands back: softly deleted ones become alive again, others are created with the id they had.

        Raises:
            Rejected: a brand with that id is alive and holds something else.
        """
        with self._transaction():
            known = [Brand(brand.id, brand.fields) for brand in brands if brand.id]
            there = self._held(known, lock=True, dead=True)
            alive = self._held([b for b in known if b.id in there])
            if other := next((b.id for b in known if b.id in alive and not holds(alive[b.id].fields, b.fields)), None):
                what = f"brand {other} is there and holds something else"
                raise Rejected(what, hint="look at it, and keep what is right")
            marks = {"deleted_at": None} if "deleted_at" in self._table.columns else {}
            self._rows.write([b for b in known if b.id in there and b.id not in alive], **marks)
            again = iter(self._rows.insert([b for b in brands if b.id and b.id not in there], with_ids=True))
            made = iter(self._rows.insert([b for b in brands if not b.id], with_ids=False))
            return self._as_written(
                [Brand(b.id, b.fields) if b.id and b.id in there else next(again if b.id else made) for b in brands]
            )

    def canonical_id(self, brand_id: str) -> str:
        """The id as its column spells it: a ``uuid`` or a whole number has many spellings, a text has one."""
        if self._table.own:
            return brand_id
        if not self._inspected:
            with errors(self.database):
                self._is_there()
        return self._table.canonical_id(brand_id)

    def unique_rules(self) -> Sequence[UniqueRule]:
        """The table's unique indexes that limit which values a brand may have."""
        with errors(self.database):
            return list(self._unique.rules) if self._is_there() else []

    def claims(self, rule: UniqueRule, brands: Sequence[tuple[str | None, Fields]]) -> Sequence[Claim]:
        """What each of these brands would claim of an index, as the database compares."""
        unforeseen = self._unique.rules[rule].unforeseen
        if not unforeseen:
            try:
                with errors(self.database):
                    return self._unique.claims(rule, brands)
            except (ConfigError, CredentialsRefused, Rejected) as error:
                # An expression that fails for one of them, or an unknown kind of index.
                if len(brands) > 1 and isinstance(error, Rejected):
                    half = len(brands) // 2
                    return [*self.claims(rule, brands[:half]), *self.claims(rule, brands[half:])]
                unforeseen = error.message
        is_asked = any(brand_id is None or not fields.keys().isdisjoint(rule.fields) for brand_id, fields in brands)
        if is_asked and rule not in self._warned:
            self._warned.add(rule)
            what = "what is taken of the unique index %s can't be foreseen: %s; the database refuses a taken value"
            _log.warning(what, rule.name, unforeseen)
        return [Claim()] * len(brands)

    def refuses(self, fields: Fields) -> str | None:
        """Why this table could never hold these fields, or none."""
        return self._values.problem(fields)

    def takes_all(self, columns: Mapping[str, Sequence[Any]]) -> bool:
        """Whether it is plain to see that this table could hold all brands with these values."""
        return self._values.are_plain(columns)

    @property
    def images(self) -> ImageLimits:
        """What the directory takes: any picture."""
        return LIMITS

    def upload(self, file: ImageFile) -> str:
        """Write a picture into the directory."""
        self._confirm()
        return self._pictures.upload(file)

    def find_upload(self, name: str, fingerprint: str) -> str | None:
        """The picture of this name, if the directory has it."""
        return self._pictures.find(name)

    def remove_upload(self, reference: str) -> bool:
        """Remove a picture from the directory, unless a row of the table refers to it."""
        pictures = [name for name in self._table.further if self._table.kinds[name] is Kind.IMAGE]
        with errors(self.database):
            if self._is_there() and any(self._dialect.refers(name, reference) for name in pictures):
                return False
        self._confirm()
        self._pictures.remove(reference)
        return True

    @property
    def _pictures(self) -> ImageDirectory:
        """The directory.

        Raises:
            ConfigError: the settings name none.
        """
        if self.settings.images is None:
            raise ConfigError("[store] names no directory for pictures", hint='set it, such as images = "logos"')
        return ImageDirectory(self.settings.images, self.settings.images_url)

    def guard_writes(self, confirm: Callable[[], None]) -> None:
        """Call ``confirm`` before each commit."""
        self._confirm = confirm

    def where(self) -> str:
        """The database, without its password, and the table."""
        return f"{self._address} {self._table.title}"

    def read_only(self) -> None:
        """Open the database for reading only."""
        self.database = self._dialect.database = connect(self._url, read_only=True)

    def require_creatable(self, fields: Collection[str]) -> None:
        """Check that the table, or the file that it is to be made in, takes new brands with these fields.

        Raises:
            ConfigError: no brand can be created. What a hidden trigger may still do is left to the database.
        """
        with errors(self.database):
            if not self._is_there():
                problem = file_problem(self._url)
                found = [problem] if problem else []
            elif self._dialect.sees_triggers():
                found = list(shortcomings(self._dialect, chooses_ids=self.capabilities.chooses_ids, fields=fields))
            else:
                found = []
        if found:
            raise ConfigError("; ".join(problem.what for problem in found), hint=found[0].fix)

    def prepare(self) -> None:
        """Make brandsync's own table if it is missing."""
        with errors(self.database):
            if self._table.own and not self._is_there():
                self._dialect.create()
            if self._is_there() and (absent := self._absent()):
                self._add(absent)

    def _absent(self) -> list[str]:
        """The fields of the shop's own for which brandsync's own table has no column yet."""
        return [name for name in self._table.further if name not in self._table.columns]

    def _add(self, absent: Sequence[str]) -> None:
        try:
            self._dialect.add(absent)
        except (ConfigError, Rejected):
            if self._inspect_again():  # nobody else has just added them
                raise
        if absent := self._inspect_again():
            raise ConfigError(f"the table {self._table.title} lacks the columns {', '.join(absent)}", hint="add them")

    def _inspect_again(self) -> list[str]:
        self._dialect.table, self._inspected = Table.of(self.settings), False
        self._is_there()
        return self._absent()

    def kinds(self) -> Mapping[str, Kind]:
        """The kinds of the shop's own fields: what the settings say, otherwise what their columns are made for."""
        with errors(self.database):
            self._is_there()
        return {name: self._table.kinds[name] for name in self._table.further}

    def check(self) -> Iterator[Finding]:
        """Connect, and check the table, its columns, its indexes and the privileges. Writes nothing."""
        if exists(self._url):
            with errors(self.database):
                yield Finding(ok=True, what=f"{self._address} answers: {self._dialect.version()}")
        try:
            with errors(self.database):
                there = self._is_there()
        except ConfigError as error:
            yield Finding(ok=False, what=error.message, fix=error.hint)
            return
        if not there:
            what = f"the table {self._table.title}" if exists(self._url) else self._address
            yield place_problem(self._url, self._table.schema) or Finding(
                ok=True, what=f"{what} will be made by the first run"
            )
            return
        yield Finding(ok=True, what=f"the table {self._table.title} has the columns and the unique index it needs")
        yield from further_findings(self._table)
        for rule in self.unique_rules():
            yield Finding(ok=True, what=self._unique.told(rule))
        for warning in self.capabilities.inexact.values():
            yield Finding(ok=True, what=f"a deletion cannot be taken back exactly: {warning}")
        chooses_ids = self.capabilities.chooses_ids
        with errors(self.database):
            if hidden := self._dialect.hidden():
                yield hidden
            yield from shortcomings(self._dialect, chooses_ids=chooses_ids)
        if self.settings.images:
            yield self._directory_finding()
        yield from privileges(self._url, self._dialect, chooses_ids=chooses_ids)

    def _directory_finding(self) -> Finding:
        try:
            self._pictures.require_writable()
        except ConfigError as error:
            return Finding(ok=False, what=error.message, fix=error.hint)
        return Finding(ok=True, what=f"pictures can be written to {self.settings.images}")

    def close(self) -> None:
        """Close the connection."""
        with errors(self.database):
            self.database.close()

    @property
    def _table(self) -> Table:
        return self._dialect.table

    def _is_there(self) -> bool:
        """Whether the table is there. Looks only until it has found the table.

        Raises:
            ConfigError: a mapped table is missing, or the table doesn't fit.
        """
        if self._inspected:
            return True
        if exists(self._url):
            with suppress(TableMissing), errors(self.database):
                self._dialect.table = inspect(self._dialect, self._unique)
                if different := stays_different(self._unique):
                    self.capabilities = replace(self.capabilities, inexact={"delete": different})
                self._inspected = True
        if not self._inspected and not self._table.own:
            raise self._missing()
        return self._inspected

    def _require_fitting(self, brands: Sequence[NewBrand]) -> None:
        """Check once whether the ids that brandsync makes fit their column."""
        chosen = next((brand.id for brand in brands if brand.id), None)
        if chosen and not self._ids_fit and (problem := id_problem(self._dialect, chosen)):
            raise problem
        self._ids_fit = bool(chosen)

    def _missing(self) -> ConfigError:
        own = "leave out [store.columns]: then brandsync makes a table of its own"
        missing = f"there is no table {self._table.title} in {self._address}"
        if not exists(self._url):
            return ConfigError(f"{missing}: there is no such file", hint=f"correct the path in [store] url, or {own}")
        hint = f"correct [store] table or url, make the table with the shop's own migrations, or {own}"
        return ConfigError(missing, hint=hint)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with errors(self.database), self.database.atomic():
            self._is_there()
            yield
            self._dialect.settle()
            self._confirm()

    def _delete(self, brands: Sequence[Brand], *, softly: bool) -> Sequence[str]:
        """Delete the brands that still hold their fields. For good, softly deleted ones too.

        Raises:
            PartlyRejected: the database has kept some of them.
        """
        with self._transaction():
            held = self._held(brands, lock=True, dead=not softly)
            gone = [brand.id for brand in brands if brand.id not in held]
            doomed = [brand.id for brand in brands if brand.id in held and holds(held[brand.id].fields, brand.fields)]
            if softly:
                self._rows.write([Brand(brand_id, {}) for brand_id in doomed], deleted_at=self._dialect.now())
                kept: Iterable[str] = self._rows.read((), doomed)
            else:
                kept = self._rows.delete(doomed)
            refuse(brands, dict.fromkeys(kept, self._told("kept the brand, which was to be deleted")))
            return [*gone, *doomed]

    def _held(self, brands: Sequence[Brand], *, lock: bool = False, dead: bool = False) -> dict[str, Brand]:
        """These brands as the table holds them, with all fields that any of these has."""
        fields = {name: None for brand in brands for name in brand.fields}
        return self._rows.read(list(fields), [brand.id for brand in brands], lock=lock, dead=dead)

    def _as_written(self, brands: Sequence[Brand | None]) -> Sequence[Brand]:
        """The brands as the table holds them now: someone else's table may have triggers.

        Raises:
            PartlyRejected: the database has left some of them out.
        """
        if self._table.own and isinstance(brands, AsGiven):
            return brands
        known = [brand for brand in brands if brand]
        if self._table.own and len(known) == len(brands):
            return known
        held = self._held(known)
        lost = [place for place, brand in enumerate(brands) if not brand or brand.id not in held]
        if lost:
            raise PartlyRejected((), dict.fromkeys(lost, Rejected(self._told("left the brand out without an error"))))
        return _of_same_fields(known, held)

    def _told(self, what: str) -> str:
        """A sentence on what the database did, and where to look for the reason."""
        security = " and its row-level security" if self._dialect.secured else ""
        return f"the database {what}: see the triggers of {self._table.title}{security}"


def _of_same_fields(brands: Sequence[Brand], held: Mapping[str, Brand]) -> list[Brand]:
    """These brands, with the held values of their fields."""
    return [Brand(b.id, {name: held[b.id].fields[name] for name in b.fields}) for b in brands]
