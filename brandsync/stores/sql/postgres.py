"""A table of brands in PostgreSQL."""

from collections.abc import Sequence
from typing import Any, ClassVar, Final

import msgspec

from brandsync.database import TableMissing, cursor, execute
from brandsync.stores.sql.dialect import Dialect, Row

_TEXT_TYPES: Final = frozenset({"text", "character varying", "character"})
_ID_TYPES: Final = {
    "smallint": "bigint",
    "integer": "bigint",
    "bigint": "bigint",
    "numeric": "numeric",
    "uuid": "uuid",
    "character": "bpchar",
}
_ENCODER: Final = msgspec.json.Encoder()
_LOCK_KEY: Final = 0x6272616E6473  # "brands"


class PostgresDialect(Dialect):
    """PostgreSQL: rows go in by COPY, and updates as arrays in one statement."""

    holds_nul: ClassVar[bool] = False
    lock: ClassVar[str] = " FOR NO KEY UPDATE OF b"
    clock: ClassVar[str] = "to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')||'+00'"

    def value(self, column: str) -> str:
        """Everything is read as text: a number or an id of any type is compared as what it says."""
        return f"b.{column}::text"

    def key(self, column: str) -> str:
        """A bound id, of the id column's type."""
        return f"%s::{self._id_type}"

    def conditions(self, ids: Sequence[Any]) -> list[tuple[str, list[Any]]]:
        """One array: it has no limit of 65,535 values."""
        return [(f"b.{self.id} = ANY(%s::{self._id_type}[])", [list(ids)])]

    def insert(self, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """COPY the rows into the table."""
        names = ", ".join(self.name(column) for column in columns)
        statement = f"COPY {self.target} ({names}) FROM STDIN".replace("%%", "%")
        with cursor(self.database) as target, target.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)

    def insert_returning(self, columns: Sequence[str], rows: Sequence[Row]) -> list[str]:
        """Insert row by row in a pipeline: only so is it sure which id is whose."""
        marks = ", ".join(f"%s{self._cast(column)}" for column in columns)
        names = ", ".join(self.name(column) for column in columns)
        sql = f"INSERT INTO {self.target} ({names}) VALUES ({marks}) RETURNING {self.id}::text"
        with cursor(self.database) as pipeline:
            pipeline.executemany(sql, rows, returning=True)
            return [result.fetchone()[0] for result in pipeline.results()]

    def update(self, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """One UPDATE from one JSON document: linear however many rows there are, and with no temporary table."""
        names = [*(f"c{n}" for n in range(len(columns))), "id"]
        settings = ", ".join(f"{self.name(name)} = v.c{n}{self._cast(name)}" for n, name in enumerate(columns))
        types = ", ".join([*(f"{name} text" for name in names[:-1]), f"id {self._id_type}"])
        sql = (
            f"UPDATE {self.target} b SET {settings}"
            f" FROM json_to_recordset(%s::json) AS v({types}) WHERE b.{self.id} = v.id"
        )
        document = _ENCODER.encode([dict(zip(names, row, strict=True)) for row in rows]).decode()
        execute(self.database, sql, [document])

    def delete(self, ids: Sequence[Any]) -> None:
        """Delete the rows of these ids for good."""
        condition, values = self.conditions(ids)[0]
        execute(self.database, f"DELETE FROM {self.target} b WHERE {condition}", values)

    def create(self) -> None:
        """Make the table, if it is missing. ``json`` keeps metadata to the letter; ``jsonb`` would not."""
        with self.database.atomic():
            # Two CREATE TABLE IF NOT EXISTS at once can still collide: one waits for the other.
            execute(self.database, "SELECT pg_advisory_xact_lock(%s)", [_LOCK_KEY])
            execute(
                self.database,
                f"""
                CREATE TABLE IF NOT EXISTS {self.target} (
                    id text COLLATE "C" NOT NULL PRIMARY KEY,
                    cms_id text COLLATE "C" UNIQUE,
                    name text NOT NULL,
                    handle text,
                    description text,
                    logo_url text,
                    website_url text,
                    metadata json,
                    created_at timestamptz NOT NULL,
                    updated_at timestamptz NOT NULL
                )""",
            )

    def version(self) -> str:
        """The server's name and version."""
        return " ".join(super().version().split()[:2])

    def locate(self) -> str | None:
        """The schema in which the search path finds the table, once it is sure that it can be read.

        Raises:
            TableMissing: there is no such table. Asking for it would break off a transaction.
        """
        sql = """SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.oid = to_regclass(%s)"""
        row = execute(self.database, sql, [self.target.replace("%%", "%")]).fetchone()
        if row is None:
            raise TableMissing(f"there is no table {self.table.title}")
        super().locate()
        return str(row[0])

    @property
    def _id_type(self) -> str:
        return _ID_TYPES.get(self.table.types.get(self.table.columns["id"], ""), "text")

    def _cast(self, column: str) -> str:
        """What makes text a column's type. A cast to ``varchar(n)`` would cut it short; assigning to it refuses."""
        kind = self.table.types.get(column, "text")
        return "" if kind in _TEXT_TYPES else f"::{kind}"
