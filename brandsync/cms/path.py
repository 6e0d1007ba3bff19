"""Reads a JMESPath expression from decoded JSON: compiled once, by plain lookups where it is a dotted path."""

import re
from collections.abc import Callable
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

Reader = Callable[[Any], Any]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")


class PathError(Exception):
    """An expression that cannot be evaluated on what is there: a function got ``null`` where it wants text."""


def keys_of(expression: str) -> list[str] | None:
    """The keys of a plain dotted path, or none for any other expression."""
    return expression.split(".") if _PLAIN.fullmatch(expression) else None


def reader(expression: str) -> Reader:
    """What reads the expression; it returns none where nothing is there, and raises ``PathError``."""
    keys = keys_of(expression)
    if keys is None:
        return _searching(expression)
    return _getting(keys[0]) if len(keys) == 1 else _descending(keys)


def _getting(key: str) -> Reader:
    return lambda value: value.get(key) if isinstance(value, dict) else None


def _descending(keys: list[str]) -> Reader:
    def read(value: Any) -> Any:
        for key in keys:
            if not isinstance(value, dict):
                return None
            value = value.get(key)
        return value

    return read


def _searching(expression: str) -> Reader:
    compiled = jmespath.compile(expression)

    def read(value: Any) -> Any:
        try:
            return compiled.search(value)
        except JMESPathError as error:
            problem = str(error).splitlines()[0]
        raise PathError(problem)

    return read
