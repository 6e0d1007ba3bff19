"""A site with Wagtail's API of published pages, and a route of the shop's own that takes an external id.

Documented (docs.wagtail.org, "Wagtail API v2 usage guide"): ``limit`` (20 at most by default), ``offset``, ``fields``,
``order=id``, ``id=1,2``, ``meta.total_count``; a bad parameter is answered with 400 and a ``message``. Assumed: the
route that writes (a Django view of the site).
"""

import itertools
from typing import Any

from fake_server import Answer, Asked, FakeServer

LARGEST = 20
TOKEN = "the-token"


class FakeWagtail(FakeServer):
    """One type of page."""

    def __init__(self) -> None:
        super().__init__()
        self.pages: dict[int, dict[str, Any]] = {}
        self._numbers = itertools.count(1)

    def publish(self, fields: dict[str, Any]) -> str:
        """Publish a page."""
        number = next(self._numbers)
        self.pages[number] = {"id": number, "meta": {"type": "brands.BrandPage"}, "external_id": None, **fields}
        return str(number)

    def route(self, asked: Asked) -> Answer:
        """Listing, looking up, and writing."""
        if asked.headers.get("Authorization") != f"Bearer {TOKEN}":
            return Answer(401, {"message": "no such token"})
        if asked.method == "PATCH":
            page = self.pages.get(int(asked.path.strip("/").rpartition("/")[2]))
            if page is None:
                return Answer(404, {"message": "not found"})
            page["external_id"] = asked.json["external_id"]
            return Answer(200, page)
        return self._listed(asked.query)

    def _listed(self, query: dict[str, str]) -> Answer:
        limit, offset = int(query.get("limit", LARGEST)), int(query.get("offset", 0))
        if limit > LARGEST:
            return Answer(400, {"message": f"limit cannot be higher than {LARGEST}"})
        wanted = query.get("id")
        if wanted and not all(part.isdecimal() for part in wanted.split(",")):
            return Answer(400, {"message": "id: enter a whole number"})
        ids = sorted({int(part) for part in wanted.split(",")} & self.pages.keys() if wanted else self.pages)
        items = [self.pages[number] for number in ids[offset : offset + limit]]
        return Answer(200, {"meta": {"total_count": len(ids)}, "items": items})
