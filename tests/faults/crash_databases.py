"""A database that can be set back to how it was, a thousand times over: its rows and its tables as they are."""

import copy
import re
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from shop_server import ShopServer

from brandsync.database import connect
from brandsync.database.url import parse

Row = Sequence[Any]


class Keeper(ABC):
    """Takes and puts back what a database holds, past the program under test."""

    @abstractmethod
    def take(self) -> Any:
        """Everything as it is now."""

    @abstractmethod
    def put_back(self, taken: Any) -> None:
        """Make everything as it was then."""

    @abstractmethod
    def rows(self, sql: str) -> list[Row]:
        """The rows of a query, which leaves no trace."""

    @abstractmethod
    def execute(self, sql: str) -> None:
        """Change something, as a person would."""

    @abstractmethod
    def structure(self) -> dict[str, Any]:
        """What each table is like."""

    def close(self) -> None:
        """Let go of the database."""


def keeper(url: str) -> Keeper:
    """The keeper of the database at this URL."""
    kinds = {"sqlite": SqliteKeeper, "postgresql": PostgresKeeper, "mysql": MySqlKeeper}
    return kinds[parse(url).kind](url)


class SqliteKeeper(Keeper):
    """A file, and the rollback journal that a dead process has left beside it."""

    def __init__(self, url: str) -> None:
        self._file = Path(parse(url).name)
        self._copy = self._file.with_name(f"copy of {self._file.name}")

    def take(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self._files(self._file) if path.exists()}

    def put_back(self, taken: dict[str, bytes]) -> None:
        for path in self._files(self._file):
            if path.name in taken:
                path.write_bytes(taken[path.name])
            else:
                path.unlink(missing_ok=True)

    def rows(self, sql: str) -> list[Row]:
        for path, other in zip(self._files(self._file), self._files(self._copy), strict=True):
            other.unlink(missing_ok=True)
            if path.exists():
                other.write_bytes(path.read_bytes())
        with closing(sqlite3.connect(self._copy)) as database:
            return database.execute(sql).fetchall()

    def execute(self, sql: str) -> None:
        with closing(sqlite3.connect(self._file)) as database, database:
            database.execute(sql)

    def structure(self) -> dict[str, Any]:
        return dict(self.rows("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))  # type: ignore[arg-type]

    def _files(self, file: Path) -> tuple[Path, Path]:
        return file, file.with_name(f"{file.name}-journal")


class ServerKeeper(Keeper):
    """The tables of a server's database."""

    def __init__(self, url: str) -> None:
        self._database = connect(url)

    def take(self) -> dict[str, tuple[Any, list[Row]]]:
        structure = self.structure()
        return {table: (structure[table], self.rows(f"SELECT * FROM {table}")) for table in structure}

    def put_back(self, taken: dict[str, tuple[Any, list[Row]]]) -> None:
        self._build({table: structure for table, (structure, _) in taken.items()})
        with self._database.atomic():
            for table in sorted(taken, reverse=True):
                self._database.execute_sql(f"DELETE FROM {table}")
            for table, (_, rows) in sorted(taken.items()):
                self._insert(table, rows)

    def rows(self, sql: str) -> list[Row]:
        return list(self._database.execute_sql(sql).fetchall())

    def execute(self, sql: str) -> None:
        self._database.execute_sql(sql)

    def close(self) -> None:
        self._database.close()

    def _insert(self, table: str, rows: list[Row]) -> None:
        if rows:
            marks = ", ".join(["%s"] * len(rows[0]))
            with closing(self._database.cursor()) as cursor:
                cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)

    @abstractmethod
    def _build(self, wanted: dict[str, Any]) -> None:
        """Have these tables."""


class PostgresKeeper(ServerKeeper):
    """PostgreSQL. A table comes and goes with its transaction: there are no half tables."""

    def structure(self) -> dict[str, Any]:
        found: dict[str, Any] = {table: [] for table in self._database.get_tables()}
        for table, *column in self.rows(
            "SELECT table_name, column_name, data_type, collation_name FROM information_schema.columns"
            " WHERE table_schema = current_schema() ORDER BY ordinal_position"
        ):
            found[table].append(tuple(column))
        for table, index in self.rows(
            "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY indexname"
        ):
            found[table].append(re.sub(r"brandsync_[0-9a-f]{12}\.", "", index))
        return found

    def _build(self, wanted: dict[str, Any]) -> None:
        for table in sorted(set(self._database.get_tables()) - wanted.keys(), reverse=True):
            self.execute(f"DROP TABLE {table} CASCADE")


class MySqlKeeper(ServerKeeper):
    """MySQL and MariaDB. Each statement about a table lasts at once, so a table may be half made."""

    def structure(self) -> dict[str, Any]:
        return {table: self._statement(table) for table in self._database.get_tables()}

    def _statement(self, table: str) -> str:
        return re.sub(r" AUTO_INCREMENT=\d+", "", str(self.rows(f"SHOW CREATE TABLE {table}")[0][1]))

    def _build(self, wanted: dict[str, Any]) -> None:
        there = self.structure()
        for table in sorted(there, reverse=True):
            if wanted.get(table) != there[table]:
                self.execute(f"DROP TABLE {table}")
        for table, statement in sorted(wanted.items()):
            if there.get(table) != statement:
                self.execute(statement)


class ShopKeeper(Keeper):
    """The store behind HTTP: its brands, and how many it has made."""

    def __init__(self, server: ShopServer) -> None:
        self._server = server

    def take(self) -> tuple[int, dict[str, Any]]:
        return self._server.made, copy.deepcopy(self._server.brands)

    def put_back(self, taken: tuple[int, dict[str, Any]]) -> None:
        with self._server.lock:
            self._server.made, self._server.brands = copy.deepcopy(taken)

    def rows(self, sql: str) -> list[Row]:
        raise NotImplementedError

    def execute(self, sql: str) -> None:
        raise NotImplementedError

    def structure(self) -> dict[str, Any]:
        return {}
