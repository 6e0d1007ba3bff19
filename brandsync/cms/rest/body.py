"""The JSON body of a listing that is asked for by POST, such as a GraphQL query, and the errors in its answer."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from brandsync.errors import BrandsyncError, CredentialsRefused, Unreadable
from brandsync.http.server_message import message_in
from brandsync.json_reading import a_list, at, objects
from brandsync.observing.excerpt import excerpt

PAGED_BY: Final = ("page", "offset", "cursor")
"""The placeholders that fetch a page. Each belongs to the way of paging of that name."""
SINCE: Final = "since"
"""The placeholder for the moment since which changes are asked for."""

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
_REFUSED: Final = frozenset({"UNAUTHENTICATED", "FORBIDDEN"})
"""Codes of refused credentials (Apollo Server, "Error handling"); many servers have taken them over."""
_LONGEST: Final = 200


def names_in(template: Any) -> Iterator[str]:
    """The placeholders of a body. A text with other braces, such as a GraphQL query, holds none but ``{since}``."""
    if isinstance(template, str):
        yield from _names(template)
    for value in template.values() if isinstance(template, dict) else a_list(template):
        yield from names_in(value)


def filled(template: Any, values: Mapping[str, int | str | None]) -> Any:
    """The body of one request. What needs a value that isn't there, such as the first page's cursor, is left out.

    A text that is only a placeholder becomes the value itself, so a page's number stays a number.
    """
    if isinstance(template, dict):
        return {key: filled(value, values) for key, value in template.items() if not _lacks(value, values)}
    if isinstance(template, list):
        return [filled(value, values) for value in template if not _lacks(value, values)]
    names = set(_names(template)) if isinstance(template, str) else ()
    if not names:
        return template
    whole = _PLACEHOLDER.fullmatch(template)
    if whole:
        return values[whole[1]]
    return _PLACEHOLDER.sub(lambda found: str(values[found[1]]) if found[1] in names else found[0], template)


def put_over(body: Any, over: Any) -> Any:
    """The body with another one over it: objects are joined, and of all else, the second counts."""
    if not isinstance(body, dict) or not isinstance(over, dict):
        return over
    return body | {key: put_over(body.get(key), value) for key, value in over.items()}


def require_no_errors(answer: Any, where: str, masked: Callable[[str], str], refused_hint: str) -> None:
    """Raise for an answer that names errors, as GraphQL does with the status 200.

    What it holds besides may lack fields: GraphQL answers null for each field that failed.

    Raises:
        CredentialsRefused: an error says so by its code.
        Unreadable: any other error.
    """
    errors = at(answer, "errors")
    if not errors:
        return
    said = excerpt(" ".join(masked(message_in({"errors": errors})).split()), _LONGEST) or "no more than that"
    more = f" (and {len(errors) - 1} more)" if isinstance(errors, list) and len(errors) > 1 else ""
    problem: BrandsyncError = Unreadable(
        f"{where}: the answer names an error: {said}{more}",
        hint="correct in [cms] what it complains of: `body`, or what the credentials may read",
    )
    if any(at(error, "extensions", "code") in _REFUSED for error in objects(errors)):
        problem = CredentialsRefused(problem.message, hint=refused_hint)
    raise problem


def _names(text: str) -> list[str]:
    names: list[str] = _PLACEHOLDER.findall(text)
    return [name for name in names if name == SINCE] if set("{}") & set(_PLACEHOLDER.sub("", text)) else names


def _lacks(value: Any, values: Mapping[str, int | str | None]) -> bool:
    return isinstance(value, str) and any(values.get(name) is None for name in _names(value))
