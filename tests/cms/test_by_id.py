"""Entries by their ids: an answer that lacks some is whole, or it is completed, or raised."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

import pytest
from fake_server import Answer, Asked, FakeServer

from brandsync.cms.by_id import LONGEST, LookUp, whole_number
from brandsync.cms.directus import DirectusCms
from brandsync.cms.interface import Cms
from brandsync.cms.payload import PayloadCms
from brandsync.cms.strapi import StrapiCms
from brandsync.cms.wordpress import WordPressCms
from brandsync.errors import BrandsyncError, ConfigError, CredentialsRefused, TryAgainLater, Unreadable

UUID = "3f2504e0-4f89-41d3-9a0c-0305e82c33{:02}"
UUIDS = [UUID.format(number) for number in range(1, 8)]


class Shelf:
    """Entries by id, shown as a server would that has its own mind."""

    def __init__(self, *ids: str, page: int = 1_000, total: bool = True) -> None:
        self.ids = set(ids)
        self.page, self.total = page, total
        self.asked: list[list[str]] = []

    def ask(self, ids: Sequence[str]) -> tuple[list[dict[str, str]], int | None]:
        self.asked.append(list(ids))
        found = sorted(self.ids & set(ids))
        return [{"id": key} for key in found[: self.page]], len(found) if self.total else None

    def look_up(self, ids: Sequence[str], ask: Callable[..., Any] | None = None, most: int = 100) -> list[str]:
        return [
            entry["id"] for entry in LookUp(ask or self.ask, lambda entry: entry["id"], "GET /brands", most).of(ids)
        ]


def test_ids_are_asked_for_once_each_in_groups() -> None:
    shelf = Shelf("a", "b", "c")
    assert shelf.look_up(["a", "b", "a", "x", "c"], most=2) == ["a", "b", "c"]
    assert shelf.asked == [["a", "b"], ["x", "c"]]
    assert shelf.look_up([]) == []
    assert len(shelf.asked) == 2


def test_no_question_is_longer_than_a_url() -> None:
    ids = [f"{'é' * 200}{number}" for number in range(30)]
    shelf = Shelf(*ids)
    assert sorted(shelf.look_up(ids)) == sorted(ids)
    lengths = [sum(len(quote(key, safe="")) + 3 for key in asked) for asked in shelf.asked]
    assert max(lengths) <= LONGEST
    assert len(lengths) == 6


def test_one_id_that_is_too_long_for_any_url_is_asked_for_alone() -> None:
    shelf = Shelf("a", "b")
    assert shelf.look_up(["a", "x" * 9_000, "b"]) == ["a", "b"]
    assert [len(asked) for asked in shelf.asked] == [1, 1, 1]


@pytest.mark.parametrize("total", [True, False])
def test_what_a_page_has_no_room_for_is_asked_for_again_by_itself(total: bool) -> None:
    shelf = Shelf("a", "b", "c", "d", page=2, total=total)
    assert shelf.look_up(["a", "x", "b", "c", "d"]) == ["a", "b", "c", "d"]
    assert shelf.asked[:2] == [["a", "x", "b", "c", "d"], ["x", "c", "d"]]
    assert len(shelf.asked) == (2 if total else 3)


@pytest.mark.parametrize("total", [True, False])
def test_other_entries_than_were_asked_for_are_an_ignored_filter(total: bool) -> None:
    everything = Shelf("a", "b", "c", total=total)
    with pytest.raises(Unreadable, match="other entries than the 2 that were asked for by id, such as c"):
        everything.look_up(["a", "x"], ask=lambda _: everything.ask(["a", "c"]))


def test_entries_that_are_counted_and_not_shown_are_raised() -> None:
    with pytest.raises(Unreadable, match="counts 2 of 3 entries"):
        Shelf().look_up(["a", "b", "c"], ask=lambda _: ([], 2))


@pytest.mark.parametrize(
    ("asked", "held"), [("ABC", "abc"), ("abc ", "abc"), ("café", "cafe"), ("Straße", "strasse"), ("x\u0301", "x")]
)
@pytest.mark.parametrize("total", [1, None])
def test_an_id_that_only_a_database_takes_for_another_is_not_that_entry(
    asked: str, held: str, total: int | None
) -> None:
    assert Shelf().look_up([asked, "y"], ask=lambda _: ([{"id": held}], total)) == []


@pytest.mark.parametrize(
    "text", ["", " 1", "1 ", "007", "-0", "1e3", "1.0", "+1", "\u0661", "9" * 20, "12abc", "1_000"]
)
def test_a_whole_number_is_written_in_one_way(text: str) -> None:
    assert whole_number(text) is None
    assert [whole_number(written) for written in ("0", "-5", "12")] == [0, -5, 12]


# Four CMSes of which real servers are installed for other tests: here, servers that do what no good one does.


class Ill(FakeServer):
    """A server with entries by id. It shows them as its heir's CMS does."""

    backend: ClassVar[type[Cms]]
    section: ClassVar[Mapping[str, Any]]
    ids: Sequence[Any] = UUIDS

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[Cms] = []
        self.page = 1_000
        self.ignores = False
        """It answers with everything."""
        self.shows: Callable[[list[Any]], list[Any]] = lambda found: found
        self.told: bool = True
        """It tells totals."""

    def open(self, **settings: Any) -> Cms:
        section = {"backend": "x", "url": self.url, **self.section, **settings}
        self.opened.append(self.backend(self.backend.Settings.model_validate(section)))
        return self.opened[-1]

    def __exit__(self, *exc: object) -> None:
        for cms in self.opened:
            cms.close()
        super().__exit__(*exc)

    def found(self, ids: Sequence[str]) -> tuple[list[Any], int]:
        found = [key for key in self.ids if self.ignores or str(key) in ids]
        return self.shows(found[: self.page]), len(found)

    def listings(self) -> list[Asked]:
        return [asked for asked in self.log if asked.path.endswith("/brands")]


