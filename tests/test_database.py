import hashlib
import socket
import sqlite3
import stat
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from databases import KINDS, MYSQL, POSTGRES, fresh_database, kind_of, run
from peewee import ProgrammingError
from pydantic import SecretStr, ValidationError

from brandsync.database import (
    DatabaseUrl,
    TableMissing,
    connect,
    describe,
    errors,
    execute,
    exists,
    server_clock,
)
from brandsync.errors import ConfigError, CredentialsRefused, Rejected, TryAgainLater, Unreadable
from brandsync.setting import SettingsModel


class Settings(SettingsModel):
    url: DatabaseUrl


def normal(url: str, directory: str = "/etc/shop") -> str:
    settings = Settings.model_validate({"url": url}, context={"directory": directory})
    assert isinstance(settings.url, SecretStr)
    return settings.url.get_secret_value()


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with fresh_database(request.param, tmp_path) as fresh:
        yield fresh


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("sqlite:///b.db", "sqlite:////etc/shop/b.db"),
        ("sqlite:///x/../b.db", "sqlite:////etc/shop/b.db"),
        ("sqlite:////var/b.db", "sqlite:////var/b.db"),
        ("postgres://u:p@DB:5432/shop", "postgresql://u:p@db/shop"),
        (
            "postgresql+psycopg://u:p%40%2f@db:5433/shop?sslmode=require",
            "postgresql://u:p%40%2F@db:5433/shop?sslmode=require",
        ),
        ("postgresql://u:a#b/c@db/shop", "postgresql://u:a%23b%2Fc@db/shop"),
        ("postgresql:///shop?host=/run/postgresql", "postgresql:///shop?host=%2Frun%2Fpostgresql"),
        ("postgresql://u@[::1]:5432/shop", "postgresql://u@[::1]/shop"),
        ("mariadb+pymysql://u:@db:3306/shop?charset=utf8mb4", "mysql://u:@db/shop?charset=utf8mb4"),
    ],
)
def test_urls_of_one_database_become_equal(written: str, meant: str) -> None:
    assert normal(written) == meant
    assert normal(meant) == meant


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("oracle://u:secret@db/shop", "knows: write"),
        ("just text secret", "knows: write"),
        ("postgresql://u:secret@db", "names no database"),
        ("mysql://u:secret@db/", "names no database"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "must name a file"),
        ("sqlite:///b.db?mode=secret", "must name a file"),
        ("sqlite://secret/b.db", "three slashes"),
        ("mysql://u:secret@db/shop?ssl_mode=1", "unknown option 'ssl_mode'"),
    ],
)
def test_a_wrong_url_says_what_to_write_and_never_the_password(wrong: str, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        normal(wrong)
    assert words in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_description_has_no_password() -> None:
    assert describe("postgresql://shop:secret@db:5433/shop?password=secret") == "postgresql://shop@db:5433/shop"
    assert describe("sqlite:////var/b.db") == "sqlite:////var/b.db"


def test_nothing_is_made_before_the_first_use(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'b.db'}"
    connect(url)
    assert not exists(url)
    assert exists("postgresql://nowhere/shop")


def test_a_new_file_is_its_owners_alone_and_survives_a_power_loss(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'b # ?%20.db'}".replace("?", "q")
    with closing(connect(url)) as database:
        assert execute(database, "PRAGMA journal_mode").fetchone() == ("delete",)
        assert execute(database, "PRAGMA synchronous").fetchone() == (2,)
        assert execute(database, "PRAGMA foreign_keys").fetchone() == (1,)
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_that_was_there_keeps_its_journal_mode(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "b.db")) as raw:
        raw.execute("CREATE TABLE t (a)")
    assert run(f"sqlite:///{tmp_path / 'b.db'}", "PRAGMA journal_mode") == [("delete",)]


def test_a_directory_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none, where b\.db belongs"):
        run(f"sqlite:///{tmp_path / 'none' / 'b.db'}", "SELECT 1")


def test_reading_only_makes_and_changes_no_file(tmp_path: Path) -> None:
    url, file = f"sqlite:///{tmp_path / 'b.db'}", tmp_path / "b.db"
    missing = connect(url, read_only=True)
    with pytest.raises(ConfigError, match="does not exist"), errors(missing):
        execute(missing, "SELECT 1")
    assert not file.exists()
    run(url, "CREATE TABLE t (a)")
    before = hashlib.sha256(file.read_bytes()).digest()
    with closing(connect(url, read_only=True)) as database:
        with database.atomic():
            assert execute(database, "SELECT count(*) FROM t").fetchone() == (0,)
        with pytest.raises(Rejected, match=r"(?i)readonly"), errors(database):
            execute(database, "INSERT INTO t VALUES (1)")
    assert hashlib.sha256(file.read_bytes()).digest() == before


