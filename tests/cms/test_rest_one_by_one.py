"""Entries that are read one by one, where the listing lacks fields, and looked up where one seems gone."""

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import stamina
from cms_listing import all_entries, problems
from cms_server import CmsServer
from cms_wire import Answer, Fault, Refusal, Request
from pydantic import ValidationError
from shop import Shop, entries

from brandsync.cms.rest.backend import RestCms
from brandsync.cms.rest.settings import RestSettings
from brandsync.errors import ConfigError, CredentialsRefused, Unreadable

Build = Callable[..., RestCms]


class Shallow(CmsServer):
    """A CMS whose listing shows ids alone."""

    gone_status = 404
    """How it answers a request for an entry that isn't there; 200 is null, as in Firebase."""
    envelope_of_one: str | None = None
    drafts: tuple[str, ...] = ()
    """Listed no more, and still there by themselves."""

    def listed(self, query: dict[str, str]) -> list[dict[str, Any]]:
        return [{"id": row["id"]} for row in super().listed(query) if row["id"] not in self.drafts]

    def answer(self, request: Request) -> Answer:
        answer = super().answer(request)
        one = request.path.startswith("/brands/") and request.method == "GET"
        if one and answer.status == 404:
            return Answer(None if self.gone_status == 200 else {"error": "there is no such thing"}, self.gone_status)
        return Answer({self.envelope_of_one: answer.value}) if one and self.envelope_of_one else answer


@pytest.fixture(autouse=True)
def quick_retries() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2):
        yield


@pytest.fixture
def server() -> Iterator[Shallow]:
    with Shallow(entries(25), paging="page", envelope="d", total="body", page_size=10) as server:
        yield server


PAGED: dict[str, Any] = {"items": "d", "paging": "page", "page_size": 10, "total": "total"}


@pytest.fixture
def cms(server: Shallow) -> Iterator[Build]:
    opened: list[RestCms] = []

    def build(**given: Any) -> RestCms:
        settings = {"backend": "rest", "url": server.url, "entry_path": "/brands/{id}", **PAGED, **given}
        opened.append(RestCms(RestSettings.model_validate(settings)))
        return opened[-1]

    yield build
    for one in opened:
        one.close()


@pytest.fixture
def shop(server: Shallow, sqlite_url: str, tmp_path: Path) -> Iterator[Shop]:
    with Shop(tmp_path, server, sqlite_url) as shop:
        yield shop.set("cms", entry_path="/brands/{id}", **PAGED).set("sync", on_missing="delete")


def test_each_listed_entry_is_read_by_itself_in_the_listings_order(server: Shallow, cms: Build) -> None:
    source = cms(params={"locale": "en"})
    assert all_entries(source) == server.entries.rows()
    assert source.requests == 3 + 25
    assert {query["locale"] for _, _, query, _ in server.log} == {"en"}
    assert problems(source) == []


def test_the_entry_may_stand_within_the_answer(server: Shallow, cms: Build) -> None:
    server.envelope_of_one = "data"
    assert all_entries(cms(entry_item="data")) == server.entries.rows()
    with pytest.raises(ConfigError, match=r"`id` \(id\) finds no id in the answer"):
        all_entries(cms())
    with pytest.raises(Unreadable, match=r"`entry_item` \(brand\) finds null, where an entry was expected"):
        all_entries(cms(entry_item="brand"))


def test_a_plain_listing_asks_for_no_entry_and_cannot_be_asked(cms: Build) -> None:
    source = cms(entry_path=None)
    all_entries(source)
    assert source.retrieve_entries(["e1"]) is None
    assert source.requests == 3


@pytest.mark.parametrize("status", [404, 410, 200])
def test_a_listed_entry_that_is_not_there_is_skipped_by_its_id(shop: Shop, server: Shallow, status: int) -> None:
    assert shop.sync()["exit_code"] == 0
    server.gone_status = status
    server.faults = [Fault("status", path="/brands/e3", status=404)] if status == 404 else []
    if status != 404:
        answer = server._route

        def route(request: Request) -> Answer:
            if request.path == "/brands/e3":
                raise Refusal(404, "there is no such thing")
            return answer(request)

        server._route = route  # type: ignore[method-assign]
    result = shop.sync()
    assert (result["exit_code"], result["counts"]["deleted"], result["counts"]["missing"]) == (65, 0, 0)
    (skipped,) = result["skipped"]
    assert (skipped["cms_id"], skipped["reason"]) == ("e3", "invalid")
    assert "the CMS lists it, and has nothing at /brands/{id} for e3" in skipped["detail"]


def test_a_path_that_leads_to_no_entry_is_a_wrong_setting(cms: Build) -> None:
    with pytest.raises(ConfigError, match="none of the 10 entries of a page is there by itself") as caught:
        all_entries(cms(entry_path="/brand/{id}"))
    assert "`entry_path`" in (caught.value.hint or "")


def test_a_path_that_leads_to_another_entry_is_a_wrong_setting(cms: Build) -> None:
    with pytest.raises(ConfigError, match="answers with other entries than the 1 that were asked for") as caught:
        all_entries(cms(entry_path="/brands/e1?id={id}"))
    assert "`id` finds the same id" in (caught.value.hint or "")


def test_refused_credentials_end_the_run(server: Shallow, cms: Build) -> None:
    server.faults = [Fault("status", path="/brands/", status=403)]
    with pytest.raises(CredentialsRefused):
        all_entries(cms())


def test_a_missing_entry_is_proved_gone_by_a_look_at_its_own_path(shop: Shop, server: Shallow) -> None:
    assert shop.sync()["counts"]["created"] == 25
    server.remove("e3")
    server.drafts = ("e4",)
    server.log.clear()
    result = shop.sync()
    assert (result["exit_code"], result["counts"]["deleted"], result["counts"]["missing"]) == (0, 1, 1)
    assert sum(path == "/brands" for _, path, _, _ in server.log) == 3
    assert len(shop.names()) == 24


@pytest.mark.parametrize("status", [404, 403, 400])
def test_a_404_proves_nothing_where_no_entry_is_there_any_more(server: Shallow, cms: Build, status: int) -> None:
    source = cms()
    assert source.retrieve_entries(["nothing"]) is None, "no entry is known yet"
    all_entries(source)
    assert source.retrieve_entries(["nothing", "e7", "", "."]) == [server.entries["e7"]]
    server.faults = [Fault("status", path="/brands/", status=status)]
    assert source.retrieve_entries(["e1", "e2"]) is None


def test_entries_are_looked_up_in_any_number(server: Shallow, cms: Build) -> None:
    found = cms().retrieve_entries([f"e{number}" for number in range(25)] * 2)
    assert found == server.entries.rows()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"entry_path": "/brands"}, "must hold {id}"),
        ({"entry_path": "/brands/{slug}/{id}"}, "holds {slug}; the placeholder is {id}"),
        ({"entry_item": "data"}, "`entry_item` is for answers at `entry_path`, which isn't set"),
    ],
)
def test_a_path_that_names_no_entry_is_a_mistake(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        RestSettings.model_validate({"backend": "rest", "url": "https://cms.example.com", **given})
    assert message in str(caught.value)


def test_a_run_that_waits_for_single_entries_stops_within_seconds(shop: Shop, server: Shallow) -> None:
    server.faults = [Fault("timeout", path="/brands/e", nth=5, count=100)]
    process = shop.start("sync")
    deadline = time.monotonic() + 20
    while len(server.log) < 10 and time.monotonic() < deadline:
        time.sleep(0.05)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, time.monotonic() - began < 5) == (75, True), err