class IllStrapi(Ill):
    backend = StrapiCms
    section: ClassVar = {"token": "t"}

    def route(self, asked: Asked) -> Answer:
        found, total = self.found([value for key, value in asked.query.items() if "$in" in key])
        told = {"meta": {"pagination": {"total": total}}} if self.told else {}
        return Answer(200, {"data": [{"documentId": str(key)} for key in found], **told})


class IllDirectus(Ill):
    backend = DirectusCms
    section: ClassVar = {"token": "t"}
    kind = "uuid"

    def route(self, asked: Asked) -> Answer:
        if asked.path.startswith("/fields/"):
            return Answer(200, {"data": {"type": self.kind}})
        if asked.path != "/items/brands":
            return Answer(403, {"errors": [{"message": "You don't have permission to access this."}]})
        conditions = json.loads(asked.query["filter"])["_and"]
        assert conditions[0] == {"status": {"_eq": "published"}}
        found, total = self.found(conditions[1]["id"]["_in"])
        return Answer(
            200, {"data": [{"id": key} for key in found], "meta": {"filter_count": total} if self.told else {}}
        )


class IllPayload(Ill):
    backend = PayloadCms
    section: ClassVar = {"api_key": "k"}
    known = True

    def route(self, asked: Asked) -> Answer:
        if asked.path == "/api/users/me":
            return Answer(200, {"user": {"id": 1} if self.known else None})
        if asked.query.get("sort") == "-id":
            return Answer(200, {"docs": [{"id": self.ids[-1]}] if self.ids else []})
        assert asked.query["where[and][0][_status][equals]"] == "published"
        listed = asked.query.get("where[and][1][id][in]", "").split(",")
        equal = [value for key, value in asked.query.items() if re.search(r"\[or\]\[\d+\]\[id\]\[equals\]$", key)]
        found, total = self.found(equal or listed)
        return Answer(200, {"docs": [{"id": key} for key in found], **({"totalDocs": total} if self.told else {})})