def test_reading_only_the_server_refuses_to_write(url: str) -> None:
    run(url, "CREATE TABLE t (a integer)")
    with closing(connect(url, read_only=True)) as database:
        with pytest.raises(Rejected) as caught, errors(database):
            execute(database, "INSERT INTO t VALUES (1)")
        assert "writable" in str(caught.value.hint)
        with errors(database), database.atomic():
            assert execute(database, "SELECT count(*) FROM t").fetchone() == (0,)


def test_the_servers_clock_counts_seconds_since_1970(url: str) -> None:
    with closing(connect(url)) as database:
        sql = server_clock(database).sql
        (seconds,) = execute(database, f"SELECT {sql}").fetchone()
    assert isinstance(seconds, float)
    assert abs(seconds - time.time()) < 300  # a wrong zone would be hours away


def test_an_update_that_changes_nothing_counts_as_found(url: str) -> None:
    run(url, "CREATE TABLE t (a integer)", "INSERT INTO t VALUES (1)")
    with closing(connect(url)) as database:
        assert execute(database, "UPDATE t SET a = 1 WHERE a = 1").rowcount == 1


def test_a_missing_table_is_told_from_a_missing_column(url: str) -> None:
    with pytest.raises(TableMissing):
        run(url, "SELECT 1 FROM nothing_here")
    with pytest.raises(ConfigError) as caught:
        run(url, "CREATE TABLE t (a integer)", "SELECT zzz FROM t")
    assert not isinstance(caught.value, TableMissing)


def test_a_constraint_is_a_rejection_in_the_databases_own_words(url: str) -> None:
    with pytest.raises(Rejected, match=r"(?i)unique|duplicate") as caught:
        run(url, "CREATE TABLE t (a integer PRIMARY KEY)", "INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (1)")
    assert caught.value.message.startswith(describe(url))
    assert caught.value.__suppress_context__


def test_an_error_that_is_no_databases_own_goes_through(url: str) -> None:
    with closing(connect(url)) as database:
        with pytest.raises(ZeroDivisionError), errors(database):
            _ = 1 / 0
        with pytest.raises(LookupError), errors(database):
            raise LookupError


def test_a_lock_held_by_another_is_for_later(url: str) -> None:
    run(url, "CREATE TABLE t (a integer)", "INSERT INTO t VALUES (1)")
    with closing(connect(url)) as holder, holder.atomic():
        execute(holder, "UPDATE t SET a = 2")
        with closing(connect(url)) as waiter:
            waiter.lock_seconds = 1
            with pytest.raises(TryAgainLater), errors(waiter), waiter.atomic():
                execute(waiter, "UPDATE t SET a = 3")
            assert waiter.is_closed()


