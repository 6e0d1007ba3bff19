"""A run can be stopped within seconds, whatever a server or a database is doing, and says how it ended."""

import json
import random
import signal
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from bad_server import HANGS, Act, BadServer, whole
from databases import kind_of
from extent import enough
from shop import Shop, entries
from waiting import until

from brandsync.database import connect, execute
from brandsync.testing import Fault, FaultProxy

SECONDS = 5.0
"""The promise."""
EXIT_CODES = {signal.SIGTERM: 75, signal.SIGHUP: 75, signal.SIGINT: 130}
ENTRY = {"id": "1", "name": "A", "external_id": None}


def stopped(process: subprocess.Popen[str], number: signal.Signals = signal.SIGTERM) -> tuple[dict[str, Any], str]:
    """Stop a run that prints JSON; returns its result and its log, once it has ended in time and as it should."""
    began = time.monotonic()
    process.send_signal(number)
    try:
        output, log = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        raise AssertionError(f"still at work: {process.communicate()}") from None
    assert time.monotonic() - began < SECONDS
    assert process.returncode == EXIT_CODES[number], log
    result = json.loads(output)
    assert result["exit_code"] == process.returncode
    assert f"{number.name} asked this run to stop" in log
    assert "Traceback" not in log
    return result, log


def hanging(shop: Shop, cms: BadServer) -> Shop:
    return shop.set("cms", url=cms.url)


QUICK_HANGS = ["body", *(pytest.param(hang, marks=pytest.mark.slow) for hang in ("head", "silent"))]


@pytest.mark.parametrize("hang", QUICK_HANGS)
@pytest.mark.parametrize("number", EXIT_CODES)
def test_a_run_whose_cms_does_not_end_its_listing_is_stopped(shop: Shop, hang: str, number: signal.Signals) -> None:
    with BadServer(lambda _method, _path: HANGS[hang]) as cms:
        process = hanging(shop, cms).start("sync", "--output", "json")
        until(lambda: cms.came)
        result, _ = stopped(process, number)
    assert result["status"] == "failed"


@pytest.mark.parametrize("command", [("sync", "--dry-run"), ("check",)])
def test_what_only_reads_is_stopped(shop: Shop, command: tuple[str, ...]) -> None:
    with BadServer(lambda _method, _path: HANGS["silent"]) as cms:
        process = hanging(shop, cms).start(*command, "--output", "json")
        until(lambda: cms.came)
        stopped(process)


@pytest.mark.parametrize("hang", QUICK_HANGS)
def test_a_run_whose_cms_does_not_end_its_answer_to_a_write_is_stopped_and_taken_back(shop: Shop, hang: str) -> None:
    def act(method: str, _path: str) -> Act:
        return HANGS[hang] if method == "PATCH" else whole([ENTRY])

    with BadServer(act) as cms:
        process = hanging(shop, cms).start("sync", "--output", "json")
        until(lambda: "PATCH" in cms.came)
        result, log = stopped(process)
    assert result["status"] == "rolled_back"
    assert shop.names() == {}
    assert "SIGTERM: stops, and what this run has written is taken back" in log


@pytest.mark.slow
def test_a_server_that_cannot_be_reached_holds_no_stop_up(shop: Shop) -> None:
    process = shop.set("cms", url="http://10.255.255.1").start("sync", "--output", "json")
    until((shop.directory / "brands.db").exists)
    stopped(process)


@pytest.mark.slow
def test_a_second_ctrl_c_says_what_is_left_and_the_rollback_goes_on(shop: Shop) -> None:
    def act(method: str, _path: str) -> Act:
        held = [ENTRY | {"external_id": "x"}]  # a look at the entries: whatever was written isn't there
        asked = sum(came == "GET" for came in cms.came)
        slow = method == "GET" and asked > 1
        return _later(whole(held), 1.5) if slow else HANGS["body"] if method == "PATCH" else whole([ENTRY])

    with BadServer(act) as cms:
        process = hanging(shop, cms).start("sync", "--output", "json")
        until(lambda: "PATCH" in cms.came)
        process.send_signal(signal.SIGINT)
        until(lambda: cms.came.count("GET") > 1)
        process.send_signal(signal.SIGINT)
        output, log = process.communicate(timeout=20)
    assert (process.returncode, json.loads(output)["status"]) == (130, "rolled_back")
    first, second = (line for line in log.splitlines() if line.startswith("warning: SIGINT: "))
    assert "stops, and what this run has written is taken back" in first
    assert "still taking back what this run has written" in second
    assert "1 batch left" in second or "2 batches left" in second
    assert shop.names() == {}


def _later(act: Act, seconds: float) -> Act:
    def wait(connection: Any) -> None:
        time.sleep(seconds)
        act(connection)

    return wait


