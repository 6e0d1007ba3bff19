"""Finds the list of entries in a decoded document: it is the document, or stands somewhere within it."""

from typing import Any

from brandsync.cms.path import PathError, reader
from brandsync.cms.unreadable_value import kind_of
from brandsync.errors import Unreadable
from brandsync.excerpt import excerpt


class Envelope:
    """Opens documents. ``items`` is the JMESPath of the list, or none where the document is the list."""

    def __init__(self, items: str | None) -> None:
        self._items = items
        self._read = reader(items) if items else None

    def entries(self, document: Any, where: str) -> list[Any]:
        """The entries of a document; ``where`` names it for people.

        Raises:
            Unreadable: there is no list where one should be.
        """
        found = read(self._read, document, where) if self._read else document
        if isinstance(found, list):
            return found
        if self._items:
            message = f"{where}: `items` ({self._items}) finds {kind_of(found)} and no list, in {_described(document)}"
        else:
            message = f"{where}: a list of entries was expected, and it is {_described(document)}"
        raise Unreadable(message, hint=_hint(document))


def read(reader_: Any, document: Any, where: str) -> Any:
    """What a path finds in a document.

    Raises:
        Unreadable: the path cannot be evaluated there.
    """
    try:
        return reader_(document)
    except PathError as error:
        problem = f"{where}: {excerpt(str(error), 200)}"
    raise Unreadable(problem, hint="check the JMESPath expressions in [cms]")


def _described(document: Any) -> str:
    if not isinstance(document, dict):
        return kind_of(document)
    keys = ", ".join(excerpt(str(key)) for key in list(document)[:10])
    return f"an object with the keys {keys}" if keys else "an empty object"


def _hint(document: Any) -> str:
    lists = [key for key, value in document.items() if isinstance(value, list)] if isinstance(document, dict) else []
    if len(lists) == 1:
        return f'set items = "{excerpt(str(lists[0]))}" in [cms]'
    return "set `items` in [cms] to the JMESPath of the list of entries"
