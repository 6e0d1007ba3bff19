"""Everything that is said on stderr, one line each: as text, or as JSON with the pipeline and the run."""

import json
import logging
import sys
from datetime import UTC, datetime

from brandsync.observing.masking import hidden
from brandsync.observing.run_context import run_context
from brandsync.observing.tracing import trace_id
from brandsync.report.interface import KIND, REPORT, LogFormat
from brandsync.report.stream import write
from brandsync.report.visible import visible

_CHATTY = ("httpx", "httpcore")
"""Their log lines hold whole URLs."""
_SILENT = ("apprise", "psycopg", "urllib3")
"""brandsync itself reports their failures. Their own lines hold addresses with keys, or nothing for users."""


class StderrLines(logging.Handler):
    """Writes ``warning: the message``. Finds stderr anew each time, because progress bars put themselves before it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record, without its traceback, which could show a secret."""
        write(sys.stderr, self.format(record) + "\n")


class Text(logging.Formatter):
    """Lines for people: ``warning: the message``."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, whatever the message holds."""
        return f"{getattr(record, KIND, record.levelname.lower())}: {visible(record.getMessage())}"


class Json(logging.Formatter):
    """Lines for machines: time, message and run. Other parts of a record are left out: they may be secrets."""

    def format(self, record: logging.LogRecord) -> str:
        """One JSON object, in ASCII."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"time": moment, "level": record.levelname.lower(), "logger": record.name, **run_context()}
        kind, trace = getattr(record, KIND, None), trace_id()
        line |= ({KIND: kind} if kind else {}) | ({"trace_id": trace} if trace else {})
        return json.dumps(line | {"message": hidden(record.getMessage())})


def configure(*, verbose: bool, log_format: LogFormat = "text") -> None:
    """Send log records to stderr: warnings, and with ``verbose`` all of brandsync's own records."""
    root = logging.getLogger()
    lines = next((handler for handler in root.handlers if isinstance(handler, StderrLines)), None)
    if lines is None:
        root.addHandler(lines := StderrLines())
    lines.setFormatter(Json() if log_format == "json" else Text())
    logging.getLogger("brandsync").setLevel(logging.DEBUG if verbose else logging.WARNING)
    logging.getLogger(REPORT).setLevel(logging.INFO)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def is_text() -> bool:
    """Whether the lines are for people."""
    return not any(isinstance(handler.formatter, Json) for handler in logging.getLogger().handlers)
