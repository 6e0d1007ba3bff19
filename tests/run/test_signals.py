"""Signals: what stops at once, what is said of each, and who hears of one."""

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from peewee import PeeweeException

from brandsync.database import connect, execute, interrupt
from brandsync.errors import BrandsyncError, ConfigError, Interrupted, LeaseLost, Rejected, TryAgainLater
from brandsync.plan.spool import Spool
from brandsync.run.signals import Signals

FAILURES = (PeeweeException, sqlite3.Error)
ENDLESS = "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT count(*) FROM r"


@pytest.fixture(autouse=True)
def handlers_are_put_back() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def soon(number: signal.Signals = signal.SIGTERM, seconds: float = 0.2) -> None:
    threading.Timer(seconds, os.kill, (os.getpid(), number)).start()


def left(work: Callable[[], object], number: signal.Signals = signal.SIGTERM) -> Interrupted:
    """Do what only reads, until a signal comes; returns what it is left with."""
    with Signals() as signals:
        soon(number)
        began = time.monotonic()
        with pytest.raises(Interrupted, match=f"{number.name} asked this run to stop") as caught, signals.reading():
            work()
    assert time.monotonic() - began < 5
    return caught.value


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 75), (signal.SIGHUP, 75), (signal.SIGINT, 130)])
def test_what_only_reads_is_left_at_once(number: signal.Signals, code: int) -> None:
    assert left(lambda: time.sleep(60), number).exit_code == code


@pytest.mark.parametrize("where", ["spool", "journal"])
def test_a_long_statement_is_left_where_nothing_is_written(where: str, tmp_path: Path) -> None:
    def statement() -> None:
        if where == "spool":
            with closing(Spool()) as spool:
                spool.value(ENDLESS)
        else:
            with closing(connect(f"sqlite:///{tmp_path}/journal.db")) as database:
                execute(database, ENDLESS)

    left(statement)


def test_a_long_statement_is_ended_where_something_is_written(database_url: str) -> None:
    endless = ENDLESS if database_url.startswith("sqlite") else f"SELECT {_sleep(database_url)}"
    with closing(connect(database_url)) as database, Signals(lambda: interrupt(database)) as signals:
        soon()
        began = time.monotonic()
        # MySQL's own `sleep` ends as if it had slept.
        with suppress(*FAILURES):
            execute(database, endless).fetchall()
        assert time.monotonic() - began < 5
        assert signals.requested()


def _sleep(url: str) -> str:
    return "pg_sleep(60)" if url.startswith("postgresql") else "sleep(60)"


def test_a_signal_that_other_code_makes_something_of_is_a_signal_still() -> None:
    def importing() -> None:
        try:
            time.sleep(60)
        except BrandsyncError:
            raise ConfigError("cannot be imported") from None

    left(importing)


def test_each_signal_is_answered_at_once(caplog: pytest.LogCaptureFixture) -> None:
    with Signals() as signals:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.2)
        signals.taking_back(lambda: "3 batches are left")
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.2)
        told = [record.getMessage() for record in caplog.records]
    assert told == ["SIGINT: stops, and what this run has written is taken back", "SIGINT: 3 batches are left"]


def test_nothing_is_ended_any_more_once_what_was_written_is_taken_back() -> None:
    ended: list[int] = []
    with Signals(lambda: ended.append(1)) as signals:
        os.kill(os.getpid(), signal.SIGTERM)
        signals.taking_back(lambda: "")
        time.sleep(2.5)
    assert ended == []


@pytest.mark.parametrize(
    ("error", "expected"),
    [(TryAgainLater("x"), Interrupted), (Rejected("x"), Rejected), (LeaseLost("x"), LeaseLost)],
)
def test_a_failure_that_a_signal_may_have_caused_is_told_as_the_signal(
    error: BrandsyncError, expected: type[BrandsyncError]
) -> None:
    with Signals() as signals:
        assert signals.cause(error) is error
        os.kill(os.getpid(), signal.SIGTERM)
        assert type(signals.cause(error)) is expected


def test_what_a_stop_did_not_wait_for_is_told() -> None:
    with Signals() as signals:
        os.kill(os.getpid(), signal.SIGTERM)
        cause = signals.cause(Interrupted("the run was asked to stop while it waited for the answer to PATCH /a"))
    assert cause.message == "SIGTERM asked this run to stop while it waited for the answer to PATCH /a"


def test_a_signal_that_came_before_or_within_is_known_to_all() -> None:
    with Signals() as outer:
        with Signals() as inner:
            os.kill(os.getpid(), signal.SIGTERM)
            assert inner.requested()
        assert outer.requested()
        with Signals() as second, pytest.raises(Interrupted):
            second.check()


def test_once_a_run_has_begun_within_nothing_around_it_is_left_at_once() -> None:
    with Signals() as outer, outer.reading():
        with Signals():
            pass
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.1)
        assert outer.requested()


def test_a_terminal_that_goes_away_stops_nothing_under_nohup() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with Signals() as signals:
        os.kill(os.getpid(), signal.SIGHUP)
        assert not signals.requested()
