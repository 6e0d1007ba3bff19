"""Pages by number that overlap all the same.

Storyblok takes a page's number and its size, and no offset. A page that begins at or a little before a given place is
found by making it a little smaller: 97 stories from the 97th on are page 2 of 97. So each page can hold the last
stories of the one before it (see ``Window``), for a sixth more requests.
"""


def page_at(offset: int, largest: int) -> tuple[int, int]:
    """The number and the size of the page that begins at ``offset`` or before it, and reaches furthest."""
    if offset == 0:
        return 1, largest
    size = max(range(1, min(offset, largest) + 1), key=lambda size: (size - offset % size, size))
    return offset // size + 1, size
