"""New ids: ULIDs. Anyone may choose them, and they sort by the time when they were made."""

import os
import time

from ulid_transform import bytes_to_ulid, ulid_to_bytes

_TIME, _RANDOM = 6, 10


def new_id() -> str:
    """An id that nothing else has."""
    return new_ids(1)[0]


def new_ids(count: int) -> list[str]:
    """So many of them, which costs less than one after another."""
    # The library's own generator would give the same ids in two processes after a fork.
    now, random = int(time.time() * 1000).to_bytes(_TIME, "big"), os.urandom(count * _RANDOM)
    return [bytes_to_ulid(now + random[start : start + _RANDOM]) for start in range(0, len(random), _RANDOM)]


def next_id(latest: str) -> str:
    """The id that sorts right after this one."""
    return bytes_to_ulid((int.from_bytes(ulid_to_bytes(latest), "big") + 1).to_bytes(_TIME + _RANDOM, "big"))
