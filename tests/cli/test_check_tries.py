"""``check`` tries what a run does: whether the journal can be made and written, and whether people can be told."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from command import Catalogue, Command
from databases import POSTGRES, fresh_database, name_of, run
from peewee import OperationalError

from brandsync.database import connect, execute
from brandsync.database.url import parse
from brandsync.journal import Journal


def configure(catalogue: Catalogue, **sections: dict[str, object]) -> None:
    """Write a configuration: the catalogue's file, SQLite, and these settings."""
    cms, store = {"backend": "file", "path": "brands.json"}, {"backend": "sql", "url": "sqlite:///brands.db"}
    lines = [
        line
        for section, settings in {"cms": cms, "store": store, **sections}.items()
        for line in (f"[{section}]", *(f"{name} = {json.dumps(value)}" for name, value in settings.items()))
    ]
    catalogue.config.write_text("\n".join(lines) + "\n", "utf-8")


def wrong(brandsync: Command) -> dict[str, str]:
    """What check finds wrong, by part."""
    ran = brandsync("check", "--output", "json")
    return {finding["part"]: finding["what"] for finding in ran.json["findings"] if not finding["ok"]}


@pytest.mark.parametrize("place", ["x" * 300, "brands.json/m.prom", "none/m.prom"])
def test_metrics_that_cannot_be_written_are_found(brandsync: Command, catalogue: Catalogue, place: str) -> None:
    configure(catalogue, notify={"metrics_file": place})
    assert wrong(brandsync)["notify"].startswith("metrics_file: ")
    assert brandsync("check").code == 78


