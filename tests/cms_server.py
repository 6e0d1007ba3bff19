"""The guide's CMS as a real HTTP server: in a thread of the test's own, or as a program.

    with CmsServer(entries, paging="page", token="secret") as cms:
        ...  # cms.url, cms.entries, cms.log, cms.faults, cms.edit("a", name="A")

    python tests/cms_server.py --file brands.json --port 0 --print-url

It answers ``GET /brands``, ``GET /brands/{id}`` and ``PATCH /brands/{id}``; and, for tests that run it as a program,
``GET /_state`` (every entry), ``GET /_requests`` (how many, by method) and ``POST /_fault`` (a JSON list of faults).
"""

import argparse
import asyncio
import json
import random
import signal
import socket
import sys
import threading
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self, cast
from urllib.parse import unquote, urlencode

from cms_entries import Entries, Entry, moment_of
from cms_wire import Answer, Connection, Fault, Refusal, Request

__all__ = ["CmsServer", "Entry", "Fault", "Options"]


@dataclass(frozen=True, slots=True)
class Options:
    """How the CMS answers. The defaults are the guide's: one bare list of everything, open to all."""

    envelope: str | None = None
    """The keys under which the list stands, such as ``data`` or ``data.items``; none for a bare list."""
    paging: Literal["none", "page", "offset", "cursor", "link"] = "none"
    """``link`` takes ``page`` and ``limit`` too, and names the next page in a Link header."""
    page_size: int = 100
    """What a client gets that names no ``limit``."""
    max_page_size: int = 1000
    """A larger ``limit`` is cut to this, silently."""
    total: Literal["body", "header"] | None = None
    """Where the number of all entries stands: ``total`` or ``X-Total-Count``."""
    token: str | None = None
    """The Bearer token that may do everything; none asks for no token."""
    read_only_token: str | None = None
    """A Bearer token that is refused a PATCH."""

    def __post_init__(self) -> None:
        if self.envelope is None and (self.paging == "cursor" or self.total == "body"):
            raise ValueError("a cursor or a total in the body needs an envelope")


