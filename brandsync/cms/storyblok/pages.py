"""Pages by number that overlap nevertheless.

Storyblok takes a page's number and its size, but no offset. A page that begins at a given place, or a little before it,
is found by making pages a little smaller: 97 stories from offset 97 on are page 2 of 97. So each page can hold the last
stories of the page before (see ``Window``), for a sixth more requests.
"""


def page_at(offset: int, largest: int) -> tuple[int, int]:
    """The number and size of the page that begins at ``offset`` or before it, and reaches furthest."""
    if offset == 0:
        return 1, largest
    size = max(range(1, min(offset, largest) + 1), key=lambda size: (size - offset % size, size))
    return offset // size + 1, size
