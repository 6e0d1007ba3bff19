"""A real HTTP/1.1 proxy on the loopback interface, which lets requests go wrong as a test says.

    with FaultProxy("http://127.0.0.1:1234") as proxy:
        proxy.strike(3, Fault.RESET_AFTER)
        ...  # proxy.url stands where the server's URL would

It speaks plain HTTP to the client, and HTTP or HTTPS to the server, under the server's own name. Bodies pass
unchanged, with one exception. In answers, the server's address becomes the proxy's, and in requests the other way
round: so absolute links lead the client back here.
"""

import gzip
import os
import re
import socket
import ssl
import struct
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from http.client import HTTPException, HTTPResponse, IncompleteRead
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self, cast
from urllib.parse import urlsplit

from brandsync.testing.faults import Fault, answer_of

DRIPS: Final = 20
"""The number of pieces into which ``SLOW`` cuts an answer."""
PAUSE: Final = 0.005
"""Seconds between two of them."""

Headers = Sequence[tuple[str, str]]

_OF_ONE_CONNECTION: Final = frozenset(
    {
        *("accept-encoding", "connection", "content-length", "expect", "host", "keep-alive", "proxy-connection"),
        *("te", "trailer", "transfer-encoding", "upgrade"),
    }
)
"""Headers that end here, or that are set anew."""
_TEXTS: Final = re.compile(r"text/|json|xml|javascript|x-www-form-urlencoded")
_BODILESS: Final = frozenset({204, 304})


@dataclass(slots=True)
class Call:
    """One request that came."""

    method: str
    target: str
    """Path and query, as the client sent them."""
    fault: Fault | None = None
    """What was done to it."""
    status: int | None = None
    """The status that the server answered; none if it was never asked, or did not answer."""


@dataclass(frozen=True, slots=True)
class _Strike:
    """A fault, and the numbers of the calls that it strikes, counted from 0."""

    calls: range
    fault: Fault


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    target: str
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    reason: str
    headers: Headers
    body: bytes = b""
    length: int | None = None
    """The Content-Length; none if the answer has none."""
    whole: bool = True
    """The server sent the whole answer."""

    def data(self, *, closing: bool) -> bytes:
        """The answer as it goes over the wire."""
        length = [] if self.length is None else [("Content-Length", str(self.length))]
        lines = [*self.headers, *length, *([("Connection", "close")] if closing else [])]
        head = "".join(f"{name}: {value}\r\n" for name, value in lines)
        return f"HTTP/1.1 {self.status} {self.reason}\r\n{head}\r\n".encode("latin-1") + self.body


