"""Files of JSON and YAML: one document, or one for each line."""

import json
from pathlib import Path
from typing import Any, BinaryIO

import yaml

from brandsync.cms.document import Document
from brandsync.cms.file.lines import Lines, Rows
from brandsync.cms.file.source_file import Position
from brandsync.cms.file.yaml_loader import Loader
from brandsync.cms.json_places import read_document
from brandsync.cms.written_out import DEEPEST, LARGEST, Sizes
from brandsync.errors import Unreadable
from brandsync.observing.excerpt import excerpt


def parse_json(text: str, path: Path) -> Document:
    """A JSON document. Raises ``Unreadable`` with the line and column of a mistake."""
    if not text.strip():
        raise Unreadable(f"{path} is empty", hint="write the list of entries into it: [] for none")
    return _load_json(text, path)


def json_lines(stream: BinaryIO, path: Path, start: Position) -> Rows:
    """The entries of JSON Lines from a place on; blank lines are skipped."""
    lines = Lines(stream, path, start)
    for line in lines:
        if line.strip():
            yield _load_json(line.rstrip("\r\n"), path, lines.position.line - 1).value, lines.position


def _load_json(text: str, path: Path, lines_before: int | None = None) -> Document:
    """JSON from a file's text, or from one line of it."""
    hint = "correct the file; it may have been cut off while it was copied"
    try:
        value, twice = read_document(text, lines_before or 0)
        return Document(value, str(path), twice)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and lines_before is None:
            hint = 'if each line is an entry of its own, set format = "jsonl" in [cms]'
        told = f"line {(lines_before or 0) + error.lineno}, column {error.colno}: {error.msg}"
    except RecursionError:
        told = f"line {(lines_before or 0) + 1}: it holds a nesting too deep"
    raise Unreadable(f"{path}, {told}", hint=hint)


def parse_yaml(text: str, path: Path) -> Document:
    """A YAML document. Raises ``Unreadable`` with the line and column of a mistake."""
    try:
        _require_shallow(text)
        loader = Loader(text)
        return Document(loader.get_single_data(), str(path), loader.twice)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        told = f"line {mark.line + 1}, column {mark.column + 1}: {error.problem}" if mark else str(error.problem)
    except RecursionError:
        told = "it is nested too deep"
    except yaml.YAMLError as error:
        told = excerpt(str(error), 200)
    raise Unreadable(f"{path}, {told}", hint="correct the file")


def require_bounded(document: Any, path: Path) -> None:
    """Refuse a YAML document that aliases make larger than memory.

    Raises:
            Unreadable: this is such a document.
    """
    if Sizes().of(document) > LARGEST:
        raise Unreadable(
            f"{path} repeats itself by aliases until it is too large",
            hint="set `items` in [cms] to a plain path, or write the file out without aliases",
        )


def _require_shallow(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:  # libyaml would overflow the stack, and end the process
            raise yaml.YAMLError(f"it is nested too deep: {event.start_mark}")
