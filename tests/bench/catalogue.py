"""A CMS that costs next to nothing: every page is encoded before it is asked for.

    python tests/bench/catalogue.py --brands 100000

It prints its URL and answers ``GET /brands`` (``page``, ``limit``, ``updated_since``), ``POST /_edit?brands=9&hours=8``
(editors rename so many brands in so many hours until now) and ``GET /_requests`` (how many listings it has sent).
"""

import argparse
import asyncio
import json
import socket
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

Entry = dict[str, Any]

PAGE = 1000
"""The most entries a page: larger ``limit``s are cut to it."""
_PUBLISHED = "2026-01-01T00:00:00.000Z"


def entry(number: int, edition: int = 0, moment: str = _PUBLISHED) -> Entry:
    """One published brand, of about 300 bytes."""
    handle = f"brand-{number:07}"
    return {
        "id": f"entry-{number:07}",
        "name": f"Brand {number:07}" + (f", edition {edition}" if edition else ""),
        "handle": handle,
        "description": f"Makers of fine things since {1900 + number % 120}. Éditions limitées.",
        "logo_url": f"https://images.example.com/{handle}/logo.svg",
        "website_url": f"https://{handle}.example.com/",
        "external_id": None,
        "updated_at": moment,
    }


class Catalogue:
    """The brands, and the pages that they are sent in."""

    def __init__(self, brands: int) -> None:
        self.brands = brands
        self.listings = 0
        self._edition = 0
        self._edited: dict[int, Entry] = {}
        self._pages = [self._encoded(start) for start in range(0, brands, PAGE)]

    def _encoded(self, start: int) -> bytes:
        numbers = range(start, min(start + PAGE, self.brands))
        return _json([self._edited.get(number) or entry(number) for number in numbers])

    def edit(self, brands: int, hours: float) -> None:
        """Rename so many brands, spread evenly over the catalogue, and over so many hours until now."""
        self._edition += 1
        now, step = datetime.now(UTC), max(1, self.brands // max(1, brands))
        for number in range(0, step * brands, step):
            moment = now - timedelta(hours=hours) * number / (step * brands)
            stamp = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            self._edited[number] = entry(number, self._edition, stamp)
        for start in {number // PAGE * PAGE for number in self._edited}:
            self._pages[start // PAGE] = self._encoded(start)

    def answer(self, method: str, target: str) -> tuple[bytes, int]:
        """The body for a request, and how many entries the whole listing has."""
        url = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        if url.path == "/_requests":
            return _json(self.listings), 0
        if (method, url.path) == ("POST", "/_edit"):
            self.edit(int(query["brands"]), float(query["hours"]))
            return b"null", 0
        self.listings += 1
        page = int(query.get("page", "1")) - 1
        if since := query.get("updated_since"):
            after = datetime.fromisoformat(since)
            changed = [one for one in self._edited.values() if datetime.fromisoformat(one["updated_at"]) >= after]
            return _json(changed[page * PAGE : (page + 1) * PAGE]), len(changed)
        return self._pages[page] if page < len(self._pages) else b"[]", self.brands


class _Connection(asyncio.Protocol):
    """HTTP/1.1 as far as it takes: requests one after another, their bodies empty."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            method, target, _ = head.split(b"\r\n", 1)[0].decode("ascii").split(" ")
            body, total = self._catalogue.answer(method, target)
            head = (
                f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Total-Count: {total}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            ).encode()
            self._transport.writelines([head, body])


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


async def _serve(catalogue: Catalogue) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    server = await asyncio.get_running_loop().create_server(lambda: _Connection(catalogue), sock=listening)
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)  # noqa: T201 - what the caller waits for
    await server.serve_forever()


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description="Serve brands, for benchmarks.")
    parser.add_argument("--brands", type=int, required=True)
    asyncio.run(_serve(Catalogue(parser.parse_args(arguments).brands)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
