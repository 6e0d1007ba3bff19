"""A server that never ends its answers, on a bare socket: silent, or with a byte now and then."""

import json
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self

PAUSE = 0.05
"""Seconds between two bytes."""

Act = Callable[[socket.socket], None]


def whole(value: Any, **headers: str) -> Act:
    """A right answer."""
    return raw(value if isinstance(value, bytes) else json.dumps(value).encode(), **headers)


def raw(body: bytes, status: str = "200 OK", **headers: str) -> Act:
    """These very bytes as a JSON body."""
    given = {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in given.items())
    return lambda connection: connection.sendall(f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body)


def silent(connection: socket.socket) -> None:
    """Nothing comes, ever."""
    connection.recv(1)


def drips_its_body(connection: socket.socket) -> None:
    """A body that has no end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    _drip(connection, b"1\r\n \r\n")


def drips_its_head(connection: socket.socket) -> None:
    """Headers that have no end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
    _drip(connection, b"x")


def _drip(connection: socket.socket, piece: bytes) -> None:
    while True:
        connection.sendall(piece)
        time.sleep(PAUSE)


HANGS: dict[str, Act] = {"silent": silent, "body": drips_its_body, "head": drips_its_head}


class BadServer:
    """Answers each request as ``act`` says, which is given the method and the path."""

    def __init__(self, act: Callable[[str, str], Act]) -> None:
        self.act = act
        self.came: list[str] = []
        """The methods of the requests, in their order."""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._socket.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with suppress(OSError), connection, connection.makefile("rb") as sent:
            while line := sent.readline().decode("latin-1"):
                method, _, rest = line.partition(" ")
                length = 0
                while (header := sent.readline().strip()) != b"":
                    name, _, value = header.partition(b":")
                    length = int(value) if name.lower() == b"content-length" else length
                sent.read(length)
                self.came.append(method)
                self.act(method, rest.partition(" ")[0])(connection)
