"""OpenTelemetry's own SDK: spans go to a collector by OTLP over HTTP, as the environment says."""

import logging
import os
from collections.abc import Sequence

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult

import brandsync

_MILLISECONDS = 10_000
"""How long a collector may delay the end of a command."""

# It logs each attempt. Whether anything was lost is said at the end.
logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)


class _Exporter(OTLPSpanExporter):
    lost = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = super().export(spans)
        self.lost |= result is not SpanExportResult.SUCCESS
        return result


class Collector:
    """The collector that takes the spans of this process."""

    def __init__(self) -> None:
        named = {SERVICE_NAME: os.environ.get("OTEL_SERVICE_NAME", "brandsync"), SERVICE_VERSION: brandsync.__version__}
        self._provider = TracerProvider(resource=Resource.create(named), shutdown_on_exit=False)
        self._exporter = _Exporter()
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter))
        self.tracer = self._provider.get_tracer("brandsync", brandsync.__version__)
        """Makes the spans."""

    def close(self) -> bool:
        """Send what has not been sent yet. Returns whether the collector has accepted everything."""
        self._provider.force_flush(_MILLISECONDS)
        self._provider.shutdown()
        return not self._exporter.lost
