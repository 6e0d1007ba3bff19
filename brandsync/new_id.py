"""New ids: ULIDs. Anyone may choose them, and they sort by the time when they were made."""

import os
import time

from ulid_transform import bytes_to_ulid, ulid_to_bytes

_TIME, _RANDOM = 6, 10


def new_id() -> str:
    """An id that nothing else has."""
    # The library's own generator would give the same ids in two processes after a fork.
    return bytes_to_ulid(int(time.time() * 1000).to_bytes(_TIME, "big") + os.urandom(_RANDOM))


def next_id(latest: str) -> str:
    """The id that sorts right after this one."""
    return bytes_to_ulid((int.from_bytes(ulid_to_bytes(latest), "big") + 1).to_bytes(_TIME + _RANDOM, "big"))
