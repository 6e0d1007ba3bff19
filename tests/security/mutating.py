"""Answers of servers that work, with one thing in each that nobody expects: a value, a key, a header, a status."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import strategies as st
from strange import TEXTS, VALUES, headers

Mutation = tuple[str, int, Any]
"""What is changed; which one of its kind, counted from the start and around; and what stands there instead."""
Made = tuple[Any, int, dict[str, str]]
"""The JSON value, the status and the headers of an answer."""

_PLACE = st.integers(0, 60)
MUTATIONS = st.lists(
    st.just(("nothing", 0, None))
    | st.tuples(st.just("value"), _PLACE, VALUES | TEXTS)
    | st.tuples(st.just("value"), _PLACE, VALUES | TEXTS)
    | st.tuples(st.just("secret"), _PLACE, st.none())
    | st.tuples(st.just("key"), _PLACE, TEXTS)
    | st.tuples(st.just("gone"), _PLACE, st.none())
    | st.tuples(st.just("headers"), _PLACE, headers())
    | st.tuples(
        st.just("status"), _PLACE, st.sampled_from([201, 204, 302, 400, 401, 403, 404, 409, 422, 429, 500, 503])
    ),
    min_size=1,
    max_size=12,
)


def mutator(mutations: list[Mutation], secret: str) -> Callable[[Made], Made]:
    """Changes one answer after another; those beyond the last mutation stay as they are."""
    left = iter(mutations)

    def mutate(made: Made) -> Made:
        kind, place, by = next(left, ("nothing", 0, None))
        value, status, given = made
        if kind == "status":
            return value, by, given
        if kind == "headers":
            return value, status, {**given, **{name: _plain(text) for name, text in by if name not in _LENGTHS}}
        return _changed(value, kind, place, secret if kind == "secret" else by), status, given

    return mutate


_LENGTHS = {"Content-Length", "Transfer-Encoding", "Content-Encoding", "Connection"}
"""Headers that the server itself sends."""


def _plain(text: str) -> str:
    """What a header can hold."""
    return "".join(text.splitlines()).encode("latin-1", "replace").decode("latin-1")


def _changed(value: Any, kind: str, place: int, by: Any) -> Any:
    whole = {"": copy.deepcopy(value)}
    places = list(_places(whole))
    if kind in {"nothing", "gone", "key"} and len(places) == 1:
        return value
    within, key = places[place % len(places)]
    if kind in {"value", "secret"}:
        within[key] = by
    elif isinstance(within, dict) and kind in {"gone", "key"} and within is not whole:
        found = within.pop(key)
        within.update({by: found} if kind == "key" else {})
    return whole[""]


def _places(within: Any) -> Iterator[tuple[Any, Any]]:
    """Every value of an answer, by what holds it."""
    for key in list(within) if isinstance(within, dict) else range(len(within)):
        yield within, key
        if isinstance(within[key], dict | list):
            yield from _places(within[key])
