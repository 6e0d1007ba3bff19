"""A token that may only read: the brands are synced, their links stay in the journal, and one line says so."""

import json
from pathlib import Path
from typing import Any

import pytest
from cms_server import CmsServer
from directus import Directus
from extent import enough
from live_cms import LiveCms
from payload import Payload
from shop import Shop
from strapi import Strapi
from wordpress import WordPress

pytestmark = pytest.mark.live


@pytest.mark.parametrize("kind", enough([Directus, WordPress], of=[Strapi, Directus, Payload, WordPress]))
def test_a_token_that_may_only_read_is_enough(
    kind: type[LiveCms], started: Any, tmp_path: Path, sqlite_url: str
) -> None:
    live: LiveCms = started(kind)
    live.reset()
    ids = live.seed([{"name": f"Brand {number}", "description": None, "website_url": None} for number in range(3)])
    settings = live.settings(read_only=True)
    fields = settings.pop("fields", live.fields)
    with CmsServer() as unused, Shop(tmp_path, unused, sqlite_url) as shop:
        shop.sections["cms"] = settings
        shop.sections["cms.fields"] = {"name": fields["name"]}
        before = live.published()
        first = shop.run("sync", "--output", "json")
        assert first.returncode == 0, first.stderr
        assert json.loads(first.stdout)["counts"]["created"] == 3
        assert first.stderr.count("links stay in the journal") == 1
        assert live.published() == before

        live.edit(ids[0], name="Another name")
        again = shop.sync()
        assert (again["counts"]["updated"], again["counts"]["created"]) == (1, 0)
        assert sorted(shop.names().values()) == sorted(entry["name"] for entry in live.published().values())
