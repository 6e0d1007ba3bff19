"""Fixtures of the security tests."""

import logging
from collections.abc import Iterator

import pytest
from ran import Command, command

from brandsync.cli import ephemeral


@pytest.fixture(autouse=True)
def quiet_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The servers of these tests log what they are asked: that is not what brandsync says."""
    monkeypatch.setattr(logging.getLogger("werkzeug"), "disabled", True)


@pytest.fixture
def brandsync(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command, in this process."""
    monkeypatch.setattr(ephemeral, "in_container", lambda: False)  # a container's own disk would be warned of
    return command(monkeypatch, capsys)


@pytest.fixture
def same_logging() -> Iterator[None]:
    """Leave the handlers of all logs as they were."""
    before = logging.getLogger().handlers[:]
    yield
    logging.getLogger().handlers[:] = before
