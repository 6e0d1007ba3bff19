"""Pictures for tests: real ones, each with bytes of its own; and a server that has them."""

import struct
import threading
import zlib
from collections import Counter
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

HTML = b"<!doctype html><html><title>Not found</title></html>"


def png(seed: int = 0, *, size: int = 4, padding: int = 0) -> bytes:
    """A PNG of one colour, with so many bytes in a chunk that nobody reads."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = b"\0" + bytes((seed * 37 % 256, seed // 7 % 256, seed % 256)) * size
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    extra = chunk(b"teSt", bytes(padding)) if padding else b""
    text = chunk(b"tEXt", b"Comment\0" + str(seed).encode())
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + text
        + extra
        + chunk(b"IDAT", zlib.compress(row * size))
        + chunk(b"IEND", b"")
    )


def svg(seed: int = 0) -> bytes:
    """An SVG with a number in it."""
    return (
        f'<?xml version="1.0"?>\n<!-- {seed} -->\n<svg xmlns="http://www.w3.org/2000/svg"><text>{seed}</text></svg>\n'
    ).encode()


def gif(seed: int = 0) -> bytes:
    """A GIF of one pixel, whose colour is the seed."""
    colour = bytes((seed % 256, seed // 256 % 256, 0))
    head = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + colour + b"\0\0\0"
    return head + b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00" + b"\x3b"


class PictureServer:
    """A server of files. ``files``: by path, the bytes; or a status, headers and bytes."""

    def __init__(self) -> None:
        self.files: dict[str, bytes | tuple[int, Mapping[str, str], bytes]] = {}
        self.asked: Counter[str] = Counter()
        self.headers: dict[str, Mapping[str, str]] = {}
        self.private: set[str] = set()
        """Paths that are forbidden without credentials."""
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                path = self.path
                server.asked[path] += 1
                server.headers[path] = dict(self.headers.items())
                found = server.files.get(path.partition("?")[0], (404, {}, b"no such file"))
                status, headers, body = found if isinstance(found, tuple) else (200, {}, found)
                if path.partition("?")[0] in server.private and "Authorization" not in self.headers:
                    status, headers, body = 403, {}, b"forbidden"
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def put(self, path: str, file: bytes) -> str:
        """Have a file; returns its address."""
        self.files[path] = file
        return self.url + path
