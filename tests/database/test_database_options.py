"""What stands behind the ? in a URL: libpq's own parameters, and a mistake in them is one of the configuration."""

import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import psycopg
import pymysql
import pytest
from databases import POSTGRES, fresh_database, name_of, run

from brandsync.database import connect, errors, execute
from brandsync.database.failures import translate
from brandsync.database.url import parse
from brandsync.errors import BrandsyncError, ConfigError, CredentialsRefused, Rejected, TryAgainLater, Unwritable


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[str]:
    with fresh_database("postgresql", tmp_path) as url:
        yield url


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("prepare_threshold=x", "take no option 'prepare_threshold'"),
        ("autocommit=1", "take no option 'autocommit'"),
        ("row_factory=x", "take no option 'row_factory'"),
        ("cursor_factory=1", "take no option 'cursor_factory'"),
        ("context=1", "take no option 'context'"),
        ("isolation_level=9", "take no option 'isolation_level'"),
        ("register_unicode=1", "take no option 'register_unicode'"),
        ("conninfo=dbname%3Dother", "take no option 'conninfo'"),
        ("replication=database", "brandsync's connections to PostgreSQL take no option 'replication'$"),
        ("ssl_mode=require", "did you mean `sslmode`"),
        ("aplication_name=x", "did you mean `application_name`"),
    ],
)
def test_an_option_that_is_not_libpqs_reaches_neither_psycopg_nor_peewee(option: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        connect(f"postgresql://shop:secret@127.0.0.1/shop?{option}")


def test_the_directory_of_a_socket_may_stand_where_sqlalchemy_has_it() -> None:
    address = parse("postgresql://shop@/brands?host=/run/postgresql&sslmode=disable")
    assert (address.host, address.options) == ("/run/postgresql", {"sslmode": "disable"})
    assert parse(address.url) == address


@pytest.mark.parametrize("option", ["dbname=other", "host=other", "port=1", "user=other", "password=secret"])
def test_what_stands_before_the_question_mark_is_refused_behind_it(option: str) -> None:
    name = option.partition("=")[0]
    with pytest.raises(ValueError, match=f"has {name} among its options: that stands before the") as caught:
        parse(f"postgresql://shop@127.0.0.1/shop?{option}")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["postgresql://u@db/shop?application_name=a%00b", "mysql://u%00@db/shop"])
def test_a_nul_does_not_cut_a_url_short(url: str) -> None:
    with pytest.raises(ValueError, match="holds a NUL"):
        parse(url)


@pytest.mark.parametrize(
    "option",
    [
        "options=-c%20statement_timout%3D5s",
        "options=-c%20statement_timeout%3Dabc",
        "options=--nonsense",
        "service=nothere",
        "gssencmode=maybe",
        "channel_binding=maybe",
        "channel_binding=require",
        "target_session_attrs=maybe",
        "require_auth=foo",
        "require_auth=none,!none",
        "load_balance_hosts=x",
        "ssl_min_protocol_version=9",
        "keepalives=x",
        "sslmode=prefer&sslrootcert=system",
    ],
)
def test_an_option_that_no_wait_mends_is_a_matter_of_configuration(postgres: str, option: str) -> None:
    with pytest.raises(ConfigError) as caught:
        run(f"{postgres.partition('?')[0]}?{option}", "SELECT 1")
    assert "options in the URL" in str(caught.value.hint)


def test_a_database_that_takes_no_connections_is_a_matter_of_configuration(postgres: str) -> None:
    with pytest.raises(ConfigError, match="template0"):
        run(f"{postgres.partition('?')[0].rpartition('/')[0]}/template0", "SELECT 1")


def test_a_role_that_may_not_log_in_is_refused(postgres: str) -> None:
    role = name_of(postgres)
    run(POSTGRES, f"CREATE ROLE {role} NOLOGIN")
    try:
        with pytest.raises(CredentialsRefused, match="not permitted to log in"):
            run(f"postgresql://{role}@{postgres.rpartition('@')[2]}", "SELECT 1")
    finally:
        run(POSTGRES, f"DROP ROLE {role}")


@pytest.mark.parametrize("state", ["ACCOUNT LOCK", "PASSWORD EXPIRE"])
def test_an_account_that_a_person_must_open_again_is_refused_and_the_hint_says_how(state: str) -> None:
    with fresh_database("mysql", Path()) as url:
        user = f"u{uuid4().hex[:12]}"
        for host in ("'%%'", "localhost"):
            run(url, f"CREATE USER {user}@{host} {state}", f"GRANT ALL ON {name_of(url)}.* TO {user}@{host}")
        try:
            with pytest.raises(CredentialsRefused) as caught:
                run(f"mysql://{user}@{url.rpartition('@')[2]}", "SELECT 1")
            assert "ACCOUNT UNLOCK" in str(caught.value.hint)
        finally:
            run(url, f"DROP USER {user}@'%%', {user}@localhost")


