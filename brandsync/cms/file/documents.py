"""Files that are one document: JSON and YAML."""

import json
from pathlib import Path
from typing import Any

import yaml

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # pragma: no cover  PyYAML without libyaml: the same, slower
    from yaml import SafeLoader  # type: ignore[assignment]

from brandsync.cms.file.source_file import decoded
from brandsync.errors import Unreadable
from brandsync.excerpt import excerpt

TIMESTAMP = "tag:yaml.org,2002:timestamp"


class _Loader(SafeLoader):
    """YAML 1.1 without its timestamps: a date is text, as it is in JSON."""

    yaml_implicit_resolvers = {  # noqa: RUF012  PyYAML's own name and form
        first: [(tag, pattern) for tag, pattern in resolvers if tag != TIMESTAMP]
        for first, resolvers in SafeLoader.yaml_implicit_resolvers.items()
    }


_DEEPEST = 500
"""Lists and mappings within each other: libyaml would overflow the stack, and take the process with it."""


def parse_json(data: bytes, path: Path) -> Any:
    """A JSON document. Raises ``Unreadable`` with the line and column of a mistake."""
    return load_json(decoded(data, path), path)


def load_json(text: str, path: Path, lines_before: int = 0) -> Any:
    """JSON from a file's text, or from one line of it. Raises ``Unreadable`` with the line and column of a mistake."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        told = f"line {lines_before + error.lineno}, column {error.colno}: {error.msg}"
    except (ValueError, RecursionError):
        told = f"line {lines_before + 1}: it holds a number too long or a nesting too deep"
    raise Unreadable(f"{path}, {told}", hint="correct the file; it may have been cut off while it was copied")


def parse_yaml(data: bytes, path: Path) -> Any:
    """A YAML document. Raises ``Unreadable`` with the line and column of a mistake."""
    text = decoded(data, path)
    try:
        _require_shallow(text)
        return yaml.load(text, _Loader)  # noqa: S506  it is a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        told = f"line {mark.line + 1}, column {mark.column + 1}: {error.problem}" if mark else str(error.problem)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        told = excerpt(str(error), 200)
    raise Unreadable(f"{path}, {told}", hint="correct the file")


def _require_shallow(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, _Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise yaml.YAMLError(f"it is nested too deep: {event.start_mark}")