def test_a_journal_whose_directory_is_missing_is_found(brandsync: Command, catalogue: Catalogue) -> None:
    configure(catalogue, journal={"url": "sqlite:///none/journal.db"})
    assert "none, where journal.db belongs, is not a directory" in wrong(brandsync)["journal"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
@pytest.mark.parametrize("made", [False, True])
def test_a_journal_that_may_not_be_written_is_found(brandsync: Command, catalogue: Catalogue, made: bool) -> None:
    directory = catalogue.directory / "kept"
    directory.mkdir()
    configure(catalogue, journal={"url": "sqlite:///kept/journal.db"})
    if made:
        assert brandsync("sync").code == 0
    directory.chmod(0o555)
    assert "may not be written" in wrong(brandsync)["journal"]
    directory.chmod(0o755)


@contextmanager
def visitor(url: str, *grants: str) -> Iterator[str]:
    """The URL for a user of PostgreSQL who has these privileges and no more."""
    schema, role = url.rpartition("%3D")[2], f"brandsync_{uuid4().hex[:8]}"
    run(url, f"CREATE ROLE {role} LOGIN", f"GRANT USAGE ON SCHEMA {schema} TO {role}")
    try:
        for grant in grants:
            run(url, f"GRANT {grant} TO {role}")
        scheme, _, rest = url.partition("://")
        yield f"{scheme}://{role}@{rest.rpartition('@')[2]}"
    finally:
        run(url, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def test_a_user_who_may_make_no_table_is_found_before_the_first_run(brandsync: Command, catalogue: Catalogue) -> None:
    with fresh_database("postgresql", catalogue.directory) as url, visitor(url) as visited:
        configure(catalogue, store={"backend": "sql", "url": visited})
        found = wrong(brandsync)
        assert {part: "may make no table in the schema" in what for part, what in found.items()} == {
            "store": True,
            "journal": True,
        }


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_the_schema_of_the_table_is_the_one_in_which_it_must_be_possible_to_make_it(
    brandsync: Command, catalogue: Catalogue, kind: str
) -> None:
    with fresh_database(kind, catalogue.directory) as url, fresh_database(kind, catalogue.directory) as other:
        store = {"backend": "sql", "url": url, "table": f"{name_of(other)}.brand"}
        configure(catalogue, store=store, journal={"url": "sqlite:///journal.db"})
        assert not wrong(brandsync)
        if kind == "postgresql":
            granted = f"USAGE, CREATE ON SCHEMA {name_of(other)}"
            with visitor(url, granted) as visited:
                configure(catalogue, store={**store, "url": visited}, journal={"url": "sqlite:///journal.db"})
                assert not wrong(brandsync)


def test_a_journal_that_a_user_may_only_read_is_found(brandsync: Command, catalogue: Catalogue) -> None:
    with fresh_database("postgresql", catalogue.directory) as url:
        with closing(Journal(connect(url), "shop", "here")) as journal:
            journal.prepare()
        schema = url.rpartition("%3D")[2]
        with visitor(url, f"SELECT ON ALL TABLES IN SCHEMA {schema}") as visited:
            configure(catalogue, journal={"url": visited})
            ran = brandsync("check", "--output", "json")
            found = [finding["what"] for finding in ran.json["findings"] if not finding["ok"]]
            assert ran.code == 78
            assert any(what.startswith("INSERT is refused in brandsync_run: ") for what in found)


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # apprise imports it
def test_addresses_that_nobody_understands_are_found_and_not_shown(brandsync: Command, catalogue: Catalogue) -> None:
    urls = ["mailto://user:hidden1@example.com", "nonsense-hidden2", "bogus://u:hidden3@example.com"]
    configure(catalogue, notify={"urls": urls, "metrics_file": "none/m.prom", "ping": "hidden4"})
    ran = brandsync("check")
    assert ran.code == 78
    for text in ("address number 2", "address number 3", "none/m.prom cannot be written", "ping is no http"):
        assert any(line.startswith("✗  notify") and text in line for line in ran.lines), text
    assert any(line.startswith("✓  notify") and "address number 1" in line for line in ran.lines)
    assert "hidden" not in ran.out + ran.err


# Behind a pooler


@pytest.fixture
def pooled(tmp_path: Path) -> Iterator[str]:
    """A database of PostgreSQL, through a PgBouncer that gives one session to all, transaction by transaction."""
    program = os.environ.get("BRANDSYNC_TEST_PGBOUNCER") or shutil.which("pgbouncer")
    address = parse(POSTGRES)
    if not program or address.password:
        pytest.skip("needs PgBouncer (set BRANDSYNC_TEST_PGBOUNCER), and a PostgreSQL that asks for no password")
    port, name = 20_000 + os.getpid() % 10_000, f"brandsync_{uuid4().hex[:12]}"
    run(POSTGRES, f"CREATE DATABASE {name}")
    tmp_path.chmod(0o755)
    settings = tmp_path / "pgbouncer.ini"
    settings.write_text(
        f"[databases]\n{name} = host={address.host} port={address.port or 5432} dbname={name} user={address.user}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = any\npool_mode = transaction\n"
        "default_pool_size = 1\nunix_socket_dir =\n"
    )
    user = ["--user", "nobody"] if os.geteuid() == 0 else []
    pooler = subprocess.Popen([program, *user, str(settings)], stderr=subprocess.DEVNULL)
    try:
        yield f"postgresql://{address.user}@127.0.0.1:{port}/{name}"
    finally:
        pooler.terminate()
        pooler.wait()
        run(POSTGRES, f"DROP DATABASE {name} WITH (FORCE)")


def test_a_command_that_only_reads_leaves_a_pooled_session_writable(
    brandsync: Command, catalogue: Catalogue, pooled: str
) -> None:
    configure(catalogue, store={"backend": "sql", "url": pooled})
    with closing(connect(pooled)) as shop:
        for _ in range(50):  # until the pooler listens
            try:
                execute(shop, "CREATE TABLE orders (id integer)")
                break
            except OperationalError:
                time.sleep(0.1)
        assert brandsync("sync").code == 0
        for arguments in (("sync", "--dry-run"), ("check",), ("runs",), ("undo", "last", "--dry-run")):
            assert brandsync(*arguments).code == 0
            execute(shop, "INSERT INTO orders VALUES (1)")
        assert execute(shop, "SHOW default_transaction_read_only").fetchone() == ("off",)
