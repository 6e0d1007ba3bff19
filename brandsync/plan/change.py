"""What a plan is made of: a value for each brand that changes. It holds before and after: it is its own undo record."""

from enum import StrEnum
from typing import Any, ClassVar

import msgspec

from brandsync.brand import FIELDS, Fields


class Action(StrEnum):
    """What a plan does to a brand. The values are those of the command's JSON output."""

    CREATE = "create"
    UPDATE = "update"
    ADOPT = "adopt"
    DELETE = "delete"
    LINK = "link"
    UNLINK = "unlink"


class Change(msgspec.Struct, frozen=True):
    """A change of one brand in the store, for one entry of the CMS.

    Or of the entry itself, which gets another external id: ``external_id`` is then the only field of both sides.
    """

    action: ClassVar[Action]
    """Why it is made. Only a plan knows."""

    cms_id: str
    brand_id: str | None
    """The store's id; none for a brand that is still to be created."""
    before: Fields
    """What is there now, of the fields that change; empty for a creation, everything for a deletion."""
    after: Fields
    """What is to be there, of the same fields; everything for a creation, empty for a deletion."""

    def as_json(self) -> dict[str, Any]:
        """The change as the command's JSON output shows it: the link itself is in ``cms_id`` and ``brand_id``."""
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
    """A brand that the store has and that brandsync has not linked: it is linked and brought in line."""

    action = Action.ADOPT


class DeleteBrand(Change, frozen=True):
    """A linked brand whose entry the CMS no longer has."""

    action = Action.DELETE


class LinkBrand(Change, frozen=True):
    """A linked brand whose link one side lacks: it is written there, such as an external id that had to wait."""

    action = Action.LINK


class UnlinkBrand(Change, frozen=True):
    """An external id that is cleared: of an adoption that an undo takes back, or of a brand that brandsync removed."""

    action = Action.UNLINK


_KINDS = (CreateBrand, UpdateBrand, AdoptBrand, DeleteBrand, LinkBrand, UnlinkBrand)
KINDS: dict[Action, type[Change]] = {kind.action: kind for kind in _KINDS}
"""The kinds of change, by what they do."""


def shown(fields: Fields) -> dict[str, Any]:
    """The fields that people see, in their usual order: all but the store's own side of the link."""
    return {name: fields[name] for name in FIELDS if name in fields}
