"""The fields of BigCommerce's own record of a brand: what each can hold, and how it is read and written.

Limits are those of the specification ("Catalog - Brands", ``brand_Full``). Of ``search_keywords`` it names two: the
smaller one counts.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from brandsync.brand import Fields
from brandsync.brand.kind import Kind
from brandsync.errors import ConfigError
from brandsync.errors.hints import did_you_mean
from brandsync.observing.excerpt import excerpt
from brandsync.stores.bigcommerce import picture
from brandsync.stores.refusal import unstorable

OWN: Final = {"name": "name", "description": "meta_description"}
"""Where the fields go that have their place already."""
KINDS: Final = {
    "page_title": (Kind.TEXT,),
    "meta_keywords": (Kind.LIST,),
    "search_keywords": (Kind.TEXT, Kind.LIST),
    "custom_url": (Kind.TEXT,),
    "image_url": (Kind.IMAGE,),
}
"""Where further fields can go, and the kinds that each place holds. The first is what it holds by default."""
LONGEST: Final = {
    "name": 255,
    "meta_description": 65_535,
    "page_title": 255,
    "search_keywords": 255,
    "custom_url": 1_024,
}
"""How many characters each takes."""
URL: Final = "custom_url"
IMAGE: Final = "image_url"
_URL: Final = re.compile(r"(/[A-Za-z0-9_.-]{1,256})+/?")
"""The specification's pattern, without the empty path and the storefront's own."""


class Columns:
    """The fields of a brand's record that are synced."""

    def __init__(self, places: Mapping[str, str], declared: Mapping[str, Kind | None]) -> None:
        """``places``: BigCommerce's name for each further field; ``declared``: their kinds, as the settings say."""
        self._places = {**OWN, **places}
        self._further = places
        self._declared = declared
        self._kinds = {name: declared.get(name) or _default(place) for name, place in self._places.items()}

    def __contains__(self, name: object) -> bool:
        return name in self._places

    @property
    def url(self) -> str | None:
        """The field that goes into ``custom_url``, or none."""
        return next((name for name, place in self._further.items() if place == URL), None)

    @property
    def picture(self) -> str | None:
        """The field that goes into ``image_url``, or none."""
        return next((name for name, place in self._further.items() if place == IMAGE), None)

    def kinds(self) -> dict[str, Kind]:
        """The kinds of the further fields.

        Raises:
            ConfigError: BigCommerce has no such field, or it can't hold the declared kind.
        """
        for name, place in self._further.items():
            declared = self._declared.get(name)
            if place not in KINDS and declared is Kind.IMAGE:
                what = f"a BigCommerce brand has no field {place!r}"
                raise ConfigError(what, hint=f'its picture goes into `{IMAGE}`: [store.fields] {name} = "{IMAGE}"')
            if place not in KINDS:
                raise ConfigError(
                    f"a BigCommerce brand has no field {place!r}{did_you_mean(place, KINDS)}",
                    hint=f"it has {', '.join(KINDS)}; anything else can go into a metafield: [store.fields] {name} ="
                    f' {{ metafield = "namespace.{name}" }}',
                )
            if place == IMAGE and declared is None:
                what = f"the field {name} is a brand's picture in BigCommerce, and not its address"
                raise ConfigError(what, hint=f'say `{name} = {{ value = "...", type = "image" }}` in [cms.fields]')
            if declared and declared not in KINDS[place]:
                able = " or ".join(KINDS[place])
                raise ConfigError(
                    f"the field {name} is {declared}, and BigCommerce's {place} holds {able}",
                    hint=f"change its `type` to {able}, or take it out of [cms.fields]",
                )
        return {name: self._kinds[name] for name in self._further}

    def asked(self, fields: Sequence[str]) -> list[str]:
        """What a record must have for these fields."""
        return [*dict.fromkeys(["name", *(self._places[name] for name in fields)])]

    def read(self, record: Mapping[str, Any], fields: Sequence[str]) -> dict[str, Any]:
        """The values of these fields in a record."""
        places = {name: self._places[name] for name in fields}
        return {name: _read(place, self._kinds[name], record.get(place)) for name, place in places.items()}

    def record(self, fields: Fields, before: Fields) -> dict[str, Any]:
        """Fields as BigCommerce takes them, without a picture. ``before``: what the brand holds of them.

        No document says how a URL is given back to BigCommerce. So it stays, and is marked as BigCommerce's own.
        """
        record: dict[str, Any] = {}
        for name, value in fields.items():
            place = self._places[name]
            if place == IMAGE:
                raise ValueError("a picture is uploaded, and its address never sent")
            if place != URL:
                record[place] = _sent(place, value)
            elif url := value or before.get(name):
                record[place] = {"url": url, "is_customized": bool(value)}
        return record

    def problem(self, fields: Fields) -> str | None:
        """Why no BigCommerce store could hold these fields, or none."""
        return next((found for name, value in fields.items() if value and (found := self._problem(name, value))), None)

    def comparison_key(self, fields: Fields) -> dict[str, Any]:
        """The fields, with what BigCommerce treats as one value in one form."""
        read = {
            name: _read(self._places[name], self._kinds[name], _given(self._places[name], v))
            for name, v in fields.items()
        }
        if self.picture in read:
            read[self.picture] = picture.likeness(read[self.picture])
        return {name: value.rstrip("/") if name == self.url and value else value for name, value in read.items()}

    def _problem(self, name: str, value: Any) -> str | None:
        place = self._places[name]
        for text in [value] if isinstance(value, str) else value:
            if reason := unstorable(name, text):
                return reason
            if not isinstance(value, str) and "," in text:
                return f"the {name} has {excerpt(text)!r} in it, and BigCommerce takes a comma for the end of a keyword"
        length = len(_sent(place, value))
        if place in LONGEST and length > LONGEST[place]:
            return f"the {name} has {length:,} characters, and BigCommerce takes {LONGEST[place]:,}"
        if place == URL and not _URL.fullmatch(value):
            return (
                f"the {name} {excerpt(value)!r} is no path that BigCommerce takes: parts of 1 to 256 letters, digits,"
                ' and the signs "-", "_" and ".", each after a "/"'
            )
        return None


def _default(place: str) -> Kind:
    return KINDS.get(place, (Kind.TEXT,))[0]


def _read(place: str, kind: Kind, value: Any) -> Any:
    """A value in its canonical form. An address that BigCommerce made itself is none, since it may change it."""
    if place == IMAGE:
        return picture.reference(value)
    if place == URL:
        return value.get("url") or None if isinstance(value, dict) and value.get("is_customized", True) else None
    if kind is Kind.LIST and isinstance(value, str):
        value = [*_keywords(value.split(","))]
    return None if value in ("", [], [""]) else value


def _sent(place: str, value: Any) -> Any:
    """A value as BigCommerce takes it. Nothing is an empty text, or an empty list of keywords."""
    if place == "meta_keywords":
        return value or []
    return ", ".join(_keywords(value)) if isinstance(value, list) else value or ""


def _given(place: str, value: Any) -> Any:
    """A value as it would come back."""
    return {"url": value} if place == URL else _sent(place, value)


def _keywords(words: Sequence[str]) -> Iterator[str]:
    return filter(None, map(str.strip, words))
