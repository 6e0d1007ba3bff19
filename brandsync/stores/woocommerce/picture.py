"""A brand's picture: which attachment it is, and the name of the attachment's file, as one text.

``61 acme-1f2e3d4c5b6a.png``. The number is what WooCommerce is sent; the name tells whose picture it is.
"""

from typing import Any, Final

from brandsync.json_reading import at
from brandsync.stores.id_form import COUNTED

FIELD: Final = "image"
NONE: Final = 0
"""What takes a brand's picture away. A null would change nothing (PHP's ``isset``)."""


def reference(attachment: int, address: str) -> str:
    """The text for an attachment, whose file has this address."""
    name = address.partition("?")[0].rpartition("/")[2]
    return f"{attachment} {name or address}"


def shown(image: Any) -> str | None:
    """The text for what a brand's record has as its image.

    An attachment that was deleted from the media library leaves its number, without an address: that is no picture.
    """
    number, address = at(image, "id"), at(image, "src")
    return reference(number, address) if isinstance(number, int) and isinstance(address, str) and address else None


def attachment(reference: str | None) -> int | None:
    """The attachment that a text is about; ``NONE`` for no text, and none for one that isn't ours."""
    if not reference:
        return NONE
    number = reference.partition(" ")[0]
    return int(number) if COUNTED.fits(number) else None
