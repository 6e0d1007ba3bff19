import hashlib
import os
import re
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, nullcontext
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from databases import KINDS, MYSQL, POSTGRES, encoded_database, fresh_database, kind_of, run
from peewee import ProgrammingError
from pydantic import SecretStr, ValidationError

from brandsync.database import (
    DatabaseUrl,
    TableMissing,
    connect,
    cursor,
    describe,
    errors,
    execute,
    exists,
    server_clock,
)
from brandsync.errors import ConfigError, CredentialsRefused, Rejected, TryAgainLater, Unreadable, Unwritable
from brandsync.settings import SettingsModel


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
        ("postgresql://u@%2Frun%2FPostgres/shop", "postgresql://u@%2Frun%2FPostgres/shop"),
        ("postgresql://u@One,two/shop", "postgresql://u@one,two/shop"),
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
        ("mysql://u:secret@db/shop?connect_timeout=abc", "connect_timeout that is not a whole number of seconds"),
        ("mysql://u:secret@db/shop?read_timeout=-1", "read_timeout that is not a whole number of seconds"),
        ("mysql://u:secret@db/shop?write_timeout=0", "write_timeout that is not a whole number of seconds"),
        ("postgresql://u:secret@db:70000/shop", "has the port 70000"),
    ],
)
def test_a_wrong_url_says_what_to_write_and_never_the_password(wrong: str, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        normal(wrong)
    assert words in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_description_has_no_password() -> None:
    assert describe("postgresql://shop:secret@db:5433/shop?sslpassword=secret") == "postgresql://shop@db:5433/shop"
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
        assert "write" in str(caught.value.hint)
        with errors(database), database.atomic():
            assert execute(database, "SELECT count(*) FROM t").fetchone() == (0,)


def test_whoever_only_reads_leaves_the_session_as_it_was_for_whoever_has_it_next(url: str) -> None:
    run(url, "CREATE TABLE t (a integer)")
    if kind_of(url) == "sqlite":
        pytest.skip("nobody else has a session of SQLite")
    with closing(connect(url, read_only=True)) as database:
        with errors(database), database.atomic():
            execute(database, "SELECT 1")
        with errors(database):
            execute(database, "SELECT 1")
        with database.connection().cursor() as somebody_elses:  # as a pooler would hand it out
            somebody_elses.execute("INSERT INTO t VALUES (1)")
            somebody_elses.execute("START TRANSACTION")
            somebody_elses.execute("INSERT INTO t VALUES (2)")
            somebody_elses.execute("COMMIT")
    assert run(url, "SELECT count(*) FROM t") == [(2,)]


def test_a_statement_by_itself_may_only_read_too(url: str) -> None:
    run(url, "CREATE TABLE t (a integer)")
    with closing(connect(url, read_only=True)) as database:
        for statement in ("INSERT INTO t VALUES (1)", "UPDATE t SET a = 1", "DELETE FROM t"):
            with pytest.raises(Rejected), errors(database):
                execute(database, statement)
    assert run(url, "SELECT count(*) FROM t") == [(0,)]


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_texts_of_a_database_with_another_encoding_are_texts(encoding: str) -> None:
    with (
        encoded_database(encoding) as url,
        closing(connect(f"{url}?client_encoding=LATIN1")) as database,
        errors(database),
    ):
        execute(database, "CREATE TABLE t (a varchar(9))")
        execute(database, "INSERT INTO t VALUES (%s)", ["Café"])
        assert execute(database, "SELECT a, version() FROM t").fetchone()[0] == "Café"
        with (
            pytest.raises(Rejected, match="no equivalent") if encoding == "LATIN1" else nullcontext(),
            errors(database),
        ):
            execute(database, "INSERT INTO t VALUES (%s)", ["無印"])


def test_bytes_that_are_no_text_say_where_to_correct_them_in_a_database_that_takes_all() -> None:
    with encoded_database("SQL_ASCII") as url, pytest.raises(Rejected, match="invalid byte sequence") as caught:
        run(url, "SELECT convert_from('\\xe9'::bytea, 'SQL_ASCII')")
    assert "SQL_ASCII" in str(caught.value.hint)


def test_a_statement_larger_than_the_server_takes_is_rejected_and_the_connection_stays() -> None:
    with fresh_database("mysql", Path()) as url, closing(connect(url)) as database:
        execute(database, "CREATE TABLE t (a longtext)")
        (most,) = execute(database, "SELECT @@max_allowed_packet").fetchone()
        for write in (
            lambda: execute(database, "INSERT INTO t VALUES (%s)", ["'" * (most // 2)]),
            lambda: cursor(database).executemany("INSERT INTO t VALUES (%s)", [["é" * (most // 2)]]),
        ):
            with pytest.raises(Rejected, match="max_allowed_packet"), errors(database):
                write()
        cursor(database).executemany("INSERT INTO t VALUES (%s)", [["y" * (most // 3)]] * 4)
        assert execute(database, "SELECT count(*) FROM t").fetchone() == (4,)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://u@%2Fno%2Fsuch%2Fdirectory/shop",
        "mysql://u@%2Fno%2Fsuch%2Fdirectory%2Fmysql.sock/shop",
        "mysql://u@localhost/shop?unix_socket=/no/such/directory/mysql.sock",
        "mysql://u@127.0.0.1/shop?ssl_ca=/no/such/file.pem",
        f"mysql://u@127.0.0.1/shop?ssl_ca=/{'x' * 300}",
        f"mysql://u@%2F{'x' * 300}%2Fs/shop",
        f"postgresql://u@%2F{'x' * 300}/shop",
        "postgresql://u@127.0.0.1/shop?connect_timeout=abc",
        "postgresql://u@no such host/shop",
        "mysql://u@no such host/shop",
        f"postgresql://u@{'a' * 70}.example/shop",
        "mysql://u@a..b/shop",
    ],
)
def test_a_wrong_address_is_a_matter_of_configuration_and_not_for_later(address: str) -> None:
    with pytest.raises(ConfigError):
        run(address, "SELECT 1")


def test_a_certificate_that_is_none_is_a_matter_of_configuration(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(ConfigError, match="options of its URL"):
        run(f"mysql://u@127.0.0.1/shop?ssl_ca={tmp_path}/ca.pem", "SELECT 1")


def test_a_socket_is_named_by_its_directory_in_place_of_the_host() -> None:
    with fresh_database("postgresql", Path()) as url, closing(connect(url)) as database:
        directories = execute(database, "SHOW unix_socket_directories").fetchone()[0].split(", ")
    directory = next((name for name in directories if Path(name).is_dir()), None)
    if not directory or urlsplit(POSTGRES).hostname not in {"127.0.0.1", "localhost"}:
        pytest.skip("the server has no socket here")
    with closing(
        connect(f"postgresql://{urlsplit(POSTGRES).username}@{quote(directory, safe='')}/postgres")
    ) as database:
        try:
            with errors(database):
                assert execute(database, "SELECT 1").fetchone() == (1,)
        except CredentialsRefused:
            pass  # it was reached, and knows another way to log in


READ_BY_A_READER = """
import sys
from brandsync.database import connect, errors, execute
from brandsync.errors import BrandsyncError
database = connect(sys.argv[1], read_only=True)
try:
    with errors(database):
        print(execute(database, "SELECT count(*) FROM t").fetchone()[0])
except BrandsyncError as error:
    print(type(error).__name__, error.message)
"""


def read_by_a_reader(file: Path) -> str:
    """What somebody gets who may read the file, and write neither it nor its directory."""
    for path in (*file.parent.iterdir(), file.parent):
        path.chmod(path.stat().st_mode & ~0o222)
    rights = "-dac_override,-dac_read_search"
    unprivileged = ["setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}"] if os.geteuid() == 0 else []
    command = [*unprivileged, sys.executable, "-c", READ_BY_A_READER, f"sqlite:///{file}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    file.parent.chmod(0o755)
    return done.stdout.strip() or done.stderr


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may write everything")
@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_a_file_can_be_read_by_somebody_who_may_do_no_more(tmp_path: Path, mode: str) -> None:
    file = tmp_path / "shop" / "shop.db"
    file.parent.mkdir()
    with closing(sqlite3.connect(file)) as raw:
        raw.execute(f"PRAGMA journal_mode = {mode}")
        raw.execute("CREATE TABLE t (a)")
    assert read_by_a_reader(file) == "0"


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may write everything")
def test_a_file_in_wal_mode_that_was_not_closed_is_said_to_take_more_than_the_right_to_read(tmp_path: Path) -> None:
    file = tmp_path / "shop" / "shop.db"
    file.parent.mkdir()
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("CREATE TABLE t (a)")
        left = {name: Path(f"{file}{name}").read_bytes() for name in ("", "-wal")}
    for name, content in left.items():
        Path(f"{file}{name}").write_bytes(content)
    assert read_by_a_reader(file).startswith("CredentialsRefused")


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
    with pytest.raises(ConfigError, match="is a directory"):
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
    ("server", "package", "named"), [(POSTGRES, "psycopg", "psycopg[binary]"), (MYSQL, "pymysql", "pymysql")]
)
def test_a_missing_driver_names_what_to_install(
    server: str, package: str, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ConfigError, match=package) as caught:
        connect(server)
    hint = caught.value.hint or ""
    assert re.fullmatch(rf"install it beside brandsync: `pip install '{re.escape(named)}>=[0-9.]+'`", hint)


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


def test_a_damaged_file_is_nobodys_brands_fault(tmp_path: Path) -> None:
    file = tmp_path / "b.db"
    run(f"sqlite:///{file}", "CREATE TABLE t (a)", "INSERT INTO t VALUES (1)")
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    file.write_bytes(content)
    with pytest.raises(Unwritable, match="malformed") as caught:
        run(f"sqlite:///{file}", "INSERT INTO t VALUES (2)")
    assert "damaged" in str(caught.value.hint)


def test_a_full_disk_and_a_database_that_may_only_be_read_are_nobodys_brands_fault(url: str) -> None:
    run(url, "CREATE TABLE t (a integer)")
    with closing(connect(url, read_only=True)) as database, pytest.raises(Unwritable), errors(database):
        execute(database, "INSERT INTO t VALUES (1)")
