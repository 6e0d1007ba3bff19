import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from bad_configs import GOOD

from brandsync.config import load, load_all
from brandsync.errors import ConfigError


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("BRANDSYNC_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def forbidden() -> Iterator[Path]:
    """A directory that this process may not read; root becomes nobody for the while."""
    directory = Path(tempfile.mkdtemp())
    (directory / "a.toml").write_text(GOOD)
    (directory / ".env").write_text("A=1")
    directory.chmod(0o111)
    (directory / "a.toml").chmod(0)
    (directory / ".env").chmod(0)
    me = os.geteuid()
    if me == 0:
        os.seteuid(65534)
    yield directory
    os.seteuid(me)
    directory.chmod(0o700)
    for file in directory.iterdir():
        file.unlink()
    directory.rmdir()


def test_a_directory_or_file_that_may_not_be_read_is_told(forbidden: Path):
    with pytest.raises(ConfigError, match="cannot be read: Permission denied"):
        load_all(forbidden)
    with pytest.raises(ConfigError, match=r"a\.toml: cannot be read: Permission denied"):
        load(forbidden / "a.toml")
    with pytest.raises(ConfigError, match="there is no such file"):
        load(forbidden / "b.toml")


def test_a_dotenv_that_may_not_be_read_is_told(forbidden: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(forbidden)
    with pytest.raises(ConfigError, match=r"\.env: cannot be read: Permission denied"):
        load()


@pytest.mark.parametrize(
    ("variable", "says"), [("BRANDSYNC_SECRETS_DIR", "is not a directory"), ("BRANDSYNC_CONFIG", "no such file")]
)
@pytest.mark.parametrize("place", ["x" * 300, "~nobody-at-all/shop"])
def test_a_variable_that_leads_nowhere_is_told(monkeypatch: pytest.MonkeyPatch, variable: str, says: str, place: str):
    monkeypatch.setenv(variable, place)
    with pytest.raises(ConfigError, match=f"{says}|File name too long"):
        load()


def test_secrets_that_may_not_be_read_are_told(forbidden: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir("/")
    monkeypatch.setenv("BRANDSYNC_SECRETS_DIR", str(forbidden))
    with pytest.raises(ConfigError, match=f"{forbidden}: cannot be read: Permission denied"):
        load()
