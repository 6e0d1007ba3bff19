"""One JSON object, in UTF-8 whatever the locale is."""

import json
import sys
from collections.abc import Mapping
from typing import Any

from brandsync.errors import BrandsyncError
from brandsync.observing.masking import hidden_in
from brandsync.report.interface import Report, Sheets
from brandsync.report.stream import write_bytes
from brandsync.run.result import Result


class JsonReport(Report):
    """The documented schema on stdout, one object a line; errors on stderr as well."""

    def result(self, result: Result) -> None:
        """Write the result as one object. Its pipeline is null if none could be opened."""
        if result.error:
            (self.warning if result.dry_run else self.error)(result.error, result.hint)
        _write(result.as_json() | {"pipeline": result.pipeline or None})

    def failure(self, error: BrandsyncError) -> None:
        """Report a failure outside any run, as the result of a run that never began."""
        self.result(Result.of_error("", error))

    def sheets(self, sheets: Sheets, document: Mapping[str, Any], *, screen: Sheets | None = None) -> None:
        """Write the document."""
        _write({"schema": 1, **document})


def _write(document: dict[str, Any]) -> None:
    """Write it. Terminal controls, and lone surrogates, which UTF-8 cannot hold, become their JSON escapes."""
    line = json.dumps(hidden_in(document), ensure_ascii=False, default=str)
    escapes = {ord(char): json.dumps(char)[1:-1] for char in set(line) if not char.isprintable()}
    write_bytes(sys.stdout, line.translate(escapes).encode() + b"\n")
