"""Keeps PostgreSQL's statistics of a table near the truth while a run fills it.

Otherwise it assumes a few rows, and reads all rows of the pipeline for each batch. Its own autovacuum comes too late
for the run that writes them, or is off.
"""

from typing import Final

from peewee import Database, PostgresqlDatabase

from brandsync.database import execute

_FIRST: Final = 5_000
_FACTOR: Final = 8


class Growth:
    """The rows that one table has got. It is analyzed at so many rows, then at eight times as many, and so on."""

    def __init__(self, database: Database, table: str) -> None:
        self._database = database
        self._table = table
        self._rows = 0
        self._analyzed_at = _FIRST

    def by(self, rows: int) -> None:
        """Count rows that were just written."""
        if not isinstance(self._database, PostgresqlDatabase):
            return
        self._rows += rows
        if self._rows >= self._analyzed_at:
            self._analyzed_at = self._rows * _FACTOR
            execute(self._database, f"ANALYZE (SKIP_LOCKED) {self._table}")
