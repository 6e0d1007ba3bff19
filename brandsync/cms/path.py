"""Reads a JMESPath expression from decoded JSON. It is compiled once; a dotted path is read by plain lookups.

Besides JMESPath's own functions there are ``text`` and ``html`` for rich text, ``markdown``, and ``absolute`` for URLs
that are relative to the CMS. Each leaves null as it is. ``find`` follows a reference.
"""

import re
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urljoin

import jmespath
from jmespath import functions
from jmespath.exceptions import JMESPathError

from brandsync.cms import rich_text
from brandsync.cms.path_error import PathError
from brandsync.errors import BrandsyncError
from brandsync.json_reading import at
from brandsync.observing.excerpt import excerpt

Reader = Callable[[Any], Any]
T = TypeVar("T")

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")


_EXCERPT = 200
"""How many characters of another library's message are shown."""


class Oversized(dict[Any, Any]):
    """An entry that aliases or links make larger than memory. Only its plain paths are read."""


def keys_of(expression: str) -> list[str] | None:
    """The keys of a plain dotted path, or none for any other expression."""
    return expression.split(".") if _PLAIN.fullmatch(expression) else None


def reader(expression: str, base: str = "") -> Reader:
    """A function that reads the expression. It returns none where nothing is there, and raises ``PathError``.

    ``base``: where relative URLs start, for ``absolute``.
    """
    keys = keys_of(expression)
    if keys is None:
        return _searching(expression, base)
    if len(keys) > 1:
        return lambda value: at(value, *keys)
    key = keys[0]
    return lambda value: value.get(key) if isinstance(value, dict) else None  # the most frequent kind, and the fastest


def _searching(expression: str, base: str) -> Reader:
    compiled = jmespath.compile(expression)
    options = jmespath.Options(custom_functions=_Functions(base))

    def read(value: Any) -> Any:
        if isinstance(value, Oversized):
            raise PathError("the entry repeats itself, by aliases or links, until it is too large or nested too deep")
        try:
            return compiled.search(value, options)
        except (PathError, BrandsyncError):  # the latter is a signal, which may come at any moment
            raise
        except Exception as error:  # noqa: BLE001 - any failure of a function is this entry's mistake
            problem = told(error)
        raise PathError(problem)

    return read


def lenient(read: Callable[[Any], T]) -> Callable[[Any], T | None]:
    """Read as ``read`` does; none where that fails."""

    def found(entry: Any) -> T | None:
        try:
            return read(entry)
        except BrandsyncError:  # a signal asks the run to stop
            raise
        except Exception:  # noqa: BLE001 - an expression may raise anything
            return None

    return found


def told(error: Exception) -> str:
    """The message of an error that is not ours, on one line."""
    if isinstance(error, RecursionError):
        return "it is nested too deep"
    if isinstance(error, MemoryError):
        return "it is too large"
    try:
        said = str(error).strip()
    except Exception:  # noqa: BLE001 - JMESPath shows the value, and showing it may fail
        said = ""
    known = isinstance(error, JMESPathError) and said
    return excerpt(said.splitlines()[0] if known else f"the expression fails on it: {said}".rstrip(": "), _EXCERPT)


class _Functions(functions.Functions):
    """The functions that an expression may call."""

    def __init__(self, base: str) -> None:
        self._base = base.rstrip("/") + "/" if base else ""

    @functions.signature({"types": []})
    def _func_text(self, value: Any) -> str | None:
        return rich_text.text(value)

    @functions.signature({"types": []})
    def _func_html(self, value: Any) -> str | None:
        return rich_text.html(value)

    @functions.signature({"types": []})
    def _func_markdown(self, value: Any) -> str | None:
        return rich_text.markdown(value)

    @functions.signature({"types": ["array", "null"]}, {"types": ["string"]}, {"types": []})
    def _func_find(self, values: list[Any] | None, path: str, wanted: Any) -> Any:
        """The first of some values that holds what is wanted at a dotted path; of several wanted, each one's first."""
        keys = path.split(".")
        if not isinstance(wanted, list):
            return _first(values, keys, wanted)
        return [found for one in wanted if (found := _first(values, keys, one)) is not None]

    @functions.signature({"types": ["string", "null"]})
    def _func_absolute(self, value: str | None) -> str | None:
        try:
            return urljoin(self._base, value) if value else value
        except ValueError as error:
            raise PathError(f'"{excerpt(value or "")}" is no address: {error}') from None


def _first(values: list[Any] | None, keys: list[str], wanted: Any) -> Any:
    if wanted is None:
        return None
    return next((value for value in values or () if at(value, *keys) == wanted), None)
