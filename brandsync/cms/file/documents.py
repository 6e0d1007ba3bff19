"""Files that are one document: JSON and YAML."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import yaml
from yaml.constructor import ConstructorError

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # pragma: no cover  PyYAML without libyaml: the same, slower
    from yaml import SafeLoader  # type: ignore[assignment]

from brandsync.cms.file.encoding import decoded
from brandsync.cms.unreadable_value import UnreadableValue
from brandsync.cms.written_out import DEEPEST, LARGEST, Sizes
from brandsync.errors import Unreadable
from brandsync.excerpt import excerpt

_TAG: Final = "tag:yaml.org,2002:"
_STUMBLES: Final = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError)
"""What PyYAML lets out where it reads a scalar."""
_MOST_COPIED: Final = 2_000_000
"""Keys that ``<<`` may copy in one file."""


class _Loader(SafeLoader):
    """YAML 1.1 without its timestamps: a date is text, as it is in JSON."""

    yaml_implicit_resolvers = {  # noqa: RUF012  PyYAML's own name and form
        first: [(tag, pattern) for tag, pattern in resolvers if tag != f"{_TAG}timestamp"]
        for first, resolvers in SafeLoader.yaml_implicit_resolvers.items()
    }
    copied = 0

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Copy what ``<<`` names, within bounds: aliases of aliases copy millions of keys in a few lines."""
        for key, value in node.value:
            if key.tag == f"{_TAG}merge":
                for each in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                    if isinstance(each, yaml.MappingNode):
                        self.flatten_mapping(each)
                        self.copied += len(each.value)
                    if self.copied > _MOST_COPIED:
                        problem = f"<< copies more than {_MOST_COPIED:,} keys"
                        raise ConstructorError(None, None, problem, node.start_mark)
        super().flatten_mapping(node)


def _checked(construct: Callable[[_Loader, yaml.Node], Any]) -> Callable[[_Loader, yaml.Node], Any]:
    """A constructor of scalars that leaves what doesn't fit its tag to the entry that maps it."""

    def constructed(loader: _Loader, node: yaml.Node) -> Any:
        try:
            found = construct(loader, node)
            str(found)  # an integer may be too long to be written in digits
        except _STUMBLES:
            mark = node.start_mark
            place = f"line {mark.line + 1}, column {mark.column + 1}"
            wanted = node.tag.replace(_TAG, "!!")
            return UnreadableValue(f'{place} of the file: "{excerpt(str(node.value))}" cannot be read as {wanted}')
        return found

    return constructed


for _tag in ("bool", "int", "float", "timestamp"):
    _Loader.add_constructor(f"{_TAG}{_tag}", _checked(getattr(SafeLoader, f"construct_yaml_{_tag}")))
_Loader.add_constructor(f"{_TAG}value", _checked(SafeLoader.construct_yaml_str))  # a lone "="


def parse_json(data: bytes, path: Path) -> Any:
    """A JSON document. Raises ``Unreadable`` with the line and column of a mistake."""
    text = decoded(data, path)
    if not text.strip():
        raise Unreadable(f"{path} is empty", hint="write the list of entries into it: [] for none")
    return load_json(text, path)


def load_json(text: str, path: Path, lines_before: int | None = None) -> Any:
    """JSON from a file's text, or from one line of it. Raises ``Unreadable`` with the line and column of a mistake."""
    hint = "correct the file; it may have been cut off while it was copied"
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and lines_before is None:
            hint = 'if each line is an entry of its own, set format = "jsonl" in [cms]'
        told = f"line {(lines_before or 0) + error.lineno}, column {error.colno}: {error.msg}"
    except (ValueError, RecursionError):
        told = f"line {(lines_before or 0) + 1}: it holds a number too long or a nesting too deep"
    raise Unreadable(f"{path}, {told}", hint=hint)


def parse_yaml(data: bytes, path: Path) -> Any:
    """A YAML document. Raises ``Unreadable`` with the line and column of a mistake."""
    text = decoded(data, path)
    try:
        _require_shallow(text)
        return yaml.load(text, _Loader)  # noqa: S506  it is a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        told = f"line {mark.line + 1}, column {mark.column + 1}: {error.problem}" if mark else str(error.problem)
    except RecursionError:
        told = "it merges itself (<<), or is nested too deep"
    except (yaml.YAMLError, *_STUMBLES) as error:
        told = excerpt(str(error), 200)
    raise Unreadable(f"{path}, {told}", hint="correct the file")


def require_bounded(document: Any, path: Path) -> None:
    """Refuse a YAML document in which aliases stand for more than memory holds.

    Raises:
        Unreadable: it is such a one.
    """
    if Sizes().of(document) > LARGEST:
        raise Unreadable(
            f"{path} repeats itself by aliases until it is too large",
            hint="set `items` in [cms] to a plain path, or write the file out without aliases",
        )


def _require_shallow(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, _Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:  # libyaml would overflow the stack, and take the process with it
            raise yaml.YAMLError(f"it is nested too deep: {event.start_mark}")
