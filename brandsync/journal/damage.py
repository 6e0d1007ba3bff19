"""What somebody has made of the journal's rows by hand: told where a row is needed, and nowhere else."""

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from brandsync.errors import Unreadable


def damaged(table: str, row: str, what: str, remedy: str) -> Unreadable:
    """The error for a row that cannot be read."""
    return Unreadable(f"the journal is damaged: in {table}, {what} of {row} cannot be read", hint=remedy)


class Damaged(Mapping[Any, Any]):
    """Stands for a value that cannot be read: whoever looks into it is told."""

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
