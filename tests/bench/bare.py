"""What the work costs at least: the same pages and the same rows, with no validation, plan, journal or undo.

python tests/bench/bare.py create URL postgresql://...
"""

import json
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpx

PAGE = 1000
COLUMNS = ("id", "name", "handle", "description", "logo_url", "website_url")
TABLE = f"CREATE TABLE bare_brand ({', '.join(f'{name} text' for name in COLUMNS)}, PRIMARY KEY (id))"
_CHANGED = "2026-01-02T00:00:00Z"

Row = tuple[Any, ...]


def pages(url: str, **params: str) -> Iterator[list[Row]]:
    """The CMS's brands as rows, page by page."""
    with httpx.Client() as client:
        number, size = 1, PAGE
        while size == PAGE:
            answer = client.get(f"{url}/brands", params={"page": number, "limit": PAGE, **params})
            rows = [tuple(entry[name] for name in COLUMNS) for entry in json.loads(answer.content)]
            number, size = number + 1, len(rows)
            yield rows


class Sqlite:
    """A file."""

    def __init__(self, url: str) -> None:
        self.connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        self.execute = self.connection.execute
        self.mark = "?"

    def insert(self, table: str, rows: Iterable[list[Row]]) -> None:
        for page in filter(None, rows):
            marks = ", ".join("?" * len(page[0]))
            self.connection.executemany(f"INSERT INTO {table} VALUES ({marks})", page)

    def many(self, sql: str, rows: list[Row]) -> None:
        self.connection.executemany(sql, rows)

    def rows(self) -> Iterator[Row]:
        return iter(self.connection.execute("SELECT * FROM bare_brand"))


class Postgres:
    """A server, through COPY."""

    def __init__(self, url: str) -> None:
        import psycopg  # noqa: PLC0415 - its import is a part of this side's start-up

        self.connection = psycopg.connect(url, autocommit=True)
        self.execute = self.connection.execute
        self.mark = "%s"

    def insert(self, table: str, rows: Iterable[list[Row]]) -> None:
        with self.connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
            for page in rows:
                for row in page:
                    copy.write_row(row)

    def many(self, sql: str, rows: list[Row]) -> None:
        self.connection.cursor().executemany(sql, rows)

    def rows(self) -> Iterator[Row]:
        with self.connection.cursor("all") as cursor:
            cursor.itersize = 10_000
            cursor.execute("SELECT * FROM bare_brand")
            yield from cursor


Database = Sqlite | Postgres


def create(url: str, database: Database) -> None:
    """Every brand is new."""
    database.execute("DROP TABLE IF EXISTS bare_brand")
    database.execute(TABLE)
    database.execute("BEGIN")
    database.insert("bare_brand", pages(url))
    database.execute("COMMIT")


def recorded(url: str, database: Database) -> None:
    """Every brand is new, and each page is recorded before it is written: what no tool that can undo goes below."""
    for table in ("bare_brand", "bare_entry", "bare_link"):
        database.execute(f"DROP TABLE IF EXISTS {table}")
    database.execute(TABLE)
    database.execute("CREATE TABLE bare_entry (number integer PRIMARY KEY, state text, written text)")
    database.execute("CREATE TABLE bare_link (cms_id text PRIMARY KEY, brand_id text, written text)")
    marks = ", ".join([database.mark] * 3)
    for number, page in enumerate(pages(url)):
        texts = [_as_text(row) for row in page]
        document = json.dumps([(row[0], row[0], text) for row, text in zip(page, texts, strict=True)])
        database.execute("BEGIN")
        database.execute(f"INSERT INTO bare_entry VALUES ({marks})", (number, "intent", document))
        database.insert("bare_brand", [page])
        database.insert("bare_link", [[(row[0], row[0], text) for row, text in zip(page, texts, strict=True)]])
        database.execute(f"UPDATE bare_entry SET state = 'done' WHERE number = {database.mark}", (number,))
        database.execute("COMMIT")


def _as_text(row: Row) -> str:
    return json.dumps(dict(zip(COLUMNS, row, strict=True)), ensure_ascii=False, sort_keys=True)


def again(url: str, database: Database) -> None:
    """Nothing has changed: both sides are read."""
    database.execute("BEGIN")
    for _ in database.rows():
        pass
    database.execute("COMMIT")
    for _ in pages(url):
        pass


def changed(url: str, database: Database) -> None:
    """Both sides are read, and what differs is written."""
    database.execute("BEGIN")
    names = {row[0]: row[1] for row in database.rows()}
    for page in pages(url):
        _update(database, [row for row in page if names[row[0]] != row[1]])
    database.execute("COMMIT")


def incremental(url: str, database: Database) -> None:
    """What has changed is read, and written."""
    database.execute("BEGIN")
    for page in pages(url, updated_since=_CHANGED):
        _update(database, page)
    database.execute("COMMIT")


def undo(_url: str, database: Database) -> None:
    """Every brand is read, and deleted by its id."""
    database.execute("BEGIN")
    ids = [(row[0],) for row in database.rows()]
    for start in range(0, len(ids), PAGE):
        database.many(f"DELETE FROM bare_brand WHERE id = {database.mark}", ids[start : start + PAGE])
    database.execute("COMMIT")


def rollback(url: str, database: Database) -> None:
    """Every brand is created, and deleted."""
    create(url, database)
    undo(url, database)


def _update(database: Database, rows: list[Row]) -> None:
    settings = ", ".join(f"{name} = {database.mark}" for name in COLUMNS[1:])
    database.many(f"UPDATE bare_brand SET {settings} WHERE id = {database.mark}", [(*row[1:], row[0]) for row in rows])


WORK: dict[str, Callable[[str, Database], None]] = {
    work.__name__: work for work in (create, recorded, again, changed, incremental, undo, rollback)
}


def main(work: str, url: str, database: str) -> int:
    """Do one kind of work."""
    WORK[work](url, Sqlite(database) if database.startswith("sqlite") else Postgres(database))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
