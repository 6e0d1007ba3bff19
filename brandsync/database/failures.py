"""What a database's error means for its caller, the same for all three databases and drivers."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from peewee import PeeweeException

from brandsync.errors import (
    BrandsyncError,
    ConfigError,
    CredentialsRefused,
    Rejected,
    TryAgainLater,
    Unreadable,
    Unwritable,
)
from brandsync.observing.excerpt import excerpt


class TableMissing(ConfigError):
    """A table isn't there. Callers that can make it, or work without it, catch this."""


_ADDRESS: Final = "correct the host, the port or the options in the URL"
_TLS: Final = (
    "name your own authority's certificates in the URL (PostgreSQL: sslmode=verify-full&sslrootcert=FILE; MySQL:"
    " ssl_ca=FILE), or let the server have a certificate that is trusted"
)
_HINTS: Final[dict[type[BrandsyncError], str]] = {
    CredentialsRefused: (
        "check the user, its password, and that it may log in; GRANT it SELECT, INSERT, UPDATE and DELETE on its"
        " tables, and CREATE where brandsync is to make them"
    ),
    **dict.fromkeys(
        (ConfigError, TableMissing), "check the database, schema, table and column names in the configuration"
    ),
    TryAgainLater: "the next run may well succeed; see whether the database is up and can be reached from here",
    Unwritable: "look at the database's own log: it may be damaged, or refuse this whatever the brand is",
}

_Codes = Mapping[type[BrandsyncError], Collection[str | int]]

_POSTGRES: Final[_Codes] = {
    CredentialsRefused: ("42501", "28"),
    TableMissing: ("42P01",),
    ConfigError: ("42", "3D", "3F"),
    Unwritable: ("53100", "0A", "25", "55", "58", "F0", "XX"),
    TryAgainLater: ("53", "08", "25P03", "25P04", "40", "55006", "55P03", "57", "72"),
}
"""By SQLSTATE, the longest prefix first: https://www.postgresql.org/docs/current/errcodes-appendix.html

Any other code is about a brand: a trigger may raise its own SQLSTATE.
"""

_NO_DATABASE: Final = re.compile(
    r'database ".*" does not exist|FATAL: +(cannot connect to invalid )?database "'
    "|no such database|does not allow connections|bouncer config error|unsupported startup parameter"
)
"""While connecting, libpq gives only words, no SQLSTATE. The last of these are PgBouncer's."""
_REFUSED_LOGIN: Final = re.compile(
    "authentication failed|no such user|pg_hba.conf (entry|rejects)|permission denied|no password supplied"
    r'|role ".*" does not exist|FATAL: +role "'
)
_WRONG_OPTION: Final = re.compile(
    "^connection is bad: (?!connection to server|could not translate host name)"
    '|FATAL: .*parameter "|command-line argument|requir|authentication method|SASL authentication mechanisms'
    "|did not request an SSL certificate|certificate file|private key file|invalid response to SSL negotiation"
)
"""Either libpq has tried no address, or the server and the options don't fit together."""

_UNTRUSTED: Final = re.compile(
    "certificate verify failed|CERTIFICATE_VERIFY_FAILED|server does not support SSL|server certificate for"
    "|root certificate file|invalid sslmode value"
)
"""What libpq and Python's ssl say if a connection can't be as safe as the options demand: waiting doesn't help."""
_WRONG_ADDRESS: Final = re.compile(
    "Name or service not known|No address associated with hostname|nodename nor servname"
    "|Name does not resolve|Name has no usable address|invalid port number|for connection option"
)
"""What libcs (glibc, macOS's, musl) and libpq say about a wrong address or option: waiting doesn't help."""

_MYSQL: Final[_Codes] = {
    CredentialsRefused: frozenset(
        {1044, 1045, 1129, 1130, 1131, 1132, 1141, 1142, 1143, 1227, 1370, 1698, 1820, 1862, 3118, 4151}
    ),
    TableMissing: frozenset({1146}),
    ConfigError: frozenset({1046, 1049, 1054, 1064, 1364, 1906, 2026, 2058, 2059, 2061, 3105}),
    TryAgainLater: frozenset(
        {0, 1020, 1037, 1040, 1041, 1042, 1043, 1047, 1053, 1080, 1152, 1158, 1159, 1160, 1161, 1192, 1203}
        | {1205, 1206, 1213, 1223, 1226, 1317, 1412, 1614, 1637, 1927, 1969, 3024, 3101, 3168, 3572, 4031}
    ),
    Rejected: frozenset(
        {1118, 1138, 1153, 1292, 1300, 1365, 1411, 1416, 1525, 1526, 1642, 1643, 1644, 1690, 1748, 3819, 4025}
        | set(range(3140, 3159))  # JSON
    ),
}
"""By error number: https://dev.mysql.com/doc/mysql-errors/8.0/en/ and https://mariadb.com/kb/en/mariadb-error-codes/

Other numbers are about a brand if PyMySQL or the SQLSTATE says so. The rest are not.
"""
_ABOUT_DATA: Final = ("DataError", "IntegrityError")
_DATA: Final = ("22", "23", "45")
"""Classes of SQLSTATE: data, constraints, and a trigger's refusals. An older PyMySQL gives no SQLSTATE."""
_MYSQL_CLIENTS: Final = range(2000, 3000)
"""Error numbers that are about the connection."""

_SQLITE: Final[_Codes] = {
    TryAgainLater: ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL"),
    ConfigError: ("SQLITE_NOTADB", "SQLITE_CANTOPEN"),
    Unwritable: ("SQLITE_CORRUPT",),
    CredentialsRefused: ("SQLITE_PERM", "SQLITE_AUTH"),
}
"""By the start of the result code's name: https://www.sqlite.org/rescode.html"""

