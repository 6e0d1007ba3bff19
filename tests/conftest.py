"""Fixtures that many tests use: databases, a CMS, and a shop that syncs one with the other."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import peewee
import pytest
import stamina
from cms_server import CmsServer
from shop import Shop

from brandsync.database import connect

POSTGRES = os.environ.get("BRANDSYNC_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
MYSQL = os.environ.get("BRANDSYNC_TEST_MYSQL", "mysql://root@127.0.0.1:3306/test")


@pytest.fixture(autouse=True)
def only_the_tests_own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable, file or state of the user's reaches a test."""
    for name in [name for name in os.environ if name.startswith("BRANDSYNC_") and "_TEST_" not in name]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def no_retries() -> Iterator[None]:
    """A failed request stays failed: whatever a run does about it, it does at once."""
    with stamina.set_testing(True, attempts=1):
        yield


def fresh_database(kind: str, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, gone afterwards; skips where its server cannot be reached, but in CI."""
    if kind == "sqlite":
        yield f"sqlite:///{tmp_path}/brands.db"
        return
    server = POSTGRES if kind == "postgresql" else MYSQL
    name = f"brandsync_{uuid.uuid4().hex[:12]}"
    admin = connect(server)
    try:
        admin.execute_sql(f"CREATE DATABASE {name}")
    except peewee.OperationalError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"{kind} cannot be reached: {error}")
    try:
        yield f"{server.rpartition('/')[0]}/{name}"
    finally:
        admin.execute_sql(f"DROP DATABASE {name}" + (" WITH (FORCE)" if kind == "postgresql" else ""))
        admin.close()


@pytest.fixture(params=["sqlite", "postgresql", "mysql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    yield from fresh_database(request.param, tmp_path)


@pytest.fixture
def postgres_url(tmp_path: Path) -> Iterator[str]:
    """An empty PostgreSQL database."""
    yield from fresh_database("postgresql", tmp_path)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite database that isn't there yet."""
    return f"sqlite:///{tmp_path}/brands.db"


@pytest.fixture
def cms() -> Iterator[CmsServer]:
    """An empty CMS, running."""
    with CmsServer() as server:
        yield server


@pytest.fixture
def shop(cms: CmsServer, sqlite_url: str, tmp_path: Path) -> Iterator[Shop]:
    """A shop on SQLite."""
    with Shop(tmp_path, cms, sqlite_url) as shop:
        yield shop


@pytest.fixture
def any_shop(cms: CmsServer, database_url: str, tmp_path: Path) -> Iterator[Shop]:
    """A shop on each database."""
    with Shop(tmp_path, cms, database_url) as shop:
        yield shop
