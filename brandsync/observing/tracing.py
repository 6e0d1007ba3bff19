"""Spans: how long the parts of a run take. For the log, and for OpenTelemetry if a tracer is set.

Nothing of OpenTelemetry is imported until then.

Attributes have the names of OpenTelemetry's semantic conventions. They hold no secret: no query, no headers, no
bodies, and of an exception only its class.
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
"""The attribute that marks a failed span."""
URL: Final = "url.full"
STATUS: Final = "http.response.status_code"
_LOGGED = (URL, STATUS, ERROR)

_log = logging.getLogger(__name__)
_tracer: "Tracer | None" = None


def trace_with(tracer: "Tracer | None") -> None:
    """Use this tracer for all spans from now on. With none, there are no spans."""
    global _tracer  # noqa: PLW0603 - of the process, like OpenTelemetry's tracers
    _tracer = tracer


@contextmanager
def span(name: str, attributes: Mapping[str, Any] | None = None, *, request: bool = False) -> Iterator[dict[str, Any]]:
    """A block that is a span, below the surrounding one. ``request`` marks a span that a server answers.

    The entries that the block adds to the dictionary become attributes too. At its end the log says how long it took.
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
    """The id of the current trace, in hexadecimal."""
    if _tracer is None:
        return None
    from opentelemetry.trace import format_trace_id, get_current_span  # noqa: PLC0415

    found = get_current_span().get_span_context()
    return format_trace_id(found.trace_id) if found.is_valid else None


def carried(work: Callable[..., Any]) -> Callable[..., Any]:
    """The same work for another thread, with its spans below the current one."""
    return partial(copy_context().run, work)