class IllWordPress(Ill):
    backend = WordPressCms
    section: ClassVar = {"username": "u", "application_password": "p"}
    ids = range(11, 18)
    known = True

    def route(self, asked: Asked) -> Answer:
        if asked.path.endswith("/users/me"):
            return Answer(200 if self.known else 401, {"id": 1})
        assert (asked.query["status"], asked.query["per_page"]) == ("publish", "100")
        found, total = self.found(asked.query["include"].split(","))
        pages = -(-total // self.page)
        told = {"X-WP-Total": str(total), "X-WP-TotalPages": str(pages)} if self.told else {}
        return Answer(200, [{"id": key} for key in found], told)


@pytest.fixture(params=[IllStrapi, IllDirectus, IllPayload, IllWordPress])
def ill(request: pytest.FixtureRequest) -> Iterator[Ill]:
    with request.param() as server:
        yield server


def ids_of(cms: Cms, ids: Sequence[Any]) -> list[str]:
    found = cms.retrieve_entries([str(cms_id) for cms_id in ids])
    assert found is not None
    return sorted(str(entry.get("documentId", entry.get("id"))) for entry in found)


def test_entries_that_are_there_come(ill: Ill) -> None:
    wanted = [str(key) for key in ill.ids[1:4]]
    assert ids_of(ill.open(), [*wanted, UUID.format(99), 99]) == wanted
    assert ids_of(ill.open(), []) == []


def test_a_filter_that_the_server_ignores_is_noticed(ill: Ill) -> None:
    ill.ignores = True
    with pytest.raises(BrandsyncError, match="other entries than the 2") as caught:
        ids_of(ill.open(), ill.ids[:2])
    assert isinstance(caught.value, Unreadable | ConfigError)


def test_pages_smaller_than_the_question_hide_nothing(ill: Ill) -> None:
    ill.page = 2
    assert ids_of(ill.open(), ill.ids) == [str(key) for key in ill.ids]
    assert len(ill.listings()) >= 4


def test_pages_smaller_than_the_question_hide_nothing_where_no_total_is_told(ill: Ill) -> None:
    ill.page, ill.told = 2, False
    assert ids_of(ill.open(), ill.ids) == [str(key) for key in ill.ids]


def test_entries_that_are_counted_and_hidden_are_raised(ill: Ill) -> None:
    ill.shows = lambda found: found[:-1]
    with pytest.raises((Unreadable, CredentialsRefused)):
        ids_of(ill.open(), ill.ids[:1])


def test_an_answer_that_is_no_listing_is_raised(ill: Ill) -> None:
    ill.act = lambda asked: ill.instead.append(Answer(200, {"message": "hello"} if "/brands" in asked.path else None))
    with pytest.raises(BrandsyncError):
        ids_of(ill.open(), ill.ids[:1])


def test_a_refusal_is_raised(ill: Ill) -> None:
    for status, kind in ((401, CredentialsRefused), (404, ConfigError)):
        ill.instead.extend([Answer(status, {}), Answer(status, {})])
        with pytest.raises(kind):
            ids_of(ill.open(), ill.ids[:1])
        ill.instead.clear()


def test_a_question_of_many_long_ids_fits_into_a_url() -> None:
    with IllDirectus() as directus:
        directus.kind = "string"
        directus.ids = [f"{'brand-' * 40}{number}" for number in range(100)]
        assert len(ids_of(directus.open(), directus.ids)) == 100
        assert max(len(quote(asked.query["filter"])) for asked in directus.listings()) < 7_800
        assert len(directus.listings()) == 4


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("uuid", [UUIDS[0], UUIDS[1].upper()]),
        ("integer", ["0", "7", "-7", "2147483647"]),
        ("bigInteger", ["0", "7", "-7", "2147483647", "2147483648"]),
        ("string", None),
    ],
)
def test_directus_is_asked_for_ids_alone_that_the_column_can_hold(kind: str, asked: list[str] | None) -> None:
    ids = [UUIDS[0], UUIDS[1].upper(), "0", "7", "-7", "007", "7.5", "1e3", "2147483647", "2147483648", "9" * 19, "a"]
    with IllDirectus() as directus:
        directus.kind = kind
        directus.ids = []
        assert ids_of(directus.open(), ids) == []
        (listing,) = directus.listings()
        assert json.loads(listing.query["filter"])["_and"][1]["id"]["_in"] == (asked or ids)