class CmsServer:
    """The CMS. Takes the entries and the fields of ``Options``; runs in a thread inside a ``with`` block.

    Faults are in ``faults``: the first that strikes a request counts. ``log`` has ``(method, path, query, body)`` of
    every request, the body as JSON. What a test changes while it runs goes through ``edit``, ``add`` and ``remove``,
    or ``entries`` itself.
    """

    def __init__(self, entries: Iterable[Entry] = (), *, port: int = 0, keep_log: bool = True, **options: Any) -> None:
        self.options = Options(**options)
        self.entries = Entries(entries)
        self.faults: list[Fault] = []
        self.log: list[tuple[str, str, dict[str, str], Any]] = []
        self.requests: Counter[str] = Counter()
        self.url = ""
        self.chance = random.Random(0)
        self.connections: set[asyncio.Transport] = set()
        self._port = port
        self._keep_log = keep_log

    # What a test does to it.

    def edit(self, id: str, **fields: Any) -> Entry:  # noqa: A002 - the entry's own word
        """Change fields of an entry, as an editor would."""
        return self.entries.touch(id, fields)

    def add(self, entry: Entry) -> Entry:
        """Publish another entry, at the end of the listing; it is dated now unless it has a date."""
        self.entries[str(entry["id"])] = entry
        return entry if entry.get("updated_at") else self.edit(str(entry["id"]))

    def remove(self, id: str) -> None:  # noqa: A002 - the entry's own word
        """Take an entry away."""
        del self.entries[id]

    # How it runs.

    def bind(self) -> None:
        """Take the port, and know the URL. Started again, it comes back at the same one."""
        self._socket = socket.create_server(("127.0.0.1", self._port))
        self._port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"

    async def serve(self, stop: asyncio.Event) -> None:
        """Answer until ``stop`` is set."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Connection(self), sock=self._socket, backlog=512)
        await stop.wait()
        server.close()
        for transport in list(self.connections):
            transport.abort()
        await asyncio.sleep(0)

    def __enter__(self) -> Self:
        self.bind()
        self._loop, self._stop = asyncio.new_event_loop(), asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="cms", daemon=True)
        self._thread.start()
        return self

    def _run(self) -> None:
        with closing(self._loop):
            self._loop.run_until_complete(self.serve(self._stop))

    def __exit__(self, *exc: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    # What it answers.

    def fault_for(self, request: Request) -> Fault | None:
        """Note a request down, and say what is to go wrong with it. What a test asks a program for is left out."""
        if request.path.startswith("/_"):
            return None
        self.requests[request.method] += 1
        if self._keep_log:
            self.log.append((request.method, request.path, request.query, _logged(request)))
        return next((fault for fault in self.faults if fault.strikes(request, self.chance)), None)

    def answer(self, request: Request) -> Answer:
        """Carry a request out."""
        try:
            if request.path.startswith("/_"):
                return self._control(request)
            self._authorize(request)
            return self._route(request)
        except Refusal as refusal:
            return Answer({"error": str(refusal)}, refusal.status, refusal.headers)

    def _control(self, request: Request) -> Answer:
        if request.path == "/_fault" and request.method == "POST":
            self.faults = [Fault(**fault) for fault in request.json()]
            return Answer(self.requests)
        answers: dict[str, Any] = {"/_state": self.entries.rows(), "/_requests": self.requests}
        if request.path not in answers:
            raise Refusal(404, "there is no such thing")
        return Answer(answers[request.path])

    def _authorize(self, request: Request) -> None:
        known = {f"Bearer {token}" for token in (self.options.token, self.options.read_only_token) if token}
        given = request.headers.get("authorization")
        if known and given not in known:
            raise Refusal(401, "a valid token is required", {"WWW-Authenticate": "Bearer"})
        if request.method != "GET" and known and given != f"Bearer {self.options.token}":
            raise Refusal(403, "this token may only read")

    def _route(self, request: Request) -> Answer:
        if request.path == "/brands" and request.method == "GET":
            return self._listing(request.query)
        key = unquote(request.path.removeprefix("/brands/"))
        if key not in self.entries:
            raise Refusal(404, "there is no such thing")
        if request.method == "PATCH":
            return Answer(self._patch(key, request.json()))
        if request.method == "GET":
            return Answer(self.entries[key])
        raise Refusal(405, "only GET and PATCH", {"Allow": "GET, PATCH"})

    def _patch(self, key: str, fields: Any) -> Entry:
        if not isinstance(fields, dict):
            raise Refusal(400, "the body is not a JSON object")
        fields.pop("updated_at", None)
        return self.entries.touch(key, fields)

    def _listing(self, query: dict[str, str]) -> Answer:
        try:
            rows = self.listed(query)
            start, size = self._window(query, len(rows))
        except ValueError:
            raise Refusal(400, "a parameter is not what it should be") from None
        more = start + size < len(rows)
        headers = self._headers(query, len(rows), more=more)
        return Answer(self._body(rows[start : start + size], len(rows), start + size if more else None), 200, headers)

    def listed(self, query: dict[str, str]) -> list[Entry]:
        """What all pages together list."""
        if "updated_since" in query:
            return self.entries.changed_since(moment_of(query["updated_since"]))
        return self.entries.rows()

    def _window(self, query: dict[str, str], total: int) -> tuple[int, int]:
        if self.options.paging == "none":
            return 0, total
        size = min(int(query.get("limit", self.options.page_size)), self.options.max_page_size)
        starts = {"offset": query.get("offset", "0"), "cursor": query.get("cursor", "at-0").removeprefix("at-")}
        given = starts.get(self.options.paging)
        start = (int(query.get("page", "1")) - 1) * size if given is None else int(given)
        if size < 1 or start < 0:
            raise ValueError("out of range")
        return start, size

    def _headers(self, query: dict[str, str], total: int, *, more: bool) -> dict[str, str]:
        headers = {"X-Total-Count": str(total)} if self.options.total == "header" else {}
        if self.options.paging == "link" and more:
            following = urlencode({**query, "page": int(query.get("page", "1")) + 1})
            headers["Link"] = f'<{self.url}/brands?{following}>; rel="next"'
        return headers

    def _body(self, page: list[Entry], total: int, following: int | None) -> Any:
        body: Any = page
        for key in reversed(self.options.envelope.split(".") if self.options.envelope else []):
            body = {key: body}
        if self.options.total == "body":
            body["total"] = total
        if self.options.paging == "cursor":
            body["next"] = following and f"at-{following}"
        return body


def _logged(request: Request) -> Any:
    try:
        return request.json()
    except Refusal:
        return request.body


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Serve brands as the guide's CMS, for tests.")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--file", type=Path, help="a JSON list of entries")
    source.add_argument("--nsi", action="store_true", help="the brands of the name suggestion index")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--print-url", action="store_true", help="print the URL as the first line")
    parser.add_argument("--save", type=Path, help="write the entries here at the end")
    parser.add_argument("--envelope")
    parser.add_argument("--paging", default="none", choices=("none", "page", "offset", "cursor", "link"))
    parser.add_argument("--page-size", type=int, default=100)
    parser.add_argument("--max-page-size", type=int, default=1000)
    parser.add_argument("--total", choices=("body", "header"))
    parser.add_argument("--token")
    parser.add_argument("--read-only-token")
    return parser.parse_args()


def _entries(file: Path | None) -> list[Entry]:
    if file:
        return cast("list[Entry]", json.loads(file.read_text("utf-8")))
    import real_brands  # noqa: PLC0415 - only --nsi needs npm

    return real_brands.load()


async def _run(cms: CmsServer, *, print_url: bool) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    cms.bind()
    if print_url:
        print(cms.url, flush=True)  # noqa: T201
    await cms.serve(stop)


def main() -> int:
    """Serve until SIGTERM or Ctrl-C."""
    arguments = vars(_arguments())
    save, print_url = arguments.pop("save"), arguments.pop("print_url")
    arguments.pop("nsi")
    cms = CmsServer(_entries(arguments.pop("file")), keep_log=False, **arguments)
    asyncio.run(_run(cms, print_url=print_url))
    if save:
        save.write_text(json.dumps(cms.entries.rows(), ensure_ascii=False, indent=2) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
