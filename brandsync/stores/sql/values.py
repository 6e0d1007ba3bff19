"""What the columns of a table cannot hold: known while planning if possible, otherwise told after a refusal."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Final

from brandsync.brand import Brand, Fields, NewBrand
from brandsync.database import errors, lacking, statement_limit
from brandsync.errors import Rejected
from brandsync.observing.excerpt import excerpt
from brandsync.stores.sql.dialect import Dialect
from brandsync.stores.sql.table import to_json

LARGE: Final = 250_000
"""Texts with fewer characters never make a statement too large: the smallest limit of any server is 1 MB."""
_ESCAPED_NUL: Final = re.compile(r"(?<!\\)(\\\\)*\\u0000")


class Values:
    """The values that the dialect's table can hold. It asks the database once, at the first value that may not fit."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def problem(self, fields: Fields) -> str | None:
        """Why the table could never hold these fields, or none."""
        texts = "".join([value for value in fields.values() if type(value) is str])
        metadata = fields.get("metadata")
        try:
            if not texts.isascii():
                texts.encode()
            json = to_json(metadata) or ""
            json.encode()
        except UnicodeEncodeError:
            return "a text holds half a character (a lone surrogate), which no database can store"
        except ValueError:
            return "the metadata holds NaN or Infinity, which JSON does not have"
        # A column of type ``jsonb`` can't hold U+0000 either; our own, of type ``json``, can.
        has_nul = "\0" in texts or (not self._dialect.table.own and _ESCAPED_NUL.search(json))
        if has_nul and not self._dialect.holds_nul:
            return "a text holds the character U+0000, which PostgreSQL cannot store"
        is_ascii = texts.isascii() and json.isascii()
        if not is_ascii and self._encodings and (reason := self._lacking({**fields, "metadata": json})):
            return reason
        return statement_limit(self._dialect.database, texts + json) if len(texts) + len(json) > LARGE else None

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

    @contextmanager
    def too_long_told(self, brands: Sequence[Brand | NewBrand]) -> Iterator[None]:
        """A block that writes these brands. If a single brand is refused, the error says which text is too long.

        Raises:
            Rejected: a brand was refused.
        """
        lengths = self._dialect.lengths() if len(brands) == 1 else {}  # a refusal ends PostgreSQL's transaction
        try:
            with errors(self._dialect.database):
                yield
        except Rejected as error:
            fields: Fields = brands[0].fields if lengths else {}
            for name, value in fields.items():
                most = lengths.get(self._dialect.table.columns[name])
                if most and isinstance(value, str) and len(value) > most:
                    told = f"its {name} {excerpt(value)!r} has {len(value)} characters, and the column takes {most}"
                    raise Rejected(f"{error.message}: {told}", hint=error.hint) from None
            raise
