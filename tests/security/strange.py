"""What a broken or hostile server may answer, and what may stand in a configuration, with the secret anywhere."""

import base64
import gzip
import html
import json
import socketserver
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import quote

from evidence import SECRET
from hypothesis import strategies as st

SECRETS = (
    *(SECRET, quote(SECRET, safe=""), quote(quote(SECRET)), html.escape(SECRET), json.dumps(SECRET)[1:-1]),
    *(SECRET.replace("/", "\\/"), base64.b64encode(SECRET.encode()).decode(), f"{SECRET[:9]}\n{SECRET[9:]}"),
    *(f"http://{SECRET}/", f"//u:{quote(SECRET, safe='')}@h", f"/x?key={SECRET}", SECRET.upper().lower()),
)
ADDRESSES = (
    *("http://[::1", "//[x", "http://h:port/", "http://other.example/", "?page=2", "/brands", "", ".", "..", "#x"),
    *("http://\u0130.example", "http://" + "a" * 70 + ".example", "data:x", "javascript:x", "\\\\h\\x", "%", "http://"),
)
NUMBERS = (
    *("0", "-1", "1", "99999999999999999999", "1e309", "nan", "inf", "0x1", "\u0661", "1_0", "1.5", "1" * 5000),
    *("Mon, 01 Jan 99999999999 00:00:00 GMT", "Mon, 01 Jan 2030 00:00:00 +99999999999999", "Sun, 00 Foo"),
)
ODD = ("\x00", "\ud800", "\u202e", "\x1b[2J", "{id}", "${x}", "x" * 300, "é", "%zz", "'\"`", "a;b,c=d", "null", "[]")
TEXTS = st.sampled_from((*SECRETS, *ADDRESSES, *NUMBERS, *ODD)) | st.text(max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
CHARSETS = ("utf-8", "utf-16", "idna", "punycode", "undefined", "rot13", "base64", "latin-1", "x", "")
_ONE_OF = {
    "Content-Type": [
        f"{kind}; charset={charset}" for kind in ("text/html", "application/json") for charset in CHARSETS
    ],
    "Content-Encoding": ["gzip", "deflate", "br", "x", "gzip, gzip", "identity"],
    "Content-Length": ["0", "5", "-1", "99", "x", "1, 1"],
    "Transfer-Encoding": ["chunked", "gzip", "x"],
    "Connection": ["close", "upgrade", "x"],
}
_ANYTHING = (
    *("Link", "Location", "Retry-After", "Date", "Set-Cookie", "X-Total-Count", "Content-Range", "WWW-Authenticate"),
    *("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Content-Type", "Content-Length", "Allow"),
    *("X-Contentful-RateLimit-Second-Remaining", "X-Contentful-RateLimit-Reset", "ratelimit-reset", "X-WP-TotalPages"),
)
_WRAPPED = (
    "{}",
    '<{}>; rel="next"',
    "<{}>; rel=next; title*=x''y",
    "a={}; Max-Age={}; Path=/; Expires={}",
    "bytes 0-1/{}",
)
STATUSES = ("200 OK",) * 12 + (
    *("201 Created", "204 No Content", "301 Moved", "302 Found", "304 Not Modified", "400 Bad", "401 Unauthorized"),
    *(
        "403 Forbidden",
        "404 Not Found",
        "409 Conflict",
        "413 Too Large",
        "418 Teapot",
        "429 Slow",
        "500 Error",
        "503 Busy",
    ),
    *(f"400 {SECRET}", "600 x", "099 x", "abc", "200", "200 \x00"),
)


@st.composite
def headers(draw: st.DrawFn) -> list[tuple[str, str]]:
    """A few headers, some of them as nobody expects them."""
    found = [("Content-Type", "application/json")] if draw(st.integers(0, 3)) else []
    for _ in range(draw(st.integers(0, 3))):
        if draw(st.integers(0, 2)):
            wrapped = draw(st.sampled_from(_WRAPPED))
            found.append((draw(st.sampled_from(_ANYTHING)), wrapped.replace("{}", draw(TEXTS))))
        else:
            name = draw(st.sampled_from([*_ONE_OF]))
            found.append((name, draw(st.sampled_from(_ONE_OF[name]))))
    return found


_BESIDE = {"external_id": st.none() | TEXTS | VALUES, "updated_at": TEXTS | VALUES, "description": TEXTS | VALUES}
_PLACED = {"id": st.integers(0, 3) | TEXTS | VALUES, "name": TEXTS | VALUES, **_BESIDE}
_ENTRIES = st.lists(
    st.fixed_dictionaries({"id": st.integers(0, 9), "name": TEXTS}, optional=_BESIDE)
    | st.fixed_dictionaries({}, optional=_PLACED)
    | VALUES,
    max_size=4,
)
_AROUND = {
    "next": TEXTS | VALUES,
    "total": st.integers(0, 9) | VALUES,
    "meta": VALUES,
    "links": VALUES,
    "items": VALUES,
}
BODIES = (
    st.fixed_dictionaries({"data": _ENTRIES}, optional=_AROUND)
    | _ENTRIES
    | VALUES
    | st.fixed_dictionaries({}, optional={"message": VALUES, "errors": VALUES, "error": VALUES, "token": TEXTS})
)


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """One answer, as it goes over the wire."""
    form = draw(st.integers(0, 9))
    body = draw(st.binary(max_size=40)) if form == 0 else json.dumps(draw(BODIES)).encode()
    if form == 1:
        body = body[: len(body) // 2]
    if form == 2:
        body = draw(TEXTS).encode("utf-8", "replace")
    given = draw(headers())
    if ("Content-Encoding", "gzip") in given and draw(st.booleans()):
        body = gzip.compress(body)
    lines = "".join(f"{name}: {value}\r\n" for name, value in given)
    head = f"HTTP/1.1 {draw(st.sampled_from(STATUSES))}\r\n{lines}\r\n"
    return head.encode("utf-8", "replace") + body


@contextmanager
def answering(script: Sequence[bytes]) -> Iterator[str]:
    """A server that gives these answers one after another, and the last one for ever; its address."""
    left = list(script)

    class Handler(socketserver.StreamRequestHandler):
        timeout = 10

        def handle(self) -> None:
            length = 0
            while (line := self.rfile.readline()) not in {b"\r\n", b""}:
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            self.rfile.read(length)
            self.wfile.write(left.pop(0) if len(left) > 1 else left[0])

        def finish(self) -> None:
            with suppress(OSError):
                super().finish()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: Any) -> None:
            """A client that goes away is its own affair."""

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.005,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


PATHS = st.sampled_from(
    ["data", "next", "total", "meta", "@", "data[0]", "abs(next)", "keys(@)", "*", "meta.next", "join('', keys(@))"]
)
REST = st.fixed_dictionaries(
    {"backend": st.just("rest"), "paging": st.sampled_from(["none", "page", "offset", "cursor", "link"])},
    optional={
        "items": PATHS,
        "next_cursor": PATHS | st.just("header:Link"),
        "total": PATHS | st.sampled_from(["header:X-Total-Count", "header:Content-Range", "header:Link"]),
        "id": st.sampled_from(["id", "name", "@", "keys(@)[0]", "_key", "_answer.id"]),
        "entry_path": st.just("/brands/{id}"),
        "external_id": st.sampled_from(["external_id", "meta.id", "name"]),
        "page_size": st.integers(1, 3),
        "changed_since_param": st.just("since"),
        "link_path": st.sampled_from(["/brands/{id}", "/b?e={id}", "/{external_id}/{id}"]),
        "link_method": st.sampled_from(["PATCH", "PUT", "POST"]),
    },
)
"""Settings of ``rest`` that fit what is answered, more or less; credentials come beside them."""
