"""UUIDs as people and programs write them."""

import re
from typing import Final
from uuid import UUID

_SPELLING: Final = re.compile(r"(?:urn:uuid:)?(\{)?((?:[0-9a-f]{4}-?){7}[0-9a-f]{4})(?(1)\})", re.ASCII | re.IGNORECASE)


def read_uuid(text: str) -> UUID | None:
    """The UUID in a text, also in capitals, without hyphens, in braces, or after ``urn:uuid:``; none if it is no UUID.

    PostgreSQL reads these spellings (postgresql.org/docs/current/datatype-uuid.html); the URN is RFC 9562's.
    """
    found = _SPELLING.fullmatch(text.strip())
    return UUID(found[2]) if found else None
