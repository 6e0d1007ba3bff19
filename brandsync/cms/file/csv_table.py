"""CSV as programs write it: Excel's separators, line ends and ``sep=`` line, and empty columns and rows at the end."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final

from brandsync.cms.file.lines import Lines, Rows
from brandsync.cms.file.source_file import Position
from brandsync.errors import Unreadable
from brandsync.observing.excerpt import excerpt
from brandsync.plan.matching_key import as_seen

LARGEST_CELL: Final = 16 * 1024 * 1024
"""Characters. If a quote isn't closed, all that follows is one cell."""
_SEPARATORS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_SEPARATOR_LINE: Final = re.compile(r'"?sep=([^"\w\s]|\t)"?[,;\t|]*', re.IGNORECASE)
_QUOTED: Final = re.compile(r'"[^"]*(?:"|$)')
_QUOTED_TEXT: Final = re.compile(r'(?:[^"]++|"")*+')
_BLANKS: Final = " \t\u00a0"
_NOTHING: Final = ' \t\r\n,;|"'


def csv_entries(stream: BinaryIO, path: Path, start: Position) -> Rows:
    """The entries from a place on. An empty or missing cell is none; a row with no filled cell is no entry."""
    csv.field_size_limit(LARGEST_CELL)
    table, first = _opened(Lines(stream, path, Position()))
    lines = Lines(stream, path, max(start, first, key=lambda position: position.offset))
    # What is invisible in a name, such as a no-break space, may also be left out of it.
    typed = [(name, as_seen(name)) for name in table.columns if name != as_seen(name)]
    for row, line in _rows(lines, table):
        if any(map(str.strip, row)):
            if len(row) != len(table.columns):
                row = table.whole(row, f"{path}, line {line}", cut=not lines.ended)  # noqa: PLW2901 - the same row
            entry = {name: cell or None for name, cell in zip(table.columns, row, strict=True) if name}
            for name, seen in typed:
                entry[seen] = entry[name]
            yield entry, lines.position


@dataclass(frozen=True, slots=True)
class _Table:
    """How a file's rows are written."""

    columns: tuple[str, ...]
    """Their names, up to the last column that has one."""
    separator: str
    spaced: bool
    """The header has a blank after each separator, and so have the rows."""

    def whole(self, row: list[str], where: str, *, cut: bool) -> list[str]:
        """A row with as many cells as there are columns. ``cut``: the file ends within it."""
        width = len(self.columns)
        if any(map(str.strip, row[width:])):
            raise Unreadable(
                f"{where}: {len(row)} cells, and the header has {width}",
                hint=f"put quotes around a cell that holds one of the {_SEPARATORS.get(self.separator, 'separators')},"
                " or name every column in the header",
            )
        if cut and len(row) < width:
            raise Unreadable(f"{where}: the last row is cut off", hint="copy the file again")
        return row[:width] + [""] * (width - len(row))


def _opened(lines: Lines) -> tuple[_Table, Position]:
    """The table, and where its rows begin."""
    texts = iter(lines)
    line = next((text for text in texts if text.strip(_NOTHING)), "")
    given = _SEPARATOR_LINE.fullmatch(line.strip("\r\n"))
    if given:
        line = next((text for text in texts if text.strip(_NOTHING)), "")
    plain = _QUOTED.sub("", line)
    separator = given[1] if given else _separator(plain, f"{lines.path}, line {lines.position.line}")
    table = _Table((), separator, f"{separator} " in plain)
    row, number = next(_rows(lines, table, chain([line], texts)), ([], lines.position.line))
    names = _names(row, f"{lines.path}, line {number or 1}")
    return replace(table, columns=names), lines.position


def _separator(header: str, where: str) -> str:
    """The separator of the columns. ``header`` is the header line without its quoted parts."""
    counts = {separator: header.count(separator) for separator in _SEPARATORS if separator in header}
    most = [separator for separator, count in counts.items() if count == max(counts.values())]
    if not counts or most == [","] or len(counts) == 1:
        return most[0] if most else ","
    found = " or ".join(_SEPARATORS[separator] for separator in counts)
    raise Unreadable(
        f"{where}: the columns may be separated by {found}",
        hint=f'put a line in front that says which: "sep={next(iter(counts))}", as Excel does',
    )


def _names(row: list[str], where: str) -> tuple[str, ...]:
    names = [name.strip() if as_seen(name) else "" for name in row]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise Unreadable(f"{where}: a header row was expected", hint="name the columns in the first row")
    if "\0" in "".join(names):
        raise Unreadable(f"{where}: the header holds U+0000; is it UTF-16?", hint="save the file as UTF-8")
    seen = list(map(as_seen, names))
    twice = next((name for name in seen if name and seen.count(name) > 1), None)
    if twice is not None:
        raise Unreadable(f'{where}: two columns are named "{excerpt(twice)}"', hint="rename or remove one")
    return tuple(names)


def _rows(lines: Lines, table: _Table, texts: Iterable[str] | None = None) -> Iterator[tuple[list[str], int]]:
    """Rows of cells, each with the number of its first line. ``texts``: the lines, from the one read last on."""
    quotes = _Quotes(texts or lines, table.separator)
    rows = csv.reader(quotes, strict=True, delimiter=table.separator, skipinitialspace=table.spaced)
    line = lines.position.line if texts else lines.position.line + 1
    while True:
        quotes.within = False
        try:
            row = next(rows, None)
        except csv.Error as error:
            raise _unreadable(f"{lines.path}, line {line}", str(error)) from None
        if row is None:
            return
        yield row, line
        line = lines.position.line + 1


class _Quotes:
    """Lines without blanks between a separator and a quote: to people, ``, "Acme" ,`` is a quoted cell."""

    def __init__(self, texts: Iterable[str], separator: str) -> None:
        self._texts = iter(texts)
        self._separator = separator
        blank = f"[{_BLANKS.replace(separator, '')}]"
        self._near = re.compile(f'{blank}"|"{blank}')
        self._begin = re.compile(f'{blank}*+"')
        self._end = re.compile(f'"{blank}*+(?=[{re.escape(separator)}\r\n]|$)')
        self.within = False
        """The line begins within a quoted cell."""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._texts)
        if '"' in line:
            if self._near.search(line):
                return "".join(self._bare(line))
            self.within ^= line.count('"') % 2 == 1
        return line

    def _bare(self, line: str) -> Iterator[str]:
        at = 0
        while at < len(line):
            begin = None if self.within else self._begin.match(line, at)
            if begin:
                yield '"'
                at = begin.end()
            if begin or self.within:
                quoted = _QUOTED_TEXT.match(line, at)
                text = quoted[0] if quoted else ""
                yield text
                at += len(text)
                self.within = at == len(line)
                if end := self._end.match(line, at):
                    yield '"'
                    at = end.end()
            following = line.find(self._separator, at) + 1 or len(line)
            yield line[at:following]
            at = following


def _unreadable(where: str, problem: str) -> Unreadable:
    hint = "correct the file: check its quotes"
    if "field limit" in problem:
        problem = f"a cell holds more than {LARGEST_CELL // 2**20} MB"
        hint = "check the quotes from there on: one may not be closed"
    elif problem.startswith("new-line"):
        problem = "a line break stands in a cell without quotes"
        hint = "put quotes around that cell, or let all lines end in the same way"
    return Unreadable(f"{where}: {problem}", hint=hint)
