from pathlib import Path

import pytest
from command import Catalogue, Command

from brandsync.cli import ephemeral

WARNING = "is on this container's own disk"


@pytest.fixture
def container(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container whose own disk is the whole file system."""
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setattr(ephemeral, "_device", lambda _path: 1)


@pytest.mark.usefixtures("container")
def test_a_journal_on_a_containers_own_disk_is_warned_of(brandsync: Command, catalogue: Catalogue) -> None:
    catalogue.set('## url = "postgresql://shop@db/shop"', 'url = "sqlite:///journal.db"')
    ran = brandsync("sync")
    assert (ran.code, WARNING in ran.err) == (0, True)
    checked = brandsync("check")
    assert checked.code == 0
    assert checked.last.startswith("!  journal  ")
    assert WARNING in checked.last


@pytest.mark.usefixtures("container")
@pytest.mark.usefixtures("catalogue")
def test_a_journal_in_the_stores_own_database_is_not(brandsync: Command) -> None:
    assert WARNING not in brandsync("sync").err


@pytest.mark.usefixtures("container")
def test_a_journal_on_a_server_is_not(brandsync: Command, catalogue: Catalogue, postgres_url: str) -> None:
    catalogue.set('## url = "postgresql://shop@db/shop"', f'url = "{postgres_url}"')
    assert WARNING not in brandsync("sync").err


def test_a_volume_is_a_device_of_its_own(tmp_path: Path) -> None:
    assert ephemeral._device(tmp_path) == tmp_path.stat().st_dev


def test_a_volume_is_safe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    devices = {tmp_path: 2, Path("/"): 1}
    monkeypatch.setattr(ephemeral, "_device", devices.__getitem__)
    assert not ephemeral.is_ephemeral(tmp_path / "not" / "there" / "journal.db")


def test_a_machine_is_no_container(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    monkeypatch.setattr(ephemeral, "_CONTAINERS", (tmp_path / "sign",))
    assert not ephemeral.is_ephemeral(tmp_path / "journal.db")
    (tmp_path / "sign").touch()
    assert ephemeral.in_container()
