"""A table of brands in MySQL or MariaDB."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final

from peewee import ColumnMetadata

from brandsync.brand.kind import Kind
from brandsync.database import exact_collation, execute, is_limited
from brandsync.stores.sql.column_types import BITS, DOCUMENTS, DOUBLE, NUMBERS, SINGLE, TEXTS, ColumnType, whole
from brandsync.stores.sql.dialect import Dialect, Row, follower

_BOOLEAN: Final = ColumnType("", (Kind.BOOLEAN, Kind.INTEGER), native=True, lowest=0, highest=1)
_TYPES: Final = {
    "year": ColumnType("", (Kind.INTEGER,), native=True, lowest=1901, highest=2155),
    "decimal": ColumnType("", NUMBERS, native=True),
    "float": ColumnType("", NUMBERS, native=True, significant=SINGLE),
    "double": ColumnType("", NUMBERS, native=True, significant=DOUBLE),
    "date": ColumnType("", (Kind.DATE,), native=True, span=("1000-01-01", "9999-12-31")),
    "datetime": ColumnType(
        "", (Kind.DATETIME,), native=True, span=("1000-01-01", "9999-12-31T23:59:59.999999"), moments="spaced"
    ),
    "timestamp": ColumnType(
        "", (Kind.DATETIME,), native=True, span=("1970-01-01T00:00:01", "2038-01-19T03:14:07"), moments="counted"
    ),
    "json": ColumnType("", DOCUMENTS),
    **dict.fromkeys(("char", "varchar", "tinytext", "text", "mediumtext", "longtext"), ColumnType("")),
}
"""Besides whole numbers. Any other type is written and read as a text."""
_CHOICE: Final = re.compile(r"'((?:[^']|'')*)'")
_COLUMN_TYPES: Final = """
    SELECT column_name, column_type, character_maximum_length, character_octet_length, numeric_precision, numeric_scale,
        datetime_precision, is_nullable
    FROM information_schema.columns WHERE table_schema = coalesce(%s, DATABASE()) AND table_name = %s"""
_JSON_CHECKS: Final = """
    SELECT check_clause FROM information_schema.check_constraints
    WHERE constraint_schema = coalesce(%s, DATABASE()) AND table_name = %s"""
"""MariaDB's JSON is a text with such a check."""
_TRIGGERS: Final = """
    SELECT 1 FROM information_schema.triggers WHERE event_object_schema = coalesce(%s, DATABASE())
        AND event_object_table = %s AND action_timing = 'BEFORE' AND event_manipulation = 'INSERT' LIMIT 1"""
_UNFILLED: Final = """
    SELECT column_name FROM information_schema.columns WHERE table_schema = coalesce(%s, DATABASE()) AND table_name = %s
        AND (is_nullable = 'NO' OR column_name = %s) AND coalesce(column_default, 'NULL') = 'NULL'
        AND extra NOT LIKE '%%auto_increment%%' AND extra NOT LIKE '%%GENERATED%%' AND data_type <> 'enum'
    ORDER BY ordinal_position"""
"""A generated column and a default that is an expression are ``GENERATED`` there; an ``ENUM`` gets its first value."""
_FOLLOWING: Final = """
    SELECT table_name, constraint_name, delete_rule FROM information_schema.referential_constraints
    WHERE constraint_schema = coalesce(%s, DATABASE()) AND referenced_table_name = %s
        AND delete_rule IN ('CASCADE', 'SET NULL', 'SET DEFAULT') ORDER BY table_name, constraint_name"""


