"""A run at work for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import Desk, desk


@pytest.fixture(autouse=True)
def lock_files_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Runs of these tests share their name, and tests run at the same time."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


@pytest.fixture
def at() -> Iterator[Desk]:
    """A run whose store and CMS can do everything."""
    with desk() as found:
        yield found
