"""Each real CMS with each store, on real brands: every promise of a run, an editor's day, and an undo to the byte."""

import json
import os
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, Protocol

import pytest
import real_brands
from cms_server import CmsServer
from databases import fresh_database
from directus import Directus
from extent import enough
from live_cms import LiveCms
from medusa import Medusa
from payload import Payload
from shop import Shop
from strapi import Strapi
from wordpress import WordPress

pytestmark = [pytest.mark.live, pytest.mark.slow]

COUNT = int(os.environ.get("BRANDSYNC_TEST_BRANDS", "500"))
"""The real brands that each pair takes. Strapi and Payload write their links one by one."""
REQUESTS = {
    "strapi": (1516, 5, 5, 12, 7, 0, 1520),
    "directus": (13, 1, 3, 7, 5, 0, 21),
    "payload": (504, 2, 2, 6, 7, 0, 522),
    "wordpress": (49, 6, 7, 12, 4, 0, 50),
}
"""What 500 brands take of each CMS: the first run, the second, a day, an evening, and the undo of three of them."""
MEDUSA = (3, 2, 3, 4, 7, 4, 4)
"""What they take of Medusa besides."""
FIELDS = ("name", "description", "website_url")


class StoreSide(Protocol):
    """The store, as a person looks at it."""

    def section(self) -> dict[str, Any]: ...
    def brands(self) -> dict[str, dict[str, Any]]: ...


class MedusaSide:
    """A shop on Medusa."""

    def __init__(self, server: Medusa) -> None:
        self.server = server

    def section(self) -> dict[str, Any]:
        """The ``[store]`` section."""
        return self.server.settings()

    def brands(self) -> dict[str, dict[str, Any]]:
        """Its brands by id, without the times of their changes."""
        return {row["id"]: {name: row[name] for name in FIELDS} for row in self.server.brands().values()}


class PostgresSide:
    """A shop on a table of PostgreSQL."""

    def __init__(self, url: str, shop: Shop) -> None:
        self.url = url
        self.shop = shop

    def section(self) -> dict[str, Any]:
        """The ``[store]`` section."""
        return {"backend": "sql", "url": self.url}

    def brands(self) -> dict[str, dict[str, Any]]:
        """Its brands by id, without the times of their changes."""
        rows = self.shop.query(f"SELECT id, {', '.join(FIELDS)} FROM brand")
        return {row[0]: dict(zip(FIELDS, row[1:], strict=True)) for row in rows}


class Pair(Shop):
    """A real CMS and a store."""

    live: LiveCms
    side: StoreSide

    def is_right(self) -> bool:
        """Every published entry is one brand, equal in every field, and linked; nothing is left over."""
        published, brands = self.live.published(), self.side.brands()
        return len(brands) == len(published) and all(
            brands.get(entry["external_id"]) == {name: entry[name] for name in FIELDS} for entry in published.values()
        )


@pytest.fixture
def pair(request: pytest.FixtureRequest, started: Any, tmp_path: Path) -> Iterator[Pair]:
    """A shop on one of the stores; a test names its CMS."""
    with fresh_database("postgresql", tmp_path) as url, CmsServer() as unused, Pair(tmp_path, unused, url) as pair:
        pair.set("journal", url=url)
        if request.param == "medusa":
            medusa = started(Medusa)
            medusa.reset()
            pair.side = MedusaSide(medusa)
        else:
            pair.side = PostgresSide(url, pair)
        pair.sections["store"] = pair.side.section()
        yield pair


def connect(pair: Pair, live: LiveCms, *, read_only: bool = False) -> None:
    live.reset()
    pair.live = live
    pair.sections["cms"] = live.settings(read_only=read_only)
    pair.sections["cms.fields"] = {name: live.fields[name] for name in FIELDS}


def catalogue(count: int) -> list[dict[str, Any]]:
    """Real brands, some of one name, with websites of their own."""
    return [
        {"name": brand["name"], "description": brand["description"], "website_url": f"https://brand.example/{number}"}
        for number, brand in enumerate(real_brands.load()[:count])
    ]


CMSES = (Strapi, Directus, Payload, WordPress)
COVERING = [*((kind, "medusa") for kind in CMSES), (Directus, "postgresql")]
PAIRS = enough(COVERING, of=[*product(CMSES, ("medusa", "postgresql"))])
"""Each side's contract is proved by the kit: a real store of one kind is enough for each CMS."""


@pytest.mark.parametrize(("kind", "pair"), PAIRS, indirect=["pair"])
def test_real_brands_an_editors_day_and_back(kind: type[LiveCms], pair: Pair, started: Any) -> None:
    live = started(kind)
    connect(pair, live)
    ids = live.seed(catalogue(COUNT))
    unseen = live.new_draft(name="Not yet", description="Never published", website_url="https://not.example")
    untouched = live.published()

    first = pair.sync()
    assert (first["exit_code"], first["counts"]["created"]) == (0, COUNT), json.dumps(first)[:2000]
    assert pair.is_right()

    before = live.published(), pair.side.brands()
    again = pair.sync(full=True)
    assert (again["counts"]["unchanged"], again["changes"]) == (COUNT, [])
    assert (live.published(), pair.side.brands()) == before

    live.edit(ids[0], description="An editor's change")
    live.save_draft(ids[1], description="Not to be seen yet")
    drafted = live.draft(ids[1])
    day = pair.sync()
    assert (day["counts"]["updated"], day["counts"]["created"]) == (1, 0), json.dumps(day)[:2000]
    assert pair.is_right()
    assert live.draft(ids[1]) == drafted

    live.publish(ids[1])
    live.publish(unseen)
    evening = pair.sync()
    assert (evening["counts"]["updated"], evening["counts"]["created"]) == (1, 1), json.dumps(evening)[:2000]
    assert pair.is_right()

    live.unpublish(unseen)
    assert pair.sync(full=True)["counts"]["unchanged"] == COUNT
    live.publish(unseen)
    live.edit(ids[0], description=untouched[ids[0]]["description"])

    undone = [pair.undo(run["run"]) for run in (evening, day, first)]
    assert [undo["exit_code"] for undo in undone] == [0, 0, 0], json.dumps(undone)[:2000]
    left = live.published()
    del left[unseen]
    left[ids[1]] |= {"description": untouched[ids[1]]["description"]}
    assert left == untouched
    assert pair.side.brands() == {}
    made = [result["requests"] for result in (first, again, day, evening, *undone)]
    fewest = [
        cms + medusa * isinstance(pair.side, MedusaSide)
        for cms, medusa in zip(REQUESTS[live.name], MEDUSA, strict=True)
    ]
    assert COUNT != 500 or made == fewest