class MySqlDialect(Dialect):
    """MySQL and MariaDB. PyMySQL puts many rows into few INSERT statements, each below the largest packet."""

    quote: ClassVar[str] = "`"
    lock: ClassVar[str] = " FOR UPDATE"
    clock: ClassVar[str] = "CAST(UTC_TIMESTAMP(6) AS CHAR)"
    own_types: ClassVar[Sequence[str]] = ("VARCHAR(64)", "VARCHAR(255)", "LONGTEXT", "LONGTEXT", "DATETIME(6)")
    further_types: ClassVar[Mapping[Kind, str]] = {
        **dict.fromkeys(Kind, "LONGTEXT"),
        Kind.INTEGER: "BIGINT",
        Kind.DECIMAL: "DECIMAL(65,30)",
        Kind.BOOLEAN: "BOOLEAN",
        Kind.DATE: "DATE",
        Kind.DATETIME: "DATETIME(6)",
    }
    further_limits: ClassVar[Mapping[Kind, ColumnType]] = {
        Kind.DECIMAL: replace(_TYPES["decimal"], digits=(65, 30)),
        Kind.DATE: _TYPES["date"],
        Kind.DATETIME: _TYPES["datetime"],
    }
    unfit_ids: ClassVar[Collection[str]] = frozenset({"enum", "set", "float", "double", "time"})

    def insert_returning(self, columns: Sequence[str], rows: Sequence[Row]) -> list[str | None]:
        """Insert rows and return their ids: MariaDB returns any id, MySQL only those of AUTO_INCREMENT."""
        if self.is_mariadb():
            return super().insert_returning(columns, rows)
        sql = self._insert(columns)
        return [str(execute(self.database, sql, row).lastrowid) for row in rows]

    def _table_options(self) -> str:
        """Its texts differ by case, by accents and by trailing spaces."""
        return f" ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE {exact_collation(self.database)}"

    def encodings(self) -> Mapping[str, str]:
        """The character sets that lack some characters, by column name."""
        return {name: charset for name, _, charset in self._described() if charset and is_limited(charset)}

    def takes_id(self, brand_id: str) -> bool:
        """Whether the id column is a text column that is long enough."""
        lengths = {name: length for name, length, _ in self._described()}
        return (lengths.get(self.table.columns["id"]) or 0) >= len(brand_id)

    def read(self, field: str) -> str:
        """A TIMESTAMP in seconds, which no session's time zone changes; bits as a number."""
        kind = self.table.types.get(self.table.columns.get(field, ""), "")
        value = super().read(field)
        if field in self.table.further and kind.startswith("timestamp"):
            return f"UNIX_TIMESTAMP({value})"
        return f"{value} + 0" if field in self.table.further and kind.startswith("bit") else value

    def bound(self, column: str) -> str:
        """The other way for a TIMESTAMP. Such rows go in one by one: PyMySQL bundles plain values alone."""
        return "FROM_UNIXTIME(%s)" if self._is_counted(column) else self.mark

    def _is_counted(self, column: str) -> bool:
        is_own = any(self.table.columns.get(name) == column for name in self.table.further)
        return is_own and self.table.holds[column].moments == "counted"

    def column_types(self, columns: Sequence[ColumnMetadata]) -> dict[str, ColumnType]:
        """What the information schema says."""
        place = [self.table.schema, self.table.name]
        document = re.compile(r"json_valid\(`(.*)`\)")
        checks = execute(self.database, _JSON_CHECKS, place).fetchall() if self.is_mariadb() else []
        documents = {found[1] for (check,) in checks if (found := document.fullmatch(check))}
        is_filled = bool(execute(self.database, _TRIGGERS, place).fetchall())
        return {
            row[0]: _column_type(row, is_filled=is_filled, is_json=row[0] in documents)
            for row in execute(self.database, _COLUMN_TYPES, place).fetchall()
        }

    def unfilled(self, filled: Collection[str]) -> list[str]:
        """The columns that need a value and get none."""
        triggers = execute(self.database, _TRIGGERS, [self.table.schema, self.table.name]).fetchall()
        return [] if triggers else [name for name in self.needed() if name not in filled]

    def needed(self) -> Sequence[str]:
        """The columns that have no value of their own: MySQL refuses an INSERT without one, even one that adds no row.

        A trigger would come too late.
        """
        place = [self.table.schema, self.table.name, self.table.columns["id"]]
        return [name for (name,) in execute(self.database, _UNFILLED, place).fetchall()]

    def sees_triggers(self) -> bool:
        """Whether this user has the privilege without which MySQL hides a table's triggers."""
        database = self.table.schema or self.database.database
        tables = re.escape(f"`{database}`.") + rf"(\*|{re.escape(f'`{self.table.name}`')})"
        trusted = re.compile(rf"GRANT .*(ALL PRIVILEGES|TRIGGER).* ON (\*\.\*|{tables}) TO ", re.IGNORECASE)
        grants = execute(self.database, "SHOW GRANTS").fetchall()
        return any(trusted.match(grant.replace("\\", "")) for (grant,) in grants)

    def followers(self) -> list[str]:
        """The tables in the same database whose foreign keys react to a deletion."""
        rows = execute(self.database, _FOLLOWING, [self.table.schema, self.table.name]).fetchall()
        return [follower(*row) for row in rows]

    def _described(self) -> list[tuple[str, int | None, str | None]]:
        """Each column's name, most characters, and character set."""
        sql = """SELECT column_name, character_maximum_length, character_set_name FROM information_schema.columns
            WHERE table_schema = coalesce(%s, DATABASE()) AND table_name = %s"""
        return list(execute(self.database, sql, [self.table.schema, self.table.name]).fetchall())

    def version(self) -> str:
        """The server's name and version."""
        return f"{'' if self.is_mariadb() else 'MySQL '}{super().version()}"

    def is_mariadb(self) -> bool:
        """Whether the server is MariaDB, which can return the ids of new rows."""
        return "mariadb" in super().version().lower()


def _column_type(row: Row, *, is_filled: bool, is_json: bool) -> ColumnType:
    """``row``: one of ``_COLUMN_TYPES``. ``is_filled``: a trigger may fill what is never NULL."""
    _, name, length, octets, precision, scale, fraction, nullable = row
    kind = re.split(r"[ (]", name.lower(), maxsplit=1)[0]
    if kind in BITS:
        known = whole(BITS[kind], unsigned="unsigned" in name.lower())
    else:
        known = _TYPES["json" if is_json else kind] if kind in _TYPES else ColumnType("", TEXTS)
    if name.lower().startswith("tinyint(1)") or (kind == "bit" and precision == 1):
        known = _BOOLEAN
    limits: dict[str, Any] = {}
    if kind == "decimal":
        limits = {"digits": (precision, scale)}
    elif kind in {"datetime", "timestamp"}:
        limits = {"fraction": fraction}
    elif kind in {"char", "varchar"}:
        limits = {"length": length}
    elif kind in {"tinytext", "text"}:
        limits = {"octets": octets}
    elif kind == "enum":
        limits = {"choices": [choice.replace("''", "'") for choice in _CHOICE.findall(name)]}
    return replace(known, name=name, required=nullable == "NO" and not is_filled, **limits)
