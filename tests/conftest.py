"""Fixtures that many tests use: databases, a CMS, and a shop that syncs one with the other."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import stamina
from cms_server import CmsServer
from databases import KINDS, fresh_database
from live_server import LiveServer, NotHereError
from live_servers import LiveServers
from shop import Shop, WatchedCms

pytest_plugins = ("left_out",)

# Else each process that a test starts compiles all that it imports, and each worker all tests: half of their time.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# Under nohup this signal is ignored, and brandsync leaves it so.
signal.signal(signal.SIGHUP, signal.SIG_DFL)

Started = Callable[[type[LiveServer]], LiveServer]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Three processes for two cores: much of a test's time is waiting for databases, servers and time-outs."""
    return -(-3 * (os.cpu_count() or 1) // 2)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow what needs a database server. Slow tests are left out after this."""
    for item in items:
        if isinstance(item, pytest.Function) and _needs_a_database_server(item):
            item.add_marker(pytest.mark.slow)


def _needs_a_database_server(item: pytest.Function) -> bool:
    given = item.callspec.params.values() if hasattr(item, "callspec") else ()
    names = [value for value in given if isinstance(value, str)]
    return bool({"postgres_url", "mysql_url"} & {*item.fixturenames}) or any(
        name.startswith(KINDS[1:]) for name in names
    )


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What was tried, as tests tell it in their property ``tried``: how many points, faults and steps."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    for line in sorted(value for report in reports for name, value in report.user_properties if name == "tried"):
        terminalreporter.write_line(f"tried: {line}")


@pytest.fixture(scope="session")
def servers() -> Iterator[LiveServers]:
    """The real servers that this worker's tests use."""
    with closing(LiveServers()) as servers:
        yield servers


@pytest.fixture(scope="session")
def started(servers: LiveServers) -> Started:
    """Has a server installed and running, and keeps other workers' tests away from it until the test is over."""

    def start(kind: type[LiveServer]) -> LiveServer:
        try:
            return servers.take(kind)
        except NotHereError as lack:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(str(lack))

    return start


@pytest.fixture(autouse=True)
def servers_are_let_go(servers: LiveServers) -> Iterator[None]:
    """After each test, another worker may use the servers that it has used."""
    yield
    servers.let_go()


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


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    with fresh_database(request.param, tmp_path) as url:
        yield url


def _database(kind: str) -> Any:
    """An empty database of this kind."""

    @pytest.fixture
    def url(tmp_path: Path) -> Iterator[str]:
        with fresh_database(kind, tmp_path) as url:
            yield url

    return url


postgres_url = _database("postgresql")
mysql_url = _database("mysql")


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
def watched() -> Iterator[WatchedCms]:
    """An empty CMS in which a test can act in the middle of a run."""
    with WatchedCms() as cms:
        yield cms


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