@pytest.mark.parametrize("seconds", [0.05, *(pytest.param(late, marks=pytest.mark.slow) for late in (0.0, 0.2, 0.5))])
def test_a_signal_while_it_starts_ends_in_a_result_too(shop: Shop, seconds: float) -> None:
    with BadServer(lambda _method, _path: HANGS["silent"]) as cms:
        process = hanging(shop, cms).start("sync", "--output", "json")
        until(lambda: _handles(process.pid, signal.SIGTERM))
        time.sleep(seconds)
        stopped(process)


def _handles(pid: int, number: signal.Signals) -> bool:
    """Whether a process has a handler for a signal by now: before, it has not begun at all."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (number - 1) & 1)


@pytest.mark.slow
def test_a_dead_runs_recovery_can_be_stopped_and_goes_on_with_the_next(shop: Shop) -> None:
    hangs = True

    def act(method: str, _path: str) -> Act:
        return HANGS["silent"] if hangs and (method == "PATCH" or cms.came.count("PATCH")) else whole([ENTRY])

    with BadServer(act) as cms:
        process = hanging(shop, cms).start("sync")
        until(lambda: "PATCH" in cms.came)
        process.kill()
        process.communicate()
        count = len(cms.came)
        process = shop.start("sync", "--output", "json")
        until(lambda: len(cms.came) > count)
        _, log = stopped(process)
        assert "has died: what it wrote is taken back first" in log
        hangs = False
        ended = shop.run("recover", "--output", "json")
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["recovered"]
    assert shop.names() == {}


EDIT = ("BEGIN", "UPDATE brand SET description = 'by a person'")
LOCKS = {
    "reading": {
        "sqlite": ("BEGIN EXCLUSIVE",),
        "postgresql": ("BEGIN", "LOCK TABLE brand IN ACCESS EXCLUSIVE MODE"),
        "mysql": ("LOCK TABLES brand WRITE",),
    },
    "writing": {"sqlite": ("BEGIN IMMEDIATE",), "postgresql": EDIT, "mysql": EDIT},
}


@pytest.mark.slow
@pytest.mark.parametrize("phase", LOCKS)
def test_a_run_that_waits_for_somebody_elses_lock_is_stopped(any_shop: Shop, phase: str) -> None:
    any_shop.cms.entries.update({entry["id"]: entry for entry in entries(3)})
    assert any_shop.sync()["exit_code"] == 0
    any_shop.cms.edit("e1", name="Other")
    kind = kind_of(any_shop.database_url)
    with closing(connect(any_shop.database_url)) as person:
        for statement in LOCKS[phase][kind]:
            execute(person, statement)
        process = any_shop.start("sync", "--output", "json")
        until(lambda: _handles(process.pid, signal.SIGTERM))
        time.sleep(2.5)
        stopped(process)
        execute(person, "UNLOCK TABLES" if kind == "mysql" else "ROLLBACK")
    assert "Other" not in any_shop.names().values()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_a_database_that_says_nothing_holds_no_stop_up(shop: Shop, kind: str) -> None:
    with BadServer(lambda _method, _path: HANGS["silent"]) as server:
        url = server.url.replace("http", kind).replace("//", "//me@")
        process = shop.set("journal", url=f"{url}/journal").start("sync", "--output", "json")
        until(lambda: _handles(process.pid, signal.SIGTERM))
        time.sleep(2.5)
        stopped(process)


STRUCK = enough((Fault.TIMEOUT_AFTER, Fault.SLOW, Fault.TOO_MANY_SECONDS), of=tuple(Fault))
MOMENTS = enough(1, of=20)


@pytest.mark.slow
@pytest.mark.parametrize("fault", STRUCK)
@pytest.mark.parametrize("seed", range(MOMENTS))
def test_every_fault_can_be_stopped_at_any_moment(shop: Shop, fault: Fault, seed: int) -> None:
    moments = random.Random(f"{fault} {seed}")
    shop.cms.entries.update({entry["id"]: entry for entry in entries(12)})
    with FaultProxy(shop.cms.url) as proxy:
        shop.set("cms", url=proxy.url)
        nth = moments.randint(1, 14)
        proxy.strike(nth, fault)  # once: how long a rollback takes is up to the server
        process = shop.start("sync", "--output", "json")
        until(lambda: len(proxy.calls) >= nth or process.poll() is not None)
        time.sleep(moments.random())
        began = time.monotonic()
        process.send_signal(moments.choice([*EXIT_CODES]))
        output, log = process.communicate(timeout=60)
        seconds = time.monotonic() - began
    assert seconds < SECONDS, log
    assert json.loads(output)["exit_code"] == process.returncode, log
    assert "Traceback" not in log
    assert process.returncode in {0, 1, 65, 75, 77, 130}, log
    made = shop.query("SELECT name FROM sqlite_master WHERE name = 'brand'")
    assert not made or shop.names() == {} or shop.is_in_line()
