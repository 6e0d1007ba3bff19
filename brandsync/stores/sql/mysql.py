"""A table of brands in MySQL or MariaDB."""

from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar, Final

from brandsync.database import exact_collation, execute, is_limited
from brandsync.stores.sql.dialect import Dialect, Row, follower

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
