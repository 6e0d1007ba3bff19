"""What a pipeline can choose about how the two sides are brought together."""

from enum import StrEnum


class MatchOn(StrEnum):
    """What an unlinked brand is matched by."""

    HANDLE = "handle"
    NAME = "name"
    NONE = "none"


class OnConflict(StrEnum):
    """Who wins where a person has edited in the store what an editor has edited in the CMS."""

    CMS = "cms"
    STORE = "store"
    SKIP = "skip"
    """Nobody: the brand is left alone, and listed."""
