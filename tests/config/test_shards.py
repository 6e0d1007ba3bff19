"""A directory of pipelines shared out among processes: each pipeline is synced by exactly one."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from databases import fresh_database, run
from extent import enough
from hypothesis import given
from hypothesis import strategies as st
from ran import Command, command

from brandsync.config import Shard, load_all
from brandsync.errors import ConfigError

BRANDS = 3
MANY = enough(64, of=200)
"""Pipelines that eight processes share."""
PIPELINE = """
[cms]
backend = "file"
path = "brands.json"

[cms.fields]
name = "name"

[store]
backend = "sql"
url = "{url}"
table = "brand_{number:03}"

[sync]
link = "journal"
"""


@given(st.sets(st.text(max_size=8), max_size=60), st.integers(1, 20))
def test_each_name_is_in_one_shard_and_no_shard_has_two_more_than_another(names: set[str], of: int) -> None:
    shares = [Shard(index, of).share(names) for index in range(of)]
    assert sorted(name for share in shares for name in share) == sorted(names)
    sizes = [len(share) for share in shares]
    assert max(sizes) - min(sizes) <= 1


def test_names_are_dealt_out_in_turn_whatever_order_they_come_in() -> None:
    assert Shard(0, 2).share(["shop-fr", "shop-at", "shop-de"]) == {"shop-at", "shop-fr"}
    assert Shard(1, 2).share(["shop-de", "shop-fr", "shop-at"]) == {"shop-de"}


@pytest.mark.parametrize(
    ("text", "environment", "shard"),
    [
        ("2/8", {}, Shard(2, 8)),
        (" 0/1 ", {}, Shard(0, 1)),
        ("8", {"JOB_COMPLETION_INDEX": "7"}, Shard(7, 8)),
        ("3/8", {"JOB_COMPLETION_INDEX": "7"}, Shard(3, 8)),
    ],
)
def test_a_shard_is_named_in_full_or_by_the_pods_index(text, environment, shard) -> None:
    assert Shard.parse(text, environment) == shard


@pytest.fixture
def brandsync(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command, in this process."""
    monkeypatch.delenv("JOB_COMPLETION_INDEX", raising=False)
    return command(monkeypatch, capsys)


@pytest.mark.parametrize("text", ["8/8", "0/0", "x", "-1/8", "1/8/2", "1.5/8", "", "8", "/8"])
def test_what_names_no_shard_is_a_usage_error(brandsync: Command, text: str) -> None:
    ended = brandsync("sync", "--shard", text)
    assert ended.code == 2
    assert "--shard" in ended.err
    assert "Traceback" not in ended.err


def write(directory: Path, url: str, count: int) -> Path:
    """So many pipelines, each with a table of its own, and the catalogue that all of them read."""
    pipelines = directory / "pipelines"
    pipelines.mkdir()
    (pipelines / "brands.json").write_text(json.dumps([{"id": f"e{n}", "name": f"Brand {n}"} for n in range(BRANDS)]))
    for number in range(count):
        (pipelines / f"shop-{number:03}.toml").write_text(PIPELINE.format(url=url, number=number))
    return pipelines


def test_each_pipeline_is_synced_by_one_shard(brandsync: Command, monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    pipelines = write(tmp_path, f"sqlite:///{tmp_path}/shop.db", 7)
    synced = []
    for index in "012":
        monkeypatch.setenv("JOB_COMPLETION_INDEX", index)
        ended = brandsync("sync", "--shard", "3", "--config", str(pipelines))
        assert ended.code == 0, ended.err
        synced += [line for line in ended.lines if "3 brands created" in line]
    assert len(synced) == 7


def test_a_shard_without_a_pipeline_has_nothing_to_do(brandsync: Command, tmp_path) -> None:
    pipelines = write(tmp_path, f"sqlite:///{tmp_path}/shop.db", 1)
    ended = brandsync("sync", "--shard", "1/2", "--config", str(pipelines))
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == "note: no pipeline is in shard 1/2: there are fewer pipelines than shards\n"


def test_two_pipelines_of_one_name_are_found_out_in_their_shard(tmp_path) -> None:
    pipelines = write(tmp_path, f"sqlite:///{tmp_path}/shop.db", 3)
    for number in (0, 2):
        file = pipelines / f"shop-{number:03}.toml"
        file.write_text('name = "twin"\n' + file.read_text())
    _, second = load_all(pipelines, shard=Shard(1, 2))
    assert isinstance(second, ConfigError)
    assert "twin" in second.message


@pytest.mark.slow
def test_many_pipelines_over_8_processes_of_which_two_are_killed(tmp_path, record_property) -> None:
    with fresh_database("postgresql", tmp_path) as url:
        pipelines = write(tmp_path, url, MANY)
        arguments = [sys.executable, "-m", "brandsync", "sync", "--config", str(pipelines)]

        def start(index: int) -> subprocess.Popen[bytes]:
            return subprocess.Popen([*arguments, "--shard", f"{index}/8"], stdout=subprocess.DEVNULL)

        processes = [start(index) for index in range(8)]
        killed = [2, 5]
        _kill_at_work(url, {index: processes[index] for index in killed})
        assert [process.wait() for process in processes].count(-signal.SIGKILL) == 2
        assert [start(index).wait() for index in killed] == [0, 0]  # as Kubernetes does

        tables = [f"brand_{number:03}" for number in range(MANY)]
        counted = " UNION ALL ".join(f"SELECT count(*), count(DISTINCT name) FROM {table}" for table in tables)
        assert {tuple(row) for row in run(url, counted)} == {(BRANDS, BRANDS)}
        created = run(
            url, "SELECT pipeline, count(*) FROM brandsync_run WHERE counts LIKE '%%\"created\": 3%%' GROUP BY 1"
        )
        assert len(created) == MANY
        assert {times for _, times in created} == {1}
    record_property("tried", f"{MANY} pipelines over 8 processes, 2 of them killed: each pipeline was synced once")


def _kill_at_work(url: str, processes: dict[int, subprocess.Popen[bytes]]) -> None:
    """Kill each of these shards' processes once it has synced one of its pipelines: most are still to come."""
    waiting = dict(processes)
    names = [f"shop-{number:03}" for number in range(MANY)]
    while waiting:
        done = _done(url)
        for index in [index for index in waiting if done & Shard(index, 8).share(names)]:
            waiting.pop(index).kill()
        time.sleep(0.02)


def _done(url: str) -> set[str]:
    """The pipelines that were synced."""
    try:
        return {row[0] for row in run(url, "SELECT DISTINCT pipeline FROM brandsync_run WHERE status = 'done'")}
    except Exception:  # noqa: BLE001 - the journal isn't made yet
        return set()
