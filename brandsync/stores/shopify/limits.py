"""What a field cannot hold: the limits of its type, and those that the definition sets. Known while planning.

shopify.dev/docs/apps/build/metafields/metafield-limits: how many bytes a value may have, and items a list.
shopify.dev/docs/apps/build/metafields/list-of-validation-options: what a definition can demand. ``allowed_domains`` and
a ``schema`` of JSON are left to Shopify, which refuses what they don't allow.
"""

import json
import re
import warnings
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from brandsync.brand.kind import Kind, Unfit, canonical
from brandsync.stores.refusal import unstorable
from brandsync.stores.shopify.field import LISTS, Field

LONGEST: Final[Mapping[str, int]] = {"url": 2_048, "json": 2 * 1024 * 1024}
"""The most bytes of a value. Apps made after March 2026 may write only 131,072 of JSON: Shopify says so itself."""
LONGEST_OTHERS: Final = 65_536
MOST_ITEMS: Final = 128
MOST_METAOBJECTS: Final = 256
SCHEMES: Final = frozenset({"http", "https", "mailto", "sms", "tel"})
"""The schemes that a URL may have: Shopify refuses any other, and a URL without one."""
LARGEST_INTEGER: Final = 9_007_199_254_740_991
LARGEST_DECIMAL: Final = Decimal("9999999999999.999999999")
PLACES: Final = 9
"""Digits after the point of a decimal. A real shop cuts further ones off (recorded: 1.1234567891)."""
_COLOR: Final = re.compile("#[0-9A-Fa-f]{6}")
_REFERENCE: Final = re.compile("gid://shopify/([A-Za-z0-9]+)/[^\\s/]+")
_REFERRED: Final[Mapping[str, frozenset[str]]] = {
    "product_reference": frozenset({"Product"}),
    "variant_reference": frozenset({"ProductVariant"}),
    "collection_reference": frozenset({"Collection"}),
    "customer_reference": frozenset({"Customer"}),
    "company_reference": frozenset({"Company"}),
    "metaobject_reference": frozenset({"Metaobject"}),
    "mixed_reference": frozenset({"Metaobject"}),
    "page_reference": frozenset({"Page"}),
}
"""What the id of a reference must be of (recorded, but for pages)."""
_JUDGED: Final = 255
"""The most characters that a regular expression is tried on here. Shopify tries longer ones itself."""
_OTHERWISE: Final = re.compile(r"\\[pPQEzCx]|\[:|\(\?(?!:)|\)[*+{]")
"""What Python reads otherwise than RE2, or not at all; and repeated groups, on which it can take for ever."""


def problem(held: Field, value: Any) -> str | None:
    """Why the field can't hold a canonical value that isn't empty, as a sentence; or none.

    Raises:
        Rejected: it holds a number that JSON doesn't have.
    """
    text = held.text(value)
    if reason := unstorable(held.key, text):
        return reason
    if not held.is_list or held.kind is not Kind.LIST:
        reason = _unfit(held.type, held.rules, text)
        return f"the {held.key} {reason}" if reason else None
    if reason := _unfit_count(held, len(value)):
        return f"the {held.key} {reason}"
    for number, item in enumerate(value, 1):
        reason = _unfit(held.type.removeprefix(LISTS), held.rules, item) if item else "is empty, and Shopify keeps none"
        if reason:
            return f"item {number} of the {held.key} {reason}"
    return None


def _unfit_count(held: Field, count: int) -> str | None:
    most = MOST_METAOBJECTS if held.type == "list.metaobject_reference" else MOST_ITEMS
    if count > most:
        return f"has {count:,} items, and Shopify takes {most:,}"
    return _outside(Decimal(count), held.rules, "list.min", "list.max", "items")


def _unfit(of: str, rules: Mapping[str, str], text: str) -> str | None:
    size, most = len(text.encode()), LONGEST.get(of, LONGEST_OTHERS)
    if size > most:
        return f"has {size:,} bytes, and Shopify takes {most:,}"
    if of.endswith("_reference"):
        return _unfit_reference(of, text)
    return _CHECKS[of](rules, text) if of in _CHECKS else None


def _unfit_text(rules: Mapping[str, str], text: str) -> str | None:
    if reason := _outside(Decimal(len(text)), rules, "min", "max", "characters"):
        return reason
    choices = _list(rules.get("choices", ""))
    if choices and text not in choices:
        return f'is "{text[:50]}", and the definition takes {" or ".join(map(repr, choices))} alone'
    pattern = _pattern(rules.get("regex", ""))
    if pattern and len(text) <= _JUDGED and not pattern.search(text):
        return f'is "{text[:50]}", and the definition takes what fits {rules["regex"]} alone'
    return None


