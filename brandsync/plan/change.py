"""The parts of a plan: one value for each brand that changes. It holds before and after, so it can be undone."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, ClassVar

import msgspec

from brandsync.brand import FIELDS, LINK_FIELD, Fields
from brandsync.brand.listed import NewBrands, OnDemand


class Action(StrEnum):
    """What a plan does to a brand. The values are those of the command's JSON output."""

    CREATE = "create"
    UPDATE = "update"
    ADOPT = "adopt"
    DELETE = "delete"
    LINK = "link"
    UNLINK = "unlink"
    IMAGE = "image"


class Change(msgspec.Struct, frozen=True):
    """A change of one brand in the store, for one entry of the CMS.

    Or a change of the entry itself, which gets another external id. Both sides then hold ``external_id`` alone.
    """

    action: ClassVar[Action]
    """Why it is made. Only a plan knows."""

    cms_id: str
    brand_id: str | None
    """The store's id; none for a brand that is still to be created."""
    before: Fields
    """The current values of the fields that change. Empty for a creation, all fields for a deletion."""
    after: Fields
    """The new values of the same fields. All fields for a creation, empty for a deletion."""

    def as_json(self) -> dict[str, Any]:
        """The change as the command's JSON output shows it. The link itself is in ``cms_id`` and ``brand_id``."""
        return {
            "action": self.action,
            "cms_id": self.cms_id,
            "brand_id": self.brand_id,
            "before": shown(self.before),
            "after": shown(self.after),
        }


class CreateBrand(Change, frozen=True):
    """A brand that the store doesn't have."""

    action = Action.CREATE


class UpdateBrand(Change, frozen=True):
    """A linked brand whose fields differ. Where one side lacks the link, it is written too."""

    action = Action.UPDATE


class AdoptBrand(Change, frozen=True):
    """A brand that the store has and brandsync has not linked: it is linked, and gets the CMS's values."""

    action = Action.ADOPT


class DeleteBrand(Change, frozen=True):
    """A linked brand whose entry the CMS no longer has."""

    action = Action.DELETE


class LinkBrand(Change, frozen=True):
    """A linked brand whose link is missing on one side. It is written there: for example an external id that waited."""

    action = Action.LINK


class UnlinkBrand(Change, frozen=True):
    """An external id that is cleared: an undo takes its adoption back, or brandsync has removed its brand."""

    action = Action.UNLINK


class SetImages(Change, frozen=True):
    """A brand that gets other pictures, or loses them. A picture to come is named by the file that it will be."""

    action = Action.IMAGE


class Creations(OnDemand[Change]):
    """Many brands that the store doesn't have. A change is made of one when it is asked for."""

    def __init__(self, cms_ids: Sequence[str], brands: NewBrands) -> None:
        self.cms_ids = cms_ids
        self.brands = brands

    def __len__(self) -> int:
        return len(self.cms_ids)

    def made(self, place: int) -> Change:
        """The change at a place."""
        return CreateBrand(self.cms_ids[place], self.brands.ids[place], {}, self.brands.values(place))

    def under(self, ids: Sequence[str]) -> "Creations":
        """The same, under these ids."""
        return Creations(self.cms_ids, NewBrands(self.brands.fields, ids, self.brands.rows))


_KINDS = (CreateBrand, UpdateBrand, AdoptBrand, DeleteBrand, LinkBrand, UnlinkBrand, SetImages)
KINDS: dict[Action, type[Change]] = {kind.action: kind for kind in _KINDS}
"""The kinds of change, by what they do."""


def shown(fields: Fields) -> dict[str, Any]:
    """The fields that people see, in their usual order: all except the store's own side of the link."""
    further = [name for name in fields if name not in FIELDS and name != LINK_FIELD]
    return {name: fields[name] for name in (*FIELDS, *further) if name in fields}