class FaultProxy:
    """Stands before one server. Runs in threads of its own inside a ``with`` block."""

    def __init__(self, upstream: str, *, tls: ssl.SSLContext | None = None) -> None:
        """``upstream`` is the server's URL with its path. ``tls`` says which of its certificates are trusted."""
        parts = urlsplit(upstream)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{upstream!r} is no address of a server")
        self.upstream = upstream
        self.calls: list[Call] = []
        """The requests that came, in order."""
        self._host = parts.netloc.rpartition("@")[2]
        self._origin = f"{parts.scheme}://{self._host}"
        self._address = (parts.hostname, parts.port or {"http": 80, "https": 443}[parts.scheme])
        self._path = parts.path
        self._tls = (tls or ssl.create_default_context()) if parts.scheme == "https" else None
        self._strikes: list[_Strike] = []
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self._server: _Server | None = None

    @property
    def url(self) -> str:
        """The URL at which the client finds the server."""
        assert self._server, "the proxy runs inside a with block"
        return self.origin + self._path

    @property
    def origin(self) -> str:
        """The proxy's own scheme, host and port."""
        assert self._server, "the proxy runs inside a with block"
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def strike(self, nth: int, fault: Fault, *, count: int = 1) -> None:
        """Let the ``nth`` request from now go wrong, counted from 1, and ``count`` - 1 more after it.

        If several faults are set for one request, the last one counts.
        """
        if nth < 1 or count < 1:
            raise ValueError("requests are counted from 1")
        with self._lock:
            first = len(self.calls) + nth - 1
            self._strikes.insert(0, _Strike(range(first, first + count), fault))

    def reset(self) -> None:
        """Forget all calls and all faults."""
        with self._lock:
            self.calls = []
            self._strikes = []

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), _Connection)
        self._server.proxy = self
        run = self._server.serve_forever
        self._thread = threading.Thread(target=run, args=(0.01,), name="fault-proxy", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        assert self._server
        self._server.shutdown()
        self._thread.join()
        with self._lock:
            for connection in self._sockets:
                # Whoever reads from it, on either side, sees its end.
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()
        self._server = None

    # What its connections ask for.

    def came(self, request: _Request) -> Call:
        """Note a request, and its fault."""
        with self._lock:
            number = len(self.calls)
            fault = next((strike.fault for strike in self._strikes if number in strike.calls), None)
            self.calls.append(call := Call(request.method, request.target, fault))
            return call

    def opened(self, connection: socket.socket) -> None:
        """Note a connection that must end with the proxy."""
        with self._lock:
            self._sockets.add(connection)

    def closed(self, connection: socket.socket) -> None:
        """Note that a connection has ended."""
        with self._lock:
            self._sockets.discard(connection)

    def ask(self, request: _Request) -> _Answer:
        """The server's answer. Each request has its own connection, so none is ever found stale.

        Raises:
            OSError, HTTPException: the server can't be reached, or its answer isn't HTTP.
        """
        connection = self._connect()
        self.opened(connection)
        try:
            # A server may answer before it has read everything, and then read no more.
            with suppress(ConnectionError):
                connection.sendall(self._outward(request))
            response = HTTPResponse(connection, method=request.method)
            response.begin()
            return self._homeward(request, response)
        finally:
            self.closed(connection)
            connection.close()

    def _connect(self) -> socket.socket:
        connection = socket.create_connection(self._address)
        return self._tls.wrap_socket(connection, server_hostname=self._address[0]) if self._tls else connection

    def _outward(self, request: _Request) -> bytes:
        """A request in the form that the server gets."""
        body = _readdressed(request.body, request.headers, self.origin, self._origin)
        headers = [("Host", self._host), *_lasting(request.headers, self.origin, self._origin)]
        if accepted := _header(request.headers, "accept-encoding"):
            headers.append(("Accept-Encoding", _readable(accepted)))
        if body or _header(request.headers, "content-length"):
            headers.append(("Content-Length", str(len(body))))
        lines = "".join(f"{name}: {value}\r\n" for name, value in [*headers, ("Connection", "close")])
        return f"{request.method} {request.target} HTTP/1.1\r\n{lines}\r\n".encode("latin-1") + body

    def _homeward(self, request: _Request, response: HTTPResponse) -> _Answer:
        """An answer in the form that the client gets."""
        headers, claimed = response.getheaders(), response.getheader("content-length")
        answer = _Answer(response.status, response.reason, _lasting(headers, self._origin, self.origin))
        if request.method == "HEAD" or response.status in _BODILESS:
            return replace(answer, length=int(claimed) if claimed else None)
        try:
            body = _readdressed(response.read(), headers, self._origin, self.origin)
        except IncompleteRead as cut:
            return replace(answer, body=cut.partial, length=int(claimed or len(cut.partial) + 1), whole=False)
        return replace(answer, body=body, length=len(body))


class _Server(ThreadingHTTPServer):
    """Listens for clients, with a thread for each connection."""

    daemon_threads = True
    request_queue_size = 128
    proxy: FaultProxy

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a client that goes away: that is no error here."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Connection(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def proxy(self) -> FaultProxy:
        return cast("_Server", self.server).proxy

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's own word
        """Log nothing: ``calls`` has it."""

    def handle(self) -> None:
        """Answer until the client asks nothing more."""
        self.proxy.opened(self.connection)
        try:
            super().handle()
        finally:
            self.proxy.closed(self.connection)

    def handle_one_request(self) -> None:
        """Read one request, and answer it or let it go wrong."""
        self.raw_requestline = self.rfile.readline(65_537)
        if not self.raw_requestline:
            self.close_connection = True
        elif self.parse_request():
            # ``http.server``'s own ``path`` has lost what it finds superfluous.
            method, target, *_ = self.requestline.split()
            request = _Request(method, target, self.headers.items(), b"".join(self._body()))
            self._respond(request, self.proxy.came(request))

    def _body(self) -> Iterator[bytes]:
        if "chunked" not in self.headers.get("transfer-encoding", "").lower():
            yield self.rfile.read(int(self.headers.get("content-length", 0)))
            return
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            """Trailers are dropped."""

    def _respond(self, request: _Request, call: Call) -> None:
        try:
            answer = self._asked(request, call)
        except (OSError, HTTPException):
            self._reset()
            return
        if call.fault in {Fault.RESET_BEFORE, Fault.RESET_AFTER}:
            self._reset()
        elif call.fault in {Fault.TIMEOUT_BEFORE, Fault.TIMEOUT_AFTER}:
            self._wait()
        else:
            self._give(request, answer, call.fault)

    def _asked(self, request: _Request, call: Call) -> _Answer | None:
        """The server's answer, if the fault lets the request through."""
        if call.fault and not call.fault.applied:
            return None
        if call.fault is Fault.DUPLICATED:
            self.proxy.ask(request)
        answer = self.proxy.ask(request)
        call.status = answer.status
        return answer

    def _give(self, request: _Request, answer: _Answer | None, fault: Fault | None) -> None:
        if fault and (instead := answer_of(fault)):
            status, headers, body = instead
            answer = _Answer(status, "Injected", headers, b"" if request.method == "HEAD" else body, len(body))
        assert answer
        self.close_connection |= fault is Fault.TRUNCATED or not answer.whole
        data = answer.data(closing=self.close_connection)
        if fault is Fault.TRUNCATED:
            data = data[: len(data) - (len(answer.body or data) + 1) // 2]
        for piece in _drops(data) if fault is Fault.SLOW else [data]:
            self.wfile.write(piece)

    def _reset(self) -> None:
        """Close with a linger time of 0. That sends RST, which the client sees as "connection reset by peer"."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())
        self.close_connection = True

    def _wait(self) -> None:
        """Wait until the client goes, or the proxy closes."""
        while self.connection.recv(1):
            """Ignore whatever else it says."""
        self.close_connection = True


def _drops(data: bytes) -> Iterator[bytes]:
    size = -(-len(data) // DRIPS)
    for start in range(0, len(data), size):
        time.sleep(PAUSE)
        yield data[start : start + size]


def _header(headers: Headers, name: str) -> str:
    return ", ".join(value for known, value in headers if known.lower() == name)


def _lasting(headers: Headers, old: str, new: str) -> list[tuple[str, str]]:
    """The headers that pass on: not about one connection, and not set anew. ``old`` addresses become ``new`` ones."""
    named = {name.strip().lower() for name in _header(headers, "connection").split(",")}
    return [
        (name, _moved(value, old, new)) for name, value in headers if name.lower() not in _OF_ONE_CONNECTION | named
    ]


def _readable(accepted: str) -> str:
    """The codings that the client accepts and that can be decoded here."""
    codings = [coding.strip() for coding in accepted.split(",")]
    return ", ".join(coding for coding in codings if coding.partition(";")[0] in {"gzip", "deflate"}) or "identity"


def _readdressed(body: bytes, headers: Headers, old: str, new: str) -> bytes:
    """A body with ``new`` addresses in place of ``old`` ones. Without any, it stays the same byte for byte."""
    coding = _header(headers, "content-encoding").lower()
    if not body or coding not in _CODINGS or not _TEXTS.search(_header(headers, "content-type").lower()):
        return body
    decode, encode = _CODINGS[coding]
    try:
        text = decode(body).decode("latin-1")
    except (OSError, EOFError, zlib.error):
        return body
    moved = _moved(text, old, new)
    return body if moved == text else encode(moved.encode("latin-1"))


def _moved(text: str, old: str, new: str) -> str:
    """The text with one origin in place of another, also in JSON's form with a backslash before each slash."""
    for before, after in ((old, new), (old.replace("/", "\\/"), new.replace("/", "\\/"))):
        # Not if the name or the port continues.
        pattern = re.compile(rf"{re.escape(before)}(?![\w:@-]|\.\w)", re.IGNORECASE)
        text = pattern.sub(after.replace("\\", r"\\"), text)
    return text


_Coding = Callable[[bytes], bytes]
_CODINGS: Final[dict[str, tuple[_Coding, _Coding]]] = {
    "": (bytes, bytes),
    "gzip": (gzip.decompress, gzip.compress),
    "deflate": (zlib.decompress, zlib.compress),
}
