"""The journal: what runs did, durable before they do it."""

from brandsync.journal.batch import Batch, LinkChange, LinkRow, Row
from brandsync.journal.entries import Entry
from brandsync.journal.journal import Journal
from brandsync.journal.lease import Lease
from brandsync.journal.place import Place, Whose, find_place
from brandsync.journal.runs import EDITED_SINCE, NOT_UNDONE, ROLLING_BACK, UNFINISHED, RunRecord

__all__ = [
    "EDITED_SINCE",
    "NOT_UNDONE",
    "ROLLING_BACK",
    "UNFINISHED",
    "Batch",
    "Entry",
    "Journal",
    "Lease",
    "LinkChange",
    "LinkRow",
    "Place",
    "Row",
    "RunRecord",
    "Whose",
    "find_place",
]
