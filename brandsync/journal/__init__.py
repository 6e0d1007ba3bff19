"""The journal: it records durably what runs do, before they do it."""

from brandsync.journal.batch import Batch, BatchKind, LinkChange, LinkRow, WithBrands
from brandsync.journal.entries import Entry
from brandsync.journal.images import ImageRow
from brandsync.journal.journal import Journal
from brandsync.journal.lease import Lease
from brandsync.journal.place import Place, Whose, find_place
from brandsync.journal.runs import EDITED_SINCE, NOT_UNDONE, RunEnd, RunRecord, RunStart
from brandsync.journal.status import EntryState, RunStatus
from brandsync.journal.uploads import Upload

__all__ = [
    "EDITED_SINCE",
    "NOT_UNDONE",
    "Batch",
    "BatchKind",
    "Entry",
    "EntryState",
    "ImageRow",
    "Journal",
    "Lease",
    "LinkChange",
    "LinkRow",
    "Place",
    "RunEnd",
    "RunRecord",
    "RunStart",
    "RunStatus",
    "Upload",
    "Whose",
    "WithBrands",
    "find_place",
]
