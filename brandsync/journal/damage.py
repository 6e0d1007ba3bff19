"""Errors for journal rows that somebody has damaged by hand: raised only when such a row is needed."""

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from brandsync.errors import Unreadable


def damaged(table: str, row: str, what: str, remedy: str) -> Unreadable:
    """The error for a row that cannot be read."""
    return Unreadable(f"the journal is damaged: in {table}, {what} of {row} cannot be read", hint=remedy)


class Damaged(Mapping[Any, Any]):
    """Stands for a value that cannot be read: looking into it raises the error."""

    def __init__(self, error: Unreadable) -> None:
        self._error = error

    def _tell(self) -> NoReturn:
        raise self._error

    def __getitem__(self, key: Any) -> Any:
        self._tell()

    def __iter__(self) -> Iterator[Any]:
        self._tell()

    def __len__(self) -> int:  # noqa: PLE0303 - it never returns
        self._tell()
