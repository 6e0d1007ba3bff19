"""Which page of how many brands continues a listing, where pages overlap.

A search takes a page's number and its size, and no offset (``RequestCriteriaBuilder::setPage``); nor does it take a
range of ids, which ``SqlQueryParser::parseRangeFilter`` doesn't turn into the bytes that the database has. Brands that
come and go meanwhile move all that follows. So each page begins at or before the last brand of the one before it, and
shows by that whether anything has moved.
"""


def following(seen: int, largest: int) -> tuple[int, int]:
    """The number (from 1) and the size of the page that leads furthest among those that begin before place ``seen``.

    ``largest`` has to be 20 at least: then some size fits, for any number of brands that a shop could have.
    """
    size = max(range(largest // 2 + 1, largest + 1), key=lambda size: _end(seen, size))
    return (seen - 1) // size + 1, size


def _end(seen: int, size: int) -> int:
    return ((seen - 1) // size + 1) * size
