"""Whatever is wrong with the store's database: one clear error, the right exit code, and nothing changed anywhere."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from cms_server import CmsServer
from databases import MYSQL, POSTGRES, fresh_database, name_of, run
from ran import CANARY, Command, Ran, assert_nothing_leaked, assert_refused, command
from shop import Shop, entries

from brandsync.cli import ephemeral
from brandsync.database.url import parse

pytestmark = pytest.mark.usefixtures("no_retries")

TABLE = "CREATE TABLE brands (id varchar(40) PRIMARY KEY, name varchar(200) NOT NULL, descripton text)"
COUNT = "SELECT count(*) FROM brands"
_TABLES = {"postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()", "mysql": "SHOW TABLES"}


@pytest.fixture
def brandsync(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.setattr(ephemeral, "in_container", lambda: False)  # a container's own disk would be warned of
    return command(monkeypatch, capsys)


@pytest.fixture
def pipeline(cms: CmsServer, tmp_path: Path) -> Iterator[Shop]:
    """A pipeline with three brands to create; its store is still to be named."""
    for entry in entries(3):
        cms.add(entry)
    with Shop(tmp_path, cms, f"sqlite:///{tmp_path}/brands.db") as shop:
        yield shop


def unlinked(shop: Shop) -> bool:
    return set(shop.external_ids().values()) == {None}


def with_user(url: str, user: str, password: str) -> str:
    """The URL, for another user."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{user}:{quote(password)}@{rest.rpartition('@')[2]}"


@contextmanager
def role(kind: str, *grants: str) -> Iterator[tuple[str, str]]:
    """A user of the server with these privileges, and its password; dropped afterwards."""
    server, name, password = {"postgresql": POSTGRES, "mysql": MYSQL}[kind], f"brandsync_{uuid4().hex[:8]}", CANARY
    user = f"{name}@'%%'" if kind == "mysql" else name
    create = f"CREATE USER {user} IDENTIFIED BY '{password}'" if kind == "mysql" else f"CREATE ROLE {user} LOGIN"
    run(server, create, *(grant.format(user=user) for grant in grants))
    try:
        yield name, password
    finally:
        if kind == "postgresql":
            run(server, f"DROP OWNED BY {user}")
        run(server, f"DROP USER {user}" if kind == "mysql" else f"DROP ROLE {user}")


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port: int = unused.getsockname()[1]
    return port


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_a_server_that_is_down_is_75(brandsync: Command, pipeline: Shop, scheme: str) -> None:
    pipeline.set("store", url=f"{scheme}://shop:{CANARY}@127.0.0.1:{closed_port()}/shop")
    ran = brandsync("sync", "--config", str(pipeline.config))
    assert_refused(ran, 75, "127.0.0.1")
    assert unlinked(pipeline)


def test_a_wrong_password_is_77(brandsync: Command, pipeline: Shop, tmp_path: Path) -> None:
    with fresh_database("mysql", tmp_path) as url, role("mysql") as (name, _):
        pipeline.set("store", url=with_user(url, name, f"wrong-{CANARY}"))
        for arguments in ([], ["--dry-run"]):
            ran = brandsync("sync", *arguments, "--config", str(pipeline.config))
            assert_refused(ran, 77, "Access denied")
        assert run(url, "SHOW TABLES") == []
    assert unlinked(pipeline)
    assert_nothing_leaked(pipeline.directory)


@pytest.mark.parametrize("server", [POSTGRES, MYSQL], ids=["postgresql", "mysql"])
def test_an_unknown_database_is_78(brandsync: Command, pipeline: Shop, server: str) -> None:
    with suppress_unreachable(server):
        pipeline.set("store", url=f"{server.rpartition('/')[0]}/brandsync_nowhere")
        ran = brandsync("sync", "--config", str(pipeline.config))
        assert_refused(ran, 78, "brandsync_nowhere")
    assert unlinked(pipeline)


@contextmanager
def suppress_unreachable(server: str) -> Iterator[None]:
    """Skips where the machine has no such server."""
    address = parse(server)
    try:
        socket.create_connection((address.host or "localhost", address.port or 5432), 2).close()
    except OSError as error:
        pytest.skip(f"needs a {address.kind} server: {error}")
    yield