@pytest.mark.parametrize("server", [POSTGRES, MYSQL])
def test_a_server_that_cannot_be_reached_is_for_later(server: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(TryAgainLater):
            run(f"{kind_of(server)}://u:secret@127.0.0.1:{port}/shop", "SELECT 1")


def test_a_connection_that_died_is_replaced_at_the_next_use(url: str) -> None:
    kill = {
        "postgresql": ("pg_backend_pid()", "SELECT pg_terminate_backend({})"),
        "mysql": ("connection_id()", "KILL {}"),
    }
    if kind_of(url) not in kill:
        pytest.skip("SQLite has no server")
    own_id, statement = kill[kind_of(url)]
    with closing(connect(url)) as database:
        (number,) = execute(database, f"SELECT {own_id}").fetchone()
        run(url, statement.format(number))
        with pytest.raises(TryAgainLater), errors(database), database.atomic(), errors(database):
            execute(database, "SELECT 1")
        with errors(database):
            assert execute(database, "SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("server", [POSTGRES, MYSQL])
def test_an_unknown_database_is_a_matter_of_configuration(server: str) -> None:
    with fresh_database(kind_of(server), Path()), pytest.raises(ConfigError, match="no_such_db"):
        run(f"{server.rpartition('/')[0]}/no_such_db", "SELECT 1")


@pytest.mark.parametrize("server", [POSTGRES, MYSQL])
def test_an_unknown_user_is_refused_and_its_password_not_told(server: str) -> None:
    host = server.rpartition("@")[2]
    with fresh_database(kind_of(server), Path()), pytest.raises(CredentialsRefused) as caught:
        run(f"{kind_of(server)}://no_such_user:s%40cret@{host}", "SELECT 1")
    assert "GRANT" in str(caught.value.hint)
    assert "cret" not in f"{caught.value}{caught.value.hint}"


def test_a_password_with_odd_characters_gets_through() -> None:
    with fresh_database("mysql", Path()) as url:
        user, password = f"u{url.rpartition('_')[2]}", "p@ss:/w%rd #é"
        run(url, f"CREATE USER {user}@'%%' IDENTIFIED BY '{password.replace('%', '%%')}'")
        run(url, f"GRANT ALL ON {url.rpartition('/')[2]}.* TO {user}@'%%'")
        try:
            login = f"{user}:{quote(password, safe='')}"
            assert run(f"mysql://{login}@{url.rpartition('@')[2]}?connect_timeout=5&ssl_disabled=true", "SELECT 1") == [
                (1,)
            ]
        finally:
            run(url, f"DROP USER {user}@'%%'")


def test_an_option_that_postgresql_does_not_know_is_a_matter_of_configuration() -> None:
    with pytest.raises(ConfigError, match="nonsense"):
        run("postgresql://u@127.0.0.1/shop?nonsense=1", "SELECT 1")


def test_a_file_that_is_no_database_is_a_matter_of_configuration(tmp_path: Path) -> None:
    (tmp_path / "b.db").write_text("id,name\n" * 100)
    with pytest.raises(ConfigError, match="not a database"):
        run(f"sqlite:///{tmp_path / 'b.db'}", "SELECT * FROM t")


def test_a_directory_for_a_file_is_a_matter_of_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unable to open"):
        run(f"sqlite:///{tmp_path}", "SELECT 1")


def test_bytes_that_are_no_text_are_unreadable(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'b.db'}"
    run(url, "CREATE TABLE t (a TEXT)", "INSERT INTO t VALUES (CAST(x'ff' AS TEXT))")
    with pytest.raises(Unreadable):
        run(url, "SELECT a FROM t")


def test_a_full_disk_is_a_rejection_with_a_hint(tmp_path: Path) -> None:
    with closing(connect(f"sqlite:///{tmp_path / 'b.db'}")) as database, errors(database):
        execute(database, "CREATE TABLE t (a)")
        execute(database, "PRAGMA max_page_count = 2")
        with pytest.raises(Rejected) as caught, errors(database):
            execute(database, "INSERT INTO t VALUES (zeroblob(100000))")
    assert "free some space" in str(caught.value.hint)


def test_nul_is_rejected_by_postgresql() -> None:
    with (
        fresh_database("postgresql", Path()) as url,
        closing(connect(url)) as database,
        pytest.raises(Rejected, match="NUL"),
        errors(database),
    ):
        execute(database, "SELECT %s", ["a\0b"])


def test_a_statement_that_lacks_a_value_is_a_bug_and_no_reason_to_try_again() -> None:
    with (
        fresh_database("mysql", Path()) as url,
        closing(connect(url)) as database,
        pytest.raises(ProgrammingError),
        errors(database),
    ):
        execute(database, "SELECT %s, %s", ["a"])


@pytest.mark.parametrize(
    ("server", "package", "extra"), [(POSTGRES, "psycopg", "postgres"), (MYSQL, "pymysql", "mysql")]
)
def test_a_missing_driver_names_what_to_install(
    server: str, package: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ConfigError, match=package) as caught:
        connect(server)
    assert caught.value.hint == f"pip install 'brandsync[{extra}]'"


def test_two_writers_of_one_file_wait_for_each_other(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'b.db'}"
    run(url, "CREATE TABLE t (n integer)", "INSERT INTO t VALUES (0)")

    def count() -> None:
        with closing(connect(url)) as database:
            for _ in range(20):
                with errors(database), database.atomic():
                    (n,) = execute(database, "SELECT n FROM t").fetchone()
                    execute(database, "UPDATE t SET n = ?", [n + 1])

    threads = [threading.Thread(target=count) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert run(url, "SELECT n FROM t") == [(40,)]
