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
    monkeypatch.setattr(ephemeral, "_MOUNTS", tmp_path / "none")  # the tests' own directory may be in memory
    assert not ephemeral.is_ephemeral(tmp_path / "not" / "there" / "journal.db")


MOUNTS = """\
22 1 0:30 / / ro,relatime - overlay overlay ro,lowerdir=/a,upperdir=/b
23 22 0:31 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755
24 22 254:1 /var/lib/kubelet/pods/1f/volumes/kubernetes.io~empty-dir/tmp {0}/tmp rw,relatime - ext4 /dev/vda1 rw
25 22 0:40 / {0}/memory rw,relatime shared:7 - tmpfs tmpfs rw,size=1024k
26 22 254:16 / {0}/disk rw,relatime - ext4 /dev/vdb rw
27 22 254:1 /srv {0}/covered rw,relatime - ext4 /dev/vda1 rw
28 22 0:41 / {0}/covered rw,relatime - tmpfs tmpfs rw
"""


@pytest.mark.parametrize(
    ("place", "ephemeral_there"), [("tmp/.local", True), ("memory", True), ("disk", False), ("covered", True)]
)
def test_a_volume_that_goes_with_its_pod_is_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str, ephemeral_there: bool
) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setattr(ephemeral, "_device", lambda path: 1 if path == Path("/") else 2)
    monkeypatch.setattr(ephemeral, "_MOUNTS", tmp_path / "mountinfo")
    (tmp_path / place).mkdir(parents=True)
    assert not ephemeral.is_ephemeral(tmp_path / place / "journal.db")  # the kernel doesn't say
    (tmp_path / "mountinfo").write_text(MOUNTS.format(tmp_path))
    assert ephemeral.is_ephemeral(tmp_path / place / "journal.db") is ephemeral_there


def test_a_machine_is_no_container(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    monkeypatch.setattr(ephemeral, "_CONTAINERS", (tmp_path / "sign",))
    assert not ephemeral.is_ephemeral(tmp_path / "journal.db")
    (tmp_path / "sign").touch()
    assert ephemeral.in_container()