def test_a_table_that_was_mapped_and_is_missing_is_78(
    brandsync: Command, pipeline: Shop, database_url: str, tmp_path: Path
) -> None:
    pipeline.set("store", url=database_url, table="brands").set("store.columns", name="name", description="description")
    pipeline.set("journal", url=f"sqlite:///{tmp_path}/journal.db")
    for arguments in (["sync", "--dry-run"], ["sync"]):
        ran = brandsync(*arguments, "--config", str(pipeline.config))
        assert_refused(ran, 78, "there is no table brands", "[store]")
    assert brandsync("check", "--config", str(pipeline.config)).code == 78
    assert unlinked(pipeline)


def test_a_column_that_was_mapped_and_is_missing_is_78_with_the_nearest_one(
    brandsync: Command, pipeline: Shop, database_url: str, tmp_path: Path
) -> None:
    run(database_url, TABLE)
    pipeline.set("store", url=database_url, table="brands").set("store.columns", name="name", description="description")
    pipeline.set("journal", url=f"sqlite:///{tmp_path}/journal.db")
    ran = brandsync("sync", "--config", str(pipeline.config))
    assert_refused(ran, 78, "description", "descripton")
    assert run(database_url, COUNT)[0][0] == 0
    assert unlinked(pipeline)


@contextmanager
def limited(tmp_path: Path, *grants: str) -> Iterator[tuple[str, str]]:
    """A PostgreSQL schema with a table of brands, and its URL for its owner and for a role with these privileges."""
    with fresh_database("postgresql", tmp_path) as url:
        schema = name_of(url)
        run(url, TABLE.replace("descripton", "description"))
        filled = [grant.replace("SCHEMA", schema) for grant in grants]
        with role("postgresql", f"GRANT USAGE ON SCHEMA {schema} TO {{user}}", *filled) as (name, _):
            yield url, with_user(url, name, CANARY)


def mapped(shop: Shop, url: str) -> Shop:
    shop.set("store", url=url, table="brands").set("store.columns", name="name", description="description")
    return shop.set("journal", url=f"sqlite:///{shop.directory}/journal.db")


def test_a_role_that_may_not_insert_is_77_and_check_names_the_privilege(
    brandsync: Command, pipeline: Shop, tmp_path: Path
) -> None:
    with limited(tmp_path, "GRANT SELECT ON SCHEMA.brands TO {user}") as (owner, url):
        config = str(mapped(pipeline, url).config)
        assert_refused(brandsync("sync", "--config", config), 77, "permission denied", "GRANT")
        checked = brandsync("check", "--config", config)
        assert checked.code in {77, 78}
        assert any("INSERT is refused" in line for line in checked.lines)
        assert run(owner, COUNT)[0][0] == 0
    assert unlinked(pipeline)
    assert_nothing_leaked(pipeline.directory)


def test_a_role_that_may_not_select_is_77(brandsync: Command, pipeline: Shop, tmp_path: Path) -> None:
    with limited(tmp_path) as (owner, url):
        ran = brandsync("sync", "--config", str(mapped(pipeline, url).config))
        assert_refused(ran, 77, "permission denied")
        assert run(owner, COUNT)[0][0] == 0
    assert unlinked(pipeline)


def test_a_read_only_role_ends_the_run_before_anything_is_written(
    brandsync: Command, pipeline: Shop, tmp_path: Path
) -> None:
    read_only = "ALTER ROLE {user} SET default_transaction_read_only = on"
    with limited(tmp_path, "GRANT ALL ON SCHEMA.brands TO {user}", read_only) as (owner, url):
        ran = brandsync("sync", "--config", str(mapped(pipeline, url).config))
        assert_refused(ran, 1, "read-only", "name one that takes writes in the URL")
        assert run(owner, COUNT)[0][0] == 0
        assert brandsync("sync", "--dry-run", "--config", str(pipeline.config)).code == 0
    assert unlinked(pipeline)


