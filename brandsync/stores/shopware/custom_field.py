"""What one of the shop's custom fields holds, and how a value goes in and comes out.

Shopware has serializers of its own for some types and keeps the values of all others as they are sent
(github.com/shopware/shopware, src/Core: ``CustomFieldService::getCustomField``, ``JsonFieldSerializer``).
"""

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from brandsync.brand.kind import Kind, Unfit, as_held, canonical, described
from brandsync.observing.excerpt import excerpt
from brandsync.stores.refusal import unstorable
from brandsync.stores.shopware import text

DIGITS: Final = 14
"""The most digits of a decimal that certainly stay: PHP writes a number into SQL with so many (its ``precision``)."""
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LARGEST: Final = 2**63


@dataclass(frozen=True, slots=True)
class CustomField:
    """A custom field of the shop's manufacturers."""

    name: str
    """Its technical name, which is the field's name too."""
    type: str
    """Shopware's word for what it holds."""
    kind: Kind
    choices: Sequence[str] = ()
    """The only texts that it takes. None: any."""

    def read(self, value: Any) -> Any:
        """The canonical form of what the shop holds. What doesn't fit stays as it is, so that an undo restores it.

        Null, an empty text and no key are one value.
        """
        return None if value == "" else as_held(self.kind, value)

    def sent(self, value: Any) -> Any:
        """A canonical value as Shopware takes it. Null empties the field: its key can't be removed."""
        if value in ("", {}):
            return None
        if self.kind is Kind.DATE and isinstance(value, str) and _DAY.fullmatch(value):
            return f"{value}T00:00:00Z"  # a moment without a zone would count in the server's own
        if self.kind is Kind.DECIMAL and isinstance(value, str):
            with suppress(Unfit):
                number = canonical(Kind.DECIMAL, value)
                return float(number) if "." in number else int(number)
        return value

    def problem(self, value: Any) -> str | None:
        """Why the field could never hold a canonical value, or none."""
        if value is None or value == "":
            return None
        if isinstance(value, str) and (reason := unstorable(self.name, value)):
            return reason
        if reason := self._unfit(value):
            return f"its {self.name} is {described(value)}, and {reason}"
        return None

    def _unfit(self, value: Any) -> str | None:
        other = self._no_choice(value)
        if other is not None:
            return f'Shopware\'s choices are {", ".join(map(repr, self.choices))}, without "{excerpt(other)}"'
        if self.type == "text" and text.plain(value) != value:
            return (
                'Shopware would take out of it what follows a "<": write it otherwise, or make the field a text editor'
            )
        if self.kind is Kind.DECIMAL and not _stays(value):
            return f"Shopware keeps {DIGITS} digits of a number: it would round it"
        if self.type == "datetime" and "." in value:
            return "Shopware keeps whole seconds alone"
        return _altered(value) if self.kind in {Kind.JSON, Kind.LIST} else None

    def _no_choice(self, value: Any) -> str | None:
        if not self.choices:
            return None
        return next((one for one in (value if self.kind is Kind.LIST else [value]) if one not in self.choices), None)

    def comparison_key(self, value: Any) -> Any:
        """What is the same for a value as it is given and as the shop holds it."""
        if self.kind is Kind.HTML and isinstance(value, str):
            return text.words(value) or None
        return None if value in ("", {}) else value


def _stays(value: str) -> bool:
    number = Decimal(value)
    return len(number.normalize().as_tuple().digits) <= DIGITS and Decimal(repr(float(number))) == number


def _altered(value: Any) -> str | None:
    """What PHP makes another value of: ``json_decode`` reads objects as arrays, and ``json_encode`` writes these."""
    if isinstance(value, dict):
        if not value:
            return "Shopware makes a list of an empty object: leave it out"
        if list(value) == [str(place) for place in range(len(value))]:
            return "Shopware makes a list of an object whose keys count from 0"
    if isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
        return "Shopware rounds whole numbers of more than 64 bits"
    if isinstance(value, str):
        return _halved(value)
    inner = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((reason for one in inner if (reason := _altered(one))), None)


def _halved(value: str) -> str | None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return "a text in it holds half a character"
    return None
