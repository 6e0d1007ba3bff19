"""Plain lines: one fact each, nothing cut, no colours. For cron, for logs and for ``grep``."""

import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from brandsync.plan.change import Change, shown
from brandsync.report.interface import Report, Sheets
from brandsync.report.stream import write
from brandsync.report.visible import assignments, replacements, told, visible
from brandsync.report.words import closing
from brandsync.run.result import Result
from brandsync.workflow.outcome import Failed, Kept

EVERY = 10.0
"""Seconds between two lines of progress."""


class PlainReport(Report):
    """Plain lines, with two spaces between columns."""

    def __init__(self, every: float = EVERY) -> None:
        self._every = every
        self._told = time.monotonic()
        self._done: Counter[str] = Counter()

    def progress(self, phase: str, count: int) -> None:
        """Say every few seconds how far a phase is: a long run that says nothing looks dead."""
        self._done[phase] += count
        if time.monotonic() - self._told >= self._every:
            self._told = time.monotonic()
            self.tell("progress", f"{phase} {self._done[phase]}")

    def result(self, result: Result) -> None:
        """Show every change of a dry run; what was skipped, kept and recovered; the counts; and the last line."""
        for words in _facts(result):
            _line(words)
        if result.error:
            (self.warning if result.dry_run else self.error)(result.error, result.hint)
        for line in closing(result):
            _line([line])

    def sheets(self, sheets: Sheets, document: Mapping[str, Any], *, screen: Sheets | None = None) -> None:
        """Show rows, without a heading if there is only one table."""
        for sheet in sheets:
            if len(sheets) > 1:
                _line([f"{sheet.title.rstrip('.')}:"])
            for row in sheet.rows:
                _line([visible(cell) or "-" for cell in row])
            if sheet.more:
                _line([sheet.more])


def _line(words: Sequence[str]) -> None:
    write(sys.stdout, "  ".join(words) + "\n")


def _facts(result: Result) -> Iterator[list[str]]:
    if result.dry_run or result.kind == "undo":
        yield from (_change(change, result.sizes(change)) for change in result.changes())
    for skipped in result.skipped():
        yield ["skipped", visible(skipped.cms_id) or "-", visible(skipped.reason), visible(skipped.detail)]
    yield from (_unrestored("kept", kept, f"found {_values(kept.found)}") for kept in result.kept)
    yield from (_unrestored("failed", failed, visible(failed.error)) for failed in result.failed)
    for recovered in result.recovered:
        yield ["recovered", recovered.run, recovered.status, f"undone={recovered.undone}"]
    yield _counts(result)


def _change(change: Change, sizes: Mapping[str, int]) -> list[str]:
    """``sizes``: of the pictures that it brings, by field."""
    fields = replacements(shown(change.before), shown(change.after), sizes)
    return [change.action, visible(change.cms_id), visible(change.brand_id or "-"), *fields]


def _unrestored(word: str, item: Kept | Failed, why: str) -> list[str]:
    row = item.row
    values = [f"wrote {_values(row.before)}", f"before {_values(row.after)}"]
    return [word, visible(row.cms_id), visible(row.brand_id or "-"), *values, why]


def _values(fields: Mapping[str, Any]) -> str:
    return " ".join(assignments(told(fields))) or "nothing"


def _counts(result: Result) -> list[str]:
    counts = [f"{name}={count}" for name, count in result.counts.items()]
    words = [result.kind, result.run or "-", visible(result.pipeline) or "-", f"status={result.status}"]
    return [*words, *counts, f"seconds={result.seconds:.3f}", f"requests={result.requests}"]
