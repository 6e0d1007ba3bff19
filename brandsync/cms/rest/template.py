"""Templates of a write-back: the entry's id and the brand's id are put into a path and into a JSON body."""

import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from brandsync.brand import ExternalId
from brandsync.errors import Rejected
from brandsync.json_reading import a_list
from brandsync.observing.excerpt import excerpt

PLACEHOLDERS: Final = ("id", "external_id")
"""``{id}`` is the entry's id in the CMS, ``{external_id}`` the brand's id in the store."""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def placeholders(template: Any) -> Iterator[str]:
    """The placeholders of a template, which is a text, or any JSON value that holds texts."""
    if isinstance(template, str):
        yield from _PLACEHOLDER.findall(template)
    for value in template.values() if isinstance(template, dict) else a_list(template):
        yield from placeholders(value)


def fill_path(template: str, link: ExternalId) -> str:
    """The path of one write-back. A value never leaves its own segment.

    Raises:
        Rejected: the value is empty, or would make the segment ``.`` or ``..``, which mean another path.
    """
    return "/".join(_segment(segment, link) for segment in template.split("/"))


def fill_body(template: Any, link: ExternalId) -> Any:
    """The body of one write-back. A text that is only ``{external_id}`` becomes its value, or ``null`` to clear it."""
    if isinstance(template, dict):
        return {key: fill_body(value, link) for key, value in template.items()}
    if isinstance(template, list):
        return [fill_body(value, link) for value in template]
    if not isinstance(template, str):
        return template
    values = _values(link)
    whole = _PLACEHOLDER.fullmatch(template)
    return values[whole[1]] if whole else _PLACEHOLDER.sub(lambda found: values[found[1]] or "", template)


def _segment(template: str, link: ExternalId) -> str:
    filled = _PLACEHOLDER.sub(lambda found: _quoted(found[1], link), template)
    # A query ends a path. For some servers a parameter (`..;a=b`) is not part of a segment's name.
    if filled != template and re.split("[?#;]", filled)[0] in {".", ".."}:
        raise Rejected(f'the entry "{excerpt(link.cms_id)}" cannot be written to: its id means another path in a URL')
    return filled


def _quoted(name: str, link: ExternalId) -> str:
    value = _values(link)[name]
    if not value:
        raise Rejected(
            f'the entry "{excerpt(link.cms_id)}" cannot be written to: {{{name}}} in `link_path` would be empty'
        )
    return quote(value, safe="")


def _values(link: ExternalId) -> dict[str, str | None]:
    return {"id": link.cms_id, "external_id": link.external_id}
