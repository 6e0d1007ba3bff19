"""What brandsync writes is its user's alone from the first moment, whatever the umask; no link leads it astray."""

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from extent import enough
from filelock import FileLock
from ran import Command
from shop import Shop

UMASKS = enough((0o000,), of=(0o000, 0o022, 0o077))  # what is private under this one is so under all


@pytest.fixture(params=UMASKS, ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


class Watch:
    """Sees each file and directory that is made: the mode that was asked for, before any chmod."""

    def __init__(self) -> None:
        self.made: dict[str, int] = {}
        self.changed: list[str] = []
        self.on = True
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_CREAT:
            self.made[str(arguments[0])] = arguments[2]
        elif event == "os.mkdir":
            self.made[str(arguments[0])] = arguments[1]
        elif event == "os.chmod":
            self.changed.append(str(arguments[0]))


@pytest.fixture
def watch() -> Iterator[Watch]:
    found = Watch()
    yield found
    found.on = False  # a hook can't be taken away


@pytest.mark.usefixtures("umask")
def test_init_writes_a_configuration_that_is_its_users_alone(brandsync: Command, tmp_path: Path, watch: Watch) -> None:
    assert brandsync("init", "shop").code == 0
    assert mode(tmp_path / "shop" / "brandsync.toml") == 0o600
    assert mode(tmp_path / "shop" / "brands.json") & 0o133 == 0  # nobody else may write or run it
    assert not watch.changed


@pytest.mark.usefixtures("umask")
def test_the_journal_and_all_directories_above_it_are_its_users_alone(
    brandsync: Command, shop: Shop, tmp_path: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "home" / ".local" / "state"
    monkeypatch.setenv("XDG_STATE_HOME", str(state))
    shop.cms.add({"id": "a", "name": "A"})
    shop.set("journal", url=None)
    shop.sections["store"] = {"backend": "sql", "url": shop.database_url}
    shop.set("journal", url=f"sqlite:///{tmp_path}/journal.db")
    assert brandsync("sync", "--config", str(shop.config)).code == 0
    shop.sections["store"] = {"backend": "medusa", "url": shop.cms.url, "api_key": "sk_x"}
    del shop.sections["journal"]
    shop.sections["cms.fields"] = {"name": "name"}
    brandsync("sync", "--config", str(shop.config))
    journal = next((state / "brandsync").glob("*.db"))
    for file in (tmp_path / "brands.db", tmp_path / "journal.db", journal):
        assert mode(file) == 0o600, file
    for directory in (state / "brandsync", state, state.parent, state.parent.parent):
        assert mode(directory) == 0o700, directory
    assert not [path for path in watch.changed if path.endswith(".db") or "state" in path]


def test_what_sqlite_writes_beside_a_database_is_as_private(shop: Shop, umask: int) -> None:
    shop.cms.add({"id": "a", "name": "A"})
    shop.sync()
    with shop.database.connection_context(), shop.database.atomic():
        shop.database.execute_sql("UPDATE brand SET name = 'B'")
        beside = [path for path in shop.directory.iterdir() if path.name.startswith("brands.db")]
        assert len(beside) == 2, umask
        assert {mode(path) for path in beside} == {0o600}


@pytest.mark.usefixtures("umask")
def test_a_runs_lock_is_made_private_and_goes_with_the_run(
    shop: Shop, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(shop.directory))  # other runs have theirs in the usual one
    shop.cms.add({"id": "a", "name": "A"})
    seen: list[int] = []
    original = shop.cms.answer

    def look(request: Any) -> Any:
        seen.extend(mode(path) for path in Path(tempfile.gettempdir()).glob("brandsync-*.lock"))
        return original(request)

    shop.cms.answer = look  # type: ignore[method-assign]
    assert shop.sync()["exit_code"] == 0
    locks = {name for name in watch.made if "brandsync-" in name and name.endswith(".lock")}
    assert len(locks) == 1
    assert seen
    assert set(seen) == {0o600}
    assert not Path(locks.pop()).exists()


def test_a_lock_that_is_a_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious", "utf-8")
    link = tmp_path / "brandsync-run.lock"
    link.symlink_to(victim)
    with pytest.raises(OSError, match="symbolic links"):
        FileLock(link, mode=0o600).acquire(blocking=False)
    link.unlink()
    link.symlink_to(tmp_path / "not-there")
    with pytest.raises(OSError, match="symbolic links"):
        FileLock(link, mode=0o600).acquire(blocking=False)
    assert victim.read_text("utf-8") == "precious"
    assert not (tmp_path / "not-there").exists()


@pytest.mark.parametrize("name", ["brandsync.toml", "brands.json"])
def test_init_follows_no_symbolic_link(brandsync: Command, tmp_path: Path, name: str) -> None:
    victim = tmp_path / "victim"
    directory = tmp_path / "shop"
    directory.mkdir()
    (directory / name).symlink_to(victim)
    assert brandsync("init", "shop").code == 2
    assert not victim.exists()


def test_the_scratch_database_of_a_run_is_private_and_has_no_name(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = shop.directory / "tmp"
    scratch.mkdir()
    monkeypatch.setenv("SQLITE_TMPDIR", str(scratch))
    for number in range(600):  # more than it keeps in memory
        shop.cms.add({"id": str(number), "name": f"{number}", "description": "x" * 20_000})
    shop.set("cms", paging="none")
    shop.sync()
    assert not list(scratch.iterdir())
