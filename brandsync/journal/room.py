"""What a journal's database can hold: some databases lack characters, and MySQL limits the size of a statement."""

import json
from functools import cached_property
from typing import Final

from peewee import Database, MySQLDatabase, PostgresqlDatabase

from brandsync.brand import Fields, encode
from brandsync.database import execute, is_limited, lacking, statement_limit, storable

_LARGE: Final = 250_000
"""Texts with fewer characters never make a statement too large for any server."""


class Room:
    """What fits into one database. The database is asked once, at the first text that may not fit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def is_ample(self) -> bool:
        """Whether any entry fits."""
        return not self._encoding and not isinstance(self._database, MySQLDatabase)

    def problem(self, cms_id: str, fields: Fields) -> str | None:
        """Why the journal could not remember an entry, or none."""
        if self.is_ample:
            return None
        text = cms_id + encode(fields)
        character = None if text.isascii() or not self._encoding else lacking(self._encoding, text)
        if character:
            return (
                f"it holds {character!r}, which the encoding of the journal's database, {self._encoding}, does not have"
            )
        # An undo entry holds the fields twice: as written, and as the link remembers them.
        problem = (
            statement_limit(self._database, text + json.dumps(text, ensure_ascii=False)) if len(text) > _LARGE else None
        )
        return f"the journal could not hold it: {problem}" if problem else None

    def storable(self, text: str) -> str:
        """The text, with all characters escaped that the database lacks."""
        return text if text.isascii() or not self._encoding else storable(self._encoding, text)

    @cached_property
    def _encoding(self) -> str | None:
        if not isinstance(self._database, PostgresqlDatabase):
            return None  # brandsync's tables in MySQL hold every character
        encoding = str(execute(self._database, "SHOW server_encoding").fetchone()[0])
        return encoding if is_limited(encoding) else None
