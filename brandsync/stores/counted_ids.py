"""The ids of stores that count their brands: whole numbers, from one on."""

import re

from brandsync.errors import Rejected


def is_id(text: str) -> bool:
    """Whether a brand could have this id."""
    return re.fullmatch(r"[1-9][0-9]{0,17}", text) is not None


def checked(brand_id: str) -> str:
    """An id that may stand in a request.

    Raises:
        Rejected: it is none.
    """
    if not is_id(brand_id):
        raise Rejected(f"{brand_id!r} is no id that a brand of this store could have: it counts them")
    return brand_id
