"""Sends a command's spans to an OpenTelemetry collector, if the environment names one.

The environment is OpenTelemetry's own: ``OTEL_EXPORTER_OTLP_ENDPOINT``, ``OTEL_EXPORTER_OTLP_HEADERS``,
``OTEL_SERVICE_NAME`` and the others of its specification.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from brandsync.errors.hints import installing
from brandsync.observing.tracing import trace_with

if TYPE_CHECKING:
    from brandsync.monitoring.otlp import Collector

_log = logging.getLogger(__name__)
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


@contextmanager
def exporting() -> Iterator[None]:
    """A block whose spans are sent, at the latest when it is left. Any failure to do so is a warning."""
    collector = _collector() if _wanted() else None
    if collector is None:
        yield
        return
    trace_with(collector.tracer)
    try:
        yield
    finally:
        trace_with(None)
        if not collector.close():
            _log.warning("the collector of OpenTelemetry did not take all spans of this run")


def _wanted() -> bool:
    off = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or os.environ.get("OTEL_TRACES_EXPORTER") == "none"
    return not off and any(os.environ.get(name) for name in _ENDPOINTS)


def _collector() -> "Collector | None":
    try:
        from brandsync.monitoring.otlp import Collector  # noqa: PLC0415 - an extra
    except ImportError:
        problem = f"`{installing('tracing')}`"
    else:
        try:
            return Collector()
        except ValueError as error:
            problem = f"its environment is wrong: {type(error).__name__}"
    _log.warning("no traces are sent to the collector that the environment names: %s", problem)
    return None
