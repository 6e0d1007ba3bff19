"""How a conformance test fails: with what is wrong, and with the interface's own words about how it should be."""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import pytest

from brandsync.brand import Brand, Fields
from brandsync.errors import BrandsyncError


def require(holds: object, problem: str, contract: Callable[..., Any] | type) -> None:
    """Fail the test with this problem and the contract's own docstring, unless ``holds`` is true."""
    if not holds:
        breach(problem, contract)


def breach(problem: str, contract: Callable[..., Any] | type) -> NoReturn:
    """Fail the test: the backend doesn't keep this contract."""
    words = inspect.cleandoc(contract.__doc__ or "")
    pytest.fail(f"{problem}\n\nThe contract, {contract.__module__}.{contract.__qualname__}:\n\n{words}", pytrace=False)


@contextmanager
def own_errors(contract: Callable[..., Any]) -> Iterator[None]:
    """A block in which the backend may raise only brandsync's own errors: a run can act on no others."""
    try:
        yield
    except BrandsyncError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it isn't ours
        kind = f"{type(error).__module__}.{type(error).__qualname__}"
        breach(f"{contract.__name__} raised {kind}: {error}\nRaise one of brandsync.errors instead.", contract)


def judge(error: BrandsyncError | None, right: Sequence[type[BrandsyncError]], where: str, contract: Any) -> None:
    """Fail the test if there is an error, and it is of none of the ``right`` classes."""
    if error is not None and not isinstance(error, tuple(right)):
        either = " or ".join(kind.__name__ for kind in right) or "nothing: the answer comes in the end"
        breach(f"{where}: it raises {type(error).__name__}, where it may raise {either}: {error}", contract)


@contextmanager
def caught() -> Iterator[list[BrandsyncError]]:
    """A block whose error, if it is brandsync's own, goes into a list for a test to judge."""
    errors: list[BrandsyncError] = []
    try:
        yield errors
    except BrandsyncError as error:
        errors.append(error)


def by_id(brands: Iterable[Brand]) -> dict[str, Fields]:
    """The fields of brands, by brand id."""
    return {brand.id: brand.fields for brand in brands}


def difference(found: Mapping[str, Any], expected: Mapping[str, Any]) -> str:
    """The differences between two mappings, one a line, shortened."""
    lines: Sequence[str] = [
        f"  {key}: expected {_short(expected.get(key, 'nothing'))}, found {_short(found.get(key, 'nothing'))}"
        for key in dict.fromkeys([*expected, *found])
        if found.get(key, _MISSING) != expected.get(key, _MISSING)
    ]
    return "\n".join([*lines[:5], *(["  ..."] if len(lines) > 5 else [])])


_MISSING = object()


def _short(value: object) -> str:
    text = ascii(value)
    return text if len(text) <= 200 else f"{text[:200]}... ({len(text)} characters)"
