"""Listing the brands of a Shopware shop, and the token that every call needs."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from fake_shopware import Answer, kind, open_shopware, throttled

from brandsync.brand import BrandUpdate, NewBrand
from brandsync.errors import ConfigError, CredentialsRefused, LeaseLost, TryAgainLater, Unreadable
from brandsync.stores.shopware.session import PACE
from brandsync.stores.shopware.store import following
from brandsync.workflow.pages import store_pages


def every(store):
    """The ids of the whole listing, as the engine reads it."""
    return [brand.id for page in store_pages(store, ["name"]) for brand in page.brands]


def pages(fake):
    """The number and the size of each page that was asked for."""
    return [(asked.json["page"], asked.json["limit"]) for asked in fake.asked("list")]


# Pages


@pytest.mark.parametrize(("count", "needed"), [(0, 1), (1, 1), (499, 1), (500, 1), (501, 2), (998, 2), (999, 3)])
def test_a_listing_is_complete_and_asks_for_no_more_than_it_needs(ware, shopware, count, needed):
    ids = sorted(ware.add(f"Brand {number}") for number in range(count))
    assert every(shopware) == ids
    assert pages(ware) == [(1, 500), (2, 499), (3, 498)][:needed]
    assert {asked.json["includes"]["product_manufacturer"][1] for asked in ware.asked("list")} == {"name"}


@pytest.mark.parametrize("largest", [20, 21, 100, 500])
def test_the_next_page_overlaps_and_leads_on_whatever_has_been_seen(largest):
    for seen in [*range(largest, 12 * largest), 2_520, 27_720, 360_360, 10**6]:
        number, size = following(seen, largest)
        assert (number - 1) * size < seen < number * size
        assert largest // 2 < size <= largest


@pytest.mark.parametrize("gone", [[0], range(5), range(25), range(19, 21), range(40), range(15, 60)], ids=repr)
@pytest.mark.parametrize("after", [1, 2, 3])
def test_brands_that_come_and_go_meanwhile_hide_none_that_stays(ware, gone, after):
    """New ones may come anywhere in the order, and one that comes for each that goes leaves the total as it was."""
    ids = sorted(ware.add(f"Brand {number}") for number in range(70))

    def act(asked):
        if kind(asked) == "list" and len(ware.asked("list")) == after:
            for number in gone:
                ware.manufacturers.rows.pop(ids[number], None)
                ware.add(f"New {number}")

    ware.act = act
    with closing(open_shopware(ware, page_size=20)) as store:
        found = every(store)
    assert {*found} >= {brand_id for number, brand_id in enumerate(ids) if number not in gone}
    assert len(found) == len({*found})


def test_a_shop_that_is_emptied_meanwhile_lists_what_was_there(ware):
    ids = sorted(ware.add(f"Brand {number}") for number in range(30))
    ware.act = lambda _asked: ware.manufacturers.rows.clear() if len(ware.asked("list")) == 1 else None
    with closing(open_shopware(ware, page_size=20)) as store:
        assert every(store) == ids[:20]


def test_a_short_page_is_followed_by_the_rest(ware):
    ids = sorted(ware.add(f"Brand {number}") for number in range(50))
    with closing(open_shopware(ware, page_size=20)) as store:
        first = store.list_brands(["name"])
        assert (first.total, len(first.brands)) == (50, 20)
        answered = ware.asked("list")[0]
        ware.log.clear()
        whole = Answer(200, answered.answer.decode())
        whole.value = whole.value.replace('"total": 50', '"total": 51')
        ware.instead.append(whole)
        assert {*every(store)} == {*ids}


NO_PAGES = [
    [],
    {},
    {"data": []},
    {"data": {}, "total": 0},
    {"data": [7], "total": 1},
    {"data": [{"id": "x", "name": "A"}], "total": 1},
    {"data": [{"id": "a" * 32, "name": 7}], "total": 1},
    {"data": [{"id": "a" * 32, "name": "A", "description": []}], "total": 1},
    {"data": [], "total": 7},
]


def test_a_listing_that_is_not_one_is_not_believed(ware, shopware):
    every(shopware)
    for answer in (*(Answer(200, page) for page in NO_PAGES), Answer(200, "<h1>Maintenance</h1>", kind="text/html")):
        ware.instead.append(answer)
        with pytest.raises(Unreadable):
            shopware.list_brands(["name"])


def test_a_shop_that_gives_smaller_pages_names_the_setting(ware, shopware):
    ware.largest_page = 100
    with pytest.raises(ConfigError, match=r"MAX_LIMIT\(=100\)") as wrong:
        shopware.list_brands(["name"])
    assert "`page_size`" in str(wrong.value.hint)
    with closing(open_shopware(ware, page_size=100)) as store:
        assert every(store) == []


def test_where_there_is_no_shopware_the_setting_is_named(ware):
    ware.tokens = {"": time.monotonic() + 60}  # so that nothing but the path is wrong
    with closing(open_shopware(ware, url=f"{ware.url}/shop")) as store:
        for call in (lambda: store.list_brands(["name"]), lambda: [*store.check()]):
            with pytest.raises(ConfigError, match="404") as wrong:
                call()
            assert "`url`" in str(wrong.value.hint)


# Reading is not writing


def test_a_search_and_a_login_may_be_sent_by_who_may_not_write_and_a_sync_may_not(ware, shopware):
    def lost():
        raise LeaseLost("another run has taken over")

    shopware.guard_writes(lost)
    made = ware.add("A")
    assert every(shopware) == [made]
    assert len(shopware.get_brands(["name"], [made])) == 1
    assert all(finding.ok for finding in shopware.check())
    for write in (
        lambda: shopware.create_brands([NewBrand(shopware.new_id(), {"name": "B"})]),
        lambda: shopware.update_brands([BrandUpdate(made, {"name": "A"}, {"name": "B"})]),
        lambda: shopware.delete_brands(shopware.get_brands(["name"], [made])),
    ):
        with pytest.raises(LeaseLost):
            write()
    assert (ware.names(), ware.asked("create", "update", "delete")) == (["A"], [])


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_search_is_repeated_where_it_fails_in_passing(ware, shopware, status):
    ware.add("A")
    every(shopware)
    ware.instead.append(Answer(status, {}))
    assert len(every(shopware)) == 1


# The token


def test_one_login_serves_all_calls(ware, shopware):
    made = ware.add("A")
    every(shopware)
    shopware.update_brands([BrandUpdate(made, {"name": "A"}, {"name": "B"})])
    assert [kind(asked) for asked in ware.log] == ["login", "list", "update", "read"]
    assert shopware.requests == 4


@pytest.mark.parametrize(("lasts", "logins"), [(0, 2), (600, 1)])
def test_a_token_is_bought_anew_by_what_was_told_and_not_when_it_is_refused(ware, shopware, lasts, logins):
    ware.told_lifetime = lasts
    every(shopware)
    every(shopware)
    assert (len(ware.asked("login")), {asked.status for asked in ware.log}) == (logins, {200})


def test_a_token_that_is_refused_is_bought_anew_once_and_the_write_is_made_once(ware, shopware):
    every(shopware)
    ware.tokens.clear()
    shopware.create_brands([NewBrand(shopware.new_id(), {"name": "A"})])
    assert [(kind(asked), asked.status) for asked in ware.log][2:] == [
        ("create", 401),
        ("login", 200),
        ("create", 200),
        ("read", 200),
    ]
    assert ware.manufacturers.syncs == 1


def test_a_shop_that_refuses_every_token_is_asked_twice(ware, shopware):
    ware.lifetime = 0.0
    with pytest.raises(CredentialsRefused, match="401"):
        every(shopware)
    assert [kind(asked) for asked in ware.log] == ["login", "list"] * 2


def test_a_missing_privilege_is_no_reason_to_log_in_again(ware, shopware):
    ware.privileges = frozenset()
    with pytest.raises(CredentialsRefused, match="product_manufacturer:read"):
        every(shopware)
    assert [kind(asked) for asked in ware.log] == ["login", "list"]


def test_threads_share_one_token(ware, shopware):
    barrier = threading.Barrier(4)

    def listing(_number):
        barrier.wait()
        return every(shopware)

    with ThreadPoolExecutor(4) as pool:
        assert [*pool.map(listing, range(4))] == [[]] * 4
    assert len(ware.asked("login")) == 1


NO_TOKENS = [
    {},
    [],
    {"access_token": "", "expires_in": 600},
    {"access_token": "a b", "expires_in": 600},
    {"access_token": "ü", "expires_in": 600},
    {"access_token": "x"},
    {"access_token": 7, "expires_in": 600},
    {"access_token": "x", "expires_in": "600"},
]


def test_an_answer_without_a_token_is_not_believed(ware, shopware):
    for answer in NO_TOKENS:
        ware.login_instead.append(Answer(200, answer))
        with pytest.raises(Unreadable, match="without a token"):
            every(shopware)


def test_what_the_shop_repeats_of_a_token_is_hidden(ware, shopware):
    every(shopware)
    (old,) = ware.tokens
    ware.tokens.clear()
    every(shopware)
    (new,) = ware.tokens
    said = f"{old}|{new}|{ware.settings()['client_secret']}"
    ware.instead.append(Answer(400, {"errors": [{"detail": said}]}))
    with pytest.raises(ConfigError, match=r"\*\*\*\|\*\*\*\|\*\*\*"):
        every(shopware)


# Rate limits


def test_logins_keep_the_pace_that_the_documents_name(ware, shopware):
    assert (PACE.documented, PACE.seconds) == (10, 60)
    ware.logins = 10
    for _ in range(9):
        every(shopware)
        ware.tokens.clear()
    every(shopware)
    assert len(ware.asked("login")) == 10
    ware.tokens.clear()
    asked = iter([False, False])
    shopware.stop_when(lambda: next(asked, True))
    with pytest.raises(TryAgainLater, match="pace"):
        every(shopware)
    assert 429 not in {exchange.status for exchange in ware.log}


@pytest.mark.parametrize("of", ["login", "list"])
def test_a_429_is_waited_for_as_long_as_it_says(ware, shopware, of):
    if of == "list":
        every(shopware)
    (ware.login_instead if of == "login" else ware.instead).append(Answer(429, {}, {"Retry-After": "1"}))
    began = time.monotonic()
    every(shopware)
    assert time.monotonic() - began > 0.9


@pytest.mark.parametrize("seconds", [1, "1"])
def test_a_429_may_say_in_its_body_how_long_to_wait(ware, shopware, seconds):
    """Source: ``RateLimitExceededException``; ``ErrorResponseFactory`` gives it no header."""
    ware.login_instead.append(throttled(seconds))
    began = time.monotonic()
    every(shopware)
    assert time.monotonic() - began > 0.9


@pytest.mark.parametrize("seconds", [-1, None, "soon", [1], True])
def test_a_429_whose_body_names_no_time_is_tried_again_soon(ware, shopware, seconds):
    ware.login_instead.append(throttled(seconds))
    every(shopware)
    assert len(ware.asked("login")) == 2


def test_nothing_tells_how_many_requests_a_shop_takes(shopware):
    every(shopware)
    assert shopware.rate is None
