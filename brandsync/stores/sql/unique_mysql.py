"""The unique indexes of MySQL and MariaDB, from their information schema."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import groupby
from typing import Any, Final

from brandsync.database import execute
from brandsync.stores.sql.mysql import MySqlDialect
from brandsync.stores.sql.unique import Column, Index, UniqueIndexes, bound, known_default

_TEXTS: Final = frozenset({"char", "varchar", "tinytext", "text", "mediumtext", "longtext"})
_COLUMNS: Final = """
    SELECT column_name, data_type, character_set_name, collation_name, column_default, extra, generation_expression
    FROM information_schema.columns WHERE table_schema = coalesce(%s, DATABASE()) AND table_name = %s
    ORDER BY ordinal_position"""


class MySqlUniqueIndexes(UniqueIndexes):
    """Unique indexes without conditions. One may cover the first characters of a text, or a generated column."""

    dialect: MySqlDialect

    @cached_property
    def columns(self) -> Mapping[str, Column]:
        """The table's columns, by name."""
        found = {}
        for name, kind, charset, collation, default, extra, formula in self._described:
            cast = f"(CONVERT({{}} USING {charset}) COLLATE {collation})" if kind.lower() in _TEXTS else None
            found[name] = Column(name, cast, self._default(default, extra), self._sql(formula) or None)
        return found

    def _sql(self, expression: str | None) -> str:
        """An expression as it was written: MySQL has escaped its quotes."""
        return bound(expression if self._is_mariadb else (expression or "").replace("\\'", "'"))

    def _default(self, default: Any, extra: str) -> str | None:
        """MariaDB gives an expression; MySQL gives the value, unless it says that the default is an expression."""
        if "auto_increment" in extra.lower():
            return None
        if default is None or self._is_mariadb or "DEFAULT_GENERATED" in extra:
            known = known_default(self._sql(default))
            return f"({known})" if known else None
        return bound("'" + str(default).replace("\\", "\\\\").replace("'", "''") + "'")

    def indexes(self) -> Iterator[Index]:
        """The table's unique indexes. One on first characters counts as two: for shorter texts, and for the others."""
        cursor = execute(self.dialect.database, f"SHOW INDEX FROM {self.dialect.target}")
        names = [column[0].lower() for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        unique = sorted((r for r in rows if not r["non_unique"]), key=lambda r: (r["key_name"], r["seq_in_index"]))
        for name, group in groupby(unique, key=lambda row: row["key_name"]):
            parts = list(group)
            yield from self._split(name, parts) if any(row["sub_part"] for row in parts) else [self._index(name, parts)]

    def _split(self, name: str, parts: Sequence[Mapping[str, Any]]) -> Iterator[Index]:
        """Texts shorter than the index are found by it; for the others, the database reads the whole table."""
        cut = [(self.dialect.name(row["column_name"]), row["sub_part"]) for row in parts if row["sub_part"]]
        short = " AND ".join(f"CHAR_LENGTH({column}) < {length}" for column, length in cut)
        yield self._index(name, [{**row, "sub_part": None} for row in parts], short)
        yield self._index(f"{name}, from its length on", parts, f"NOT ({short})")

    def _index(self, name: str, rows: Sequence[Mapping[str, Any]], where: str = "") -> Index:
        parts, keys = zip(*map(self._part_and_key, rows), strict=True)
        plain = tuple(row["column_name"] for row in rows if row["column_name"])
        return Index(name, parts, keys, plain, where)

    def _part_and_key(self, row: Mapping[str, Any]) -> tuple[str, str]:
        """Texts are equal if their weights are; in most collations, trailing spaces have no weight."""
        name = row["column_name"]
        column = self.dialect.name(name) if name else f"({self._sql(row['expression'])})"
        part = f"LEFT({column}, {row['sub_part']})" if row["sub_part"] else column
        collation = next((described[3] for described in self._described if described[0] == name), None)
        if collation is None:
            return part, f"CAST({part} AS CHAR)"
        pads = not any(word in collation for word in ("nopad", "_0900_"))
        return part, f"HEX(WEIGHT_STRING({f'TRIM(TRAILING {chr(39)} {chr(39)} FROM {part})' if pads else part}))"

    def given(self, columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> tuple[str, list[Any]]:
        """The rows, bound one by one: MySQL and MariaDB write a VALUES list differently."""
        key = self.columns[self.table.columns["id"]].cast or "{}"
        casts = [(c.cast or "{}").format("%s") + f" AS c{place}" for place, c in enumerate(columns)]
        row = f"SELECT {', '.join(['%s AS n', key.format('%s') + ' AS id', *casts])}"
        return " UNION ALL ".join([row] * len(rows)), [value for row in rows for value in row]

    @cached_property
    def _described(self) -> list[Any]:
        return list(execute(self.dialect.database, _COLUMNS, [self.table.schema, self.table.name]).fetchall())

    @cached_property
    def _is_mariadb(self) -> bool:
        return self.dialect.is_mariadb()