_UNWRITABLE: Final[dict[str | int | None, str]] = {
    **dict.fromkeys(("SQLITE_FULL", "53100", 1021, 1114), "free some space on the disk of the database, and run again"),
    **dict.fromkeys(
        ("25006", 1290, 1792, 1836),
        "this server or user may only read, as with a standby: name one that takes writes in the URL",
    ),
    "SQLITE_READONLY": "let the user that runs brandsync write the file and its directory; the disk may be read-only",
    "SQLITE_IOERR": "look at the disk that the database is on: it may be full, or fail",
}
"""What to do if nothing can be written, by the databases' codes: no brand is at fault."""

_REMEDIES: Final[dict[str | int | None, str]] = {
    **_UNWRITABLE,
    "SQLITE_CANTOPEN": "check the path in the URL: it must lead to a file, in a directory that is there",
    "SQLITE_NOTADB": "name another file in the URL: this one is not a SQLite database",
    "22021": "correct that text in the database: its encoding, SQL_ASCII, lets any bytes be written",
    "options": _ADDRESS,
    1129: "let an administrator run FLUSH HOSTS on the server, which blocks this machine",
    **dict.fromkeys(
        (1820, 1862, 3118, 4151),
        "let an administrator unlock this user (ALTER USER … ACCOUNT UNLOCK), or set its password anew",
    ),
}
"""What to do about single codes, if the kind of error says too little."""
_LONGEST_DETAIL: Final = 200


def translate(error: Exception, database: str) -> BrandsyncError | None:
    """The error in brandsync's terms, with this database named; none if it isn't a database's error."""
    cause = driver_error(error)
    if isinstance(cause, UnicodeError) and "idna" in str(cause):  # a name that is too long, or has an empty part
        return ConfigError(f"{database}: there can be no host of that name", hint=_ADDRESS)
    if isinstance(cause, UnicodeEncodeError):
        return Rejected(f"{database}: a text holds half a character (a lone surrogate), which no database can store")
    judge = _JUDGES.get(type(cause).__module__.partition(".")[0])
    kind, code = judge(cause) if judge else (None, None)
    if kind is None:
        return None
    hint = _REMEDIES.get(code, _HINTS.get(kind))
    if code in _UNWRITABLE:
        kind = Unwritable
    for words, remedy in ((_UNTRUSTED, _TLS), (_WRONG_ADDRESS, _ADDRESS)):
        if kind is not Rejected and words.search(str(cause)):
            kind, hint = ConfigError, remedy
    return kind(f"{database}: {_first_line(cause)}{_key(cause)}", hint=hint)


def driver_error(error: Any) -> Any:
    """The driver's own error; none if there is none."""
    while isinstance(error, PeeweeException):  # it wraps errors twice while it connects
        error = getattr(error, "orig", None)
    return error


def _key(cause: Any) -> str:
    """The value that violates PostgreSQL's constraint, if it says so: ``Key (handle)=(acme) already exists``."""
    detail = getattr(getattr(cause, "diag", None), "message_detail", None) or ""
    return f": {excerpt(detail, _LONGEST_DETAIL)}" if detail.startswith("Key (") else ""


def _first_line(cause: Any) -> str:
    text = str(cause.args[-1] if cause.args else cause).strip()
    return text.splitlines()[0] if text else type(cause).__name__


def _kind(code: str | int, kinds: _Codes) -> type[BrandsyncError] | None:
    return next((kind for kind, codes in kinds.items() if code in codes), None)


_Judgement = tuple[type[BrandsyncError] | None, str | int | None]


def _judge_postgres(cause: Any) -> _Judgement:
    code = cause.sqlstate
    if code == "42501" and "violates row-level security policy" in str(cause):
        return Rejected, code  # only this row: a missing privilege would concern all rows
    if code:
        return _kind(code, _POSTGRES) or _kind(code[:2], _POSTGRES) or Rejected, code
    return _judge_libpq(type(cause).__name__, str(cause))


def _judge_libpq(name: str, text: str) -> _Judgement:
    if name == "DataError":
        return Rejected, None
    if name == "ProgrammingError" or _NO_DATABASE.search(text):
        return ConfigError, None
    if _REFUSED_LOGIN.search(text):
        return CredentialsRefused, None
    return (ConfigError, "options") if _WRONG_OPTION.search(text) else (TryAgainLater, None)


def _judge_mysql(cause: Any) -> _Judgement:
    code = cause.args[0] if cause.args else None
    if not isinstance(code, int):
        return None, None
    about_a_brand = type(cause).__name__ in _ABOUT_DATA or str(getattr(cause, "sqlstate", "")).startswith(_DATA)
    otherwise = Rejected if about_a_brand else TryAgainLater if code in _MYSQL_CLIENTS else Unwritable
    return _kind(code, _MYSQL) or otherwise, code


def _judge_sqlite(cause: Any) -> _Judgement:
    name, text = getattr(cause, "sqlite_errorname", None), str(cause)
    if name is None:
        return (Unreadable if text.startswith("Could not decode") else None), None
    code = "_".join(name.split("_")[:2])
    if code == "SQLITE_ERROR" and text.startswith("no such table"):
        return TableMissing, code
    if code == "SQLITE_ERROR" and ("no such column" in text or "has no column" in text):
        return ConfigError, code
    return _kind(code, _SQLITE) or Rejected, code


_JUDGES: Final[dict[str, Callable[[Any], _Judgement]]] = {
    "psycopg": _judge_postgres,
    "pymysql": _judge_mysql,
    "sqlite3": _judge_sqlite,
}
