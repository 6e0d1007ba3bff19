"""What the columns of a table cannot hold: known while planning."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from brandsync.brand import Fields, is_storable
from brandsync.brand.kind import described
from brandsync.database import errors, lacking, statement_limit
from brandsync.observing.excerpt import excerpt
from brandsync.stores.refusal import ESCAPED_NUL, unwritable
from brandsync.stores.sql.column_types import to_json
from brandsync.stores.sql.dialect import Dialect

LARGE: Final = 250_000
"""Texts with fewer characters never make a statement too large: the smallest limit of any server is 1 MB."""


class Values:
    """The values that the dialect's table can hold. It asks the database once, at the first value that may not fit."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def are_plain(self, columns: Mapping[str, Sequence[Any]]) -> bool:
        """Whether ``problem`` would find none in any brand with these values, as far as that can be told at once."""
        values = [value for column in columns.values() for value in column if value is not None]
        if not set(map(type, values)) <= {str}:
            return False
        texts = "".join(values)
        if max(map(len, values), default=0) * len(columns) > LARGE:
            return False
        if "\0" in texts and not self._dialect.holds_nul:
            return False
        if not texts.isascii() and (self._encodings or not is_storable(texts)):
            return False
        table = self._dialect.table
        limited = [name for name in self._limited if name in columns]
        return all(table.type_of(name).takes_all(table.kinds[name], columns[name]) for name in limited)

    def problem(self, fields: Fields) -> str | None:
        """Why the table could never hold these fields, or none."""
        texts = "".join([value for value in fields.values() if type(value) is str])
        try:
            if not texts.isascii():
                texts.encode()
            documents = {name: to_json(value) for name, value in fields.items() if isinstance(value, dict | list)}
            json = "".join(filter(None, documents.values()))
            json.encode()
        except ValueError:
            return self._unwritable(fields)
        # A column of type ``jsonb`` can't hold U+0000 either; our own, of type ``json``, can.
        has_nul = "\0" in texts or (not self._dialect.table.own and ESCAPED_NUL.search(json))
        if has_nul and not self._dialect.holds_nul:
            return self._unwritable(fields)
        is_ascii = texts.isascii() and json.isascii()
        if not is_ascii and self._encodings and (reason := self._lacking({**fields, **documents})):
            return reason
        if reason := self._unfit(fields):
            return reason
        return statement_limit(self._dialect.database, texts + json) if len(texts) + len(json) > LARGE else None

    def _unwritable(self, fields: Fields) -> str | None:
        dialect = self._dialect
        reasons = (
            unwritable(name, value, holds_nul=dialect.holds_nul or (dialect.table.own and not isinstance(value, str)))
            for name, value in fields.items()
        )
        return next(filter(None, reasons), None)

    def _unfit(self, fields: Fields) -> str | None:
        table = self._dialect.table
        for name in self._limited:
            value = fields.get(name)
            if name in fields and (problem := table.type_of(name).problem(table.kinds[name], value)):
                column = f'the column "{table.columns.get(name) or table.destinations[name]}"'
                if value is None:
                    return f"it has no {name}, and {column} {problem}"
                return f"its {name} is {described(value)}, and {column} {problem}"
        return None

    @cached_property
    def _limited(self) -> list[str]:
        """The fields whose columns can't hold every value."""
        table = self._dialect.table
        return [name for name in dict.fromkeys([*table.fields, *table.further]) if table.type_of(name).is_limited]

    def _lacking(self, fields: Fields) -> str | None:
        for name, value in fields.items():
            encoding = self._encodings.get(self._dialect.table.columns.get(name, ""))
            character = lacking(encoding, value) if encoding and isinstance(value, str) else None
            if character:
                return (
                    f"its {name} {excerpt(value)!r} holds {character!r}, which the database's encoding {encoding} does"
                    " not have: write it otherwise, or convert the database"
                )
        return None

    @cached_property
    def _encodings(self) -> Mapping[str, str]:
        with errors(self._dialect.database):
            return self._dialect.encodings()
