"""A small brand store with an HTTP API of its own, as a third party would have it. In a thread, or as a program.

    with ShopServer() as shop:
        ...  # shop.url, shop.brands

    PYTHONPATH=tests python tests/faults/shop_server.py 8080

It answers ``GET /brands?cursor=`` (a page), ``GET /brands?ids=a,b``, and ``POST``, ``PATCH`` and ``DELETE
/brands/batch``: up to 50 brands each, all or none. It chooses the ids itself, and writes without looking at what is
there. A brand named "poison" is refused, and one named "locked" is not deleted.
"""

import json
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any, Final, cast
from urllib.parse import parse_qs, urlsplit

from fake_server import Listening, OwnedServer

Record = dict[str, Any]
LARGEST_BATCH: Final = 50
FIELDS: Final = ("name", "description")
POISON: Final = "poison"
LOCKED: Final = "locked"


class RefusedError(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def _check_path(found: str, known: str) -> None:
    if found != known:
        raise RefusedError(404, "there is no such thing")


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: Any) -> None:
        """Nothing."""

    def do_GET(self) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        self._answer("/brands", lambda shop, _: shop.listing(query))

    def do_POST(self) -> None:
        self._answer("/brands/batch", lambda shop, body: shop.create(body))

    def do_PATCH(self) -> None:
        self._answer("/brands/batch", lambda shop, body: shop.update(body))

    def do_DELETE(self) -> None:
        self._answer("/brands/batch", lambda shop, body: shop.delete(body))

    def _answer(self, path: str, work: Callable[["ShopServer", Any], Any]) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        shop: ShopServer = cast("OwnedServer", self.server).owner
        try:
            _check_path(urlsplit(self.path).path, path)
            with shop.lock:
                self._write(200, work(shop, json.loads(body or "null")))
        except RefusedError as refusal:
            self._write(refusal.status, {"message": str(refusal)})

    def _write(self, status: int, value: Any) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class ShopServer(Listening):
    """The store. Its brands are in memory, by id."""

    connection = _Connection

    def __init__(self, *, page_size: int = 100) -> None:
        self.brands: dict[str, Record] = {}
        self.page_size = page_size
        self.made = 0
        """How many brands were ever created: no id comes twice."""
        self.lock = threading.Lock()

    def add(self, fields: Record) -> Record:
        """Create a brand."""
        self.made += 1
        record = {"id": f"b{self.made:06}", **dict.fromkeys(FIELDS), **fields}
        self.brands[record["id"]] = record
        return record

    # What it answers.

    def listing(self, query: dict[str, str]) -> Any:
        """A page of the brands, by id; or those of some ids."""
        if "ids" in query:
            return {"brands": [self.brands[key] for key in query["ids"].split(",") if key in self.brands]}
        after = sorted(key for key in self.brands if key > query.get("cursor", ""))
        page = [self.brands[key] for key in after[: self.page_size]]
        return {"brands": page, "next": page[-1]["id"] if len(after) > len(page) else None}

    def create(self, body: Any) -> Any:
        """Create brands, all or none."""
        return {"brands": [self.add(fields) for fields in _brands(body)]}

    def update(self, body: Any) -> Any:
        """Write fields of those brands that are there."""
        there = [record for record in _brands(body) if record["id"] in self.brands]
        for record in there:
            self.brands[record["id"]] |= record
        return {"brands": [self.brands[record["id"]] for record in there]}

    def delete(self, body: Any) -> Any:
        """Delete brands. Those that are gone already are gone."""
        if any(self.brands[key]["name"] == LOCKED for key in body["ids"] if key in self.brands):
            raise RefusedError(409, "a brand is locked")
        for key in body["ids"]:
            self.brands.pop(key, None)
        return {"ids": body["ids"]}


def _brands(body: Any) -> list[Record]:
    records: list[Record] = body["brands"]
    if len(records) > LARGEST_BATCH:
        raise RefusedError(413, f"no more than {LARGEST_BATCH} brands at once")
    for record in records:
        if record.get("name") == POISON:
            raise RefusedError(422, "the name is poison")
    return records


if __name__ == "__main__":
    server = OwnedServer(("127.0.0.1", int(sys.argv[1])), _Connection)
    server.owner = ShopServer()
    server.serve_forever()
