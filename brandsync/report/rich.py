"""Tables and progress bars, for a terminal."""

import sys
from collections.abc import Mapping
from io import StringIO
from typing import Any, Self

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from brandsync.report.interface import Report, Sheets
from brandsync.report.rich_tables import plan_table, sheet_table, skipped_table, summary, unrestored_table
from brandsync.report.stream import write
from brandsync.report.visible import visible
from brandsync.report.words import closing, number
from brandsync.run.result import Result

_PHASES = {
    "cms": "reading the CMS",
    "store": "reading the store",
    "images": "looking at pictures",
    "links": "writing external ids",
    "rollback": "taking back what this run wrote",
    "recovery": "taking back what a run wrote that died",
}
_COLOURS = {"error": "bold red", "warning": "bold yellow", "hint": "bold cyan", "note": "bold"}


def _console(file: StringIO | None = None) -> Console:
    """For stderr, or for a file. Text comes from outside, so markup, emoji names and highlighting are off."""
    return Console(file=file, stderr=file is None, markup=False, emoji=False, highlight=False)


class RichReport(Report):
    """Tables on stdout. Progress bars on stderr, if that is a terminal too."""

    def __init__(self, *, in_colour: bool = True) -> None:
        """``in_colour``: lines on stderr have colours, and there are progress bars."""
        self._in_colour = in_colour
        self._errors = _console()
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        if self._in_colour and sys.stderr.isatty():
            self._bars = _bars(self._errors)
            self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the bars away."""
        if self._bars:
            self._bars.stop()
        self._bars, self._tasks = None, {}

    def progress(self, phase: str, count: int) -> None:
        """Advance the phase's bar."""
        if self._bars is None:
            return
        if phase not in self._tasks:
            unit = "pictures" if phase == "images" else "brands"
            self._tasks[phase] = self._bars.add_task(_PHASES.get(phase, phase), total=None, unit=unit)
        self._bars.advance(self._tasks[phase], count)

    def tell(self, kind: str, text: str) -> None:
        """Write one line to stderr, its first word in colour."""
        if not self._in_colour:
            super().tell(kind, text)
            return
        self._errors.print(Text.assemble((f"{kind}:", _COLOURS[kind]), f" {visible(text)}"), soft_wrap=True)

    def result(self, result: Result) -> None:
        """Show the plan of a dry run; what was skipped, kept and recovered; the counts; and the last line."""
        _print(*_tables(result))
        if result.error:
            (self.warning if result.dry_run else self.error)(result.error, result.hint)
        _print(*(Text(line, style="bold") for line in closing(result)))

    def sheets(self, sheets: Sheets, document: Mapping[str, Any], *, screen: Sheets | None = None) -> None:
        """Show the tables, and what needs a person above them."""
        for sheet in sheets if screen is None else screen:
            lead = (Padding(Text(visible(line), _COLOURS["warning"]), 0) for line in sheet.lead)
            table = sheet_table(sheet, _console(_Page()).width)
            _print(*lead, table, *([Text(sheet.more)] if sheet.more else ()))


def _bars(console: Console) -> Progress:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TextColumn("{task.completed:.0f} {task.fields[unit]}"),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=console, transient=True)


def _tables(result: Result) -> list[RenderableType]:
    shows_changes = result.dry_run or result.kind == "undo"
    recovered = (
        Text(f"Recovered run {run.run}: {run.status.replace('_', ' ')}, {number(run.undone, 'write')} undone")
        for run in result.recovered
    )
    tables = [
        plan_table(result) if shows_changes else None,
        skipped_table(result),
        unrestored_table("Kept: edited since", result.kept, result),
        unrestored_table("Not undone", result.failed, result),
        *recovered,
        summary(result),
    ]
    return [table for table in tables if table]


class _Page(StringIO):
    """Keeps what is printed until it can be written at once. To Rich it looks like stdout."""

    encoding = property(lambda _self: sys.stdout.encoding)

    def isatty(self) -> bool:
        return sys.stdout.isatty()


def _print(*parts: RenderableType) -> None:
    """Print to stdout. A sentence is never wrapped."""
    page = _Page()
    console = _console(page)
    for part in parts:
        for one in part.renderables if isinstance(part, Group) else [part]:
            console.print(one, soft_wrap=isinstance(one, Text))
    write(sys.stdout, page.getvalue())
