"""Where the journal is by default: one SQLite file for each pipeline, named by the pipeline and both addresses."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from brandsync.database import connect
from brandsync.errors import BrandsyncError
from brandsync.journal.journal import Journal
from brandsync.journal.runs import RunRecord


@dataclass(frozen=True, slots=True)
class Whose:
    """What distinguishes a pipeline from all others."""

    pipeline: str
    source: str
    """The CMS's address."""
    target: str
    """The store's address."""
    folder: Path
    """The folder of its configuration."""
    addressed: bool = True
    """The addresses name one CMS and one store. If not, a copy of the configuration is another pipeline."""

    @property
    def file_name(self) -> str:
        """The name of its journal's file."""
        return self._named((self.source, self.target, *(() if self.addressed else (str(self.folder),))), 12)

    @property
    def older_file_name(self) -> str:
        """The name that brandsync 0.1.0 gave it, made from the folder alone."""
        return self._named((str(self.folder),), 8)

    def _named(self, parts: tuple[str, ...], digits: int) -> str:
        digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
        return f"{self.pipeline}-{digest[:digits]}.db"


@dataclass(frozen=True, slots=True)
class Place:
    """The file of a pipeline's journal."""

    file: Path
    others: tuple[str, ...] = ()
    """For a new journal: the journals of this name for other addresses, each with its addresses, for people."""


def find_place(directory: Path, whose: Whose, *, read_only: bool) -> Place:
    """The file that holds a pipeline's journal, or will hold it. Makes nothing.

    A journal from 0.1.0 stays where it is. All copies of the configuration use it, and so share its lease. If there are
    several, the one with the latest run is used. Nothing is renamed: another process may have the file open.
    """
    file, older = directory / whose.file_name, directory / whose.older_file_name
    if file.exists():
        return Place(file)
    paths = _journals(directory, whose.pipeline)
    found = {path: _last_run(path, whose.pipeline, read_only=read_only) for path in paths}
    same = {path: run for path, run in found.items() if isinstance(run, RunRecord) and _is_of(run, whose)}
    if same:
        return Place(max(same, key=lambda path: same[path].id))
    if older.exists():
        return Place(older)
    return Place(file, tuple(_described(path, run) for path, run in found.items() if run))


def _journals(directory: Path, pipeline: str) -> Iterator[Path]:
    pattern = re.compile(re.escape(pipeline) + r"-[0-9a-f]{8}(?:[0-9a-f]{4})?\.db")
    paths = sorted(directory.glob("*.db")) if directory.is_dir() else []
    return (path for path in paths if pattern.fullmatch(path.name))


def _last_run(file: Path, pipeline: str, *, read_only: bool) -> RunRecord | str | None:
    """The latest run in a journal, or why it can't be read; none if it holds no run.

    SQLite rolls back a transaction that a killed process has left, but not if the file may only be read.
    """
    with closing(Journal(connect(f"sqlite:///{file}", read_only=read_only), pipeline, str(file))) as journal:
        try:
            with journal.errors():
                return next(iter(journal.runs.latest(1)), None) if journal.exists() else None
        except BrandsyncError as error:
            return error.message


def _is_of(run: RunRecord, whose: Whose) -> bool:
    return whose.addressed and (run.source, run.target) == (whose.source, whose.target)


def _described(path: Path, run: RunRecord | str | None) -> str:
    return f"{path} ({f'{run.source} to {run.target}' if isinstance(run, RunRecord) else f'not readable: {run}'})"
