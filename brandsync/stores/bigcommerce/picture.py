"""What a brand's picture is known by: the name of its file.

Its address is new each time, even for the same picture: BigCommerce puts a number behind the name ("Create a Brand
Image", its example).
"""

import re
from typing import Any, Final

from brandsync.brand.image import HEX

_OURS: Final = re.compile(rf"([a-z0-9-]+-[0-9a-f]{{{HEX}}})(?:_.*)?(\.[a-z0-9]+)")
_ADDED: Final = re.compile(r"(__\d+)+(?=(\.[^.]*)?$)")


def reference(address: Any) -> str | None:
    """The name of the file at an address; none for no address. One of ours is without what BigCommerce has added."""
    if not address or not isinstance(address, str):
        return None
    name = address.partition("?")[0].rpartition("/")[2] or address
    ours = _OURS.fullmatch(name.lower())
    return ours[1] + ours[2] if ours else name


def likeness(reference: str | None) -> str | None:
    """The name of a file as it was uploaded: a person's picture comes back under another one."""
    return _ADDED.sub("", reference) if reference else None