def _unfit_line(rules: Mapping[str, str], text: str) -> str | None:
    if "\n" in text or "\r" in text:
        return "has a line break, and Shopify keeps it in a single line"
    return _unfit_text(rules, text)


def _unfit_url(_rules: Mapping[str, str], text: str) -> str | None:
    if _scheme(text) not in SCHEMES:
        return "must be a whole address, such as one that begins with https://, or Shopify refuses it"
    return None


def _unfit_color(_rules: Mapping[str, str], text: str) -> str | None:
    return None if _COLOR.fullmatch(text) else f'is "{text[:50]}", and Shopify takes a colour such as #a1b2c3'


def _unfit_integer(rules: Mapping[str, str], text: str) -> str | None:
    number = Decimal(text)
    if abs(number) > LARGEST_INTEGER:
        return f"is {text}, and Shopify takes whole numbers up to {LARGEST_INTEGER:,}"
    return _outside(number, rules, "min", "max")


def _unfit_decimal(rules: Mapping[str, str], text: str) -> str | None:
    number = Decimal(text)
    if abs(number) > LARGEST_DECIMAL:
        return f"is {text[:50]}, and Shopify takes numbers up to {LARGEST_DECIMAL:,}"
    places = int(precision) if (precision := rules.get("max_precision", "")).isdecimal() else PLACES
    if len(text.partition(".")[2]) > min(places, PLACES):
        return f"is {text[:50]}, and Shopify would keep {min(places, PLACES)} digits after its point"
    return _outside(number, rules, "min", "max")


def _unfit_date(rules: Mapping[str, str], text: str) -> str | None:
    return _beyond(Kind.DATE, text, rules)


def _unfit_moment(rules: Mapping[str, str], text: str) -> str | None:
    if "." in text:
        return f"is {text}, and Shopify keeps no fraction of a second"
    return _beyond(Kind.DATETIME, text, rules)


def _unfit_reference(of: str, text: str) -> str | None:
    found, wanted = _REFERENCE.fullmatch(text), _REFERRED.get(of)
    if not found or (wanted and found[1] not in wanted):
        such = f"gid://shopify/{next(iter(wanted)) if wanted else 'MediaImage'}/1"
        return f'is "{text[:50]}", and Shopify takes the id of what it refers to, such as {such}'
    return None


def _outside(number: Decimal, rules: Mapping[str, str], lowest: str, highest: str, unit: str = "") -> str | None:
    low, high = _number(rules.get(lowest)), _number(rules.get(highest))
    has = f"has {number} {unit}" if unit else f"is {number}"
    if low is not None and number < low:
        return f"{has}, and the definition takes at least {low}"
    if high is not None and number > high:
        return f"{has}, and the definition takes at most {high}"
    return None


def _beyond(of: Kind, text: str, rules: Mapping[str, str]) -> str | None:
    moment, first, last = datetime.fromisoformat(text), _moment(of, rules.get("min")), _moment(of, rules.get("max"))
    if first and moment < datetime.fromisoformat(first):
        return f"is {text}, and the definition takes none before {first}"
    if last and moment > datetime.fromisoformat(last):
        return f"is {text}, and the definition takes none after {last}"
    return None


def _moment(of: Kind, rule: str | None) -> str | None:
    """The limit that a rule sets; none if it can't be read: Shopify knows it."""
    try:
        found: str | None = canonical(of, rule)
    except Unfit:
        return None
    return found


def _number(rule: str | None) -> Decimal | None:
    try:
        found = canonical(Kind.DECIMAL, rule)
    except Unfit:
        return None
    return None if found is None else Decimal(found)


@lru_cache(maxsize=64)
def _list(rule: str) -> tuple[str, ...]:
    try:
        return tuple(canonical(Kind.LIST, json.loads(rule)))
    except (Unfit, ValueError):
        return ()


@lru_cache(maxsize=64)
def _pattern(rule: str) -> re.Pattern[str] | None:
    """A regular expression of a rule; none where Shopify alone can tell what fits it."""
    if not rule or _OTHERWISE.search(rule):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return re.compile(rule, re.ASCII)
    except (re.error, Warning, RecursionError, OverflowError):
        return None


def _scheme(url: str) -> str:
    try:
        return urlsplit(url).scheme.lower()
    except ValueError:
        return ""


_CHECKS: Final[Mapping[str, Callable[[Mapping[str, str], str], str | None]]] = {
    "single_line_text_field": _unfit_line,
    "multi_line_text_field": _unfit_text,
    "url": _unfit_url,
    "color": _unfit_color,
    "number_integer": _unfit_integer,
    "number_decimal": _unfit_decimal,
    "date": _unfit_date,
    "date_time": _unfit_moment,
}
