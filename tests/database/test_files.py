"""Where no SQLite file can be: what is wrong is said before SQLite says that it is unable to open it."""

import errno
import os
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, TypeAdapter

from brandsync.database import connect, errors, execute, exists, file_problem
from brandsync.database.url import DatabaseUrl
from brandsync.errors import BrandsyncError, ConfigError, TryAgainLater
from brandsync.errors.paths import unusable


@pytest.fixture
def looped(tmp_path: Path) -> Path:
    """A symbolic link that leads to itself."""
    (tmp_path / "loop").symlink_to("loop")
    return tmp_path / "loop"


def use(file: Path, *, read_only: bool = False) -> None:
    with closing(connect(f"sqlite:///{file}", read_only=read_only)) as database, errors(database):
        execute(database, "CREATE TABLE t (a)")


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("x" * 300, "File name too long"),
        ("y/" * 2500 + "x", "File name too long"),
        ("loop", "symbolic links"),
        ("loop/x.db", "symbolic links"),
        ("", "is a directory"),
    ],
    ids=["long name", "long path", "loop", "in a loop", "directory"],
)
@pytest.mark.usefixtures("looped")
def test_a_path_where_no_file_can_be_is_a_matter_of_configuration(
    tmp_path: Path, path: str, says: str, read_only: bool
) -> None:
    with pytest.raises(ConfigError, match=says):
        use(tmp_path / path, read_only=read_only)
    problem = file_problem(f"sqlite:///{tmp_path / path}")
    assert problem
    assert says in problem.what


def test_a_file_that_the_system_lets_nobody_make_is_a_matter_of_configuration() -> None:
    with pytest.raises(ConfigError, match=r"/proc/j\.db cannot be used"):
        use(Path("/proc/j.db"))


def test_a_loop_in_a_url_is_no_mistake_of_the_url_itself(looped: Path) -> None:
    read: SecretStr = TypeAdapter(DatabaseUrl).validate_python(f"sqlite:///{looped}")
    assert read.get_secret_value() == f"sqlite:///{looped}"
    with pytest.raises(ConfigError, match="symbolic links"):
        exists(read.get_secret_value())


def test_a_home_that_nobody_has_is_a_mistake_of_the_url() -> None:
    with pytest.raises(ValueError, match="there is no such home directory"):
        TypeAdapter(DatabaseUrl).validate_python("sqlite:///~nobody-at-all/brands.db")


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.ENFILE, errno.ENOSPC])
def test_what_may_pass_by_itself_is_for_later(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "stat", fails)
    with pytest.raises(TryAgainLater, match=os.strerror(number)):
        exists(f"sqlite:///{tmp_path}/brands.db")
    with pytest.raises(TryAgainLater):
        file_problem(f"sqlite:///{tmp_path}/brands.db")


def test_a_hint_is_about_what_lasts() -> None:
    lasting: BrandsyncError = unusable(Path("a"), PermissionError(errno.EACCES, "no"), hint="let it")
    assert (type(lasting), lasting.hint) == (ConfigError, "let it")
    passing = unusable(Path("a"), OSError(errno.EIO, "disk error"), hint="let it")
    assert (type(passing), "disk" in (passing.hint or "")) == (TryAgainLater, True)
