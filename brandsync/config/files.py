"""Configuration files: which ones to read, and the TOML in them."""

import os
import re
import tomllib
from pathlib import Path
from typing import Any, Final, NoReturn

from brandsync.errors import ConfigError
from brandsync.errors.hints import did_you_mean

DEFAULT: Final = Path("brandsync.toml")
"""The file that is read if none is named and it exists."""
_TOML: Final = 'correct the TOML there: a setting is written as in backend = "rest"; see https://toml.io'
_PLAIN: Final = {
    "Cannot overwrite a value": "a key is given twice",
    "Cannot declare": "a section is given twice",
    "Duplicate inline table key": "a key is given twice",
}


def find(path: Path | None) -> Path | None:
    """The file or directory to read: the one named, else ``BRANDSYNC_CONFIG``, else ``brandsync.toml`` here, if any."""
    if path is not None:
        return path
    if named := os.environ.get("BRANDSYNC_CONFIG"):
        return Path(os.path.expanduser(named))  # noqa: PTH111 - Path raises where there is no such home
    return DEFAULT if DEFAULT.exists() else None


def files_of(path: Path | None) -> list[Path | None]:
    """The file itself, or every ``*.toml`` in a directory, by name, without hidden files.

    Raises:
        ConfigError: the directory can't be read, or holds none.
    """
    if path is None:
        return [None]
    try:
        if not path.is_dir():
            return [path]
        files = sorted(entry for entry in path.iterdir() if _is_pipeline(entry))
    except OSError as error:
        _unreadable(path, error)
    if not files:
        raise ConfigError(
            f"{path}: the directory holds no *.toml file",
            hint="put one file a pipeline into it; `brandsync init` writes one to begin with",
        )
    return [*files]


def _is_pipeline(entry: Path) -> bool:
    return entry.suffix == ".toml" and not entry.name.startswith(".")


def read_toml(path: Path) -> dict[str, Any]:
    """The contents of a file.

    Raises:
        ConfigError: it can't be read, or isn't TOML in UTF-8.
    """
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        _unreadable(path, error)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}: line {line} is not UTF-8", hint="save the file as UTF-8") from None
    except ValueError as error:
        raise ConfigError(f"{path}: {_syntax(str(error))}", hint=_TOML) from None


def _syntax(message: str) -> str:
    found = re.fullmatch(r"(?s)(.*) \(at (.*)\)", message)
    what, where = (found[1], found[2]) if found else (message, "")
    plain = next((plain for start, plain in _PLAIN.items() if what.startswith(start)), what)
    return f"{where}: {plain}" if where else plain


def _unreadable(path: Path, error: OSError) -> NoReturn:
    if isinstance(error, FileNotFoundError):
        raise ConfigError(
            f"{path}: there is no such file{did_you_mean(path.name, _beside(path))}",
            hint="name a file that is there with --config, or write one with `brandsync init`",
        ) from None
    if isinstance(error, IsADirectoryError):
        raise ConfigError(f"{path}: is a directory, not a file", hint="name one file in it with --config") from None
    raise ConfigError(
        f"{path}: cannot be read: {error.strerror}", hint="look at its name and its permissions"
    ) from None


def _beside(path: Path) -> list[str]:
    try:
        return [entry.name for entry in path.parent.iterdir() if _is_pipeline(entry)]
    except OSError:
        return []