@contextmanager
def somebody_elses_journal(kind: str, shop: Shop, *grants: str) -> Iterator[None]:
    """A pipeline whose user has all rights on the table of brands, and these on the journal of an earlier run."""
    with fresh_database(kind, shop.directory) as owner:
        run(owner, TABLE.replace("descripton", "description"))
        mapped(shop, owner).set("journal", url=None)
        assert shop.sync()["exit_code"] == 0
        schema = name_of(owner)
        usage = [f"GRANT USAGE ON SCHEMA {schema} TO {{user}}"] if kind == "postgresql" else []
        given = ["GRANT ALL ON brands TO {user}", *grants]
        with role(kind, *usage, *(grant.replace(" ON ", f" ON {schema}.") for grant in given)) as (name, _):
            shop.set("store", url=with_user(owner, name, CANARY))
            yield


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_a_journal_that_this_user_may_not_read_is_77_whatever_is_asked(
    brandsync: Command, pipeline: Shop, kind: str
) -> None:
    with somebody_elses_journal(kind, pipeline):
        config = str(pipeline.config)
        for asked in (
            "sync",
            "sync --dry-run",
            "runs",
            "runs show last",
            "undo last",
            "undo last --dry-run",
            "recover",
        ):
            assert_refused(brandsync(*asked.split(), "--config", config), 77, "denied", "brandsync_schema", "GRANT")
        checked = brandsync("check", "--config", config)
        (found,) = (line for line in checked.lines if line.startswith("✗"))
        assert (checked.code, "brandsync_schema" in found) == (77, True)


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_check_names_the_tables_of_the_journal_that_this_user_may_not_read(
    brandsync: Command, pipeline: Shop, kind: str
) -> None:
    granted = [f"GRANT ALL ON brandsync_{table} TO {{user}}" for table in ("schema", "run", "lease", "gone", "new_id")]
    with somebody_elses_journal(kind, pipeline, *granted):
        checked = brandsync("check", "--config", str(pipeline.config))
        found = [line.split(": ")[0] for line in checked.lines if line.startswith("✗")]
        tables = ["brandsync_entry", "brandsync_link", "brandsync_image", "brandsync_upload"]
        assert found == [f"✗  journal  SELECT is refused in {table}" for table in tables]
        assert checked.code == 78


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_a_user_who_may_make_no_table_for_the_journal_is_77_to_check_as_to_the_run(
    brandsync: Command, pipeline: Shop, kind: str
) -> None:
    reading = "SELECT ON *" if kind == "mysql" else "USAGE ON SCHEMA {schema}"
    with fresh_database(kind, pipeline.directory) as owner:
        run(owner, TABLE.replace("descripton", "description"))
        schema = name_of(owner)
        granted = f"GRANT {reading} TO {{user}}".replace("{schema}", schema).replace("ON *", f"ON {schema}.*")
        with role(kind, granted, f"GRANT ALL ON {schema}.brands TO {{user}}") as (name, _):
            config = str(mapped(pipeline, with_user(owner, name, CANARY)).set("journal", url=None).config)
            assert_refused(brandsync("sync", "--config", config), 77, "CREATE")
            checked = brandsync("check", "--config", config)
            (found,) = (line for line in checked.lines if line.startswith("✗"))
            assert (checked.code, "CREATE" in found) == (77, True)
            assert [row[0] for row in run(owner, _TABLES[kind])] == ["brands"]


# SQLite, and disks.


def test_a_file_that_is_no_database_is_78_and_stays_as_it_is(brandsync: Command, pipeline: Shop) -> None:
    file = pipeline.directory / "brands.db"
    for content in (b"These are my brands.\n" * 100, b"SQLite format 3\0" + b"\xff" * 4080):
        file.write_bytes(content)
        for arguments in ([], ["--dry-run"]):
            ran = brandsync("sync", *arguments, "--config", str(pipeline.config))
            assert_refused(ran, 78, "brands.db", "not a database")
        assert file.read_bytes() == content
    assert unlinked(pipeline)


