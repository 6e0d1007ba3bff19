"""What a store's ids look like: no brand has an id of another form, and no request contains one."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from brandsync.brand import batched
from brandsync.errors import Rejected


@dataclass(frozen=True, slots=True)
class IdForm:
    """The form of a store's ids."""

    pattern: str
    """A regular expression that the whole id matches."""
    whose: str
    """Which brands have such ids, for people: ``a brand of Shopware``."""
    hint: str = ""
    """What such an id is, for people."""

    def fits(self, text: str) -> bool:
        """Whether a brand could have this id."""
        return re.fullmatch(self.pattern, text) is not None

    def checked(self, brand_id: str) -> str:
        """Return an id that may be sent.

        Raises:
            Rejected: no brand could have it.
        """
        if not self.fits(brand_id):
            told = f": {self.hint}" if self.hint else ""
            raise Rejected(f"{brand_id!r} is no id that {self.whose} could have{told}")
        return brand_id

    def parts(self, ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
        """The ids that a brand could have, each once, ``size`` at a time."""
        return batched([brand_id for brand_id in dict.fromkeys(ids) if self.fits(brand_id)], size)


COUNTED: Final = IdForm("[1-9][0-9]{0,17}", "a brand of this store", "it counts them")
"""Whole numbers from 1."""
