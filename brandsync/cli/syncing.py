"""Syncing one pipeline after another, and showing what came of each."""

from collections.abc import Sequence
from functools import partial

from brandsync.cli.ending import attempt, worst
from brandsync.cli.ephemeral import warn_if_ephemeral
from brandsync.cli.pipelines import opened
from brandsync.config import Config, NotifySettings
from brandsync.errors import BrandsyncError, ConfigError
from brandsync.monitoring.monitor import Monitor
from brandsync.report.interface import Report
from brandsync.result import Result
from brandsync.run_context import at_work_on
from brandsync.signals import Signals
from brandsync.sync import Options, sync

_PENDING = 3


def sync_all(report: Report, configs: Sequence[Config | ConfigError], options: Options, *, exit_code: bool) -> int:
    """Sync every pipeline; returns the worst exit code. ``exit_code``: 3 for a dry run that has anything to change."""
    run = Runner(report, options, exit_code=exit_code)
    codes = []
    for config in configs:
        if len(configs) > 1 and isinstance(config, Config):
            report.notice(f"pipeline {config.name}")
        codes.append(attempt(report, partial(run.one, config)))
        if run.stopped:
            break
    return worst(codes)


class Runner:
    """Syncs pipelines in the way that the command line asks for."""

    def __init__(self, report: Report, options: Options, *, exit_code: bool) -> None:
        self._report = report
        self._options = options
        self._exit_code = exit_code
        self.stopped = False
        """A signal has come: no further pipeline is to be begun."""

    def one(self, config: Config | ConfigError) -> int:
        """Sync one pipeline; returns its exit code.

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
                result = Result(config.name)
                result.fail(error)
                monitor.ended(result, None)
                raise
            finally:
                self.stopped |= signals.requested()

    def _run(self, config: Config, signals: Signals, monitor: Monitor) -> int:
        with opened(config, read_only=self._options.dry_run) as pipeline:
            if not self._options.dry_run:
                warn_if_ephemeral(pipeline, self._report)
            signals.check()
            with self._report:
                result = sync(pipeline, self._options, self._report.progress)
            try:
                self._show(result)
                monitor.ended(result, pipeline.journal)
            finally:
                result.close()
        return result.exit_code

    def _show(self, result: Result) -> None:
        if self._exit_code and result.dry_run and _pending(result):
            result.exit_code = _PENDING
        self.stopped = result.interrupted
        self._report.result(result)


def _pending(result: Result) -> bool:
    return result.plan is not None and any(result.plan.counts.values())
