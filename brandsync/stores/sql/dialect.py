"""How to read and write a table of brands in bulk: what all databases have in common."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any, ClassVar, Final

from peewee import ColumnMetadata, Database

from brandsync.backend import Finding
from brandsync.brand import batched
from brandsync.brand.kind import Kind
from brandsync.database import cursor, execute
from brandsync.errors import ConfigError
from brandsync.new_id import new_id
from brandsync.stores.sql.column_types import ColumnType
from brandsync.stores.sql.table import Table, id_text

Row = Sequence[Any]

_IDS_A_STATEMENT: Final = 1000


class Dialect(ABC):
    """One table in one kind of database. Values have the form that their columns take; ids come from ``Table.key``."""

    quote: ClassVar[str] = '"'
    mark: ClassVar[str] = "%s"
    """Stands for a value in a statement."""
    lock: ClassVar[str] = ""
    """The end of a SELECT that locks its rows until the transaction ends."""
    lax: ClassVar[bool] = False
    """See ``Table.lax``."""
    unfit_ids: ClassVar[Collection[str]] = ()
    """Column types, in small letters, whose values sort in another order than they compare with a text."""
    holds_nul: ClassVar[bool] = True
    """A text may hold U+0000."""
    secured: bool = False
    """Row-level security applies to this user: some rows can't be locked. Known once the table has been located."""
    clock: ClassVar[str]
    """The server's time in UTC, as a text that any time column takes."""
    own_types: ClassVar[Sequence[str]]
    """The types of brandsync's own columns: of the id, the link, other texts, the metadata and the times."""
    further_types: ClassVar[Mapping[Kind, str]]
    """The types of brandsync's own columns for a shop's own fields."""

    further_limits: ClassVar[Mapping[Kind, ColumnType]] = {}
    """What such columns hold, of the kinds that they limit."""

    def __init__(self, database: Database, table: Table) -> None:
        self.database = database
        self.table = replace(table, planned=self.further_limits) if table.own else table
        self.id = self.name(table.columns["id"])

    def name(self, name: str) -> str:
        """An identifier, quoted; it may contain any character."""
        quoted = self.quote + name.replace(self.quote, self.quote * 2) + self.quote
        return quoted.replace("%", "%%") if self.mark == "%s" else quoted

    @property
    def schema(self) -> str:
        """The start of the table's full name: its schema, quoted, and a dot; empty for the default schema."""
        return f"{self.name(self.table.schema)}." if self.table.schema else ""

    @property
    def target(self) -> str:
        """The table, quoted."""
        return self.schema + self.name(self.table.name)

    def columns(self, fields: Sequence[str]) -> list[str]:
        """The columns of these fields, quoted."""
        return [self.name(self.table.columns[field]) for field in fields]

    def value(self, column: str) -> str:
        """An expression that reads a column of the table ``b`` so that the driver gives text."""
        return f"b.{column}"

    def read(self, field: str) -> str:
        """An expression that reads a field from the table ``b``. A column of our own that isn't there yet is NULL.

        Raises:
            ConfigError: the field is not mapped: an older run wrote it.
        """
        column = self.table.columns.get(field)
        if column is None and field not in self.table.further:
            raise ConfigError(
                f"an older run wrote the field {field} of {self.table.title}, which is not mapped any more",
                hint="map it as it was, in [cms.fields] and in [store.columns] or [store.fields], and try again",
            )
        return self.value(self.name(column)) if column else "NULL"

    def bound(self, column: str) -> str:
        """The placeholder of a value that is written into a column (plain name)."""
        return self.mark

    def key(self) -> str:
        """The placeholder of a bound id."""
        return self.mark

    def now(self) -> str:
        """The server's time, to write into the time columns."""
        return str(execute(self.database, f"SELECT {self.clock}").fetchone()[0])

    def page(self, fields: Sequence[str], after: Any, limit: int) -> list[Row]:
        """The live rows with ids after this one, in the order of their ids."""
        where = [f"b.{self.id} > {self.key()}"] if after is not None else []
        where += self._living()
        sql = f"{self._select(fields)}{_where(where)} ORDER BY b.{self.id} LIMIT {limit}"
        return list(execute(self.database, sql, [] if after is None else [after]).fetchall())

    def refers(self, field: str, text: str) -> bool:
        """Whether any row, even a deleted one, holds this text in a field."""
        sql = f"SELECT 1 FROM {self.target} AS b WHERE b.{self.columns([field])[0]} = {self.mark} LIMIT 1"
        return execute(self.database, sql, [text]).fetchone() is not None

    def by_ids(self, fields: Sequence[str], ids: Sequence[Any], *, lock: bool = False, dead: bool = False) -> list[Row]:
        """The rows of these ids. ``dead``: also softly deleted rows. ``lock``: lock the rows."""
        rows: list[Row] = []
        for condition, values in self.conditions(ids):
            where = [condition, *([] if dead else self._living())]
            sql = f"{self._select(fields)}{_where(where)}{self.lock if lock else ''}"
            rows += execute(self.database, sql, values).fetchall()
        return rows

    def conditions(self, ids: Sequence[Any]) -> list[tuple[str, list[Any]]]:
        """Conditions on the table ``b`` that together select these ids, each with its values."""
        parts = batched(ids, _IDS_A_STATEMENT)
        return [(f"b.{self.id} IN ({', '.join([self.mark] * len(part))})", list(part)) for part in parts]

    def insert(self, columns: Sequence[str], rows: Sequence[Row]) -> int:
        """Insert rows (plain column names); returns how many the database took."""
        return self._many(self._insert(columns), rows)

    def insert_returning(self, columns: Sequence[str], rows: Sequence[Row]) -> list[str | None]:
        """Insert rows; returns the ids that the database gave them, in order; none for a row that it left out."""
        sql = f"{self._insert(columns)} RETURNING {self.id}"
        return [self.returned_id(execute(self.database, sql, row).fetchall()) for row in rows]

    def returned_id(self, rows: Sequence[Row]) -> str | None:
        """The id that an INSERT returned; none if a trigger has left its row out.

        Raises:
            ConfigError: the database gave the row no id.
        """
        if rows and rows[0][0] is None:
            raise no_ids(self)
        return id_text(rows[0][0]) if rows else None

    def update(self, columns: Sequence[str], rows: Sequence[Row]) -> int:
        """Update columns (plain names); a row is the new values, then the id. Returns how many rows it found."""
        settings = ", ".join(f"{self.name(column)} = {self.bound(column)}" for column in columns)
        return self._many(f"UPDATE {self.target} SET {settings} WHERE {self.id} = {self.mark}", rows)

    def delete(self, ids: Sequence[Any]) -> int:
        """Delete the rows of these ids for good; returns how many the database deleted."""
        return sum(
            execute(self.database, f"DELETE FROM {self.target} WHERE {condition.removeprefix('b.')}", values).rowcount
            for condition, values in self.conditions(ids)
        )

    def settle(self) -> None:
        """Check deferred constraints now: at the end of the transaction, nobody knows which brand is at fault."""

    def create(self) -> None:
        """Make brandsync's own table if it is missing; harmless to repeat, and to run twice at the same time."""
        key, link, text, metadata, moment = self.own_types
        execute(
            self.database,
            f"""
            CREATE TABLE IF NOT EXISTS {self.target} (
                id {key} NOT NULL PRIMARY KEY,
                cms_id {link} UNIQUE,
                name {text} NOT NULL,
                handle {text},
                description {text},
                logo_url {text},
                website_url {text},
                metadata {metadata},
                created_at {moment} NOT NULL,
                updated_at {moment} NOT NULL{"".join(f", {added}" for added in self._further(self.table.further))}
            ){self._table_options()}""",
        )

    def add(self, fields: Sequence[str]) -> None:
        """Add columns to brandsync's own table, for these fields of the shop's own."""
        for column in self._further(fields):
            execute(self.database, f"ALTER TABLE {self.target} ADD COLUMN {column}")

    def _further(self, fields: Iterable[str]) -> list[str]:
        """The definitions of the columns of these fields."""
        types = ((name, self.further_types[self.table.further[name] or Kind.TEXT]) for name in fields)
        return [f"{self.name(self.table.destinations[name])} {kind}" for name, kind in types]

    @abstractmethod
    def column_types(self, columns: Sequence[ColumnMetadata]) -> dict[str, ColumnType]:
        """What each column can hold, by the column's name. ``columns``: what peewee knows about them."""

    def version(self) -> str:
        """The server's name and version."""
        return str(execute(self.database, "SELECT VERSION()").fetchone()[0])

    def locate(self) -> str | None:
        """Make sure that the table can be read; returns its schema, or none for the default schema."""
        execute(self.database, f"SELECT 1 FROM {self.target} WHERE 1 = 0").fetchall()
        return self.table.schema

    def types(self, columns: Sequence[ColumnMetadata]) -> dict[str, str]:
        """The type of each column, by the column's name. ``columns``: what peewee knows about them."""
        return {column.name: column.full_type or column.data_type for column in columns}

    def no_id(self, kind: str) -> str:
        """A condition that selects rows whose id no text can find; ``kind`` is the id column's type."""
        return f"{self.id} IS NULL"

    def all_have_ids(self, kind: str) -> bool:
        """Whether a text can find the id of each live row; ``kind`` is the id column's type."""
        sql = f"SELECT 1 FROM {self.target} b{_where([self.no_id(kind), *self._living()])} LIMIT 1"
        return execute(self.database, sql).fetchone() is None

    def encodings(self) -> Mapping[str, str]:
        """The encodings that lack some characters, by column name."""
        return {}

    def takes_id(self, brand_id: str) -> bool:
        """Whether the id column can hold an id that brandsync makes."""
        return self.table.id_kind != "integer"

    @abstractmethod
    def unfilled(self, filled: Collection[str]) -> list[str]:
        """The columns that need a value, have no default, and are not filled by brandsync. The id always needs one.

        Empty if a trigger may fill them.
        """

    def needed(self) -> Sequence[str]:
        """The columns without which the database refuses an INSERT that adds no row."""
        return ()

    def sees_triggers(self) -> bool:
        """Whether this user would see a trigger that fills such columns."""
        return True

    @abstractmethod
    def followers(self) -> list[str]:
        """How rows of other tables change when a brand is deleted for good."""

    def hidden(self) -> Finding | None:
        """What this user can't see of the table, without any error."""
        return None

    def forbidden(self, privilege: str) -> Finding | None:
        """Why no row may be written even though the privilege is granted."""
        return None

    def probes(self, *, chooses_ids: bool) -> Mapping[str, str]:
        """For each privilege, a statement that needs it for all columns that brandsync writes. It touches no row."""
        given = [name for name in self.table.columns if name != "deleted_at" and (chooses_ids or name != "id")]
        changed = [name for name in self.table.columns if name not in {"id", "created_at"}]
        columns = [self.table.columns[name] for name in given]
        names = ", ".join(map(self.name, dict.fromkeys([*columns, *self.needed()])))
        settings = ", ".join(f"{column} = NULL" for column in self.columns(changed))
        return {
            "INSERT": f"INSERT INTO {self.target} ({names}) SELECT {names} FROM {self.target} WHERE 1 = 0",
            "UPDATE": f"UPDATE {self.target} SET {settings} WHERE 1 = 0",
            "DELETE": f"DELETE FROM {self.target} WHERE 1 = 0",
        }

    def _table_options(self) -> str:
        """What a new table's definition ends with."""
        return ""

    def _select(self, fields: Sequence[str]) -> str:
        values = [self.value(self.id), *map(self.read, fields)]
        return f"SELECT {', '.join(values)} FROM {self.target} b"

    def _living(self) -> list[str]:
        deleted_at = self.table.columns.get("deleted_at")
        return [f"b.{self.name(deleted_at)} IS NULL"] if deleted_at else []

    def _insert(self, columns: Sequence[str]) -> str:
        names = ", ".join(self.name(column) for column in columns)
        return f"INSERT INTO {self.target} ({names}) VALUES ({', '.join(map(self.bound, columns))})"

    def _many(self, sql: str, rows: Sequence[Row]) -> int:
        with closing(cursor(self.database)) as many:
            many.executemany(sql, rows)
            return int(many.rowcount)


def follower(table: str, key: str, action: str) -> str:
    """How a table's rows change with a brand's deletion, by the ``ON DELETE`` action of a foreign key."""
    what = "are deleted with the brand" if action == "CASCADE" else "lose the brand"
    return f"rows of {table} {what} (foreign key {key}, ON DELETE {action})"


def no_ids(dialect: Dialect) -> ConfigError:
    """The error for an id column that gives new rows no ids."""
    table = dialect.table
    other = 'set id_from = "client" in [store], or ' if dialect.takes_id(new_id()) else ""
    return ConfigError(
        f'the column "{table.columns["id"]}" of {table.title} has no default and does not count up, and id_from ='
        ' "database" waits for its ids: no brand can be created',
        hint=f"{other}give the column a default",
    )


def _where(conditions: Sequence[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""
