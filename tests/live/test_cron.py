"""The crontab under a real cron, minute after minute, with its own spool, mail and files."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import debian
import pytest
from cms_server import CmsServer
from cms_wire import Fault
from heard import Heard
from live_server import NotHereError
from pytest_httpserver import HTTPServer
from shop import Shop, entries

pytestmark = [pytest.mark.live, pytest.mark.slow]

CRONTAB = Path(__file__).parents[2] / "crontab.example"
_ALONE = """
set -e
mount -t tmpfs none /var/spool/cron
mkdir /var/spool/cron/crontabs
install -m 600 crontab /var/spool/cron/crontabs/root
mount -t tmpfs none /etc/cron.d
mount --bind /dev/null /etc/crontab
mount -t tmpfs none /run
mount --bind sbin /usr/sbin
exec cron -f -L 15
"""
"""What this machine's own cron runs stays out, and nothing of ours stays behind: the mounts end with the process."""
_SENDMAIL = """#!/bin/sh
cat >> {mail}
"""


def jobs(pipelines: dict[str, Shop]) -> str:
    """The crontab as it stands, its paths apart: each pipeline has a line, the first one the daily line, twice."""
    text = CRONTAB.read_text()
    head, daily, minutely = (
        text.partition("\n0 0 * * *")[0],
        *re.findall(r"^#?(?:0 0|\* \*) \* \* \* (.*)$", text, re.MULTILINE),
    )
    programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    lines = [re.sub(r"^PATH=.*", f"PATH={programs}", head, flags=re.MULTILINE)]
    for (name, shop), commands in zip(pipelines.items(), ([daily, daily], [minutely]), strict=True):
        lines += [f"{variable}={shop.directory / name}.{variable.lower()}" for variable in ("LOCK", "LOG")]
        lines += [f"CONFIG={shop.config}", *(f"* * * * * {command}" for command in commands)]
    return "\n".join(lines) + "\n"


class Cron:
    """A cron in the foreground, and what it mails."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._mail = directory / "mail"

    def start(self, crontab: str) -> subprocess.Popen[str]:
        """Start it with this crontab."""
        programs = self._directory / "sbin"
        programs.mkdir()
        (programs / "cron").write_bytes(Path(debian.have("cron", program="cron")).read_bytes())
        (programs / "sendmail").write_text(_SENDMAIL.format(mail=self._mail))
        for program in programs.iterdir():
            program.chmod(0o755)
        (self._directory / "crontab").write_text(crontab)
        return subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", _ALONE],
            cwd=self._directory,
            env=os.environ | {"PATH": f"/usr/sbin:{os.environ['PATH']}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    @property
    def mails(self) -> list[str]:
        """The bodies' lines that tell of a run."""
        text = self._mail.read_text() if self._mail.exists() else ""
        return re.findall(r"^brandsync exited .*$", text, re.MULTILINE)


@pytest.fixture
def shops(tmp_path: Path) -> Iterator[dict[str, Shop]]:
    """Two pipelines, each with a CMS and a SQLite file of its own."""
    with CmsServer() as first, CmsServer() as second:
        found = {}
        for name, cms in (("daily", first), ("minutely", second)):
            directory = tmp_path / name
            directory.mkdir()
            for entry in entries(3):
                cms.add(entry)
            found[name] = Shop(directory, cms, f"sqlite:///{directory / 'shop.db'}")
        yield found
        for shop in found.values():
            shop.database.close()


@pytest.fixture
def cron(tmp_path: Path) -> Cron:
    try:
        debian.have("cron", program="cron")
        debian.have("util-linux", program="unshare")
    except NotHereError as lack:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(lack))
    if os.geteuid() != 0:
        pytest.skip("only root can give cron a spool of its own")
    return Cron(tmp_path)


def wait(until: Callable[[], object], seconds: float, what: Callable[[], object]) -> None:
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline, what()
        time.sleep(0.2)


def test_a_run_an_overlap_a_failure_that_is_told_once_and_a_recovery(
    cron: Cron, shops: dict[str, Shop], httpserver: HTTPServer
) -> None:
    heard = Heard(httpserver)
    daily, minutely = shops.values()
    minutely.set("notify", urls=[heard.address])
    daily.cms.faults.append(Fault("timeout", method="GET", seconds=4, count=1))  # or else it would be over too soon
    minutely.cms.faults.append(Fault("status", status=401))
    log = {name: shop.directory / f"{name}.log" for name, shop in shops.items()}

    def ran(name: str) -> list[str]:
        lines = log[name].read_text().splitlines() if log[name].exists() else []
        return [line for line in lines if line.startswith(("sync  ", "Synced "))]

    with cron.start(jobs(shops)) as process:
        try:
            told = lambda: (process.poll(), cron.mails, {name: ran(name) for name in log})  # noqa: E731
            wait(lambda: len(ran("daily")) >= 2, 80, told)
            assert ran("daily")[1] == "Synced brands from CMS: 3 brands created and 0 brands updated."
            assert f"brandsync exited 75, see {log['daily']}" in cron.mails

            wait(lambda: cron.mails.count(f"brandsync exited 77, see {log['minutely']}") >= 2, 80, told)
            assert [notice["title"] for notice in heard.notices] == ["brandsync: shop failed"]
            minutely.cms.faults.clear()
            wait(lambda: len(heard.notices) >= 2, 80, told)
            assert heard.notices[1]["title"] == "brandsync: shop is in order again"
        finally:
            os.killpg(process.pid, signal.SIGTERM)
    assert ran("minutely")[-1] == "Synced brands from CMS: 3 brands created and 0 brands updated."
    assert minutely.is_in_line()
    assert daily.is_in_line()
    assert cron.mails.count(f"brandsync exited 75, see {log['daily']}") <= 4, "one of two lines a minute"
