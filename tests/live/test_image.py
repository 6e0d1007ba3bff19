"""The image is small, whole and compiled, and works as Kubernetes runs it: as process 1, with next to nothing."""

import json
import os
import shutil
import signal
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from databases import fresh_database
from extent import AT_NIGHT
from image import VOLUME, Image
from live_server import NotHereError
from shop import WatchedCms, entries

import brandsync

pytestmark = [pytest.mark.live, AT_NIGHT]

MEGABYTE = 1_000_000
BLOCK = 512
SECRETS = f"{VOLUME}/secrets"
CONFIG = f"""
[cms]
backend = "rest"
url = "{{cms}}"

[store]
backend = "sql"
url = "sqlite:///{VOLUME}/shop.db"
"""


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    """The image, built on a Debian; in memory, where that can be: a disk would be waited for at every file."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2_000 * MEGABYTE
    directory = Path(tempfile.mkdtemp(dir=memory if roomy else None))
    directory.chmod(0o755)  # its containers have users of their own
    try:
        yield Image(directory).build()
    except NotHereError as lack:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(lack))
    finally:
        shutil.rmtree(directory)


def created(shop: Path) -> set[str]:
    """The names of the brands in the shop."""
    with closing(sqlite3.connect(shop)) as database:
        return {name for (name,) in database.execute("SELECT name FROM brand")}


def test_it_is_small(image: Image, record_property: Callable[[str, object], None]) -> None:
    paths = list(image.root.rglob("*"))
    contents = sum(-(-path.lstat().st_size // BLOCK) for path in paths if path.is_file() and not path.is_symlink())
    size = (len(paths) + contents) * BLOCK  # as a layer, which is a tar archive
    record_property("tried", f"the image holds {size / MEGABYTE:.0f} MB")
    assert size < 120 * MEGABYTE


def test_all_of_it_is_compiled(image: Image) -> None:
    sources = [path for path in image.root.rglob("*.py") if path.parent.name not in {"bin", "__pycache__"}]
    assert len(sources) > 1_000
    assert [path for path in sources if not list(path.parent.glob(f"__pycache__/{path.stem}.cpython-*.pyc"))] == []


def test_it_runs_as_nobody_of_the_system_and_holds_no_shell(image: Image, tmp_path: Path) -> None:
    assert image.config["User"] == "10001:10001"
    assert not [path for path in image.root.rglob("bin/*") if path.name in {"sh", "bash", "dash", "busybox"}]
    tries = "import os; print(os.getpid(), os.getuid(), os.getgroups()); open('/file', 'w')"
    code, printed, complained = image.start_program(["python", "-c", tries], tmp_path).ended()
    assert (code, printed) == (1, "1 10001 []\n")
    assert "Read-only file system" in complained


def test_it_says_its_version(image: Image, tmp_path: Path) -> None:
    assert image.start(["--version"], tmp_path).ended() == (0, f"brandsync {brandsync.__version__}\n", "")


def test_every_driver_and_authority_is_there(image: Image, tmp_path: Path) -> None:
    loads = (
        "import apprise, prometheus_client, psycopg, psycopg_binary, pymysql, socket, ssl, yaml._yaml;"
        "authorities = ssl.create_default_context().get_ca_certs();"
        "print(psycopg.pq.__impl__, socket.gethostbyname('localhost'), len(authorities))"
    )
    code, printed, complained = image.start_program(["python", "-W", "error", "-c", loads], tmp_path).ended()
    assert (code, complained) == (0, "")
    implementation, address, authorities = printed.split()
    assert (implementation, address) == ("binary", "127.0.0.1")
    assert int(authorities) > 100


@pytest.mark.parametrize(
    ("user", "environment"),
    [("", {}), ("", {"TZ": "Asia/Tokyo", "LANG": "de_DE.UTF-8"}), ("123456:0", {"TZ": "UTC", "HOME": "/nowhere"})],
    ids=["nothing is set", "another zone and locale", "a user that nobody knows"],
)
def test_the_sample_catalogue_is_synced(image: Image, tmp_path: Path, user: str, environment: dict[str, str]) -> None:
    assert image.start(["init", f"{VOLUME}/demo"], tmp_path, user, **environment).ended()[0] == 0
    sync = ["sync", "--config", f"{VOLUME}/demo/brandsync.toml"]
    for counted in ("12 brands created and 0 brands updated", "0 brands created and 0 brands updated"):
        code, printed, complained = image.start(sync, tmp_path, user, **environment).ended()
        assert (code, complained) == (0, "")
        assert printed.splitlines()[-1] == f"Synced brands from CMS: {counted}."
    assert {"山嵐", "Глина", "Kōji & Daughters"} < created(tmp_path / "demo" / "shop.db")


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_it_syncs_into_a_server_whose_url_is_a_secret(image: Image, tmp_path: Path, kind: str) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "brandsync.toml").write_text('[cms]\nbackend = "rest"\n[store]\nbackend = "sql"\n')
    with fresh_database(kind, tmp_path) as url, WatchedCms() as cms:
        for entry in entries(3):
            cms.add(entry)
        for name, value in {"BRANDSYNC_CMS__URL": cms.url, "BRANDSYNC_STORE__URL": url}.items():
            secret = tmp_path / "secrets" / name
            secret.write_text(value)
            secret.chmod(0o440)
            os.chown(secret, 0, 10001)  # as Kubernetes does by fsGroup
        command = ["sync", "--output", "json", "--config", f"{VOLUME}/brandsync.toml"]
        code, printed, complained = image.start(command, tmp_path, BRANDSYNC_SECRETS_DIR=SECRETS).ended()
        assert (code, complained) == (0, "")
        assert json.loads(printed)["counts"]["created"] == 3


def test_sigterm_in_the_middle_rolls_back_and_the_next_run_goes_on(image: Image, tmp_path: Path) -> None:
    with WatchedCms() as cms:
        for entry in entries(500):
            cms.add(entry)
        (tmp_path / "brandsync.toml").write_text(CONFIG.format(cms=cms.url))
        command = ["sync", "--output", "json", "--config", f"{VOLUME}/brandsync.toml"]
        variables = {"BRANDSYNC_NOTIFY__TERMINATION_MESSAGE": "/dev/termination-log"}

        container = image.start(command, tmp_path, **variables)
        cms.acts[100] = lambda: os.kill(container.pid, signal.SIGTERM)
        code, printed, _ = container.ended()
        assert (code, json.loads(printed)["status"]) == (75, "rolled_back")
        assert json.loads((tmp_path / "termination-log").read_text())["exit_code"] == 75
        assert cms.patches > 100
        assert not any(entry["external_id"] for entry in cms.entries.values())
        assert created(tmp_path / "shop.db") == set()

        code, printed, complained = image.start(command, tmp_path, **variables).ended()
        assert (code, json.loads(printed)["counts"]["created"], complained) == (0, 500, "")
        assert json.loads((tmp_path / "termination-log").read_text())["status"] == "done"
        assert all(entry["external_id"] for entry in cms.entries.values())
        assert len(created(tmp_path / "shop.db")) == 500


def test_sigterm_while_it_starts_is_not_ignored(image: Image, tmp_path: Path) -> None:
    with WatchedCms() as cms:
        (tmp_path / "brandsync.toml").write_text(CONFIG.format(cms=cms.url))
        container = image.start(["sync", "--config", f"{VOLUME}/brandsync.toml"], tmp_path)
        give_up = time.monotonic() + 60
        while not _handles_sigterm(container.pid):
            assert time.monotonic() < give_up
        os.kill(container.pid, signal.SIGTERM)
        assert container.ended()[0] == 75


def _handles_sigterm(pid: int) -> bool:
    caught = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("SigCgt"))
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


def test_a_bad_configuration_is_78(image: Image, tmp_path: Path) -> None:
    (tmp_path / "brandsync.toml").write_text(CONFIG.format(cms="nowhere"))
    code, printed, complained = image.start(["sync", "--config", f"{VOLUME}/brandsync.toml"], tmp_path).ended()
    assert (code, printed) == (78, "")
    assert f"{VOLUME}/brandsync.toml: cms.url" in complained


@pytest.mark.parametrize(("place", "lost"), [("claim", False), ("kubernetes.io~empty-dir/journal", True)])
def test_a_journal_that_goes_with_its_pod_is_warned_of(image: Image, tmp_path: Path, place: str, lost: bool) -> None:
    volume = tmp_path / place
    volume.mkdir(parents=True)
    (volume / "brands.json").write_text('[{"id": "a", "name": "Acme"}]')
    text = CONFIG.replace('"rest"\nurl = "{cms}"', '"file"\npath = "brands.json"')
    for directory, warned in ((VOLUME, lost), ("/tmp", True)):
        (volume / "brandsync.toml").write_text(f'{text}\n[journal]\nurl = "sqlite:///{directory}/journal.db"\n')
        command = ["sync", "--config", f"{VOLUME}/brandsync.toml"]
        code, _, complained = image.start(command, volume, KUBERNETES_SERVICE_HOST="192.0.2.1").ended()
        assert (code, "this container's own disk" in complained) == (0, warned), complained
