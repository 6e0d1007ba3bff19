"""The steps that give the metaobjects' definition every field."""

from dataclasses import dataclass
from typing import Self

from brandsync.stores.shopify.api import BrandsApi
from brandsync.stores.shopify.definition import Definition
from brandsync.stores.shopify.values import TYPES


@dataclass(frozen=True, slots=True)
class Defining:
    """The steps that give a definition every field."""

    type: str
    found: Definition | None
    """The definition as it is now; none if there is none."""

    @classmethod
    def of(cls, kind: str, found: Definition | None) -> Self:
        """The steps for a definition as it was found.

        Raises:
            ConfigError: a field is of another type, which nobody can change.
        """
        if found:
            for error in found.unfit().values():
                raise error
        return cls(kind, found)

    def carry_out(self, api: BrandsApi) -> None:
        """Make the definition, or add what it lacks; do nothing if it lacks nothing.

        Raises:
            Rejected: Shopify refuses it.
        """
        if self.found is None:
            api.make_definition()
        elif missing := self.found.missing():
            api.add_fields(self.found, missing)

    def told(self, made: str, added: str) -> str:
        """The steps in a sentence: ``made`` and ``added`` are its verbs."""
        if self.found is None:
            return f"{made} the metaobject definition {self.type!r} with the fields {', '.join(TYPES)}."
        if missing := self.found.missing():
            return f"{added} to the metaobject definition {self.type!r}: {', '.join(missing)}."
        return f"The metaobject definition {self.type!r} is there already, with every field."
