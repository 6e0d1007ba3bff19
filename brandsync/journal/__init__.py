"""The journal: what runs did, durable before they do it."""

from brandsync.journal.entries import Batch, Entry, LinkChange, LinkRow, Row
from brandsync.journal.journal import Journal
from brandsync.journal.lease import Lease
from brandsync.journal.runs import RunRecord

__all__ = ["Batch", "Entry", "Journal", "Lease", "LinkChange", "LinkRow", "Row", "RunRecord"]
