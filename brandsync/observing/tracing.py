"""Spans: how long the parts of a run take, for the log, and for OpenTelemetry where a tracer is set.

Nothing of OpenTelemetry is imported until then.

Attributes are named as OpenTelemetry's semantic conventions name them, and hold no secret: no query, no headers, no
bodies, and of an exception its class alone.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

ERROR: Final = "error.type"
"""The attribute with which a span has failed."""
URL: Final = "url.full"
STATUS: Final = "http.response.status_code"
_LOGGED = (URL, STATUS, ERROR)

_log = logging.getLogger(__name__)
_tracer: "Tracer | None" = None


def trace_with(tracer: "Tracer | None") -> None:
    """Let all spans from now on be this tracer's; with none, there are none."""
    global _tracer  # noqa: PLW0603 - as the tracers of OpenTelemetry are: of the process
    _tracer = tracer


@contextmanager
def span(name: str, attributes: Mapping[str, Any] | None = None, *, request: bool = False) -> Iterator[dict[str, Any]]:
    """A block that is a span, below the one that it stands in; ``request`` for one that a server answers.

    What is put into the dictionary while it goes on are its attributes too. At its end the log says how long it took.
    """
    told: dict[str, Any] = dict(attributes or {})
    began = time.monotonic()
    with _traced(name, told, request=request) if _tracer else nullcontext():
        try:
            yield told
        except BaseException as error:
            told[ERROR] = type(error).__name__
            raise
        finally:
            if _log.isEnabledFor(logging.DEBUG):
                words = [name, *(str(told[key]) for key in _LOGGED if key in told)]
                _log.debug("%s: %.3f s", " ".join(words), time.monotonic() - began)


@contextmanager
def _traced(name: str, told: Mapping[str, Any], *, request: bool) -> Iterator[None]:
    from opentelemetry.trace import SpanKind, StatusCode  # noqa: PLC0415 - there is a tracer, so it is there

    assert _tracer
    kind = SpanKind.CLIENT if request else SpanKind.INTERNAL
    with _tracer.start_as_current_span(
        name,
        kind=kind,
        record_exception=False,  # a traceback could hold a secret
        set_status_on_exception=False,
    ) as current:
        try:
            yield
        finally:
            current.set_attributes({key: value for key, value in told.items() if value is not None})
            if ERROR in told:
                current.set_status(StatusCode.ERROR)


def trace_id() -> str | None:
    """The id of the trace that is current here, in hexadecimal."""
    if _tracer is None:
        return None
    from opentelemetry.trace import format_trace_id, get_current_span  # noqa: PLC0415

    found = get_current_span().get_span_context()
    return format_trace_id(found.trace_id) if found.is_valid else None


def carried(work: Callable[..., Any]) -> Callable[..., Any]:
    """Work for another thread, whose spans stand below the one that is current here."""
    return partial(copy_context().run, work)
