"""The choices of a pipeline in how the two sides are brought together."""

from enum import StrEnum


class MatchOn(StrEnum):
    """The field by which an unlinked brand is matched."""

    HANDLE = "handle"
    NAME = "name"
    NONE = "none"


class OnConflict(StrEnum):
    """Who wins where the CMS and the store hold different edits: a person's in the store, an editor's in the CMS."""

    CMS = "cms"
    STORE = "store"
    SKIP = "skip"
    """Nobody: the brand is left alone, and listed."""
