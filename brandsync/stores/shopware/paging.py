"""Which page continues a listing, and how large it is, so that pages overlap.

A search takes a page's number and its size, but no offset (``RequestCriteriaBuilder::setPage``). It takes no range of
ids either: ``SqlQueryParser::parseRangeFilter`` doesn't turn them into the database's bytes. When brands come
and go meanwhile, all brands after them move. So each page begins at or before the last brand of the previous page: that
shows whether anything has moved.
"""


def following(seen: int, largest: int) -> tuple[int, int]:
    """The number (from 1) and the size of the page that ends furthest, of those that begin before place ``seen``.

    ``largest`` must be at least 20: then some size fits, for any number of brands that a shop could have.
    """
    size = max(range(largest // 2 + 1, largest + 1), key=lambda size: _end(seen, size))
    return (seen - 1) // size + 1, size


def _end(seen: int, size: int) -> int:
    return ((seen - 1) // size + 1) * size