def test_directus_reads_some_ids_as_something_else_in_a_filter_and_is_asked_for_each_alone() -> None:
    odd = ["null", "true", "$NOW", "$CURRENT_USER"]
    with IllDirectus() as directus:
        directus.kind, directus.ids = "string", ["a"]
        directus.act = lambda asked: directus.instead.append(_of_directus(asked, "$NOW"))
        assert ids_of(directus.open(), [*odd, "a"]) == ["$NOW", "a"]
        assert json.loads(directus.listings()[-1].query["filter"])["_and"][1] == {"id": {"_in": ["a"]}}


def _of_directus(asked: Asked, held: str) -> Answer | None:
    if asked.path.endswith(f"/{quote(held)}"):
        return Answer(200, {"data": {"id": held}})
    if asked.query.get("fields") == "id":
        return Answer(200, {"data": [], "meta": {"filter_count": 1}})
    return None


def test_directus_is_believed_that_an_item_is_gone_only_while_the_token_may_read() -> None:
    with IllDirectus() as directus:
        directus.kind = "string"
        directus.act = lambda asked: directus.instead.append(None if "/fields/" in asked.path else Answer(403, {}))
        with pytest.raises(CredentialsRefused):
            ids_of(directus.open(), ["null"])


@pytest.mark.parametrize(
    ("held", "listed", "equal"),
    [
        ([12], ["7", "12", "-5"], []),
        ([12.0], ["7", "12", "-5"], []),
        (
            ["65f0c0ffee65f0c0ffee65f0"],
            ["65f0c0ffee65f0c0ffee65f1"],
            ["7", "12", "13", "-5", "1e1", "acme", UUIDS[0], "a,b"],
        ),
        (UUIDS[-1:], [UUIDS[0]], ["7", "12", "13", "-5", "1e1", "65f0c0ffee65f0c0ffee65f1", "acme", "a,b"]),
        (["acme"], ["7", "12", "13", "-5", "1e1", "65f0c0ffee65f0c0ffee65f1", "acme", UUIDS[0]], ["a,b"]),
        ([], [], []),
    ],
)
def test_payload_is_asked_in_a_list_for_ids_alone_of_the_type_that_its_ids_have(
    held: list[Any], listed: list[str], equal: list[str]
) -> None:
    ids = ["7", "12", "13", "-5", "1e1", "65f0c0ffee65f0c0ffee65f1", "acme", UUIDS[0], "a,b", "", "a\0b"]
    with IllPayload() as payload:
        payload.ids = held
        payload.open().retrieve_entries(ids)
        asked = [asked.query for asked in payload.listings()[1:]]
        in_a_list = [query["where[and][1][id][in]"].split(",") for query in asked if "where[and][1][id][in]" in query]
        assert in_a_list == ([listed] if listed else [])
        alone = [value for query in asked for key, value in query.items() if key.endswith("[id][equals]")]
        assert alone == equal


def test_a_user_whom_the_cms_knows_no_more_sees_less_and_is_told() -> None:
    with IllPayload() as payload, IllWordPress() as wordpress:
        payload.known = wordpress.known = False
        with pytest.raises(CredentialsRefused, match="no user"):
            payload.open().retrieve_entries([UUIDS[0], UUID.format(99)])
        with pytest.raises(CredentialsRefused, match="401"):
            wordpress.open(context="view", fields={"name": "raw_title"}).retrieve_entries(["11", "99"])


def test_wordpress_is_asked_for_whole_numbers_alone() -> None:
    with IllWordPress() as wordpress:
        assert ids_of(wordpress.open(), ["12", "012", "12abc", "-12", "1e1", "0", "", "9" * 30, UUIDS[0]]) == ["12"]
        assert [asked.query["include"] for asked in wordpress.listings()] == ["12"]
        assert ids_of(wordpress.open(), ["abc"]) == []
        assert len(wordpress.log) == 1


def test_a_server_that_is_busy_is_tried_again_by_the_next_run() -> None:
    with IllStrapi() as strapi:
        strapi.act = lambda _: strapi.instead.append(Answer(503))
        cms = strapi.open()
        cms.stop_when(lambda: True)
        with pytest.raises(TryAgainLater):
            cms.retrieve_entries([UUIDS[0]])
