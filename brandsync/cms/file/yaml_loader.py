"""YAML as data: where something can't be read, only the value that it stands for is lost."""

from collections.abc import Callable
from typing import Any, Final

import yaml
from yaml import MappingNode, ScalarNode, SequenceNode
from yaml.constructor import ConstructorError

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # pragma: no cover  PyYAML without libyaml: the same, slower
    from yaml import SafeLoader  # type: ignore[assignment]

from brandsync.cms.unreadable_value import UnreadableValue, twice
from brandsync.observing.excerpt import excerpt

_TAG: Final = "tag:yaml.org,2002:"
_MERGE: Final = f"{_TAG}merge"
_STUMBLES: Final = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, ConstructorError)
"""What PyYAML may raise when it reads a scalar."""
_MOST_COPIED: Final = 2_000_000
"""How many keys ``<<`` may copy in one file."""
_KINDS: Final = {ScalarNode: "text", SequenceNode: "a list", MappingNode: "an object"}


class Loader(SafeLoader):
    """YAML 1.1 without its timestamps: a date is text, as in JSON."""

    yaml_implicit_resolvers = {  # noqa: RUF012  PyYAML's own name and form
        first: [(tag, pattern) for tag, pattern in resolvers if tag != f"{_TAG}timestamp"]
        for first, resolvers in SafeLoader.yaml_implicit_resolvers.items()
    }

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.twice: list[UnreadableValue] = []
        """The keys that one object holds twice."""
        self._copied = 0
        self._merged: dict[MappingNode, int | None] = {}
        """How many pairs ``<<`` put before a node's own; none while that is under way, or where it can't be done."""

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The keys and values of a node. A key of its own wins over one that ``<<`` names."""
        self.flatten_mapping(node)
        merged = self._merged.get(node) or 0
        inherited = dict(self._pair(*pair, deep=deep) for pair in node.value[:merged])
        mapping: dict[Any, Any] = {}
        for key_node, value_node in node.value[merged:]:
            key, value = self._pair(key_node, value_node, deep=deep)
            if key in mapping:
                value = twice(key, _place(key_node), (mapping[key], value))
                self.twice.append(value)
            mapping[key] = value
        return inherited | mapping if inherited else mapping

    def _pair(self, key_node: yaml.Node, value_node: yaml.Node, *, deep: bool) -> tuple[Any, Any]:
        value = self.construct_object(value_node, deep=deep)
        key = self.construct_object(key_node) if isinstance(key_node, ScalarNode) else None
        if isinstance(key, UnreadableValue) or not isinstance(key_node, ScalarNode):
            problem = f"{_place(key_node)}: {_shown(key_node)} cannot be a key"
            return problem, UnreadableValue(problem, (value,))
        return key, value

    def flatten_mapping(self, node: MappingNode) -> None:
        """Put what ``<<`` names before a node's own pairs. There is a limit: aliases of aliases copy millions.

        Where it names something that is no object, or the node itself, the node keeps only its own pairs.
        """
        if node in self._merged or not any(key.tag == _MERGE for key, _ in node.value):
            return
        self._merged[node] = None
        sources = [value for key, value in node.value if key.tag == _MERGE]
        node.value = [pair for pair in node.value if pair[0].tag != _MERGE]
        inherited: list[tuple[yaml.Node, yaml.Node]] = []
        for source in sources:
            for each in reversed(source.value) if isinstance(source, SequenceNode) else [source]:
                if not isinstance(each, MappingNode) or self.is_half(each):
                    return
                inherited += each.value
                self._copied += len(each.value)
                if self._copied > _MOST_COPIED:
                    problem = f"<< copies more than {_MOST_COPIED:,} keys"
                    raise ConstructorError(None, None, problem, node.start_mark)
        node.value = inherited + node.value
        self._merged[node] = len(inherited)

    def is_half(self, node: MappingNode) -> bool:
        """Whether it is unknown what ``<<`` adds to a node."""
        self.flatten_mapping(node)
        return self._merged.get(node, 0) is None


def _place(node: yaml.Node) -> str:
    mark = node.start_mark
    return f"line {mark.line + 1}, column {mark.column + 1} of the file"


def _shown(node: yaml.Node) -> str:
    return f'"{excerpt(node.value)}"' if isinstance(node, ScalarNode) else _KINDS[type(node)]


def _unreadable(loader: Loader, node: yaml.Node) -> UnreadableValue:
    return _half(loader, node, f"{_shown(node)} cannot be read as {excerpt(node.tag.replace(_TAG, '!!'))}")


def _half(loader: Loader, node: yaml.Node, problem: str) -> UnreadableValue:
    """Stands for a node. At most its own keys are known, and they may show which entry it is."""
    try:
        own = (loader.construct_mapping(node, deep=True),) if isinstance(node, MappingNode) else ()
    except ConstructorError:  # it holds itself
        own = ()
    return UnreadableValue(f"{_place(node)}: {problem}", own)


def _text(loader: Loader, node: yaml.Node) -> Any:
    return node.value if isinstance(node, ScalarNode) else _unreadable(loader, node)


def _scalar(construct: Callable[[Loader, yaml.Node], Any]) -> Callable[[Loader, yaml.Node], Any]:
    """A constructor of scalars. Where one doesn't fit its tag, only the entry that maps it fails."""

    def constructed(loader: Loader, node: yaml.Node) -> Any:
        try:
            found = construct(loader, node)
            str(found)  # an integer may be too long to be written in digits
        except _STUMBLES:
            return _unreadable(loader, node)
        return found

    return constructed


def _mapping(construct: Callable[[Loader, yaml.Node], Any]) -> Callable[[Loader, yaml.Node], Any]:
    """A constructor of objects that never takes a part of one for the whole."""

    def constructed(loader: Loader, node: yaml.Node) -> Any:
        if not isinstance(node, MappingNode):
            return _unreadable(loader, node)
        if loader.is_half(node):
            return _half(loader, node, "<< names something that is no object, or the object itself")
        return construct(loader, node)

    return constructed


def _list(construct: Callable[[Loader, yaml.Node], Any], *, of_pairs: bool) -> Callable[[Loader, yaml.Node], Any]:
    """A constructor of lists. ``of_pairs``: lists of objects with one key each."""

    def constructed(loader: Loader, node: yaml.Node) -> Any:
        fits = isinstance(node, SequenceNode) and (
            not of_pairs or all(isinstance(pair, MappingNode) and len(pair.value) == 1 for pair in node.value)
        )
        return construct(loader, node) if fits else _unreadable(loader, node)

    return constructed


for _name in ("bool", "int", "float", "timestamp", "null", "binary"):
    Loader.add_constructor(f"{_TAG}{_name}", _scalar(getattr(SafeLoader, f"construct_yaml_{_name}")))
for _name in ("map", "set"):
    Loader.add_constructor(f"{_TAG}{_name}", _mapping(getattr(SafeLoader, f"construct_yaml_{_name}")))
Loader.add_constructor(f"{_TAG}seq", _list(SafeLoader.construct_yaml_seq, of_pairs=False))
for _name in ("omap", "pairs"):
    Loader.add_constructor(f"{_TAG}{_name}", _list(getattr(SafeLoader, f"construct_yaml_{_name}"), of_pairs=True))
for _tag in (f"{_TAG}str", f"{_TAG}value", _MERGE):  # a lone "=" and "<<" are texts
    Loader.add_constructor(_tag, _text)
Loader.add_constructor(None, _unreadable)
