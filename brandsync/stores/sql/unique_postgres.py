"""The unique indexes of PostgreSQL, from its catalogue."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import groupby
from typing import Any, ClassVar, Final

from brandsync.stores.sql.postgres import PostgresDialect
from brandsync.stores.sql.unique import Column, Index, UniqueIndexes, bound

_VARYING: Final = """
    SELECT EXISTS (
        SELECT 1 FROM regexp_matches(pg_get_expr(d.adbin, d.adrelid), '(?:"([^"]+)"|(\\w+))\\(', 'g') AS called(name)
        WHERE coalesce((SELECT bool_or(p.provolatile = 'v') FROM pg_catalog.pg_proc p
            WHERE p.proname = coalesce(called.name[1], lower(called.name[2]))), false))"""
"""Whether a default calls a function whose calls may all give different values, such as ``nextval``."""
_COLUMNS: Final = f"""
    SELECT a.attname, t.typcategory = 'S', a.attgenerated <> '',
        format_type(coalesce(nullif(t.typbasetype, 0), t.oid), -1),
        quote_ident(n.nspname) || '.' || quote_ident(l.collname), pg_get_expr(d.adbin, d.adrelid, true),
        a.attidentity <> '' OR (a.attgenerated = '' AND ({_VARYING}))
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
    LEFT JOIN pg_catalog.pg_namespace n ON n.oid = l.collnamespace
    WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped"""
_INDEXES: Final = """
    WITH RECURSIVE tree(id) AS (SELECT to_regclass(%s)::oid UNION
        SELECT h.inhrelid FROM tree JOIN pg_catalog.pg_inherits h ON h.inhparent = tree.id
        JOIN pg_catalog.pg_class p ON p.oid = h.inhrelid WHERE p.relispartition)
    SELECT c.relname, k.n, pg_get_indexdef(i.indexrelid, k.n, true), col.attname, format_type(a.atttypid, -1),
        quote_ident(n.nspname) || '.' || quote_ident(l.collname), coalesce(l.collisdeterministic, true),
        coalesce(pg_get_expr(i.indpred, i.indrelid, true), ''),
        coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false),
        CASE WHEN i.indrelid <> to_regclass(%s) THEN 'it is on one partition alone, ' || i.indrelid::regclass
            WHEN EXISTS (
                SELECT 1 FROM pg_catalog.pg_constraint x JOIN pg_catalog.pg_operator o ON o.oid = ANY (x.conexclop)
                WHERE x.conindid = i.indexrelid AND o.oprname <> '='
            ) THEN 'it excludes by other operators than =' ELSE '' END
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
    CROSS JOIN LATERAL generate_series(1, i.indnkeyatts) k(n)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indexrelid AND a.attnum = k.n
    LEFT JOIN pg_catalog.pg_attribute col ON col.attrelid = i.indrelid AND col.attnum = i.indkey[k.n - 1]
        AND i.indkey[k.n - 1] > 0
    LEFT JOIN pg_catalog.pg_collation l ON l.oid = i.indcollation[k.n - 1]
    LEFT JOIN pg_catalog.pg_namespace n ON n.oid = l.collnamespace
    WHERE i.indrelid IN (SELECT id FROM tree) AND NOT c.relispartition AND (i.indisunique OR i.indisexclusion)
        AND i.indisready ORDER BY c.relname, i.indexrelid, k.n"""
"""Also the partitions' own indexes, which aren't part of the table's. An exclusion by ``=`` alone is a unique index.

``to_jsonb``, because before PostgreSQL 15 an index has no ``indnullsnotdistinct``."""


class PostgresUniqueIndexes(UniqueIndexes):
    """Uses expressions, conditions and collations exactly as PostgreSQL writes them."""

    dialect: PostgresDialect
    at_once: ClassVar[int] = 5_000

    @cached_property
    def columns(self) -> Mapping[str, Column]:
        """The table's columns, by name. A column that isn't a text column would refuse some texts."""
        found = {}
        for name, is_text, is_generated, *sql, is_varying in self.dialect.catalogue(_COLUMNS):
            kind, collation, formula = map(bound, sql)
            cast = f"({{}}::{kind}{f' COLLATE {collation}' if collation else ''})" if is_text else None
            default = None if is_varying else f"({formula or 'NULL'})::{kind}"
            found[name] = Column(name, cast, default, formula if is_generated else None)
        return found

    def indexes(self) -> Iterator[Index]:
        """The table's unique indexes, without INCLUDEd columns."""
        for name, group in groupby(self.dialect.catalogue(_INDEXES, self.dialect.regclass), key=lambda row: row[0]):
            rows = list(group)
            parts, keys = zip(*map(_part_and_key, rows), strict=True)
            plain = tuple(row[3] for row in rows if row[3])
            *_, where, nulls_equal, unforeseen = rows[0]
            yield Index(name, parts, keys, plain, bound(where), nulls_equal, unforeseen)

    def given(self, columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> tuple[str, list[Any]]:
        """The rows as one JSON document."""
        names = ["n", "id", *(f"c{place}" for place in range(len(columns)))]
        given, document = self.dialect.given(names, rows)
        casts = [f"{(c.cast or '{}').format(f'v.c{place}')} AS c{place}" for place, c in enumerate(columns)]
        return f"SELECT {', '.join(['v.n', 'v.id', *casts])} FROM {given}", [document]


def _part_and_key(row: Sequence[Any]) -> tuple[str, str]:
    """Texts are equal if their bytes are, unless the collation or the type compares differently."""
    _, _, sql, _, kind, collation, is_deterministic, *_ = row
    collate = f" COLLATE {bound(collation)}" if collation else ""
    part = f"({bound(sql)}){collate}"
    if kind == "citext":
        return part, f"lower(({part})::text)"
    text = f"(({bound(sql)})::text{collate})"
    # The hash of a text is that of its sort key: texts that the collation treats as equal have the same hash.
    return part, text if is_deterministic else f"hashtextextended({text}, 0)::text"
