"""The unique indexes of SQLite: its pragmas give columns and collations, and its schema holds the rest as text."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from brandsync.database import execute
from brandsync.stores.sql.unique import Column, Index, UniqueIndexes, known_default

_PIECE: Final = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|/\*.*?\*/|[(),]|[^'"`\[(),/-]+|.""", re.DOTALL
)
_ORDER: Final = re.compile(r"\s+(ASC|DESC)\s*$", re.IGNORECASE)
_WHERE: Final = re.compile(r"\s*WHERE\b(.*)", re.IGNORECASE | re.DOTALL)
_FORMULA: Final = re.compile(r"\bAS\s*$", re.IGNORECASE)
_REAL: Final = re.compile("REAL|FLOA|DOUB")
_PLAIN: Final = 0
_GENERATED: Final = frozenset({2, 3})
_KEYS: Final = {"NOCASE": "lower({})", "RTRIM": "rtrim({})", "BINARY": "{}"}
"""For each of SQLite's own collations, SQL that makes equal texts identical: NOCASE and lower() both know ASCII."""


class SqliteUniqueIndexes(UniqueIndexes):
    """Unique indexes with SQLite's own collations."""

    @cached_property
    def columns(self) -> Mapping[str, Column]:
        """The table's columns, by name. SQLite takes a text in any of them, but turns digits into numbers in some."""
        rows = execute(self.dialect.database, f"PRAGMA {self.dialect.schema}table_xinfo({self._name})").fetchall()
        formulas = dict(_formulas(self._sql_of(self.table.name)))
        found = {}
        for _, name, kind, _, default, _, hidden in rows:
            if hidden == _PLAIN or name.lower() in formulas:
                cast = _cast(kind)
                known = known_default(default)
                formula = cast.format(formulas[name.lower()]) if hidden in _GENERATED else None
                found[name] = Column(name, cast, cast.format(f"({known})") if known else None, formula)
        return found

    def indexes(self) -> Iterator[Index]:
        """The table's unique indexes."""
        rows = execute(self.dialect.database, f"PRAGMA {self.dialect.schema}index_list({self._name})").fetchall()
        yield from (self._index(name) for _, name, unique, *_ in rows if unique)

    def _index(self, name: str) -> Index:
        listed = f"PRAGMA {self.dialect.schema}index_xinfo({self.dialect.name(name)})"
        rows = [row for row in execute(self.dialect.database, listed).fetchall() if row[5]]
        collations = [str(row[4]).upper() for row in rows]
        texts, rest = _split(self._sql_of(name))
        foreign = next((collation for collation in collations if collation not in _KEYS), None)
        found = [
            f"({self.dialect.name(row[2]) if row[2] else _ORDER.sub('', texts[place])})"
            for place, row in enumerate(rows)
        ]
        compared = list(zip(found, collations, strict=True))
        parts = tuple(f"{part} COLLATE {collation}" for part, collation in compared)
        keys = tuple(_KEYS.get(collation, "{}").format(part) for part, collation in compared)
        plain = tuple(row[2] for row in rows if row[2])
        where = _WHERE.fullmatch(rest)
        unforeseen = f"it compares by an application's own collation, {foreign}" if foreign else ""
        return Index(name, parts, keys, plain, where[1].strip() if where else "", unforeseen=unforeseen)

    def given(self, columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> tuple[str, list[Any]]:
        """The rows, bound one by one."""
        casts = [f"{(c.cast or '{}').format(f'column{place + 3}')} AS c{place}" for place, c in enumerate(columns)]
        shown = ", ".join(["column1 AS n", "column2 AS id", *casts])
        row = f"({', '.join(['?'] * (2 + len(columns)))})"
        return f"SELECT {shown} FROM (VALUES {', '.join([row] * len(rows))})", [value for row in rows for value in row]

    def _sql_of(self, name: str) -> str:
        """The SQL that made a table or an index; empty for an index that a constraint has made."""
        sql = f"SELECT sql FROM {self.dialect.schema}sqlite_master WHERE name = ? COLLATE NOCASE"
        row = execute(self.dialect.database, sql, [name]).fetchone()
        return str(row[0] or "") if row else ""


def _cast(kind: str) -> str:
    """SQL that converts a text as a column of this type does (affinity): https://www.sqlite.org/datatype3.html, 3.1."""
    kind = kind.upper()
    if "INT" not in kind and (not kind or any(word in kind for word in ("CHAR", "CLOB", "TEXT", "BLOB"))):
        return "{0}"
    is_real = "INT" not in kind and _REAL.search(kind)
    number = f"CAST({{0}} AS {'REAL' if is_real else 'NUMERIC'}) + 0"  # -0.0 is 0.0
    # The comparison turns the text into a number if the column would. A text that is no number equals no number.
    return f"CASE WHEN CAST({{0}} AS NUMERIC) = {{0}} THEN {number} ELSE {{0}} END"


def _split(sql: str) -> tuple[list[str], str]:
    """The parts between the commas in the first parentheses, and the text after these; without comments."""
    depth, parts, rest = 0, [""], ""
    for piece in _PIECE.findall(sql):
        depth -= piece == ")"
        if piece.startswith(("--", "/*")):
            continue
        if rest:
            rest += piece
        elif depth == 0 and piece == ")":
            rest = " "  # the first parentheses have ended
        elif depth == 1 and piece == ",":
            parts.append("")
        elif depth:
            parts[-1] += piece
        depth += piece == "("
    return parts, rest


def _formulas(sql: str) -> Iterator[tuple[str, str]]:
    """The generated columns of a table: the name in small letters, and the SQL that computes it."""
    for part in _split(sql)[0]:
        pieces = [piece for piece in _PIECE.findall(part) if piece.strip()]
        for place, piece in enumerate(pieces):
            if piece == "(" and place and _FORMULA.search(pieces[place - 1]):
                name = re.match(r"\s*(\w+)", pieces[0])
                quoted = pieces[0][1:-1] if pieces[0][0] in '"`[' else None
                inner = _split("".join(pieces[place:]))[0]
                yield (quoted or (name[1] if name else "")).lower(), f"({','.join(inner)})"
                break
