"""How the test CMS speaks HTTP/1.1, and how that goes wrong.

A bare asyncio protocol and a parser of its own: what a benchmark measures should be the client.
"""

import asyncio
import gzip
import json
import random
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import responses
from typing import Any, Literal, Protocol, cast
from urllib.parse import parse_qsl

_HTML = "<!doctype html><title>Maintenance</title><p>We will be back soon.</p>"
_WORTH_COMPRESSING = 1000


class Refusal(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}


@dataclass(frozen=True, slots=True)
class Request:
    """One request, as it was read from the socket."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body; none for an empty one.

        Raises:
            Refusal: it isn't JSON.
        """
        try:
            return json.loads(self.body) if self.body else None
        except ValueError:
            raise Refusal(400, "the body is not JSON") from None


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back, before it is bytes."""

    value: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Fault:
    """What goes wrong, and for which requests.

    Instead of an answer: ``reset``, ``status``, ``html``. The request is carried out, and then goes wrong with:
    ``reset_after`` (no answer), ``timeout`` (the answer is ``seconds`` late), ``truncate`` (half the body under the
    full Content-Length), ``truncated_json`` (half the JSON under a right Content-Length), ``null`` (for a body).
    """

    kind: Literal["reset", "reset_after", "timeout", "truncate", "truncated_json", "html", "null", "status"]
    method: str | None = None
    path: str = "/"
    """What the path begins with."""
    nth: int | None = None
    """The request that it starts with, counting from 1 those that match; alone, it is that one request."""
    count: int | None = None
    """How many requests it strikes; all, without this and ``nth``."""
    probability: float = 1.0
    seconds: float = 60.0
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    """Headers of a ``status``, such as Retry-After."""
    seen: int = 0
    """How many matching requests there were."""

    def strikes(self, request: Request, chance: random.Random) -> bool:
        """Whether this request is one of those that go wrong."""
        if self.method not in (None, request.method) or not request.path.startswith(self.path):
            return False
        self.seen += 1
        first = self.nth or 1
        count = self.count or (1 if self.nth else None)
        within = self.seen >= first and (count is None or self.seen < first + count)
        return within and chance.random() < self.probability

    @property
    def instead(self) -> bool:
        """Whether the request is not carried out."""
        return self.kind in ("reset", "status", "html")


class Site(Protocol):
    """What a connection speaks for."""

    connections: set[asyncio.Transport]

    def fault_for(self, request: Request) -> Fault | None:
        """What is to go wrong with a request."""

    def answer(self, request: Request) -> Answer:
        """Carry a request out."""


class Connection(asyncio.Protocol):
    """One connection of a client: reads requests, and writes answers or what a fault makes of them."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.site.connections.add(self.transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.site.connections.discard(self.transport)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while not self.transport.is_closing() and (request := self._take()):
            self._respond(request, self.site.fault_for(request))

    def _take(self) -> Request | None:
        head, end, rest = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", 0))
        if len(rest) < length:
            return None
        self.buffer = rest[length:]
        method, target, _ = first.split(" ")
        path, _, query = target.partition("?")
        return Request(method, path, dict(parse_qsl(query, keep_blank_values=True)), headers, rest[:length])

    def _respond(self, request: Request, fault: Fault | None) -> None:
        answer = _instead(fault) if fault and fault.instead else self.site.answer(request)
        if fault and fault.kind in ("reset", "reset_after"):
            self._reset()
            return
        data = _encode(answer, request, fault)
        if fault and fault.kind == "timeout":
            asyncio.get_running_loop().call_later(fault.seconds, self._write, data)
            return
        self._write(data)
        if request.headers.get("connection") == "close" or (fault and fault.kind == "truncate"):
            self.transport.close()

    def _write(self, data: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(data)

    def _reset(self) -> None:
        # Closing with a linger time of 0 sends RST, which the client sees as "connection reset by peer".
        connection = self.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


def _instead(fault: Fault) -> Answer:
    if fault.kind == "status":
        return Answer({"error": responses.get(fault.status, "")}, fault.status, fault.headers)
    return Answer(_HTML, headers={"Content-Type": "text/html"})


def _text(value: Any) -> str:
    return value if value is _HTML else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _encode(answer: Answer, request: Request, fault: Fault | None) -> bytes:
    kind = fault.kind if fault else None
    body = _text(None if kind == "null" else answer.value).encode()
    body = body[: len(body) // 2] if kind == "truncated_json" else body
    headers = {"Content-Type": "application/json", **answer.headers}
    if len(body) > _WORTH_COMPRESSING and "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
    headers["Content-Length"] = str(len(body))
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {answer.status} {responses.get(answer.status, '')}\r\n{lines}\r\n".encode("latin-1")
    return head + (body[: len(body) // 2] if kind == "truncate" else body)
