"""A CMS that takes external ids and doesn't keep them is told of, and not written to night after night in silence."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cms_server import CmsServer, Fault
from shop import Shop, entries


class ForgetfulCms(CmsServer):
    """A CMS that answers a PATCH with 200, and keeps nothing of it while it is forgetful."""

    forgetful = True

    def _patch(self, key: str, fields: Any) -> Any:
        return {**self.entries[key], **fields} if self.forgetful else super()._patch(key, fields)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop whose brands are linked, which only the CMS has forgotten."""
    with ForgetfulCms(entries(3)) as cms, Shop(tmp_path, cms, f"sqlite:///{tmp_path}/shop.db") as shop:
        assert (shop.sync()["counts"]["created"], set(shop.external_ids().values())) == (3, {None})
        cms.log.clear()
        yield shop


def test_every_entry_that_lost_its_external_id_again_is_named(shop: Shop) -> None:
    for _ in range(2):
        result = shop.sync()
        assert (result["exit_code"], result["counts"]["unchanged"]) == (65, 3)
        assert {row["cms_id"]: row["reason"] for row in result["skipped"]} == dict.fromkeys(
            ("e0", "e1", "e2"), "link_rejected"
        )
        detail = result["skipped"][0]["detail"]
        assert "was accepted by the CMS and not kept: check that the CMS has the field `external_id`" in detail
        assert result["changes"] == []


def test_entries_that_are_read_one_by_one_are_asked_and_not_listed_again(shop: Shop) -> None:
    shop.set("cms", entry_path="/brands/{id}")
    result = shop.sync()
    assert [row["reason"] for row in result["skipped"]] == ["link_rejected"] * 3
    assert sum(path == "/brands" for _, path, *_ in shop.cms.log) == 1


def test_the_way_out_that_is_named_leads_out(shop: Shop) -> None:
    shop.set("sync", link="journal")
    assert shop.sync()["exit_code"] == 0
    assert [method for method, *_ in shop.cms.log] == ["GET"]


def test_an_external_id_that_is_kept_the_second_time_is_no_trouble(shop: Shop) -> None:
    shop.cms.forgetful = False
    assert shop.sync()["exit_code"] == 0
    assert None not in shop.external_ids().values()
    shop.cms.log.clear()
    assert shop.sync()["exit_code"] == 0
    assert [method for method, *_ in shop.cms.log] == ["GET"]


def test_where_nothing_has_to_be_linked_again_nothing_is_listed_again(shop: Shop) -> None:
    shop.cms.forgetful = False
    shop.sync()
    shop.cms.add({"id": "new", "name": "New", "external_id": None})
    shop.cms.log.clear()
    assert shop.sync()["counts"]["created"] == 1
    assert [method for method, *_ in shop.cms.log] == ["GET", "PATCH"]


def test_a_listing_that_fails_then_takes_nothing_back(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    shop.cms.forgetful = False
    shop.cms.faults.append(Fault("html", method="GET", nth=2))
    assert shop.sync()["exit_code"] == 0
    assert None not in shop.external_ids().values()
    told = "whether the CMS has kept the external ids is not known: GET "
    assert [message for message in caplog.messages if message.startswith(told)]