def test_a_directory_for_a_database_and_one_that_is_missing_are_78(brandsync: Command, pipeline: Shop) -> None:
    pipeline.set("store", url=f"sqlite:///{pipeline.directory}")
    assert_refused(brandsync("sync", "--config", str(pipeline.config)), 78, str(pipeline.directory))
    pipeline.set("store", url=f"sqlite:///{pipeline.directory}/not/there/brands.db")
    assert_refused(brandsync("sync", "--config", str(pipeline.config)), 78, "not/there", "make it")


def as_anybody(shop: Shop, *arguments: str) -> Ran:
    """The command, run by a user who may do what the files' permissions say: root may do all."""
    rights = "-dac_override,-dac_read_search"
    without = ["setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}"] if os.geteuid() == 0 else []
    done = subprocess.run([*without, *shop.command(*arguments)], capture_output=True, text=True, check=False)
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may write everything")
@pytest.mark.parametrize(
    ("file_mode", "directory_mode", "says"),
    [
        (None, 0o555, "{directory} may not be written"),
        (0o644, 0o555, "{directory} may not be written"),
        (0o444, 0o755, "{directory}/brands.db may not be written"),
        (0o000, 0o755, "{directory}/brands.db may not be read"),
        (0o644, 0o000, "{directory}/brands.db cannot be used: Permission denied"),
    ],
    ids=["new file", "directory", "file", "unreadable file", "closed directory"],
)
def test_what_this_user_may_not_do_with_a_file_is_said_alike_by_a_run_and_a_check(
    pipeline: Shop, file_mode: int | None, directory_mode: int, says: str
) -> None:
    directory = pipeline.directory / "kept"
    directory.mkdir()
    pipeline.set("store", url=f"sqlite:///{directory}/brands.db")
    if file_mode is not None:
        assert pipeline.sync()["exit_code"] == 0
        pipeline.cms.add({"id": "new", "name": "New"})
        (directory / "brands.db").chmod(file_mode)
    directory.chmod(directory_mode)
    try:
        ran, checked = as_anybody(pipeline, "sync"), as_anybody(pipeline, "check")
    finally:
        directory.chmod(0o755)
    told = says.format(directory=directory)
    assert_refused(ran, 78, told, "let this user")
    found = [line for line in checked.lines if line.startswith("✗")]
    assert (checked.code, {told in line for line in found}) == (78, {True})


@contextmanager
def tmpfs(directory: Path, *options: str) -> Iterator[None]:
    """A small file system of its own."""
    directory.mkdir(exist_ok=True)
    try:
        subprocess.run(
            ["mount", "-t", "tmpfs", *options, "brandsync", directory], check=True, capture_output=True, text=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"needs the right to mount: {error}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", directory], check=True)


