"""What every fake server shares: HTTP in a thread, each request noted down and answered one at a time, and mischief.

class FakeAcme(FakeServer):
    def route(self, asked: Asked) -> Answer: ...

with FakeAcme() as acme:
    ...  # acme.url, acme.log, acme.instead.append(Answer(502)), acme.act = lambda asked: ...
"""

import json
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self, cast
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Asked:
    """What came, and how it was answered."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""
    status: int = 0
    answer: bytes = b""
    kind: str = ""
    """The answer's."""

    @property
    def json(self) -> Any:
        """The body, read; none for no body."""
        return json.loads(self.body) if self.body else None


@dataclass
class Answer:
    """What goes back."""

    status: int
    value: Any = None
    """As JSON; text and bytes as they are; none: no body."""
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "application/json"


class Listening:
    """HTTP in a thread, on a port of its own."""

    connection: ClassVar[type[BaseHTTPRequestHandler]]
    """Answers requests. It finds this object as its server's ``owner``."""

    def __enter__(self) -> Self:
        self.server = OwnedServer(("127.0.0.1", 0), self.connection)
        self.server.owner = self
        name = type(self).__name__
        threading.Thread(target=self.server.serve_forever, args=(0.01,), name=name, daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server.server_address[1]}"


class OwnedServer(ThreadingHTTPServer):
    """Answers for its owner."""

    daemon_threads = True
    owner: Any

    def handle_error(self, *_: Any) -> None:
        """Clients may hang up: they are killed in tests."""


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: Any) -> None:
        """Nothing."""

    def _answer(self) -> None:
        fake: FakeServer = cast("OwnedServer", self.server).owner
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        asked = Asked(self.command, url.path, query, dict(self.headers), body)
        with fake.lock:
            answer = fake.answer(asked)
            asked.status, asked.answer, asked.kind = answer.status, _encoded(answer.value), answer.kind
            fake.log.append(asked)
            fake.judge(asked)
        self.send_response(asked.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if asked.status != 204:
            self.send_header("Content-Type", asked.kind)
            self.send_header("Content-Length", str(len(asked.answer)))
        self.end_headers()
        self.wfile.write(asked.answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 - the names are the library's


class FakeServer(Listening):
    """A server. Its state is its heir's."""

    connection = _Connection
    spares_reads: ClassVar[bool] = False
    """Whether only writes are answered from ``instead``."""

    def __init__(self) -> None:
        self.log: list[Asked] = []
        self.instead: deque[Answer | None] = deque()
        """Answers that the next requests get, which are then not carried out; None lets one pass."""
        self.after: deque[Callable[[Answer], Answer]] = deque()
        """What the answers to the next writes are turned into, once these have been carried out."""
        self.act: Callable[[Asked], object] = lambda _asked: None
        """Called before each request is carried out: what a person does meanwhile."""
        self.lock = threading.RLock()

    # What it answers.

    def answer(self, asked: Asked) -> Answer:
        """Carry a request out, or what a test has put in its place."""
        if refusal := self.refusal(asked):
            return refusal
        self.act(asked)
        if self.instead and self._strikes(asked) and (given := self.instead.popleft()) is not None:
            return given
        answer = self.route(asked)
        return self.after.popleft()(answer) if self.after and self.writes(asked) else answer

    def _strikes(self, asked: Asked) -> bool:
        return self.writes(asked) or not self.spares_reads

    def refusal(self, asked: Asked) -> Answer | None:
        """Why a request isn't let in, such as its credentials or a rate limit; none by default."""
        return None

    def writes(self, asked: Asked) -> bool:
        """Whether a request changes anything."""
        return asked.method != "GET"

    def route(self, asked: Asked) -> Answer:
        """Carry a request out."""
        raise NotImplementedError

    def judge(self, asked: Asked) -> None:
        """Called with each request once its answer is known."""


def _encoded(value: Any) -> bytes:
    if value is None:
        return b""
    if isinstance(value, bytes):
        return value
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()
