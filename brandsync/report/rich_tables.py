"""The tables of the rich report. Everything from outside enters as ``Text``, never as markup."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from brandsync.plan import count_changes
from brandsync.plan.change import Change, shown
from brandsync.report.interface import Sheet
from brandsync.report.visible import in_brackets, quoted, shortened, told, visible
from brandsync.report.words import duration
from brandsync.run.result import Result
from brandsync.workflow.outcome import Failed, Kept

CHANGES = 50
"""How many changes a dry run's table shows."""
SKIPPED = 20
"""How many skipped, kept or not undone brands are shown."""
LONGEST = 120
"""The longest value shown, in characters."""
LONGEST_CELL = 1_000
"""The same for a cell that holds a sentence, or all fields of a brand."""
_READABLE = 20
"""The columns that a table's widest cells need. In a narrower terminal its rows become lists."""
_STYLES = {"create": "green", "update": "yellow", "adopt": "cyan", "delete": "red"} | dict.fromkeys(
    ("link", "unlink", "image"), "cyan"
)
_URGENT = "bold yellow"
_UNCHANGED = {"adopt": "linked as it is", "link": "linked again", "unlink": "no longer linked"}


def _table(title: str, *columns: str) -> Table:
    table = Table(title=Text(title), title_justify="left", title_style="bold", show_lines=False)
    for column in columns:
        table.add_column(Text(column), overflow="fold")
    return table


def _text(value: str, style: str = "") -> Text:
    return Text(visible(value), style=style)


def plan_table(result: Result) -> RenderableType | None:
    """The first changes of a plan or of an undo: each changed field before and after."""
    changes = list(islice(result.changes(), CHANGES))
    if not changes:
        return None
    title = f"{'Restored in' if result.undone else 'Plan of'} {visible(result.pipeline)}"
    table = _table(title, "", "brand", "field", "before → after")
    for change in changes:
        _add_change(table, change, result.sizes(change))
    total = sum(count_changes(result.plan.spool).values()) if result.plan else 0
    return _with_more(table, total - len(changes), _elsewhere(result) if result.undone else _AGAIN)


def _add_change(table: Table, change: Change, sizes: Mapping[str, int]) -> None:
    beginning = Text(change.action, _STYLES.get(change.action, "")), _brand(change)
    for name, values in [*_fields(change, sizes)] or [("", Text(_UNCHANGED.get(change.action, "")))]:
        table.add_row(*beginning, _text(name), values)
        beginning = Text(""), Text("")
    table.add_section()


def _brand(row: Change) -> Text:
    return Text("\n").join(_text(text) for text in (row.cms_id, row.brand_id) if text)


def _fields(change: Change, sizes: Mapping[str, int]) -> Iterator[tuple[str, Text]]:
    before, after = shown(change.before), shown(change.after)
    for name in before | after:
        old = Text(_value(before[name]), "red") if name in before else None
        new = Text(_value(after[name]) + in_brackets(sizes.get(name)), "green") if name in after else None
        yield name, Text(" → ").join(text for text in (old, new) if text)


def _value(value: Any) -> str:
    return shortened(quoted(value), LONGEST)


def _with_more(table: Table, more: int, where: str) -> RenderableType:
    return Group(table, Text(f"and {more} more; {where}")) if more > 0 else table


_AGAIN = "with --dry-run --output plain, all are listed"


def _elsewhere(result: Result) -> str:
    """Where the rest is listed. A command that has written must not run again for it: that would undo an undo."""
    if result.run is None:
        return _AGAIN
    return f"`{result.shows} {result.run} --output plain` lists them"


def skipped_table(result: Result) -> RenderableType | None:
    """The first brands that were left alone, and why."""
    skipped = list(islice(result.skipped(), SKIPPED))
    if not skipped:
        return None
    table = _table("Skipped", "brand", "reason", "what to do")
    for brand in skipped:
        table.add_row(_text(brand.cms_id), _text(brand.reason, "yellow"), _text(brand.detail))
    return _with_more(table, result.counts["skipped"] - len(skipped), _elsewhere(result))


def unrestored_table(title: str, items: Sequence[Kept | Failed], result: Result) -> RenderableType | None:
    """Brands that were not taken back: what was written, what was there before, and what prevents it."""
    if not items:
        return None
    table = _table(title, "brand", "was written", "before that", "now")
    for item in items[:SKIPPED]:
        now = _values(item.found) if isinstance(item, Kept) else _text(item.error)
        table.add_row(_brand(item.row), _values(item.row.before), _values(item.row.after), now)
    return _with_more(table, len(items) - SKIPPED, _elsewhere(result))


def _values(fields: Mapping[str, Any]) -> Text:
    lines = [f"{visible(name)} = {_value(value)}" for name, value in told(fields).items()]
    return Text("\n".join(lines) or "nothing")


def summary(result: Result) -> RenderableType:
    """The run's result in numbers, without zeros."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column()
    grid.add_column(justify="right")
    for name, count in {**result.counts, "requests": result.requests}.items():
        if count:
            grid.add_row(name, f"{count:,}")
    grid.add_row("time", duration(result.seconds))
    title = " ".join(filter(None, (result.kind, result.run, visible(result.pipeline))))
    return Panel(grid, title=Text(title), title_align="left", expand=False)


def sheet_table(sheet: Sheet, width: int) -> RenderableType:
    """A table of what a command lists. Each row becomes a list if ``width``, in columns, is too narrow for it."""
    rows = [
        [_text(shortened(cell, LONGEST_CELL), _URGENT if place in sheet.urgent else "") for cell in row]
        for place, row in enumerate(sheet.rows)
    ]
    if rows and not _fits(sheet, rows, width):
        return Group(Text(sheet.title, "bold"), *(_row_list(sheet.columns, row) for row in rows))
    table = _table(sheet.title, *sheet.columns)
    table.show_header = any(sheet.columns) and not sheet.compact
    if sheet.compact:
        table.box = None
    for row in rows:
        table.add_row(*row)
    return table


def _fits(sheet: Sheet, rows: Sequence[Sequence[Text]], width: int) -> bool:
    columns = zip(map(Text, sheet.columns), *rows, strict=True)
    widths = sorted(max(cell.cell_len for cell in column) for column in columns)
    frame = 3 * len(widths) + 1
    needed: int = sum(widths[:-1]) + min(widths[-1], _READABLE) + frame
    return needed <= width


def _row_list(names: Sequence[str], row: Sequence[Text]) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    grid.add_column(overflow="fold")
    for name, cell in zip(names, row, strict=True):
        if cell:
            grid.add_row(name, cell)
    return Group(grid, Text(""))
