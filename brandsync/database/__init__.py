"""Databases by URL, their errors as ours."""

from brandsync.database.connection import connect, cursor, errors, exact_collation, execute, exists, server_clock
from brandsync.database.failures import TableMissing
from brandsync.database.interrupting import hurry, interrupt
from brandsync.database.url import DatabaseUrl, describe

__all__ = [
    "DatabaseUrl",
    "TableMissing",
    "connect",
    "cursor",
    "describe",
    "errors",
    "exact_collation",
    "execute",
    "exists",
    "hurry",
    "interrupt",
    "server_clock",
]
