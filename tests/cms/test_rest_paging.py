"""Paging by numbers while editors work, and whatever a server answers: against servers that a test makes up."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from extent import EVERY
from hypothesis import given, settings
from hypothesis import strategies as st

from brandsync.cms.rest.backend import PAGINGS
from brandsync.cms.rest.place import Listed, Place, State
from brandsync.cms.rest.settings import RestSettings
from brandsync.cms.trail import MOST, Trail
from brandsync.errors import ConfigError, Unreadable

Ids = list[str]
MANY = settings(derandomize=not EVERY, deadline=None, max_examples=2_000 if EVERY else 150)


@dataclass(frozen=True)
class Answer:
    ids: Ids
    total: int | None = None
    body: Any = None


@dataclass
class Reading:
    """A listing that was read to its end."""

    ids: Ids
    asked: list[dict[str, Any]]
    last: Listed
    more: str | None

    @property
    def requests(self) -> int:
        return len(self.asked)


def read(answer: Callable[[dict[str, Any]], Answer], limit: int = 2_000, **given: Any) -> Reading:
    """Read a listing as the backend does, its places written as cursors in between."""
    paging = PAGINGS[given["paging"]](
        RestSettings.model_validate({"backend": "rest", "url": "https://cms.example.com", **given})
    )
    place: Place | None = Place()
    ids: Ids = []
    asked: list[dict[str, Any]] = []
    while place is not None:
        assert len(asked) < limit, "the listing did not end"
        asked.append(dict(paging.params(place)))
        came = answer(asked[-1])
        ids += came.ids
        listed = Listed(place, came.ids, came.ids, came.body, "GET", "https://cms.example.com", came.total)
        place = paging.next_place(listed)
        place = Place.parse(str(place)) if place else None
    return Reading(ids, asked, listed, paging.more(listed))


@dataclass
class Edit:
    """What editors do between two requests."""

    deleted: Sequence[int] = ()
    """Places in the listing."""
    added: Sequence[int] = ()


@dataclass
class Server:
    """A listing that editors change while it is read."""

    rows: Ids
    edits: list[Edit] = field(default_factory=list)
    most: int = 1_000
    """It cuts a page to this, silently."""
    cuts: list[int] = field(default_factory=list)
    """And the next pages to these."""
    total: bool = False
    sticky: Ids = field(default_factory=list)
    """It shows these at the head of every page."""
    whole_pages: bool = False
    """It takes an offset for the page that holds it."""
    made: int = 0
    requests: int = 0

    def __post_init__(self) -> None:
        self.always = {*self.rows}

    def __call__(self, params: dict[str, Any]) -> Answer:
        if self.requests and self.edits:
            self.edit(self.edits.pop(0))
        self.requests += 1
        size = min(params["limit"], self.most)
        start = (params["page"] - 1) * size if "page" in params else params["offset"]
        start = start // size * size if self.whole_pages else start
        cut = min(size, self.cuts.pop(0)) if self.cuts else size
        page = self.rows[start : start + cut]
        return Answer([*self.sticky, *page] if page else [], len(self.rows) if self.total else None)

    def edit(self, edit: Edit) -> None:
        for place in edit.deleted:
            if self.rows:
                self.always.discard(self.rows.pop(place % len(self.rows)))
        for place in edit.added:
            self.made += 1
            self.rows.insert(place % (len(self.rows) + 1), f"new {self.made}")


def names(count: int) -> Ids:
    return [f"e{number}" for number in range(count)]


def by_offset(server: Callable[[dict[str, Any]], Answer], size: int = 100, **given: Any) -> Reading:
    return read(server, paging="offset", page_size=size, **given)


def by_page(server: Callable[[dict[str, Any]], Answer], size: int = 100, **given: Any) -> Reading:
    return read(server, paging="page", page_size=size, **given)


# What it costs.


@pytest.mark.parametrize(
    ("count", "total", "requests"),
    [
        (0, False, 1),
        (0, True, 1),
        (1, True, 2),
        (1, False, 2),
        (57, True, 2),
        (57, False, 3),
        (100, True, 2),
        (250, True, 3),
        (250, False, 4),
        (1_000, True, 11),
        (10_000, True, 104),
        (10_000, False, 105),
        (100_000, True, 1_031),
    ],
)
def test_an_offset_that_overlaps_takes_hardly_more_requests(count, total, requests):
    reading = by_offset(Server(names(count), total=total))
    assert {*reading.ids} == {*names(count)}
    assert reading.requests == requests
    assert reading.more is None


@pytest.mark.parametrize(
    ("count", "total", "requests"),
    [(0, True, 1), (57, True, 2), (100, True, 2), (250, True, 3), (250, False, 4), (300, True, 4), (300, False, 4)],
)
def test_pages_that_lie_still_are_read_once(count, total, requests):
    reading = by_page(Server(names(count), total=total))
    assert reading.ids == names(count)
    assert reading.requests == requests


@pytest.mark.parametrize("paging", ["offset", "page"])
@pytest.mark.parametrize("count", [40, 50, 57, 100, 120, 250])
def test_the_servers_own_page_size_is_found(paging, count):
    reading = read(Server(names(count), most=50), paging=paging)
    assert {*reading.ids} == {*names(count)}
    assert reading.requests <= count // 47 + 4


def test_a_size_that_the_user_did_not_set_is_never_asked_for():
    reading = by_offset(Server(names(500), edits=[Edit(deleted=[0] * 50), Edit(added=[0] * 90)]), 70)
    assert {asked["limit"] for asked in reading.asked} == {70}


# What editors do.


def test_what_is_deleted_before_the_place_hides_nothing():
    server = Server(names(250), edits=[Edit(deleted=[4])])
    assert server.always - {"e4"} <= {*by_offset(server).ids}
    assert server.requests == 4


def test_where_more_is_deleted_than_overlaps_the_listing_goes_back():
    server = Server(names(1_000), edits=[Edit(), Edit(deleted=[0] * 150), Edit(), Edit(deleted=[0] * 350)])
    reading = by_offset(server)
    assert server.always <= {*reading.ids}
    assert reading.more is None


def test_a_deleted_page_is_followed_by_what_came_after_it():
    server = Server(names(1_000), edits=[Edit(), Edit(deleted=[97] * 120)])
    assert server.always <= {*by_offset(server).ids}
    server = Server(names(3_000), edits=[*[Edit()] * 20, Edit(deleted=[1_900] * 120)])
    assert server.always <= {*by_offset(server).ids}


@pytest.mark.parametrize("total", [True, False])
def test_a_listing_of_which_the_end_is_deleted_ends(total):
    server = Server(names(300), edits=[Edit(), Edit(deleted=[100] * 200)], total=total)
    assert server.always <= {*by_offset(server).ids}


edits = st.lists(
    st.builds(
        Edit,
        deleted=st.one_of(st.just(()), st.lists(st.integers(0, 80), max_size=20), st.just([0] * 7)),
        added=st.one_of(st.just(()), st.lists(st.integers(0, 80), max_size=20), st.just([0] * 7)),
    ),
    max_size=10,
)


def holds_all(server: Server, size: int) -> Reading | None:
    """Read by offset: nothing that is there all the time is missing, or it is said that something may be.

    Editors may make the very same page come again and again, as if the server took no offsets, or only whole pages.
    """
    try:
        reading = by_offset(server, size)
    except ConfigError as error:
        if "the same page" not in error.message:
            raise
        return None
    if reading.last.place.state != State.ALIGNED:
        assert server.always <= {*reading.ids} or reading.more
    return reading


@MANY
@given(count=st.integers(0, 80), size=st.integers(2, 12), most=st.integers(2, 12), edits=edits, total=st.booleans())
def test_by_offset_whatever_is_there_all_the_time_is_listed(count, size, most, edits, total):
    server = Server(names(count), edits, most, total=total)
    reading = holds_all(server, size)
    assert not (reading and reading.more)


@MANY
@given(
    count=st.integers(0, 80),
    size=st.integers(2, 12),
    cuts=st.lists(st.integers(1, 12), max_size=40),
    total=st.booleans(),
)
def test_by_offset_pages_that_are_cut_anywhere_hide_nothing(count, size, cuts, total):
    server = Server(names(count), cuts=cuts, total=total)
    assert server.always <= {*by_offset(server, size).ids}


@MANY
@given(count=st.integers(0, 80), size=st.integers(6, 12), edits=edits, total=st.booleans(), pinned=st.integers(1, 4))
def test_a_server_that_repeats_entries_on_every_page_hides_nothing(count, size, edits, total, pinned):
    server = Server(names(count), edits, total=total, sticky=[f"pinned {number}" for number in range(pinned)])
    holds_all(server, size)


@pytest.mark.parametrize("pinned", [1, 3, 5, 10])
def test_entries_at_the_head_of_every_page_count_for_no_place(pinned):
    server = Server(names(1_000), sticky=[f"pinned {number}" for number in range(pinned)])
    reading = by_offset(server)
    assert server.always <= {*reading.ids}
    assert reading.more is None
    assert reading.requests <= 16


@MANY
@given(count=st.integers(0, 80), size=st.integers(2, 12), each=st.integers(2, 4), edits=edits)
def test_a_server_that_lists_an_entry_several_times_hides_nothing(count, size, each, edits):
    server = Server([name for name in names(count) for _ in range(each)], edits)
    holds_all(server, size)


@MANY
@given(
    count=st.integers(0, 80),
    size=st.integers(2, 12),
    deleted=st.lists(st.lists(st.integers(0, 80), max_size=1), max_size=10),
)
def test_by_page_a_total_that_falls_shows_what_was_deleted(count, size, deleted):
    edits = [edit for places in deleted for edit in (Edit(deleted=places), Edit(), Edit(), Edit(), Edit())]
    server = Server(names(count), edits, total=True)
    reading = by_page(server, size)
    assert server.always <= {*reading.ids}


@MANY
@given(count=st.integers(0, 80), size=st.integers(2, 12), edits=edits, total=st.booleans())
def test_by_page_a_listing_that_editors_change_ends(count, size, edits, total):
    server = Server(names(count), edits, total=total)
    with suppress(ConfigError):
        by_page(server, size)
    assert server.requests < 5 * (count + 200)


def test_by_page_what_comes_again_makes_the_listing_look_back_once():
    server = Server(names(30), edits=[Edit(added=[0])])
    reading = by_page(server, 10)
    assert server.always | {"new 1"} == {*reading.ids}
    assert [asked["page"] for asked in reading.asked] == [1, 2, 1, 2, 3, 4, 5]


def test_by_page_a_server_that_repeats_entries_is_asked_once_more_and_no_oftener():
    server = Server(names(300), sticky=["pinned"], total=True)
    reading = by_page(server, 10)
    assert server.always <= {*reading.ids}
    assert reading.requests <= 30 + 4


# What servers take offsets for.


@pytest.mark.parametrize("total", [True, False])
@pytest.mark.parametrize("count", [100, 101, 130, 250, 300, 1_000])
def test_a_server_that_takes_offsets_for_page_numbers_is_listed_side_by_side(count, total):
    server = Server(names(count), whole_pages=True, total=total)
    reading = by_offset(server)
    assert {*reading.ids} == {*names(count)}
    assert reading.requests <= count // 100 + 6
    assert reading.more is None


def test_a_server_that_answers_with_nothing_within_a_page_is_listed_side_by_side():
    def answer(params):
        start = params["offset"]
        return Answer([] if start % 100 else names(250)[start : start + 100])

    reading = by_offset(answer)
    assert {*reading.ids} == {*names(250)}
    assert reading.more is None
    assert reading.requests < 40


def test_a_listing_whose_pages_do_not_follow_one_another_is_not_whole():
    def answer(params):
        start = params["offset"]
        return Answer([f"{start} {number}" for number in range(100)] if start < 450 else [])

    reading = by_offset(answer)
    assert "a page did not follow the one before" in (reading.more or "")
    assert reading.requests < 40


# Totals.


@pytest.mark.parametrize("paging", ["offset", "page"])
@pytest.mark.parametrize("count", [250, 300, 253])
@pytest.mark.parametrize("most", [100, 50])
@pytest.mark.parametrize("says", ["the page's own", 200, 100, 1, 0])
def test_a_total_that_is_too_low_ends_no_listing_after_a_full_page(paging, count, most, says):
    server = Server(names(count), most=most)

    def answer(params):
        found = server(params).ids
        return Answer(found, says if isinstance(says, int) else len(found))

    reading = read(answer, paging=paging)
    assert {*reading.ids} == {*names(count)}


@pytest.mark.parametrize("paging", ["offset", "page"])
@pytest.mark.parametrize("most", [1, 2, 7, 9, 12, 21])
@pytest.mark.parametrize("count", [50, 51])
def test_the_count_of_a_page_is_no_total_wherever_the_server_cuts_pages(paging, most, count):
    server = Server(names(count), most=most)

    def answer(params):
        found = server(params).ids
        return Answer(found, len(found))

    assert {*read(answer, paging=paging).ids} == {*names(count)}


@pytest.mark.parametrize("paging", ["offset", "page"])
@pytest.mark.parametrize("count", [1, 2, 3, 57])
def test_a_server_without_pages_whose_total_came_is_asked_once_more(paging, count):
    assert read(lambda _: Answer(names(count), count), paging=paging).requests == 2


@pytest.mark.parametrize("paging", ["offset", "page"])
def test_the_last_total_is_kept_for_pages_without_one(paging):
    server = Server(names(200))

    def answer(params):
        found = server(params).ids
        return Answer(found, 503 if found and found[0] == "e0" else None)

    assert read(answer, paging=paging).last.known_total == 503


@pytest.mark.parametrize("paging", ["offset", "page"])
def test_a_last_page_that_comes_again_confirms_the_total(paging):
    def answer(params):
        start = params["offset"] if "offset" in params else (params["page"] - 1) * 100
        return Answer(names(200)[min(start, 100) : min(start, 100) + 100], 200)

    assert {*read(answer, paging=paging).ids} == {*names(200)}


def test_a_short_page_that_names_a_next_one_is_not_the_last():
    pages = [names(200)[:100], names(200)[100:137], names(200)[137:], []]

    def answer(params):
        number = params["page"]
        following = f"/brands?page={number + 1}" if number < 3 else None
        return Answer(pages[number - 1], (100, 137, 200, 200)[number - 1], {"next": following})

    reading = by_page(answer)
    assert reading.ids == names(200)


def test_a_short_page_by_offset_that_names_a_next_one_is_not_the_last():
    server = Server(names(200), cuts=[97, 50, 97])

    def answer(params):
        found = server(params).ids
        return Answer(found, len(found), {"next": None if found[-1:] == ["e199"] else "/brands?more=1"})

    assert {*by_offset(answer).ids} == {*names(200)}


# What an answer says beside its list.


def beside(server: Callable[[dict[str, Any]], Answer], says: Callable[[Ids], dict[str, Any]]):
    """The server, whose answers say this of the entries that come."""

    def answer(params: dict[str, Any]) -> Answer:
        came = server(params)
        return Answer(came.ids, came.total, {"data": [], **says(came.ids)})

    return answer


def late(params: dict[str, Any]) -> Answer:
    """A server whose first page is 0, or that takes no offset below 100."""
    start = params["page"] * 100 if "page" in params else max(100, params["offset"] + 100)
    return Answer(names(250)[start : start + 100])


@pytest.mark.parametrize("paging", ["offset", "page"])
@pytest.mark.parametrize(
    ("says", "what"),
    [
        (lambda _: {"totalElements": 250}, "`totalElements` says 250"),
        (lambda ids: {"meta": {"total": 250 if ids else 0}}, "`meta.total` says 250"),
        (lambda ids: {"total": 250} if ids else {}, "`total` says 250"),
        (lambda _: {"total": "250.0"}, "`total` says 250"),
        (lambda ids: {"has_more": not ids}, "`has_more` is true"),
        (lambda _: {"next": "/brands?cursor=x"}, 'set paging = "link", and next_cursor = "next" in [cms]'),
        (lambda _: {"total_pages": 12}, "`total_pages` says 12 pages"),
    ],
)
def test_a_listing_by_number_that_ends_before_what_its_answers_say_is_not_whole(paging, says, what):
    assert what in (read(beside(late, says), paging=paging, items="data").more or "")


@pytest.mark.parametrize("paging", ["offset", "page"])
@pytest.mark.parametrize("count", [0, 1, 57, 100, 250])
@pytest.mark.parametrize(
    "says",
    [
        lambda ids: {"count": len(ids)},
        lambda ids: {"total": len(ids)},
        lambda ids: {"has_more": bool(ids), "next": "/brands?page=9" if ids else None},
        lambda _: {"total": -1, "pages": 1},
    ],
)
def test_a_listing_by_number_whose_answers_say_no_more_than_came_is_whole(paging, count, says):
    assert read(beside(Server(names(count)), says), paging=paging, items="data").more is None


@pytest.mark.parametrize("paging", ["offset", "page"])
@pytest.mark.parametrize("count", [0, 1, 57, 100, 250])
def test_numbers_beside_the_list_take_no_request_more(paging, count):
    silent = read(Server(names(count)), paging=paging, items="data")
    says = {"total": count, "total_pages": -(-count // 100)}
    reading = read(beside(Server(names(count)), lambda _: says), paging=paging, items="data")
    assert (reading.requests, reading.more) == (silent.requests, None)


def test_by_page_an_empty_page_that_names_a_next_one_is_followed():
    pages = [names(250)[:100], [], names(250)[100:200], names(250)[200:], []]

    def answer(params):
        number = params["page"]
        return Answer(pages[number - 1], None, {"next": number + 1 if number < 5 else None})

    reading = by_page(answer)
    assert (reading.ids, reading.more) == (names(250), None)


def test_by_page_a_server_that_always_names_a_next_page_is_left_after_a_few():
    reading = by_page(beside(Server(names(100)), lambda _: {"has_more": True}))
    assert (reading.ids, reading.requests) == (names(100), 12)
    assert "`has_more` is true" in (reading.more or "")
    assert by_page(beside(Server(names(100), total=True), lambda _: {"has_more": True})).requests == 2


def test_a_total_that_an_empty_page_has_forgotten_is_kept():
    reading = by_page(
        lambda params: Answer(names(100) if params["page"] == 1 else [], 250 if params["page"] == 1 else 0)
    )
    assert reading.last.known_total == 250


@pytest.mark.parametrize("total", [250, None])
def test_a_cursor_that_comes_again_with_nothing_is_the_end_where_everything_came(total):
    def answer(params):
        start = int(params.get("cursor", 0))
        ids = names(250)[start : start + 100]
        return Answer(ids, total, {"mark": str(start + len(ids)), "nextCursorMark": str(start + len(ids))})

    if total:
        reading = read(answer, paging="cursor", next_cursor="mark")
        assert (reading.ids, reading.more) == (names(250), None)
    else:
        with pytest.raises(Unreadable) as caught:
            read(answer, paging="cursor", next_cursor="mark")
        assert "`total`" in (caught.value.hint or "")


# Servers that mean no good.

PAGES = st.lists(st.lists(st.integers(0, 9).map(str), max_size=6), min_size=1, max_size=12)
TOTALS = st.lists(st.one_of(st.none(), st.integers(-3, 40)), min_size=1, max_size=5)
BOUND = 500


@dataclass
class Hostile:
    """Answers with some of a few pages, in turn or at random."""

    pages: list[Ids]
    totals: list[int | None]
    chance: Random | None
    requests: int = 0

    def __call__(self, _params: dict[str, Any]) -> Answer:
        self.requests += 1
        turn = self.requests
        page = self.chance.choice(self.pages) if self.chance else self.pages[turn % len(self.pages)]
        return Answer(page, self.totals[turn % len(self.totals)])


hostile = st.builds(Hostile, PAGES, TOTALS, st.one_of(st.none(), st.randoms(use_true_random=False)))


@MANY
@given(paging=st.sampled_from(["offset", "page"]), server=hostile, size=st.integers(1, 8))
def test_whatever_a_server_answers_the_listing_ends(paging, server, size):
    with suppress(ConfigError):
        read(server, BOUND, paging=paging, page_size=size)
    assert server.requests < BOUND


@MANY
@given(
    paging=st.sampled_from(["cursor", "link"]),
    pages=PAGES,
    tokens=st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=30),
    fresh=st.booleans(),
)
def test_whatever_a_chain_leads_to_it_ends(paging, pages, tokens, fresh):
    asked = iter(range(10**9))

    def answer(_params):
        number = next(asked)
        token = f"t{number}" if fresh else tokens[number % len(tokens)]
        return Answer(pages[number % len(pages)], None, {"next": token})

    with pytest.raises((ConfigError, Unreadable)) as caught:
        read(answer, 2_800, paging=paging, next_cursor="next")
    assert caught.value.hint


def test_a_server_that_invents_entries_for_ever_is_left_after_so_many_pages():
    trail = Trail(pages=MOST - 2, held=MOST - 2, grew=MOST - 2)
    assert trail.after(["a"]).problem(2) is None
    assert f"did not end after {MOST:,} pages" in (trail.after(["a"]).after(["b"]).problem(2) or "")


def test_a_long_listing_is_not_taken_for_an_endless_one():
    trail = Trail()
    for number in range(3_000):
        trail = trail.after([f"{number} {entry}" for entry in range(5)])
        assert trail.problem(2) is None
    assert len(str(Place(trail=trail))) < 2_000


def test_a_listing_that_is_read_anew_from_its_start_is_not_taken_for_an_endless_one():
    trail = Trail()
    for _ in range(2):
        for number in range(1_000):
            trail = trail.after([f"{number} {entry}" for entry in range(5)])
            assert trail.problem(2) is None


def test_many_empty_pages_on_the_way_end_no_chain():
    def answer(params):
        number = int(params.get("cursor", 0))
        return Answer([f"e{number}"] if number % 300 == 0 else [], None, {"next": number + 1 if number < 900 else None})

    assert read(answer, paging="cursor", next_cursor="next").ids == ["e0", "e300", "e600", "e900"]


ODD_IDS = [1, "1", "x" * 10_000, "é", "\ud800", "", None, 10**5_000, {"a": 1}, [], True, 1.5]


def test_entries_with_any_id_or_none_are_compared():
    paging = PAGINGS["offset"](RestSettings.model_validate({"backend": "rest", "url": "https://cms.example.com"}))
    entries = [{"id": odd, "name": f"Brand {number}"} for number, odd in enumerate(ODD_IDS)]
    ids = paging.ids([*entries, {"name": "without"}, "text", None, *entries])
    assert ids[-len(entries) :] == ids[: len(entries)]
    assert max(map(len, ids)) <= 5_000
    deep: Any = {}
    for _ in range(100_000):
        deep = {"in": deep}
    assert paging.ids([deep]) == [""]
    following = paging.next_place(Listed(Place(), entries, ids[: len(entries)], None, "GET"))
    assert Place.parse(str(following)) == following
