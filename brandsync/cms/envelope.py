"""Finds the list of entries in a decoded document: the document itself, or a list within it."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from brandsync.cms.path import keys_of, reader
from brandsync.cms.path_error import PathError
from brandsync.errors import BrandsyncError, ConfigError, Unreadable
from brandsync.observing.excerpt import excerpt, kind

_ERRORS: Final = ("errors", "error", "message", "detail")
"""The keys where a server that answers 200 says that something went wrong."""
_NO_LISTS: Final = {*_ERRORS, "warnings"}
"""Keys that never hold the entries."""
_DEEPEST: Final = 3
_LONGEST: Final = 200
"""How many characters of a server's message are shown."""


class Envelope:
    """Opens documents. ``items`` is the JMESPath of the list, or none where the document is the list.

    ``configured``: somebody has set ``items`` and may have to correct it; otherwise it follows the CMS's documents.
    ``masked`` takes secrets out of a server's message.
    """

    def __init__(
        self, items: str | None, *, configured: bool = False, masked: Callable[[str], str] = lambda text: text
    ) -> None:
        self._items = items
        self._read = reader(items) if items else None
        self._configured = configured
        self._masked = masked

    def entries(self, document: Any, where: str) -> list[Any]:
        """The entries of a document; ``where`` names it for people.

        Raises:
            ConfigError: there is no list where the configuration says.
                Unreadable: there can be no list, or the document says why there is none.
        """
        found = self.found(document, where)
        if isinstance(found, list):
            return found
        raise self._without_list(document, found, where)

    def found(self, document: Any, where: str) -> Any:
        """What stands where the list should.

        Raises:
            ConfigError: the path cannot be evaluated there.
        """
        return read(self._read, document, where) if self._read else document

    def _without_list(self, document: Any, found: Any, where: str) -> BrandsyncError:
        lists = list(_lists(document))
        if not lists and (said := self._said(document)):
            return Unreadable(
                f'{where}: it says "{said}", and holds no list of entries',
                hint="correct in [cms] what it complains of: the credentials, or what is asked for",
            )
        if self._items:
            message = f"{where}: `items` ({self._items}) finds {kind(found)} and no list, in {_described(document)}"
        else:
            message = f"{where}: a list of entries was expected, and it is {_described(document)}"
        if not self._configured:
            return Unreadable(message, hint="check `url` in [cms]")
        if isinstance(document, list):
            return ConfigError(message, hint="leave `items` out in [cms]: the answer is the list itself")
        # No setting finds a list where there is no object: the answer itself is wrong.
        return (ConfigError if isinstance(document, dict) else Unreadable)(message, hint=_hint(lists))

    def _said(self, document: Any) -> str:
        from brandsync.http.server_message import message_in  # noqa: PLC0415 - files need no httpx

        if not isinstance(document, dict):
            return ""
        said = message_in({key: document[key] for key in _ERRORS if document.get(key)})
        return excerpt(" ".join(self._masked(said).split()), _LONGEST)


def read(reader_: Any, document: Any, where: str) -> Any:
    """What a path finds in a document.

    Raises:
        ConfigError: the path cannot be evaluated there.
    """
    try:
        return reader_(document)
    except PathError as error:
        problem = f"{where}: {excerpt(str(error), 200)}"
        raise ConfigError(problem, hint="check the JMESPath expressions in [cms]") from None


def _described(document: Any) -> str:
    if not isinstance(document, dict):
        return kind(document)
    keys = ", ".join(excerpt(str(key)) for key in list(document)[:10])
    return f"an object with the keys {keys}" if keys else "an empty object"


def _lists(document: Any, above: tuple[str, ...] = ()) -> Iterator[str]:
    """The JMESPaths of the lists in a document that may hold entries, without lists of errors."""
    if not isinstance(document, dict) or len(above) == _DEEPEST:
        return
    for key, value in document.items():
        if key in _NO_LISTS:
            continue
        name = str(key)
        path = (*above, name if len(keys_of(name) or ()) == 1 else f'"{excerpt(name)}"')
        if isinstance(value, list):
            yield ".".join(path)
        yield from _lists(value, path)


def _hint(lists: list[str]) -> str:
    if len(lists) == 1:
        quote = "'" if '"' in lists[0] else '"'
        return f"set items = {quote}{lists[0]}{quote} in [cms]"
    found = f"; there are lists at {', '.join(f'`{path}`' for path in lists[:5])}" if lists else ""
    return f"set `items` in [cms] to the JMESPath of the list of entries{found}"
