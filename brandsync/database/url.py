"""Where a database is: URLs as SQLAlchemy writes them, and which parts of them may be shown."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import parse_qsl, quote, unquote, urlencode

from pydantic import AfterValidator, SecretStr, ValidationInfo

from brandsync.settings import config_directory, expanded

_OTHER_NAMES: Final = {"postgres": "postgresql", "mariadb": "mysql"}
_LAST_PORT: Final = 65_535
_PORTS: Final = {"postgresql": 5432, "mysql": 3306}
_MYSQL_OPTIONS: Final = frozenset(
    {"charset", "connect_timeout", "read_timeout", "write_timeout", "unix_socket"}
    | {"ssl_ca", "ssl_cert", "ssl_key", "ssl_disabled", "ssl_verify_cert", "ssl_verify_identity"}
)
_BEFORE_THE_OPTIONS: Final = frozenset({"dbname", "host", "port", "user", "password"})
_SECONDS: Final = frozenset({"connect_timeout", "read_timeout", "write_timeout"})
_EXAMPLES: Final = (
    "sqlite:///brands.db, postgresql://user:password@host/database or mysql://user:password@host/database"
)
_SERVERS: Final = (
    "postgresql://user:password@host:5432/database (for a socket: postgresql://user@%2Frun%2Fpostgresql/database)"
)
_URL: Final = re.compile(
    r"""(?P<kind>sqlite|postgresql|postgres|mysql|mariadb)(\+[a-z0-9_]+)?://
    ((?P<user>[^:/@]*)(:(?P<password>[^@]*))?@)?
    (\[(?P<ipv6>[^\]/?]+)\]|(?P<host>[^/:?@\[\]]+))?
    (:(?P<port>[0-9]+))?
    (/(?P<name>[^?]*))?
    (\?(?P<options>.*))?""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of a database URL."""

    kind: str
    """``sqlite``, ``postgresql`` or ``mysql`` (MariaDB too)."""
    name: str
    """The database's name, or SQLite's file."""
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    host: str | None = None
    port: int | None = None
    """None means the default port."""
    options: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def description(self) -> str:
        """The address for people: without password and options."""
        return self._start()

    @property
    def url(self) -> str:
        """The whole URL in its normal form: equal addresses have equal URLs."""
        password = f":{quote(self.password, safe='')}" if self.password is not None else ""
        options = f"?{urlencode(sorted(self.options.items()))}" if self.options else ""
        return self._start(password) + options

    def _start(self, password: str = "") -> str:
        login = (quote(self.user, safe="") if self.user else "") + password
        host = f"[{self.host}]" if self.host and ":" in self.host else quote(self.host or "", safe=",")
        port = f":{self.port}" if self.port else ""
        return f"{self.kind}://{login + '@' if login else ''}{host}{port}/{self.name}"


def parse(url: str) -> Address:
    """The parts of a URL such as ``postgresql://user:password@host:5432/database?sslmode=require``.

    Raises:
        ValueError: it is no such URL. The message never repeats it, for it may hold a password.
    """
    found = _URL.fullmatch(url.strip())
    if not found:
        raise ValueError(f"is not the URL of a database that brandsync knows: write {_EXAMPLES}")
    kind = _OTHER_NAMES.get(found["kind"], found["kind"])
    if "\0" in unquote(found[0]):
        raise ValueError("holds a NUL (%00), which ends it for the database's driver: leave that out")
    if kind != "sqlite" and "@" in (found["name"] or ""):
        raise ValueError(f"holds an @ too many: in a user, password or name it is written %40, as in {_EXAMPLES}")
    if not found["name"]:
        raise ValueError(f"names no {'file' if kind == 'sqlite' else 'database'}: write {_EXAMPLES}")
    if kind != "sqlite":
        return _server(kind, found)
    if found["host"] or found["ipv6"]:
        raise ValueError("names a host: a file takes three slashes (sqlite:///brands.db), from the root on four")
    if found["options"] or found["name"] == ":memory:":
        raise ValueError("must name a file and nothing else: write sqlite:///brands.db")
    return Address("sqlite", found["name"])


def describe(url: str) -> str:
    """The URL for people, without its password: ``postgresql://shop@db/shop``."""
    return parse(url).description


def _server(kind: str, found: re.Match[str]) -> Address:
    port = int(found["port"] or 0)
    if port > _LAST_PORT:
        raise ValueError(f"has the port {port}: the last one is {_LAST_PORT}")
    given = dict(parse_qsl(found["options"] or "", keep_blank_values=True))
    host = found["ipv6"] or unquote(found["host"] or "")
    if kind == "postgresql" and not host:
        host = given.pop("host", "")  # SQLAlchemy writes a socket's directory so
    return Address(
        kind,
        found["name"],
        unquote(found["user"]) if found["user"] else None,
        unquote(found["password"]) if found["password"] is not None else None,
        (host if host.startswith("/") else host.lower()) or None,
        None if port in {0, _PORTS[kind]} else port,
        _fit(kind, given),
    )


def _fit(kind: str, options: dict[str, str]) -> dict[str, str]:
    unknown = sorted(options.keys() - _MYSQL_OPTIONS) if kind == "mysql" else []
    if unknown:
        raise ValueError(f"has an unknown option {unknown[0]!r}: MySQL takes {', '.join(sorted(_MYSQL_OPTIONS))}")
    misplaced = sorted(options.keys() & _BEFORE_THE_OPTIONS) if kind == "postgresql" else []
    if misplaced:
        raise ValueError(f"has {misplaced[0]} among its options: that stands before the ?, as in {_SERVERS}")
    wrong = [name for name in sorted(_SECONDS & options.keys()) if not re.fullmatch(r"[1-9][0-9]{0,6}", options[name])]
    if wrong and kind == "mysql":
        raise ValueError(f"has an option {wrong[0]} that is not a whole number of seconds from 1 on")
    return options


def _normal(value: SecretStr, info: ValidationInfo) -> SecretStr:
    address = parse(value.get_secret_value())
    if address.kind == "sqlite":
        file = config_directory(info) / expanded(Path(address.name))
        address = Address("sqlite", os.path.realpath(file))  # unlike Path.resolve, it lets a path lead nowhere
    return SecretStr(address.url)


DatabaseUrl = Annotated[SecretStr, AfterValidator(_normal)]
"""A database's URL, in its normal form; a relative SQLite file starts at the directory of the configuration file."""
