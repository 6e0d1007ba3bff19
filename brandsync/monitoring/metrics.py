"""A run as Prometheus metrics: in a file for node_exporter's textfile collector, or pushed to a Pushgateway."""

import time
from contextlib import suppress
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, pushadd_to_gateway, write_to_textfile

from brandsync.errors import BrandsyncError
from brandsync.journal import Journal
from brandsync.run.result import Result


class Metrics:
    """The metrics of one run."""

    def __init__(self, result: Result, journal: Journal | None) -> None:
        self._pipeline = result.pipeline
        self._registry = CollectorRegistry()
        self._set("exit_code", "How the latest run ended: its exit code.", result.exit_code)
        self._set("end_timestamp_seconds", "When the latest run ended.", time.time())
        self._set("duration_seconds", "How long the latest run took.", result.seconds)
        self._set("requests", "The HTTP requests of the latest run.", result.requests)
        if (moment := _last_good(journal)) is not None:
            self._set("last_success_timestamp_seconds", "When the latest run began that ended with 0 or 65.", moment)
        brands = Gauge(
            "brandsync_brands", "The brands of the latest run.", ["pipeline", "outcome"], registry=self._registry
        )
        for name, number in result.counts.items():
            brands.labels(self._pipeline, name).set(number)

    def _set(self, name: str, meaning: str, value: float) -> None:
        gauge = Gauge(f"brandsync_{name}", meaning, ["pipeline"], registry=self._registry)
        gauge.labels(self._pipeline).set(value)

    def write(self, path: Path) -> None:
        """Write the file, completely or not at all."""
        write_to_textfile(str(path), self._registry)

    def push(self, gateway: str, seconds: float) -> None:
        """Push the metrics, in the pipeline's own group."""
        grouping = {"pipeline": self._pipeline}
        pushadd_to_gateway(gateway, job="brandsync", registry=self._registry, grouping_key=grouping, timeout=seconds)


def _last_good(journal: Journal | None) -> float | None:
    if journal is not None:
        with suppress(BrandsyncError), journal.reading() as readable:
            found = readable.runs.last_good()
            return found.began.timestamp() if found and found.began else None
    return None
