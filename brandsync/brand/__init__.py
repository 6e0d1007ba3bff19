"""The values: a brand in the CMS, a brand in the store, and the link between the two; and how many are passed on."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import starmap
from operator import itemgetter
from types import NoneType
from typing import Any, Final, Literal, TypeVar

import msgspec

from brandsync.json_reading import read_json

FIELDS: Final = ("name", "handle", "description", "logo_url", "website_url", "metadata")
"""The fields that brandsync knows, in the order in which they are always written. A shop can have others, too."""

LINK_FIELD: Final = "cms_id"
"""The field for the store's own side of the link, if it has room for it. Only brandsync writes it."""

EXTERNAL_ID: Final = "external_id"
"""The only field of a change that writes an external id to the CMS."""

Fields = Mapping[str, Any]
"""A brand's fields by name: each value in the canonical form of its kind, or ``None``.

Only fields that are mapped are present: what isn't mapped is never read, compared or written.
"""


class CmsBrand(msgspec.Struct, frozen=True):
    """One published entry of the CMS."""

    cms_id: str
    """The CMS's own id of the entry."""
    external_id: str | None
    """The id of the store's brand, as the CMS holds it, or none."""
    fields: Fields
    """What editors published. ``name`` is always there."""
    updated_at: str | None = None
    """The time of its last change, as the CMS writes it, or none."""


class Brand(msgspec.Struct, frozen=True):
    """One brand in the store."""

    id: str
    """The store's own id."""
    fields: Fields
    """What the store holds of the mapped fields."""


class NewBrand(msgspec.Struct, frozen=True):
    """A brand that the store is to create."""

    id: str | None
    """The id chosen for it, if the store lets its client choose, else none."""
    fields: Fields


class BrandUpdate(msgspec.Struct, frozen=True):
    """A change of one brand. It is made only if the store still holds ``before``."""

    id: str
    before: Fields
    """The expected current values of the fields that change."""
    after: Fields
    """The values to write: the same fields as in ``before``."""


class ExternalId(msgspec.Struct, frozen=True):
    """A write-back: the store's id for a CMS entry."""

    cms_id: str
    external_id: str | None
    """The brand's id, or none to clear it."""


Reason = Literal[
    "invalid",
    "duplicate_id",
    "not_listed",
    "ambiguous",
    "unknown_external_id",
    "conflict",
    "name_taken",
    "handle_taken",
    "value_taken",
    "unsupported",
    "changed_meanwhile",
    "rejected",
    "link_rejected",
    "image_unreachable",
    "image_refused",
]
"""Why a brand was left alone: one word for machines."""


class Skipped(msgspec.Struct, frozen=True):
    """A brand that this run leaves alone, and why."""

    cms_id: str
    reason: Reason
    detail: str
    """One sentence for people: what is wrong and what to do."""
    external_id: str | None = None
    """The id of the store's brand that the entry still claims, or none."""


_PLAIN: Final = frozenset({str, NoneType})
_TEXTS = msgspec.json.Encoder(order="deterministic")
_ANYTHING = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def encode(fields: Fields) -> str:
    """Fields as JSON text. Two brands have equal fields exactly if their texts are equal."""
    for value in fields.values():
        if type(value) is not str and value is not None:
            return _ANYTHING.encode(fields)  # keeps NaN, and integers of any length
    return _TEXTS.encode(fields).decode()


def encode_all(fields: Sequence[str], rows: Sequence[Sequence[str | None]]) -> list[str]:
    """What ``encode`` makes of each of these rows of texts: of each, the values of the ``fields``. It costs less."""
    kind, order = _shape(tuple(fields))
    lines = _TEXTS.encode_lines([*starmap(kind, map(order, rows))]).decode()
    return lines.split("\n")[:-1]


@lru_cache(maxsize=8)
def _shape(fields: tuple[str, ...]) -> tuple[Callable[..., Any], Callable[[Sequence[Any]], Sequence[Any]]]:
    """A class whose values are encoded as brands with these fields are; and what puts a row in the order it takes."""
    places = sorted(range(len(fields)), key=fields.__getitem__)
    names = {f"f{place}": fields[place] for place in places}
    kind = msgspec.defstruct("Texts", [(name, Any) for name in names], rename=names, gc=False)
    return kind, (lambda row: [row[place] for place in places]) if len(places) == 1 else itemgetter(*places)


def encode_value(value: Any) -> str:
    """One value as JSON text. Equal values have equal texts."""
    return _ANYTHING.encode(value)


def decode(text: str) -> dict[str, Any]:
    """The fields that ``encode`` wrote."""
    fields: dict[str, Any] = read_json(text)
    return fields


def are_texts(values: Iterable[Any]) -> bool:
    """Whether all these values are texts, or none: most fields hold nothing else."""
    return _PLAIN.issuperset(map(type, values))


def is_storable(text: str) -> bool:
    """Whether it has a form in UTF-8: half a surrogate pair has none, and no store can keep it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


T = TypeVar("T")


def batched(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The values in order, ``size`` at a time: as many as one request or one statement can hold."""
    return (values[start : start + size] for start in range(0, len(values), size))
