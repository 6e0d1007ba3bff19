"""Refuses a statement that is too large for MySQL: the server would only drop the connection."""

from typing import Any, Final

from pymysql.constants import ER
from pymysql.cursors import Cursor
from pymysql.err import DataError

_HEADER: Final = 1
_MOST_BYTES: Final = 4
"""The most bytes of one character."""


class BoundedCursor(Cursor):
    """A cursor whose connection knows the server's ``max_allowed_packet``."""

    def execute(self, query: str, args: Any = None) -> int:
        """Run a statement.

        Raises:
            DataError: it is larger than the server takes.
        """
        statement = self.mogrify(query, args)
        most = self.connection.max_allowed_packet - _HEADER
        if len(statement) * _MOST_BYTES > most and (size := _bytes(statement)) > most:
            raise DataError(
                ER.NET_PACKET_TOO_LARGE,
                f"a statement of {size:,} bytes is larger than the server's max_allowed_packet, which is {most + 1:,}",
            )
        return int(super().execute(statement))


def _bytes(statement: str | bytes | bytearray) -> int:
    return len(statement.encode(errors="replace") if isinstance(statement, str) else statement)
