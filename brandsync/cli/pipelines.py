"""Syncing one pipeline after another, and showing what came of each."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

from brandsync.cli.ending import attempt, worst
from brandsync.cli.ephemeral import ephemeral_finding
from brandsync.cli.opening import opened, spelled_result
from brandsync.config import Config, NotifySettings
from brandsync.errors import BrandsyncError, ConfigError, TryAgainLater
from brandsync.monitoring.monitor import Monitor
from brandsync.observing.run_context import at_work_on
from brandsync.report.interface import Report
from brandsync.report.words import number
from brandsync.run.result import Result
from brandsync.run.signals import Signals
from brandsync.run.sync import Options, sync

RETRY_DELAYS = (10.0, 20.0, 40.0, 80.0)
"""Seconds before each retry of a pipeline that ended with 75: together longer than a dead run keeps its lease."""
_PENDING = 3
_AGAIN = TryAgainLater.exit_code


def sync_all(
    report: Report,
    configs: Sequence[Config | ConfigError],
    options: Options,
    *,
    exit_code: bool,
    delays: Iterable[float] = RETRY_DELAYS,
) -> int:
    """Sync every pipeline. Returns the worst exit code. ``exit_code``: a dry run with any change gives 3.

    A worse code would hide a 75 from the scheduler, which then doesn't retry. So this does, after each of ``delays``.
    """
    run = Runner(report, options, exit_code=exit_code)
    codes = run.each(configs, range(len(configs)))
    for delay in () if options.dry_run else delays:
        passing = [place for place, code in codes.items() if code == _AGAIN]
        if not passing or worst([*codes.values()]) == _AGAIN or not run.waited(delay, len(passing)):
            break
        codes |= run.each(configs, passing)
    return worst([*codes.values()])


class Runner:
    """Syncs pipelines as the command line asks."""

    def __init__(self, report: Report, options: Options, *, exit_code: bool) -> None:
        self._report = report
        self._options = options
        self._exit_code = exit_code
        self.stopped = False
        """A signal has come: no further pipeline may begin."""

    def each(self, configs: Sequence[Config | ConfigError], places: Iterable[int]) -> dict[int, int]:
        """Sync these pipelines, one after another. Returns the exit code of each that was begun."""
        codes = {}
        for place in places:
            config = configs[place]
            if len(configs) > 1 and isinstance(config, Config):
                self._report.notice(f"pipeline {config.name}")
            codes[place] = attempt(self._report, partial(self.one, config))
            if self.stopped:
                break
        return codes

    def waited(self, seconds: float, pipelines: int) -> bool:
        """Wait before pipelines are retried. Returns whether no signal has come."""
        if not self.stopped:
            self._report.notice(f"trying {number(pipelines, 'pipeline')} again in {seconds:.0f} s")
            attempt(self._report, partial(self._wait, seconds))
        return not self.stopped

    def _wait(self, seconds: float) -> int:
        with Signals() as signals:
            try:
                with signals.reading():
                    time.sleep(seconds)
            finally:
                self.stopped |= signals.requested()
        return 0

    def one(self, config: Config | ConfigError) -> int:
        """Sync one pipeline. Returns its exit code.

        Raises:
            ConfigError: its configuration is wrong.
        """
        if isinstance(config, ConfigError):
            raise config
        at_work_on(pipeline=config.name)
        monitor = Monitor(NotifySettings() if self._options.dry_run else config.notify)
        with Signals() as signals:
            monitor.begins()
            try:
                return self._run(config, signals, monitor)
            except BrandsyncError as error:
                monitor.ended(Result.of_error(config.name, error), None)
                raise
            finally:
                self.stopped |= signals.requested()

    def _run(self, config: Config, signals: Signals, monitor: Monitor) -> int:
        with opened(config, read_only=self._options.dry_run) as pipeline:
            if not self._options.dry_run and (lost := ephemeral_finding(pipeline)):
                self._report.warning(lost.what, lost.fix)
            signals.check()
            with self._report:
                result = spelled_result(config, sync(pipeline, self._options, self._report.progress))
            if self._exit_code and result.dry_run and result.plan and any(result.plan.counts.values()):
                result = replace(result, exit_code=_PENDING)
            self.stopped = result.interrupted
            self._report.result(result)
            monitor.ended(result, pipeline.journal)
        return result.exit_code
