"""Files that are a list of lines, read without being loaded: JSON Lines and CSV.

Each entry comes with the position after it, from which reading can go on.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from brandsync.cms.file.documents import load_json
from brandsync.cms.file.source_file import Position, decoded
from brandsync.errors import Unreadable
from brandsync.excerpt import excerpt

Rows = Iterator[tuple[Any, Position]]


class _Lines:
    """A file's lines as text, and how far they have been read."""

    def __init__(self, stream: BinaryIO, path: Path, start: Position) -> None:
        self._stream = stream
        self._path = path
        self.position = start
        self.ended = True
        """The last line had a line break."""
        stream.seek(start.offset)

    def __iter__(self) -> Iterator[str]:
        for line in self._stream:
            text = decoded(line, self._path, self.position.offset)
            self.position = Position(self.position.offset + len(line), self.position.line + 1)
            self.ended = line.endswith(b"\n")
            yield text


def json_lines(stream: BinaryIO, path: Path, start: Position) -> Rows:
    """JSON Lines: an entry a line; blank lines count for nothing."""
    lines = _Lines(stream, path, start)
    for line in lines:
        if line.strip():
            yield load_json(line.rstrip("\r\n"), path, lines.position.line - 1), lines.position


def csv_entries(stream: BinaryIO, path: Path, start: Position) -> Rows:
    """CSV with a header row, separated by commas. An empty cell, or one that a row lacks, is none."""
    header_lines = _Lines(stream, path, Position())
    header = _header(next(_rows(header_lines, path), []), path)
    lines = _Lines(stream, path, max(start, header_lines.position, key=lambda position: position.offset))
    for row in _rows(lines, path):
        if row:
            yield _entry(header, row, lines, path), lines.position


def _rows(lines: _Lines, path: Path) -> Iterator[list[str]]:
    rows = csv.reader(lines, strict=True)
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            problem = str(error)
        else:
            if row is None:
                return
            yield row
            continue
        raise Unreadable(f"{path}, line {lines.position.line}: {problem}", hint="correct the file: check its quotes")


def _header(names: list[str], path: Path) -> list[str]:
    if not names:
        raise Unreadable(f"{path}, line 1: a header row was expected", hint="name the columns in the first row")
    if len(names) == 1 and any(separator in names[0] for separator in ";\t|"):
        raise Unreadable(
            f"{path}, line 1: the columns ({excerpt(names[0])}) are not separated by commas",
            hint="save the file as CSV with commas",
        )
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise Unreadable(f'{path}, line 1: two columns are named "{excerpt(twice)}"', hint="rename or remove one")
    return names


def _entry(header: list[str], row: list[str], lines: _Lines, path: Path) -> dict[str, str | None]:
    where = f"{path}, line {lines.position.line}"
    if len(row) > len(header):
        raise Unreadable(
            f"{where}: {len(row)} cells, and the header has {len(header)}",
            hint="put quotes around a cell that holds a comma",
        )
    if len(row) < len(header) and not lines.ended:
        raise Unreadable(f"{where}: the last row is cut off", hint="copy the file again")
    cells = row + [""] * (len(header) - len(row))
    return {name: cell or None for name, cell in zip(header, cells, strict=True)}
