"""What a plan is made of: a value for each brand that changes. It holds before and after: it is its own undo record."""

from typing import Any, ClassVar

import msgspec

from brandsync.brand import FIELDS, Fields


class Change(msgspec.Struct, frozen=True):
    """A change of one brand in the store, for one entry of the CMS."""

    action: ClassVar[str]

    cms_id: str
    brand_id: str | None
    """The store's id; none for a brand that is still to be created."""
    before: Fields
    """What the store holds now, of the fields that change; empty for a creation, everything for a deletion."""
    after: Fields
    """What it is to hold, of the same fields; everything for a creation, empty for a deletion."""
    source: str = "{}"
    """What the CMS holds, of every mapped field, as ``encode`` writes it."""
    held: str = "{}"
    """What the store holds, of every mapped field, likewise; nothing where it doesn't have the brand."""
    size: int = 0
    """Roughly the characters that it takes in the journal."""

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

    action = "create"


class UpdateBrand(Change, frozen=True):
    """A linked brand whose fields differ. Where one side lacks the link, it is written too."""

    action = "update"


class AdoptBrand(Change, frozen=True):
    """A brand that the store has and that brandsync has not linked: it is linked and brought in line."""

    action = "adopt"


class DeleteBrand(Change, frozen=True):
    """A linked brand whose entry the CMS no longer has."""

    action = "delete"


class LinkBrand(Change, frozen=True):
    """A linked brand whose link one side lacks: it is written there, such as an external id that had to wait."""

    action = "link"


class UnlinkBrand(Change, frozen=True):
    """An external id that is cleared: of an adoption that an undo takes back, or of a brand that brandsync removed."""

    action = "unlink"


_KINDS = (CreateBrand, UpdateBrand, AdoptBrand, DeleteBrand, LinkBrand, UnlinkBrand)
ACTIONS: dict[str, type[Change]] = {kind.action: kind for kind in _KINDS}


def shown(fields: Fields) -> dict[str, Any]:
    """The fields that people see, in their usual order: all but the store's own side of the link."""
    return {name: fields[name] for name in FIELDS if name in fields}