def remount(directory: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", directory], check=True)


def brands_of(shop: Shop) -> list[tuple[Any, ...]]:
    shop.database.close()
    return shop.query("SELECT id, name, description FROM brand ORDER BY id")


@contextmanager
def on_a_disk_of_its_own(cms: CmsServer, disk: Path, size: str) -> Iterator[Shop]:
    """A shop whose database, the journal included, is on a small disk, and that has synced three brands."""
    with tmpfs(disk, "-o", f"size={size}"), Shop(disk.parent, cms, f"sqlite:///{disk}/brands.db") as shop:
        for entry in entries(3):
            cms.add(entry)
        assert shop.sync()["exit_code"] == 0
        yield shop


@pytest.fixture
def small_disk(cms: CmsServer, tmp_path: Path) -> Iterator[Shop]:
    """A shop that has to write more than its disk can take."""
    with on_a_disk_of_its_own(cms, tmp_path / "disk", "400k") as shop:
        for entry in entries(300, "Large"):
            cms.add({**entry, "id": f"large-{entry['id']}", "description": "x" * 5_000})
        yield shop


@pytest.fixture
def read_only_disk(cms: CmsServer, tmp_path: Path) -> Iterator[Shop]:
    """A shop that has a brand to create, and a disk that was made read-only."""
    with on_a_disk_of_its_own(cms, tmp_path / "disk", "2m") as shop:
        cms.add({"id": "new", "name": "New"})
        remount(tmp_path / "disk", "ro")
        yield shop


def test_a_full_disk_leaves_both_sides_as_they_were_and_the_next_run_goes_on(
    brandsync: Command, small_disk: Shop
) -> None:
    before = brands_of(small_disk)
    small_disk.database.close()
    ran = brandsync("sync", "--force", "--config", str(small_disk.config))
    assert_refused(ran, 1, "brands.db")
    remount(small_disk.directory / "disk", "size=20m")
    assert brands_of(small_disk) == before
    assert all(value is None for key, value in small_disk.external_ids().items() if key.startswith("large"))
    assert brandsync("sync", "--force", "--config", str(small_disk.config)).code == 0
    assert small_disk.is_in_line()


def test_a_full_disk_is_called_so(brandsync: Command, small_disk: Shop) -> None:
    ran = brandsync("sync", "--force", "--config", str(small_disk.config))
    assert_refused(ran, 1, "disk is full", "free some space")


def test_a_read_only_disk_changes_nothing_and_the_next_run_goes_on(brandsync: Command, read_only_disk: Shop) -> None:
    config = str(read_only_disk.config)
    assert_refused(brandsync("sync", "--config", config), 78, "brands.db may not be written", "let this user write")
    assert brandsync("sync", "--dry-run", "--config", config).last.startswith("Dry run: 1 brand would be created")
    assert read_only_disk.external_ids()["new"] is None
    remount(read_only_disk.directory / "disk", "rw")
    assert len(brands_of(read_only_disk)) == 3
    read_only_disk.database.close()
    assert brandsync("sync", "--config", config).code == 0
    assert read_only_disk.is_in_line()


def test_a_journal_that_finds_no_space_keeps_the_store_unchanged(
    brandsync: Command, pipeline: Shop, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    with tmpfs(disk, "-o", "size=8k"):
        pipeline.set("journal", url=f"sqlite:///{disk}/journal.db")
        ran = brandsync("sync", "--config", str(pipeline.config))
        assert_refused(ran, 1, "journal.db", "free some space")
        assert unlinked(pipeline)
        remount(disk, "size=4m")
        assert brandsync("sync", "--config", str(pipeline.config)).code == 0
        assert pipeline.is_in_line()


# The journal.


@pytest.mark.parametrize("place", ["loop", "x" * 300, "/dev/null"])
def test_a_state_directory_that_cannot_be_is_78(
    brandsync: Command, pipeline: Shop, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    (pipeline.directory / "loop").symlink_to("loop")
    monkeypatch.setenv("XDG_STATE_HOME", str(pipeline.directory / place))
    pipeline.sections["store"] = {"backend": "medusa", "url": "http://127.0.0.1:9", "api_key": f"sk_{CANARY}"}
    ran = brandsync("sync", "--config", str(pipeline.set("cms.fields", description=None).config))
    assert_refused(ran, 78, "brandsync cannot be used", "[journal] url")


def test_a_journal_of_a_newer_brandsync_is_78_and_left_alone(brandsync: Command, pipeline: Shop) -> None:
    assert pipeline.sync()["exit_code"] == 0
    pipeline.execute("DELETE FROM brandsync_schema")
    pipeline.execute("INSERT INTO brandsync_schema (version) VALUES (1000)")
    pipeline.cms.edit("e1", name="First")
    before = pipeline.names(), pipeline.run_ids()
    for arguments in (["sync"], ["undo", "last"], ["recover"]):
        ran = brandsync(*arguments, "--config", str(pipeline.config))
        assert ran.code == 78, arguments
        assert "a newer brandsync" in ran.out + ran.err
        assert "upgrade this brandsync" in ran.out + ran.err
    assert (pipeline.names(), pipeline.run_ids()) == before


def test_a_journal_of_a_newer_brandsync_is_not_read_either(brandsync: Command, pipeline: Shop) -> None:
    assert pipeline.sync()["exit_code"] == 0
    pipeline.execute("INSERT INTO brandsync_schema (version) VALUES (1000)")
    for arguments in (["sync", "--dry-run"], ["runs"], ["check"]):
        assert brandsync(*arguments, "--config", str(pipeline.config)).code == 78
