"""The real command in this process, and a pipeline to run it on."""

import sys
from pathlib import Path

import pytest
from command import Catalogue, Command, Ran

from brandsync.cli import main


@pytest.fixture
def brandsync(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """``brandsync("sync", "--dry-run")``."""

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["brandsync", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        code = ended.value.code
        return Ran(int(code) if code else 0, out, err)

    return run


@pytest.fixture
def catalogue(brandsync: Command, tmp_path: Path) -> Catalogue:
    """What ``init`` writes into the current directory."""
    assert brandsync("init").code == 0
    return Catalogue(tmp_path)
