"""A table of brands in PostgreSQL."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final

import msgspec
from peewee import ColumnMetadata

from brandsync.backend import Finding
from brandsync.brand.kind import Kind
from brandsync.database import TableMissing, cursor, errors, execute, is_limited
from brandsync.errors import ConfigError, Rejected
from brandsync.stores.sql.column_types import BITS, DOCUMENTS, DOUBLE, NUMBERS, SINGLE, TEXTS, ColumnType, whole
from brandsync.stores.sql.dialect import Dialect, Row, follower

_TEXT_TYPES: Final = frozenset({"text", "character varying", "bpchar"})
_WIDER: Final = {"smallint": "bigint", "integer": "bigint"}
"""Wider types for ids: so an id that is too large for its column is not found, instead of an error."""
_COMMANDS: Final = {
    "INSERT": ("a", "WITH CHECK (true)"),
    "UPDATE": ("w", "USING (true) WITH CHECK (true)"),
    "DELETE": ("d", "USING (true)"),
}
"""For each privilege, the ``polcmd`` of its policies, and the clause that a policy needs."""
_MOMENT: Final = ColumnType("", (Kind.DATETIME,), native=True)
_HELD: Final = {
    **{kind: whole(BITS[kind]) for kind in ("smallint", "integer", "bigint")},
    "numeric": ColumnType("", NUMBERS, native=True),
    "real": ColumnType("", NUMBERS, native=True, significant=SINGLE),
    "double precision": ColumnType("", NUMBERS, native=True, significant=DOUBLE),
    "boolean": ColumnType("", (Kind.BOOLEAN,), native=True),
    "date": ColumnType("", (Kind.DATE,), native=True),
    **dict.fromkeys(("timestamp without time zone", "timestamp with time zone"), _MOMENT),
    **dict.fromkeys(("json", "jsonb"), ColumnType("", DOCUMENTS)),
    **dict.fromkeys(
        ("text[]", "character varying[]", "character[]", "citext[]"), ColumnType("", (Kind.LIST,), is_array=True)
    ),
    **dict.fromkeys((*_TEXT_TYPES, "character", "citext", "name"), ColumnType("")),
}
"""What each type holds. Any other type is written and read as a text."""
_HEADER: Final = 4
"""What PostgreSQL adds to the length of a text, and to a numeric's packed digits."""
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
_COLUMN_TYPES: Final = """
    WITH RECURSIVE base(name, type, mod, required) AS (
        SELECT attname, atttypid, atttypmod, attnotnull AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_trigger t
            WHERE t.tgrelid = attrelid AND NOT t.tgisinternal AND t.tgtype & 6 = 6)
        FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped
        UNION ALL
        SELECT name, typbasetype, CASE WHEN mod = -1 THEN typtypmod ELSE mod END, required OR typnotnull
        FROM base JOIN pg_catalog.pg_type t ON t.oid = type AND typtype = 'd')
    SELECT name, format_type(type, -1), mod, required,
        ARRAY(SELECT enumlabel::text FROM pg_catalog.pg_enum WHERE enumtypid = type ORDER BY enumsortorder)
    FROM base JOIN pg_catalog.pg_type t ON t.oid = type AND typtype <> 'd'"""
"""As ``_TYPES``, with what each type is limited to. A BEFORE INSERT trigger may fill what is never NULL."""
_UNFILLED: Final = """
    SELECT a.attname FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    JOIN pg_catalog.pg_type d ON d.oid = a.atttypid
    WHERE c.oid = to_regclass(%s) AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
        AND (a.attnotnull OR d.typnotnull OR a.attname = %s)
        AND NOT a.atthasdef AND a.attidentity = '' AND d.typdefault IS NULL
        AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_trigger t
            WHERE (t.tgrelid = c.oid OR t.tgrelid IN (SELECT relid FROM pg_partition_tree(c.oid)))
            AND NOT t.tgisinternal AND t.tgtype & 6 = 6)
        AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid AND r.ev_type = '3')"""
"""The ``tgtype`` of a BEFORE INSERT trigger has both bits; a rule for INSERT has the ``ev_type`` 3. Both may fill them.
"""
_POLICIES: Final = """
    SELECT polpermissive, pg_get_expr(polqual, polrelid) FROM pg_catalog.pg_policy
    WHERE polrelid = to_regclass(%s) AND polcmd IN (%s, '*')
        AND EXISTS (SELECT 1 FROM unnest(polroles) AS role WHERE role = 0 OR pg_has_role(role, 'MEMBER'))"""
"""Whether each policy permits, and its condition."""

