"""Whole runs over listings that editors change while they are read, or whose server says too little or too much."""

from collections.abc import Callable
from typing import Any

import pytest
from cms_server import CmsServer, Entry
from cms_wire import Answer, Request
from ran import Command, command
from shop import Shop, entries

BRANDS, PAGE = 250, 100


class ListedCms(CmsServer):
    """A CMS in which a test acts between two pages, and says what the total is."""

    def __init__(self, **options: Any) -> None:
        super().__init__(entries(BRANDS), envelope="data", **options)
        self.acts: list[Callable[[], object]] = []
        """What editors do just before the next page that isn't the first."""
        self.says: Callable[[list[Entry]], dict[str, Any]] = lambda _page: {}
        """What stands beside a page."""

    def answer(self, request: Request) -> Answer:
        if request.query.get("offset", "0") != "0" or request.query.get("page", "1") != "1":
            for act in self.acts:
                act()
            self.acts.clear()
        return super().answer(request)

    def _body(self, page: list[Entry], total: int, following: int | None) -> Any:
        return super()._body(page, total, following) | self.says(page)


@pytest.fixture
def brandsync(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return command(monkeypatch, capsys)


@pytest.fixture(params=["offset", "page"])
def paged(request, tmp_path, sqlite_url):
    with ListedCms(paging=request.param) as cms, Shop(tmp_path, cms, sqlite_url) as shop:
        yield shop.set("cms", paging=request.param, items="data").set("sync", link="journal")


def unpublishes(cms: ListedCms, *ids: str) -> None:
    cms.acts.append(lambda: [cms.remove(cms_id) for cms_id in ids])


def brand_ids(shop: Shop) -> dict[str, str]:
    return dict(shop.query("SELECT cms_id, id FROM brand"))


@pytest.mark.parametrize("published", [False, True])
@pytest.mark.parametrize("paged", ["offset"], indirect=True)
def test_a_brand_that_is_published_all_the_time_stays_while_another_is_unpublished(paged, published):
    paged.set("sync", on_missing="delete")
    paged.sync()
    before = brand_ids(paged)
    unpublishes(paged.cms, "e4")
    if published:
        paged.set("cms", total="total")
        paged.cms.says = lambda _page: {"total": len(paged.cms.entries)}
        paged.cms.acts.append(lambda: paged.cms.add({"id": "new", "name": "New", "external_id": None}))
    result = paged.sync()
    assert result["exit_code"] == 0
    after = brand_ids(paged)
    assert {key: brand for key, brand in after.items() if key not in {"e4", "new"}} == {
        key: brand for key, brand in before.items() if key != "e4"
    }
    assert ("new" in after) == published


@pytest.mark.parametrize("paged", ["page"], indirect=True)
def test_by_page_a_total_that_falls_saves_the_brand(paged):
    paged.set("sync", on_missing="delete").set("cms", total="total")
    paged.cms.says = lambda _page: {"total": len(paged.cms.entries)}
    paged.sync()
    before = brand_ids(paged)
    unpublishes(paged.cms, "e4")
    assert paged.sync()["exit_code"] == 0
    assert brand_ids(paged).items() >= {key: brand for key, brand in before.items() if key != "e4"}.items()


@pytest.mark.parametrize("says", [len, lambda _page: 200], ids=["the page's own", "200 and no more"])
def test_a_total_that_is_too_low_hides_no_brand(paged, says):
    paged.cms.says = lambda page: {"total": says(page)}
    paged.set("cms", total="total")
    assert paged.sync()["counts"]["created"] == BRANDS


def test_an_unpaged_listing_that_says_there_is_more_is_refused_by_check_and_sync(brandsync, paged):
    paged.cms.says = lambda _page: {"total": 503}
    paged.set("cms", paging="none")
    for arguments in (["check"], ["sync"]):
        ran = brandsync(*arguments, "--config", str(paged.config))
        assert ran.code == 78
        said = ran.out + ran.err
        assert "are not all there are: `total` says 503" in said
        assert 'set paging = "page" or "offset", as the API has it, and total = "total" in [cms]' in said
    assert not paged.query("SELECT name FROM sqlite_master WHERE name = 'brand'")


def test_a_wrong_first_page_is_told_with_the_setting_and_the_setting_helps(brandsync, tmp_path, sqlite_url):
    with ListedCms(paging="page") as cms, Shop(tmp_path, cms, sqlite_url) as shop:
        cms.says = lambda page: {"totalElements": BRANDS, "first": page[:1] == [cms.entries["e0"]]}
        shop.set("cms", paging="page", items="data", first_page=2).set("sync", link="journal")
        result = shop.sync()
        assert (result["exit_code"], result["counts"]["created"]) == (65, BRANDS - PAGE)
        (told,) = result["skipped"]
        assert told["reason"] == "not_listed"
        assert "`first` is false on its first page; check `first_page` in [cms]" in told["detail"]
        assert "ended after 150 entries, but `totalElements` says 250" in told["detail"]
        ran = brandsync("check", "--config", str(shop.config))
        assert ran.code == 78
        assert "`first` is false on its first page; check `first_page` in [cms]" in ran.out
        shop.set("cms", first_page=1)
        result = shop.sync()
        assert (result["exit_code"], result["counts"]["created"]) == (0, PAGE)


def test_check_says_that_no_entry_holds_a_moment(brandsync, paged):
    for key in paged.cms.entries:
        paged.cms.entries[key].pop("external_id")  # another finding hides this one not
    paged.set("cms", changed_since_param="updated_since")
    ran = brandsync("check", "--config", str(paged.config))
    assert (
        "!  cms  `updated_at` (updated_at) is in none of the 100 entries, so every run lists the whole CMS" in ran.out
    )
    for key in paged.cms.entries:
        paged.cms.edit(key, updated_at=1_767_225_600)
    ran = brandsync("check", "--config", str(paged.config))
    assert "✓  cms  `updated_at` (updated_at) is a moment in 100 of 100 entries" in ran.out
    paged.set("sync", full_every="0s", link="journal")
    assert "a moment in" not in brandsync("check", "--config", str(paged.config)).out
