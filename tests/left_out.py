"""The tests that a call leaves out, slow ones and those of real servers: one closing line says how they are run."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

LIVE = bool(os.environ.get("BRANDSYNC_TEST_LIVE"))
SERVERS = Path(__file__).parent / "live"
COMMAND = "BRANDSYNC_TEST_LIVE=1 .venv/bin/uv run --locked pytest -m 'slow or live'"

_slow = pytest.StashKey[int]()


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Real servers cost minutes and gigabytes: their tests are there only where they are asked for."""
    return True if not LIVE and SERVERS in (collection_path, *collection_path.parents) else None


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Nor does a test start one that somebody has named without asking for it."""
    if item.get_closest_marker("live") and not LIVE:
        pytest.skip("installs and starts real servers (4 GB, ten minutes): set BRANDSYNC_TEST_LIVE=1")


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Count the slow ones. Of several processes, each leaves out the same."""
    for item in items:
        if item.get_closest_marker("slow"):
            item.config.stash[_slow] = item.config.stash.get(_slow, 0) + 1


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker tells the process that began it."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["slow"] = session.config.stash.get(_slow, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker has ended."""
    node.config.stash[_slow] = getattr(node, "workeroutput", {}).get("slow", 0)


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The closing line, where the slow ones were left out for being slow."""
    slow = config.stash.get(_slow, 0)
    if slow and "not slow" in config.option.markexpr:
        terminalreporter.write_line(f"left out: {slow:,} slow tests, and those of real servers; to run them: {COMMAND}")
