"""A journal that is lost with its container could not undo what it promises to."""

import os
from pathlib import Path

from peewee import SqliteDatabase

from brandsync.pipeline import Pipeline
from brandsync.report.interface import Report

_CONTAINERS = (Path("/.dockerenv"), Path("/run/.containerenv"))


def journal_file(pipeline: Pipeline) -> Path | None:
    """The file that the journal is kept in, or none where it is on a server or in memory."""
    database = pipeline.journal.database
    if not isinstance(database, SqliteDatabase) or database.database in {None, ":memory:"}:
        return None
    return Path(database.database)


def in_container() -> bool:
    """Whether this process runs in a container."""
    return "KUBERNETES_SERVICE_HOST" in os.environ or any(sign.exists() for sign in _CONTAINERS)


def is_ephemeral(file: Path) -> bool:
    """Whether a file is on a container's own disk, and not on a volume."""
    directory = next(parent for parent in file.absolute().parents if parent.exists())
    return in_container() and _device(directory) == _device(Path("/"))


def _device(path: Path) -> int:
    return path.stat().st_dev


def ephemeral_warning(pipeline: Pipeline) -> tuple[str, str] | None:
    """What is wrong with where the journal is, and what to do about it; none where it is safe.

    A journal in the store's own database is lost only with the store.
    """
    file = journal_file(pipeline)
    if pipeline.shared or file is None or not is_ephemeral(file):
        return None
    return (
        f"the journal in {file} is on this container's own disk: it is lost with it, and so is what undoing needs",
        "keep the journal on a volume, or in a database: [journal] url",
    )


def warn_if_ephemeral(pipeline: Pipeline, report: Report) -> None:
    """Warn of a journal that is lost with its container."""
    warning = ephemeral_warning(pipeline)
    if warning:
        report.warning(*warning)
