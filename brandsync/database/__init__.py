"""Opens databases by URL, and turns their errors into ours."""

from brandsync.database.connection import (
    connect,
    cursor,
    errors,
    exact_collation,
    execute,
    exists,
    require_transactions,
    server_clock,
    statement_limit,
)
from brandsync.database.encodings import is_limited, lacking, storable
from brandsync.database.failures import TableMissing
from brandsync.database.kinds import hurry, interrupt
from brandsync.database.places import file_problem, place_problem, privilege_problems, refusal
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
    "file_problem",
    "hurry",
    "interrupt",
    "is_limited",
    "lacking",
    "place_problem",
    "privilege_problems",
    "refusal",
    "require_transactions",
    "server_clock",
    "statement_limit",
    "storable",
]
