"""The real command in this process, and a pipeline to run it on."""

from pathlib import Path

import pytest
from command import Catalogue, Command
from ran import command


@pytest.fixture
def brandsync(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """``brandsync("sync", "--dry-run")``."""
    return command(monkeypatch, capsys)


@pytest.fixture
def catalogue(brandsync: Command, tmp_path: Path) -> Catalogue:
    """What ``init`` writes into the current directory."""
    assert brandsync("init").code == 0
    return Catalogue(tmp_path)