_FOLLOWING: Final = """
    SELECT conrelid::regclass::text, conname::text,
        CASE confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' ELSE 'SET DEFAULT' END
    FROM pg_catalog.pg_constraint WHERE contype = 'f' AND confrelid = to_regclass(%s) AND conparentid = 0
        AND confdeltype IN ('c', 'n', 'd') ORDER BY 1, 2"""


class PostgresDialect(Dialect):
    """PostgreSQL: rows go in by COPY, and updates as one JSON document in one statement."""

    holds_nul: ClassVar[bool] = False
    lock: ClassVar[str] = " FOR NO KEY UPDATE OF b"
    own_types: ClassVar[Sequence[str]] = ('text COLLATE "C"', 'text COLLATE "C"', "text", "json", "timestamptz")
    """``json`` keeps metadata exactly; ``jsonb`` would not."""
    further_types: ClassVar[Mapping[Kind, str]] = {
        **dict.fromkeys(Kind, "text"),
        Kind.INTEGER: "bigint",
        Kind.DECIMAL: "numeric",
        Kind.BOOLEAN: "boolean",
        Kind.DATE: "date",
        Kind.DATETIME: "timestamptz",
        Kind.LIST: "text[]",
        Kind.JSON: "json",
    }
    clock: ClassVar[str] = "to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')||'+00'"

    def value(self, column: str) -> str:
        """Read everything as text: numbers and ids of any type are compared by their text."""
        return f"b.{column}::text"

    def read(self, field: str) -> str:
        """An array as JSON: its own text form has rules of its own."""
        column = self.table.columns.get(field, "")
        is_array = self.table.type_of(field).is_array
        return f"to_json(b.{self.name(column)})::text" if is_array else super().read(field)

    def key(self) -> str:
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
            return [self.returned_id(result.fetchall()) for result in pipeline.results()]

    def update(self, columns: Sequence[str], rows: Sequence[Row]) -> int:
        """One UPDATE from one JSON document: linear in the number of rows, and without a temporary table."""
        names = [*(f"c{n}" for n in range(len(columns))), "id"]
        settings = ", ".join(f"{self.name(name)} = v.c{n}{self._cast(name)}" for n, name in enumerate(columns))
        arrays = {f"c{n}": "text[]" for n, name in enumerate(columns) if self.table.types.get(name, "").endswith("[]")}
        given, document = self.given(names, rows, arrays)
        sql = f"UPDATE {self.target} b SET {settings} FROM {given} WHERE b.{self.id} = v.id"
        return int(execute(self.database, sql, [document]).rowcount)

    def given(
        self, names: Sequence[str], rows: Sequence[Row], types: Mapping[str, str] | None = None
    ) -> tuple[str, str]:
        """SQL for a table ``v`` of these rows, and its value, one JSON document.

        Its columns: ``n``, ``id``, and texts, or of these types.
        """
        types = {"n": "integer", "id": self._id_type, **(types or {})}
        columns = ", ".join(f"{name} {types.get(name, 'text')}" for name in names)
        document = _ENCODER.encode([dict(zip(names, row, strict=True)) for row in rows]).decode()
        return f"json_to_recordset(%s::json) AS v({columns})", document

    def settle(self) -> None:
        """Check deferred constraints now; brandsync's own table has none."""
        if not self.table.own:
            execute(self.database, "SET CONSTRAINTS ALL IMMEDIATE")

    def create(self) -> None:
        """Make the table if it is missing."""
        with self.database.atomic():
            # Two CREATE TABLE IF NOT EXISTS at once can still collide: with the lock, one waits for the other.
            execute(self.database, "SELECT pg_advisory_xact_lock(%s)", [_LOCK_KEY])
            super().create()

    def version(self) -> str:
        """The server's name and version."""
        return " ".join(super().version().split()[:2])

    def locate(self) -> str | None:
        """The schema in which the search path finds the table. Makes sure that the table can be read.

        Raises:
            TableMissing: there is no such table. Reading it to find out would abort a transaction.
        """
        found = self.catalogue(_LOCATE)
        if not found:
            raise TableMissing(f"there is no table {self.table.title}")
        ((schema, self.secured),) = found
        super().locate()
        return str(schema)

    def types(self, columns: Sequence[ColumnMetadata]) -> dict[str, str]:
        """The type of each column, in the form that a cast takes."""
        return dict(self.catalogue(_TYPES))

    def column_types(self, columns: Sequence[ColumnMetadata]) -> dict[str, ColumnType]:
        """What the catalogue says."""
        return {
            name: replace(_column_type(kind, modifier, labels), required=required)
            for name, kind, modifier, required, labels in self.catalogue(_COLUMN_TYPES)
        }

    def encodings(self) -> Mapping[str, str]:
        """The database's encoding for each column, if it lacks some characters."""
        encoding = str(execute(self.database, "SHOW server_encoding").fetchone()[0])
        return dict.fromkeys(self.table.columns.values(), encoding) if is_limited(encoding) else {}

    def takes_id(self, brand_id: str) -> bool:
        """Whether a cast to the id column's type leaves such an id unchanged. A cast to ``varchar(n)`` cuts it."""
        sql = """SELECT format_type(atttypid, atttypmod) FROM pg_catalog.pg_attribute
            WHERE attrelid = to_regclass(%s) AND attname = %s"""
        ((kind,),) = self.catalogue(sql, self.table.columns["id"])
        try:
            with errors(self.database), self.database.atomic():
                found = execute(self.database, f"SELECT %s::{kind.replace('%', '%%')}::text", [brand_id]).fetchone()
        except (ConfigError, Rejected):
            return False
        return bool(found[0] == brand_id)

    def unfilled(self, filled: Collection[str]) -> list[str]:
        """The columns that need a value and don't get one."""
        return [name for (name,) in self.catalogue(_UNFILLED, self.table.columns["id"]) if name not in filled]

    def followers(self) -> list[str]:
        """The tables whose foreign keys react to a deletion. A partition's keys count as its table's."""
        return [follower(*row) for row in self.catalogue(_FOLLOWING)]

    def hidden(self) -> Finding | None:
        """What row-level security hides."""
        if not self.secured:
            return None
        policies = self.catalogue(_POLICIES, "r")
        of = f"of the table {self.table.title} from this user"
        fix = f"CREATE POLICY brandsync ON {self.regclass} TO {self._user} USING (true) WITH CHECK (true)"
        permitted = [condition for permits, condition in policies if permits]
        if not permitted:
            return Finding(
                ok=False, what=f"row-level security hides every row {of}: each brand would be created again", fix=fix
            )
        if "true" in permitted and all(permits or condition == "true" for permits, condition in policies):
            return None
        return Finding(ok=True, what=f"row-level security may hide rows {of}", fix=f"{fix}, if brands are missing")

    def forbidden(self, privilege: str) -> Finding | None:
        """Row-level security without a policy for such writes: no row is written, and there is no error."""
        command, clauses = _COMMANDS[privilege]
        if not self.secured or any(permits for permits, _ in self.catalogue(_POLICIES, command)):
            return None
        what = f"row-level security of the table {self.table.title} lets this user {privilege} no row"
        policy = f"brandsync_{privilege.lower()} ON {self.regclass} FOR {privilege} TO {self._user} {clauses}"
        return Finding(ok=False, what=what, fix=f"CREATE POLICY {policy}")

    def catalogue(self, sql: str, *values: str) -> list[Any]:
        """The rows that the catalogue has about the table; the first value of the query is the table's name."""
        return list(execute(self.database, sql, [self.regclass, *values]).fetchall())

    @property
    def _user(self) -> str:
        return str(execute(self.database, "SELECT quote_ident(current_user)").fetchone()[0])

    @property
    def regclass(self) -> str:
        """The table as a value for ``to_regclass``."""
        return self.target.replace("%%", "%")

    @property
    def _id_type(self) -> str:
        kind = self.table.types.get(self.table.columns["id"], "text")
        return _WIDER.get(kind, kind).replace("%", "%%")

    def _cast(self, column: str) -> str:
        """The cast from text to a column's type. A cast to ``varchar(n)`` cuts a text; an assignment refuses it."""
        kind = self.table.types.get(column, "text")
        return "" if kind in _TEXT_TYPES else f"::{kind.replace('%', '%%')}"


def _column_type(kind: str, modifier: int, labels: Sequence[str]) -> ColumnType:
    """``modifier``: the numbers in a type's parentheses, as PostgreSQL packs them; -1 for none."""
    is_limited, packed = modifier >= _HEADER, modifier - _HEADER
    limits: dict[str, Any] = {}
    if is_limited and "char" in kind:
        limits = {"length": packed}
    elif is_limited and kind == "numeric":
        limits = {"digits": (packed >> 16 & 0xFFFF, (packed & 0x7FF ^ 0x400) - 0x400)}
    elif kind.startswith("timestamp"):
        limits = {"fraction": 6 if modifier < 0 else modifier}
    elif labels:
        limits = {"choices": labels}
    return replace(_HELD.get(kind, ColumnType("", TEXTS)), name=kind, **limits)
