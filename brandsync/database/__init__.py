"""Databases by URL, their errors as ours."""

from brandsync.database.connection import (
    DatabaseUrl,
    TableMissing,
    connect,
    cursor,
    describe,
    errors,
    execute,
    exists,
    server_clock,
)

__all__ = [
    "DatabaseUrl",
    "TableMissing",
    "connect",
    "cursor",
    "describe",
    "errors",
    "execute",
    "exists",
    "server_clock",
]
