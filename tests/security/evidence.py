"""The canary in every secret of these tests, the forms in which it could leak, and where one looks for it."""

import base64
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from peewee import Database
from ran import Ran

from brandsync.database import connect

CORE = "c4n4ry-of-tests"
SECRET = f"{CORE}/&+%<s3cr3t"
"""Percent-encoding, HTML and JSON each write some of it otherwise; its core stays as it is in all of them."""
BASIC_USER = "editor"


def forms() -> Iterator[str]:
    """All that gives it away: its core, and that in Base64, wherever it begins in a group of three bytes."""
    yield CORE
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + CORE.encode()).decode()
        whole = (before + len(CORE)) // 3 * 4
        yield encoded[4 if before else 0 : whole]


FORMS = tuple(forms())


def leaks(text: str) -> list[str]:
    """What of the secret is in a text."""
    return [form for form in FORMS if form in text]


def assert_silent(ran: Ran, *more: str) -> None:
    """Neither output gives the secret away."""
    for text in (ran.out, ran.err, *more):
        assert not leaks(text), text


def assert_clean_files(directory: Path, *secret: Path) -> None:
    """No file below the directory holds the secret, but those that are meant to."""
    for file in directory.rglob("*"):
        if file.is_file() and file not in secret:
            assert not leaks(file.read_bytes().decode("latin-1")), file


def assert_clean_tables(url: str) -> int:
    """No row of any table gives the secret away; returns how many rows there were."""
    with closing(connect(url)) as database:
        found = [row for table in database.get_tables() for row in _rows(database, table)]
    for row in found:
        assert not leaks(json.dumps(row, default=str)), row
    return len(found)


def _rows(database: Database, table: str) -> list[Any]:
    return list(database.execute_sql(f"SELECT * FROM {table}").fetchall())  # type: ignore[no-untyped-call]


def with_password(url: str, password: str = SECRET) -> str:
    """A database's URL with a password, which a server that trusts its network doesn't look at."""
    scheme, _, rest = url.partition("://")
    login, _, place = rest.partition("@")
    return f"{scheme}://{login.partition(':')[0]}:{quote(password, safe='')}@{place}"
