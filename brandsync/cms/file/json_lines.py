"""JSON Lines: one entry per line."""

from pathlib import Path
from typing import BinaryIO

from brandsync.cms.file.documents import load_json
from brandsync.cms.file.lines import Rows, TextFile
from brandsync.cms.file.source_file import Position


def json_lines(stream: BinaryIO, path: Path, start: Position) -> Rows:
    """The entries from a place on; blank lines are skipped."""
    lines = TextFile.opened(stream, path).lines(start)
    for line in lines:
        if line.strip():
            yield load_json(line.rstrip("\r\n"), path, lines.position.line - 1).value, lines.position
