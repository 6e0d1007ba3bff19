"""Queries in GROQ, evaluated by the vendor's own ``groq-js`` in one process of Node that lives as long as the tests.

The package comes from npm by its lock file in ``tests/groq``, and stays in a cache outside the checkout:
``BRANDSYNC_TEST_CACHE``, or the user's cache directory.
"""

import atexit
import functools
import hashlib
import itertools
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import platformdirs
import pytest
from filelock import FileLock

FILES = Path(__file__).parent / "groq"
_SECONDS = 300
_NUMBERS = itertools.count()

Json = dict[str, Any]


class QueryError(Exception):
    """The query is not GROQ; its text says where."""


class Groq:
    """The process. It keeps what each data set holds, so that only changes are told."""

    def __init__(self) -> None:
        command = [shutil.which("node") or "node", "evaluate.mjs"]
        self._process = subprocess.Popen(
            command, cwd=_installed(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        self._lock = threading.Lock()
        atexit.register(self._end)

    def ask(self, dataset: int, **asked: Any) -> Any:
        """The result of a query over a data set, once it has been changed as told (``put``, ``drop``)."""
        line = json.dumps({"dataset": dataset, "put": [], "drop": [], **asked})
        assert self._process.stdin
        assert self._process.stdout
        with self._lock:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
            told = json.loads(self._process.stdout.readline())
        if "error" in told:
            raise QueryError(told["error"])
        return told["result"]

    def _end(self) -> None:
        self._process.terminate()
        self._process.communicate()


class Documents(dict[str, Json]):
    """The documents of one data set, by their ids. Whoever changes one in place puts it there again."""

    def __init__(self) -> None:
        super().__init__()
        self._groq = groq()
        self._number = next(_NUMBERS)
        self._changed: set[str] = set()

    def __setitem__(self, key: str, document: Json) -> None:
        self._changed.add(key)
        super().__setitem__(key, document)

    def __delitem__(self, key: str) -> None:
        self._changed.add(key)
        super().__delitem__(key)

    def query(self, query: str, params: Mapping[str, Any], perspective: str) -> Any:
        """The result of a query.

        Raises:
            QueryError: it is not GROQ.
        """
        put = [self[key] for key in self._changed if key in self]
        drop = [key for key in self._changed if key not in self]
        self._changed.clear()
        asked = {"query": query, "params": dict(params), "perspective": perspective}
        return self._groq.ask(self._number, put=put, drop=drop, **asked)

    def close(self) -> None:
        """Let the process forget them."""
        self._groq.ask(self._number, forget=True)


@functools.cache
def groq() -> Groq:
    """The process; skips the test where it can't be had, and fails it in CI."""
    missing = available()
    if missing:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(missing)
    return Groq()


@functools.cache
def available() -> str | None:
    """Why GROQ can't be evaluated here, for a skip; none where it can. Fetches the package the first time."""
    if lacking := [program for program in ("node", "npm") if shutil.which(program) is None]:
        return f"{lacking[0]} is not installed"
    try:
        _installed()
    except subprocess.TimeoutExpired:
        return f"npm did not fetch groq-js within {_SECONDS} s"
    except subprocess.CalledProcessError as error:
        return f"npm cannot fetch groq-js: {error.stderr.strip().splitlines()[:1]}"
    return None


def _installed() -> Path:
    cache = Path(os.environ.get("BRANDSYNC_TEST_CACHE") or platformdirs.user_cache_path("brandsync-tests"))
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(FILES.iterdir()) if file.is_file()))
    home = cache / f"groq-{digest.hexdigest()[:10]}"
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{home}.lock"):
        if not (home / "installed").exists():
            _install(home)
    return home


def _install(home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(FILES, home, ignore=shutil.ignore_patterns("node_modules"))
    command = [shutil.which("npm") or "npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
    subprocess.run(command, cwd=home, check=True, capture_output=True, text=True, timeout=_SECONDS)
    (home / "installed").touch()
