"""What a quota makes of each answer: how many requests may follow, and how long the next one waits."""

import time
from contextlib import closing

import pytest

from brandsync.errors import Interrupted, TryAgainLater
from brandsync.http import Endpoint, HttpClient, QuotaHeaders, Rate
from brandsync.http.quota import Quota

HEADERS = QuotaHeaders(left="X-Left", reset="X-Reset-Ms", quota="X-Quota", window="X-Window-Ms")


@pytest.mark.parametrize("number", ["", "-1", "many", "²", "9" * 40])
def test_headers_that_are_no_numbers_tell_nothing(number):
    quota = Quota(HEADERS)
    quota.learn(quota.take(lambda: False), {"X-Left": number, "X-Reset-Ms": "1", "X-Quota": "1", "X-Window-Ms": "1"})
    assert quota.rate is None
    assert quota.wait_of({"X-Reset-Ms": number}) is None


@pytest.mark.parametrize("name", ["X-Reset-Ms", "X-Window-Ms"])
def test_a_window_of_days_is_a_mistake_that_nobody_waits_for(name):
    quota = Quota(HEADERS)
    quota.learn(quota.take(lambda: False), {**told(0), name: "999999999"})
    quota.take(lambda: True)  # any wait would now be an error
    assert quota.rate is None


def told(left: int, reset: int = 10_000) -> dict[str, str]:
    return {"X-Left": str(left), "X-Reset-Ms": str(reset), "X-Quota": "5", "X-Window-Ms": "10000"}


def taken(quota: Quota) -> int:
    """How many more may be sent at once."""
    count = 0
    try:
        while count < 10:
            quota.take(lambda: True)
            count += 1
    except Interrupted:
        pass
    return count


def test_a_run_that_is_asked_to_stop_stops_waiting():
    quota = Quota(HEADERS)
    quota.learn(quota.take(lambda: False), told(0))
    with pytest.raises(Interrupted):
        quota.take(lambda: True)


def test_of_answers_that_overtake_each_other_the_lowest_count_is_true():
    quota = Quota(HEADERS)
    quota.learn(quota.take(lambda: False), told(9))
    windows = [quota.take(lambda: False) for _ in range(3)]
    for window, left in zip(reversed(windows), (4, 6, 5), strict=True):
        quota.learn(window, told(left))
    assert taken(quota) == 4


def test_what_was_under_way_before_anything_was_told_may_not_be_counted_yet():
    quota = Quota(HEADERS)
    first, _second, _third = (quota.take(lambda: False) for _ in range(3))
    quota.learn(first, told(4))
    assert taken(quota) == 2


def test_an_answer_of_an_older_window_says_nothing_of_this_one():
    quota = Quota(HEADERS)
    old = quota.take(lambda: False)
    quota.learn(quota.take(lambda: False), told(0, reset=1))
    time.sleep(0.01)
    quota.learn(quota.take(lambda: False), told(4))
    quota.learn(old, told(1, reset=1))
    assert taken(quota) == 4


def test_a_request_that_got_no_answer_counts_until_the_window_ends():
    quota = Quota(HEADERS)
    quota.learn(quota.take(lambda: False), told(2))
    quota.learn(quota.take(lambda: False), None)
    assert taken(quota) == 1


@pytest.mark.usefixtures("no_retries")
def test_a_429_that_says_when_the_window_ends_holds_every_call_back_as_long(httpserver):
    httpserver.expect_request("/brands").respond_with_data("", 429, {"X-Reset-Ms": "90000"})
    told = pytest.raises(TryAgainLater, match="asks to wait 90 s, and retry_limit is 60 s")
    with closing(HttpClient(Endpoint(httpserver.url_for("/"), quota=HEADERS, retry_limit=60))) as client, told:
        client.json("GET", "/brands")


def test_a_rate_says_how_long_requests_take():
    assert Rate(150, 30).seconds_for(450) == 90
