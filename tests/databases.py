"""A fresh database for a test, on each of the three kinds of server."""

import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from brandsync.database import connect, errors, execute
from brandsync.database.url import parse
from brandsync.errors import BrandsyncError

KINDS = ("sqlite", "postgresql", "mysql")
POSTGRES = os.environ.get("BRANDSYNC_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
MYSQL = os.environ.get("BRANDSYNC_TEST_MYSQL", "mysql://root@127.0.0.1:3306/mysql")


def run(url: str, *statements: str) -> list[Any]:
    """Run statements on a connection of their own; returns the rows of the last one."""
    with closing(connect(url)) as database, errors(database):
        rows: list[Any] = []
        for statement in statements:
            cursor = execute(database, statement)
            rows = list(cursor.fetchall()) if cursor.description else []
        return rows


def kind_of(url: str) -> str:
    return parse(url).kind


@contextmanager
def fresh_database(kind: str, directory: Path) -> Iterator[str]:
    """The URL of an empty database (in PostgreSQL a schema), dropped afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{directory / 'brands.db'}"
        return
    server = POSTGRES if kind == "postgresql" else MYSQL
    name = f"brandsync_{uuid4().hex[:12]}"
    _make(server, f"CREATE {'SCHEMA' if kind == 'postgresql' else 'DATABASE'} {name}")
    try:
        yield within(server, name)
    finally:
        run(server, f"DROP SCHEMA {name}{' CASCADE' if kind == 'postgresql' else ''}")


@contextmanager
def encoded_database(encoding: str) -> Iterator[str]:
    """The URL of an empty database of PostgreSQL whose texts have this encoding, dropped afterwards."""
    name = f"brandsync_{uuid4().hex[:12]}"
    _make(POSTGRES, f"CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    try:
        yield f"{POSTGRES.partition('?')[0].rpartition('/')[0]}/{name}"
    finally:
        run(POSTGRES, f"DROP DATABASE {name} WITH (FORCE)")


def within(server: str, name: str) -> str:
    if kind_of(server) == "mysql":
        return f"{server.rpartition('/')[0]}/{name}"
    return f"{server}{'&' if '?' in server else '?'}options=-csearch_path%3D{name}"


def name_of(url: str) -> str:
    """The name of the schema or database that ``fresh_database`` made."""
    address = parse(url)
    return address.options["options"].rpartition("=")[2] if address.kind == "postgresql" else address.name


def _make(server: str, statement: str) -> None:
    try:
        run(server, statement)
    except BrandsyncError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"needs a {kind_of(server)} server: {error.message} (set BRANDSYNC_TEST_POSTGRES or _MYSQL)")


def quoted(url: str, name: str) -> str:
    quote = "`" if kind_of(url) == "mysql" else '"'
    escaped = name.replace(quote, quote * 2)
    return quote + (escaped if kind_of(url) == "sqlite" else escaped.replace("%", "%%")) + quote


def column_types(url: str) -> Sequence[str]:
    """The types of a text, a long text, a time and a JSON document."""
    return {
        "sqlite": ("TEXT", "TEXT", "TIMESTAMP", "TEXT"),
        "postgresql": ("text", "text", "timestamptz", "jsonb"),
        "mysql": ("varchar(200)", "longtext", "datetime(6)", "json"),
    }[kind_of(url)]