ABOUT_NO_BRAND: list[tuple[Exception, type[BrandsyncError]]] = [
    *((pymysql.err.OperationalError(code, "x"), TryAgainLater) for code in (1041, 1047, 1412, 1614, 2055, 2999, 3572)),
    *((pymysql.err.OperationalError(code, "x"), CredentialsRefused) for code in (1129, 1820, 1862, 3118, 4151)),
    *((pymysql.err.OperationalError(code, "x"), Unwritable) for code in (1030, 1180, 1815, 1877, 4999)),
    (psycopg.errors.IdleInTransactionSessionTimeout("x"), TryAgainLater),
    (psycopg.errors.ObjectInUse("x"), TryAgainLater),
    (psycopg.errors.InFailedSqlTransaction("x"), Unwritable),
    (psycopg.errors.ObjectNotInPrerequisiteState("x"), Unwritable),
    (psycopg.errors.FeatureNotSupported("x"), Unwritable),
]
ABOUT_A_BRAND = [
    *(pymysql.err.OperationalError(code, "x") for code in (1153, 1292, 1644, 1690, 3140, 3819, 4025)),
    pymysql.err.DataError(1406, "certificate verify failed"),
    pymysql.err.IntegrityError(1062, "Duplicate entry 'invalid port number'"),
    psycopg.errors.RaiseException("a name is required"),
    psycopg.errors.CheckViolation("x"),
    psycopg.errors.ProgramLimitExceeded("x"),
    psycopg.errors.WithCheckOptionViolation("x"),
]


@pytest.mark.parametrize(("error", "meaning"), ABOUT_NO_BRAND, ids=str)
def test_what_is_wrong_with_the_server_or_the_connection_is_nobodys_brands_fault(
    error: Exception, meaning: type[BrandsyncError]
) -> None:
    assert type(translate(error, "db")) is meaning


@pytest.mark.parametrize("error", ABOUT_A_BRAND, ids=repr)
def test_what_is_wrong_with_a_brand_is_its_rejection(error: Exception) -> None:
    assert type(translate(error, "db")) is Rejected


def test_what_a_trigger_refuses_under_a_number_of_its_own_is_a_rejection() -> None:
    with fresh_database("mysql", Path()) as url:
        run(
            url,
            "CREATE TABLE t (a int)",
            "CREATE TRIGGER t_i BEFORE INSERT ON t FOR EACH ROW SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001",
        )
        with pytest.raises(Rejected) as caught:
            run(url, "INSERT INTO t VALUES (1)")
    assert type(caught.value) is Rejected


@pytest.mark.parametrize("driver_error", [pymysql.err.OperationalError(2003, "x"), psycopg.OperationalError("x")])
def test_a_connection_that_fails_for_a_reason_that_nobody_knows_is_for_later(driver_error: Exception) -> None:
    assert type(translate(driver_error, "db")) is TryAgainLater


def test_a_port_of_mysqls_that_accepts_and_says_nothing_is_for_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        database = connect(f"mysql://u@127.0.0.1:{silent.getsockname()[1]}/shop")
        assert database.connect_params["connect_timeout"] == 10
        database.connect_params["connect_timeout"] = 0.1
        began = time.monotonic()
        with pytest.raises(TryAgainLater, match=r"MySQL gave no answer for 0\.1 seconds"), errors(database):
            execute(database, "SELECT 1")
        assert time.monotonic() - began < 5


@pytest.mark.slow
def test_a_long_statement_is_not_cut_by_the_time_that_a_connection_has() -> None:
    with (
        fresh_database("mysql", Path()) as url,
        closing(connect(f"{url}?connect_timeout=1")) as database,
        errors(database),
    ):
        assert execute(database, "SELECT SLEEP(1.5)").fetchone() == (0,)


@pytest.mark.slow
def test_a_read_timeout_in_the_url_ends_a_statement() -> None:
    with (
        fresh_database("mysql", Path()) as url,
        closing(connect(f"{url}?read_timeout=1")) as database,
        pytest.raises(TryAgainLater),
        errors(database),
    ):
        execute(database, "SELECT SLEEP(3)")
