from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from command import Catalogue, Command

from brandsync.cli.ephemeral import in_container, is_lost

WARNING = "is on this container's own disk"


@pytest.fixture
def container(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")


@pytest.fixture
def memory() -> Iterator[Path]:
    """A directory that is lost with a container, on any machine."""
    shared = Path("/dev/shm")
    if not is_lost(shared / "journal.db"):
        pytest.skip("this machine has no files in memory")
    with TemporaryDirectory(dir=shared) as directory:
        yield Path(directory)


@pytest.mark.usefixtures("container")
def test_a_journal_on_a_containers_own_disk_is_warned_of(
    brandsync: Command, catalogue: Catalogue, memory: Path
) -> None:
    catalogue.set('## url = "postgresql://shop@db/shop"', f'url = "sqlite:///{memory}/journal.db"')
    ran = brandsync("sync")
    assert (ran.code, WARNING in ran.err) == (0, True)
    checked = brandsync("check")
    assert checked.code == 0
    assert checked.last.startswith("!  journal  ")
    assert WARNING in checked.last


@pytest.mark.usefixtures("container")
def test_a_journal_in_the_stores_own_database_is_not(brandsync: Command, catalogue: Catalogue, memory: Path) -> None:
    catalogue.set("sqlite:///shop.db", f"sqlite:///{memory}/shop.db")
    assert WARNING not in brandsync("sync").err


@pytest.mark.usefixtures("container")
def test_a_journal_on_a_server_is_not(brandsync: Command, catalogue: Catalogue, postgres_url: str) -> None:
    catalogue.set('## url = "postgresql://shop@db/shop"', f'url = "{postgres_url}"')
    assert WARNING not in brandsync("sync").err


def test_a_containers_own_disk_is_the_device_of_its_root() -> None:
    assert is_lost(Path("/journal.db"))


def test_a_volume_is_a_device_of_its_own_and_safe(tmp_path: Path) -> None:
    devices = {tmp_path: 2, Path("/"): 1}
    unknown = tmp_path / "none"  # the tests' own directory may be in memory
    assert not is_lost(tmp_path / "not" / "there" / "journal.db", unknown, devices.__getitem__)


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
def test_a_volume_that_goes_with_its_pod_is_not(tmp_path: Path, place: str, ephemeral_there: bool) -> None:
    def lost() -> bool:
        return is_lost(tmp_path / place / "journal.db", tmp_path / "mountinfo", lambda path: len(path.parts))

    (tmp_path / place).mkdir(parents=True)
    assert not lost()  # the kernel doesn't say
    (tmp_path / "mountinfo").write_text(MOUNTS.format(tmp_path))
    assert lost() is ephemeral_there


def test_a_machine_is_no_container(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    signs = [tmp_path / "sign"]
    assert not in_container(signs)
    (tmp_path / "sign").touch()
    assert in_container(signs)
