"""The steps that give the metaobjects' definition every field."""

from dataclasses import dataclass
from typing import Self

from brandsync.stores.shopify.api import BrandsApi
from brandsync.stores.shopify.definition import Definition
from brandsync.stores.shopify.field import TYPES
from brandsync.stores.shopify.settings import ShopifySettings


@dataclass(frozen=True, slots=True)
class Defining:
    """The steps that give a definition every field."""

    settings: ShopifySettings
    found: Definition | None
    """The definition as it is now; none if there is none."""

    @classmethod
    def of(cls, settings: ShopifySettings, found: Definition | None) -> Self:
        """The steps for a definition as it was found.

        Raises:
            ConfigError: a field is of another type, which nobody can change.
        """
        if found:
            for error in found.unfit(settings.further).values():
                raise error
        return cls(settings, found)

    def carry_out(self, api: BrandsApi) -> None:
        """Make the definition, or add what it lacks; do nothing if it lacks nothing.

        Raises:
            Rejected: Shopify refuses it.
        """
        if self.found is None:
            api.make_definition(self.settings.further)
        elif missing := self.found.missing(self.settings.further):
            api.add_fields(self.found, missing, self.settings.further)

    def told(self, made: str, added: str) -> str:
        """The steps in a sentence: ``made`` and ``added`` are its verbs."""
        what, further = f"the metaobject definition {self.settings.type!r}", self.settings.further
        if self.found is None:
            return f"{made} {what} with the fields {', '.join((*TYPES, *further))}."
        if missing := self.found.missing(further):
            return f"{added} to {what}: {', '.join(missing)}."
        return f"The metaobject definition {self.settings.type!r} is there already, with every field."
