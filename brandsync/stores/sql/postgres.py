"""A table of brands in PostgreSQL."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar, Final

import msgspec

from brandsync.backend import Finding
from brandsync.database import TableMissing, cursor, errors, execute, is_limited
from brandsync.errors import ConfigError, Rejected
from brandsync.stores.sql.dialect import Dialect, Follower, Row, returned_id

_TEXT_TYPES: Final = frozenset({"text", "character varying", "bpchar"})
_WIDER: Final = {"smallint": "bigint", "integer": "bigint"}
"""Wider types for ids: so an id that is too large for its column is not found, instead of an error."""
_COMMANDS: Final = {
    "INSERT": ("a", "WITH CHECK (true)"),
    "UPDATE": ("w", "USING (true) WITH CHECK (true)"),
    "DELETE": ("d", "USING (true)"),
}
"""For each privilege, the ``polcmd`` of its policies, and the clause that a policy needs."""
_ENCODER: Final = msgspec.json.Encoder()
_LOCK_KEY: Final = 0x6272616E6473  # "brands"

_LOCATE: Final = """
    SELECT n.nspname, row_security_active(c.oid)
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass(%s)"""
_TYPES: Final = """
    WITH RECURSIVE base(number, name, type) AS (
        SELECT attnum, attname, atttypid FROM pg_catalog.pg_attribute
        WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped
        UNION ALL
        SELECT number, name, typbasetype FROM base JOIN pg_catalog.pg_type t ON t.oid = type AND typtype = 'd')
    SELECT name, format_type(type, -1) FROM base JOIN pg_catalog.pg_type t ON t.oid = type AND typtype <> 'd'
    ORDER BY number"""
"""A domain counts as its base type, and no type has a length: a cast to a domain or a length may refuse or cut an id.
"""
_UNFILLED: Final = """
    SELECT a.attname FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    WHERE c.oid = to_regclass(%s) AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
        AND a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AND NOT EXISTS (
            SELECT 1 FROM pg_catalog.pg_trigger t
            WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgtype & 6 = 6)"""
"""The ``tgtype`` of a BEFORE INSERT trigger has both bits."""
_POLICIES: Final = """
    SELECT polpermissive, pg_get_expr(polqual, polrelid) FROM pg_catalog.pg_policy
    WHERE polrelid = to_regclass(%s) AND polcmd IN (%s, '*')
        AND EXISTS (SELECT 1 FROM unnest(polroles) AS role WHERE role = 0 OR pg_has_role(role, 'MEMBER'))"""

_FOLLOWING: Final = """
    SELECT conrelid::regclass::text, conname::text,
        CASE confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' ELSE 'SET DEFAULT' END
    FROM pg_catalog.pg_constraint WHERE contype = 'f' AND confrelid = to_regclass(%s) AND conparentid = 0
        AND confdeltype IN ('c', 'n', 'd') ORDER BY 1, 2"""


class PostgresDialect(Dialect):
    """PostgreSQL: rows go in by COPY, and updates as one JSON document in one statement."""

    holds_nul: ClassVar[bool] = False
    lock: ClassVar[str] = " FOR NO KEY UPDATE OF b"
    clock: ClassVar[str] = "to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')||'+00'"

    def value(self, column: str) -> str:
        """Read everything as text: numbers and ids of any type are compared by their text."""
        return f"b.{column}::text"

    def key(self, column: str) -> str:
        """A bound id, cast to the id column's type."""
        return f"%s::{self._id_type}"

    def conditions(self, ids: Sequence[Any]) -> list[tuple[str, list[Any]]]:
        """One condition with one array: so there is no limit of 65,535 values."""
        return [(f"b.{self.id} = ANY(%s::{self._id_type}[])", [list(ids)])]

    def insert(self, columns: Sequence[str], rows: Sequence[Row]) -> int:
        """COPY the rows into the table, or INSERT them under row-level security, which doesn't allow COPY."""
        if self.secured:
            return super().insert(columns, rows)
        names = ", ".join(self.name(column) for column in columns)
        statement = f"COPY {self.target} ({names}) FROM STDIN".replace("%%", "%")
        with cursor(self.database) as target:
            with target.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
            return int(target.rowcount)

    def insert_returning(self, columns: Sequence[str], rows: Sequence[Row]) -> list[str | None]:
        """Insert row by row in a pipeline: otherwise nobody knows which id belongs to which row."""
        marks = ", ".join(f"%s{self._cast(column)}" for column in columns)
        names = ", ".join(self.name(column) for column in columns)
        sql = f"INSERT INTO {self.target} ({names}) VALUES ({marks}) RETURNING {self.id}::text"
        with cursor(self.database) as pipeline:
            pipeline.executemany(sql, rows, returning=True)
            return [returned_id(result.fetchall()) for result in pipeline.results()]

    def update(self, columns: Sequence[str], rows: Sequence[Row]) -> int:
        """One UPDATE from one JSON document: linear in the number of rows, and without a temporary table."""
        names = [*(f"c{n}" for n in range(len(columns))), "id"]
        settings = ", ".join(f"{self.name(name)} = v.c{n}{self._cast(name)}" for n, name in enumerate(columns))
        types = ", ".join([*(f"{name} text" for name in names[:-1]), f"id {self._id_type}"])
        sql = (
            f"UPDATE {self.target} b SET {settings}"
            f" FROM json_to_recordset(%s::json) AS v({types}) WHERE b.{self.id} = v.id"
        )
        document = _ENCODER.encode([dict(zip(names, row, strict=True)) for row in rows]).decode()
        return int(execute(self.database, sql, [document]).rowcount)

    def delete(self, ids: Sequence[Any]) -> int:
        """Delete the rows of these ids for good; returns how many the database deleted."""
        condition, values = self.conditions(ids)[0]
        return int(execute(self.database, f"DELETE FROM {self.target} b WHERE {condition}", values).rowcount)

    def settle(self) -> None:
        """Check deferred constraints now; brandsync's own table has none."""
        if not self.table.own:
            execute(self.database, "SET CONSTRAINTS ALL IMMEDIATE")

    def create(self) -> None:
        """Make the table if it is missing. ``json`` keeps metadata exactly; ``jsonb`` would not."""
        with self.database.atomic():
            # Two CREATE TABLE IF NOT EXISTS at once can still collide: with the lock, one waits for the other.
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
        """The schema in which the search path finds the table. Makes sure that the table can be read.

        Raises:
            TableMissing: there is no such table. Reading it to find out would abort a transaction.
        """
        row = execute(self.database, _LOCATE, [self._regclass]).fetchone()
        if row is None:
            raise TableMissing(f"there is no table {self.table.title}")
        self.secured = bool(row[1])
        super().locate()
        return str(row[0])

    def types(self, schema: str | None) -> dict[str, str]:
        """The type of each column, in the form that a cast takes."""
        return dict(execute(self.database, _TYPES, [self._regclass]).fetchall())

    def encodings(self) -> Mapping[str, str]:
        """The database's encoding for each column, if it lacks some characters."""
        encoding = str(execute(self.database, "SHOW server_encoding").fetchone()[0])
        return dict.fromkeys(self.table.columns.values(), encoding) if is_limited(encoding) else {}

    def lengths(self) -> Mapping[str, int]:
        """The lengths of ``varchar(n)`` and ``char(n)``: PostgreSQL does not say which column's text is too long."""
        sql = """SELECT a.attname, a.atttypmod - 4 FROM pg_catalog.pg_attribute a WHERE a.attrelid = to_regclass(%s)
            AND a.atttypmod > 4 AND a.atttypid IN ('varchar'::regtype, 'bpchar'::regtype)"""
        return dict(execute(self.database, sql, [self._regclass]).fetchall())

    def takes_id(self, brand_id: str) -> bool:
        """Whether a cast to the id column's type leaves such an id unchanged. A cast to ``varchar(n)`` cuts it."""
        sql = """SELECT format_type(atttypid, atttypmod) FROM pg_catalog.pg_attribute
            WHERE attrelid = to_regclass(%s) AND attname = %s"""
        row = execute(self.database, sql, [self._regclass, self.table.columns["id"]]).fetchone()
        try:
            with errors(self.database), self.database.atomic():
                found = execute(self.database, f"SELECT %s::{row[0].replace('%', '%%')}::text", [brand_id]).fetchone()
        except (ConfigError, Rejected):
            return False
        return bool(found[0] == brand_id)

    def unfilled(self, filled: Collection[str]) -> list[str]:
        """The columns that need a value and don't get one."""
        rows = execute(self.database, _UNFILLED, [self._regclass]).fetchall()
        return [name for (name,) in rows if name not in filled]

    def followers(self) -> list[Follower]:
        """The tables whose foreign keys react to a deletion. A partition's keys count as its table's."""
        return [Follower(*row) for row in execute(self.database, _FOLLOWING, [self._regclass]).fetchall()]

    def hidden(self) -> Finding | None:
        """What row-level security hides."""
        if not self.secured:
            return None
        policies = self._policies("r")
        what = f"row-level security hides %s of the table {self.table.title} from this user"
        fix = f"CREATE POLICY brandsync ON {self._regclass} TO {self._user} USING (true) WITH CHECK (true)"
        if not any(permits for permits, _ in policies):
            return Finding(ok=False, what=f"{what % 'every row'}: each brand would be created again", fix=fix)
        shows_all = any(permits and condition == "true" for permits, condition in policies)
        if shows_all and all(permits or condition == "true" for permits, condition in policies):
            return None
        return Finding(ok=True, what=what.replace("hides", "may hide") % "rows", fix=f"{fix}, if brands are missing")

    def forbidden(self, privilege: str) -> Finding | None:
        """Row-level security without a policy for such writes: no row is written, and there is no error."""
        command, clauses = _COMMANDS[privilege]
        if not self.secured or any(permits for permits, _ in self._policies(command)):
            return None
        return Finding(
            ok=False,
            what=f"row-level security of the table {self.table.title} lets this user {privilege} no row",
            fix=f"CREATE POLICY brandsync_{privilege.lower()} ON {self._regclass} FOR {privilege} TO {self._user}"
            f" {clauses}",
        )

    def _policies(self, command: str) -> list[Any]:
        """For each policy, whether it permits, and its condition."""
        return list(execute(self.database, _POLICIES, [self._regclass, command]).fetchall())

    @property
    def _user(self) -> str:
        return str(execute(self.database, "SELECT quote_ident(current_user)").fetchone()[0])

    @property
    def _regclass(self) -> str:
        return self.target.replace("%%", "%")

    @property
    def _id_type(self) -> str:
        kind = self.table.types.get(self.table.columns["id"], "text")
        return _WIDER.get(kind, kind).replace("%", "%%")

    def _cast(self, column: str) -> str:
        """The cast from text to a column's type. A cast to ``varchar(n)`` cuts a text; an assignment refuses it."""
        kind = self.table.types.get(column, "text")
        return "" if kind in _TEXT_TYPES else f"::{kind.replace('%', '%%')}"
