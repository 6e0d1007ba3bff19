"""What a pace makes of each answer: how long the next request waits, wherever the windows begin."""

import time
from dataclasses import replace

import pytest

from brandsync.errors import Interrupted
from brandsync.http import PaceHeaders, Rate
from brandsync.http.pace import Pace

WINDOW = 0.3
HEADERS = PaceHeaders(limit="X-Limit", left="X-Left", reset="X-Reset", seconds=WINDOW)


def test_a_429_where_only_documents_tell_the_pace_holds_every_call_back_for_a_window():
    pace = Pace(PaceHeaders(documented=3, seconds=2.5))
    assert (pace.rate, pace.wait_of({})) == (Rate(3, 2.5), 2.5)
    assert Pace(HEADERS).wait_of({}) is None


def test_a_run_that_is_asked_to_stop_stops_waiting():
    pace = Pace(HEADERS)
    pace.learn(pace.take(lambda: False), {"X-Limit": "1"})
    with pytest.raises(Interrupted):
        pace.take(lambda: True)


def test_a_request_that_got_no_answer_counts_for_a_window_all_the_same():
    pace = Pace(HEADERS)
    pace.learn(pace.take(lambda: False), {"X-Limit": "2"})
    pace.learn(pace.take(lambda: False), None)
    with pytest.raises(Interrupted):
        pace.take(lambda: True)


def test_a_request_that_is_under_way_counts():
    pace = Pace(HEADERS)
    pace.learn(pace.take(lambda: False), {"X-Limit": "2"})
    pace.take(lambda: False)
    with pytest.raises(Interrupted):
        pace.take(lambda: True)


def test_what_is_past_is_not_taken_for_what_others_have_sent():
    pace = Pace(HEADERS)
    for _ in range(4):
        pace.learn(pace.take(lambda: False), {"X-Limit": "7"})
    late = pace.take(lambda: False)
    time.sleep(WINDOW)
    pace.learn(late, {"X-Limit": "7", "X-Left": "2"})  # it and four of others
    pace.take(lambda: False)
    pace.take(lambda: False)
    with pytest.raises(Interrupted):
        pace.take(lambda: True)


def test_a_request_that_the_server_may_have_forgotten_hides_none_of_others():
    """It was counted when it came, and its answer was late: the server forgets it before we do."""
    seconds = 1.2  # a busy machine oversleeps
    pace = Pace(replace(HEADERS, seconds=seconds))
    late = pace.take(lambda: False)
    time.sleep(seconds / 3)
    pace.learn(late, {"X-Limit": "3"})
    time.sleep(seconds * 3 / 4)
    pace.learn(pace.take(lambda: False), {"X-Limit": "3", "X-Left": "0"})  # it and two of others
    time.sleep(seconds / 2)  # now we have forgotten the late one, too
    with pytest.raises(Interrupted):
        pace.take(lambda: True)


@pytest.mark.parametrize("number", ["", "-1", "many", "²", "9" * 40])
def test_headers_that_are_no_numbers_tell_nothing(number):
    pace = Pace(HEADERS)
    pace.learn(pace.take(lambda: False), {"X-Limit": number, "X-Left": number})
    assert (pace.rate, pace.wait_of({"X-Reset": number})) == (None, None)
