"""A shop under test: a real CMS server on one side, a real database on the other, and brandsync between them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import cms_server
import httpx
from cms_server import CmsServer
from cms_wire import Answer, Request

from brandsync.config import Config, load
from brandsync.database import connect
from brandsync.run.pipeline import Pipeline
from brandsync.run.recovery import RecoveryMode, recover_runs
from brandsync.run.sync import Options, sync
from brandsync.run.undo import UndoOptions, undo

MEDUSA_TABLE = (
    "CREATE TABLE brand (id text PRIMARY KEY, name text NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),"
    " updated_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz)"
)
"""Medusa's own table of the guide's brand module."""


class WatchedCms(CmsServer):
    """A CMS that lets a test act in the middle of a run: before it carries out the nth PATCH."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.acts: dict[int, Callable[[], object]] = {}
        self.patches = 0

    def answer(self, request: Request) -> Answer:
        """Act first, where the test has something to do now."""
        if request.method == "PATCH":
            self.patches += 1
            self.acts.pop(self.patches, lambda: None)()
        return super().answer(request)


class CmsProcess:
    """The CMS as a program of its own, so that it and brandsync don't share a core."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, cms_server.__file__, "--port", "0", "--print-url", *arguments]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        self.url = self._process.stdout.readline().strip()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.terminate()
        self._process.communicate()

    @property
    def entries(self) -> dict[str, dict[str, Any]]:
        """The entries, by id, as they are now."""
        return {entry["id"]: entry for entry in httpx.get(f"{self.url}/_state", timeout=60).json()}

    @property
    def requests(self) -> dict[str, int]:
        """How many requests it has had, by method."""
        counts: dict[str, int] = httpx.get(f"{self.url}/_requests").json()
        return counts

    def edit(self, key: str, **fields: Any) -> None:
        """Change fields of an entry, as an editor would."""
        httpx.patch(f"{self.url}/brands/{key}", json=fields).raise_for_status()


class Shop:
    """One pipeline. Each call reads the configuration anew, as each run of the command does."""

    def __init__(self, directory: Path, cms: "CmsServer | CmsProcess", database_url: str) -> None:
        self.directory = directory
        self.cms = cms
        self.database_url = database_url
        self.database = connect(database_url)
        self.sections: dict[str, dict[str, Any]] = {
            "cms": {"backend": "rest", "url": cms.url},
            "cms.fields": {"name": "name", "description": "description"},
            "store": {"backend": "sql", "url": database_url},
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.database.close()

    def set(self, section: str, **settings: Any) -> Self:
        """Change settings; one that is None goes."""
        known = self.sections.setdefault(section, {})
        known.update(settings)
        self.sections[section] = {name: value for name, value in known.items() if value is not None}
        return self

    @property
    def config(self) -> Path:
        """The configuration file, as the settings are now."""
        path = self.directory / "shop.toml"
        lines = [
            line
            for section, settings in self.sections.items()
            for line in (
                section and f"[{section}]",
                *(f"{name} = {json.dumps(value)}" for name, value in settings.items()),
            )
        ]
        path.write_text("\n".join(lines) + "\n", "utf-8")
        return path

    def loaded(self) -> Config:
        """The configuration, read."""
        return load(self.config)

    # What the command does, in this process.

    def sync(self, **options: Any) -> dict[str, Any]:
        """``brandsync sync``, its result as JSON."""
        dry_run = options.get("dry_run", False)
        return self._result(lambda pipeline: sync(pipeline, Options(**options), _quiet), read_only=dry_run)

    def undo(self, run: str = "last", **options: Any) -> dict[str, Any]:
        """``brandsync undo``."""
        dry_run = options.get("dry_run", False)
        return self._result(lambda pipeline: undo(pipeline, run, UndoOptions(**options), _quiet), read_only=dry_run)

    def preview_undo(self, run: str = "last", **options: Any) -> dict[str, Any]:
        """``brandsync undo --dry-run``."""
        return self.undo(run, dry_run=True, **options)

    def recover(self, mode: str = "rollback") -> dict[str, Any]:
        """``brandsync recover``."""
        return self._result(lambda pipeline: recover_runs(pipeline, RecoveryMode(mode)))

    def _result(self, work: Any, *, read_only: bool = False) -> dict[str, Any]:
        with closing(Pipeline.open(self.loaded(), read_only=read_only)) as pipeline:
            shown: dict[str, Any] = json.loads(json.dumps(work(pipeline).as_json()))
            return shown

    # The command itself, as another process.

    def command(self, *arguments: str) -> list[str]:
        """The command line of a call."""
        return [sys.executable, "-m", "brandsync", *arguments, "--config", str(self.config)]

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start the command."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.directory,
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the command to its end."""
        process = self.start(*arguments, **environment)
        out, err = process.communicate(timeout=300)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def kill_after(self, seconds: float, *arguments: str) -> int:
        """Start the command and kill it; returns how it ended."""
        process = self.start(*arguments)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return process.returncode

    # What editors do.

    def publish(self, *found: Mapping[str, Any]) -> None:
        """Publish entries in the CMS, which must be one of this process."""
        assert isinstance(self.cms, CmsServer)
        for entry in found:
            self.cms.add(dict(entry))

    def sync_and_publish_more(self, held: int, more: int) -> None:
        """Have so many brands in line, and more entries published, which the next run has to create."""
        self.publish(*entries(held))
        assert self.sync()["exit_code"] == 0
        self.publish(*({**entry, "id": f"n{entry['id']}"} for entry in entries(more, "New")))

    # What is there.

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of the store's database."""
        with self.database.connection_context():
            return list(self.database.execute_sql(sql, values or None).fetchall())

    def execute(self, sql: str, *values: Any) -> None:
        """Change the store's database, as a person would."""
        with self.database.connection_context():
            self.database.execute_sql(sql, values or None)

    def execute_in_journal(self, sql: str) -> None:
        """Change the journal, where it has a database of its own."""
        journal = connect(self.sections["journal"]["url"])
        with journal.connection_context():
            journal.execute_sql(sql)

    def run_ids(self) -> list[str]:
        """The runs in the journal, newest first."""
        return [row[0] for row in self.query("SELECT id FROM brandsync_run ORDER BY id DESC")]

    def names(self) -> dict[str, str]:
        """The names of the store's brands, by id."""
        return {str(key): name for key, name in self.query("SELECT id, name FROM brand ORDER BY id")}

    def external_ids(self) -> dict[str, str | None]:
        """The external ids of the CMS's entries."""
        return {key: entry.get("external_id") for key, entry in self.cms.entries.items()}

    def is_in_line(self) -> bool:
        """Whether every entry of the CMS is one brand of the store, linked on both sides, and nothing is left over."""
        names, linked = self.names(), self.external_ids()
        return sorted(linked.values()) == sorted(names) and all(
            names[linked[key]] == entry["name"] for key, entry in self.cms.entries.items()
        )


def _quiet(_phase: str, _count: int) -> None:
    """No progress."""


def entries(count: int, prefix: str = "Brand") -> list[dict[str, Any]]:
    """Entries of a CMS, each with a name of its own."""
    return [
        {"id": f"e{number}", "name": f"{prefix} {number}", "description": f"No. {number}", "external_id": None}
        for number in range(count)
    ]
