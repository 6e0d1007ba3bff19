"""Shopify's own schema of its Admin API, as a judge of what is asked and answered, and what a request costs by it.

The introspection of each version is in the vendor's npm package @shopify/dev-mcp.
"""

import gc
import gzip
import json
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Final

import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    NoDeprecatedCustomRule,
    OperationDefinitionNode,
    SelectionSetNode,
    build_client_schema,
    get_directive_values,
    get_named_type,
    parse,
    specified_rules,
    type_from_ast,
    validate,
)
from graphql.execution.values import get_argument_values, get_variable_values
from graphql.type import GraphQLIncludeDirective
from npm_package import NpmPackage

PACKAGE: Final = NpmPackage("@shopify/dev-mcp", "1.16.0")
CURRENT, PREVIOUS = "2026-10", "2026-07"


def required() -> None:
    """Skip a test where the schema can't be had; in CI it fails."""
    if lack := _lack():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"Shopify's schema is not here: {lack}")


_lack = cache(PACKAGE.lack)


@cache
def schema(version: str) -> GraphQLSchema:
    """The schema of one version."""
    with gzip.open(PACKAGE.member(f"dist/data/admin_{version}.json.gz")) as file:
        introspection = json.load(file)["data"]
    # The vendor's is not valid to the letter: fields are deprecated whose interfaces' fields aren't.
    found = build_client_schema(introspection, assume_valid=True)
    del introspection
    gc.collect()
    gc.freeze()  # a million objects that stay: whoever collects garbage after this needn't look through them
    return found


@dataclass
class Asked:
    """A document with its variables, read."""

    schema: GraphQLSchema
    document: DocumentNode
    variables: dict[str, Any]
    """As the schema coerces them."""

    @property
    def operation(self) -> OperationDefinitionNode:
        """The only one of it."""
        (found,) = [node for node in self.document.definitions if isinstance(node, OperationDefinitionNode)]
        return found

    @cached_property
    def fragments(self) -> dict[str, FragmentDefinitionNode]:
        """Its fragments by their names."""
        return {node.name.value: node for node in self.document.definitions if isinstance(node, FragmentDefinitionNode)}

    @property
    def cost(self) -> int:
        """The points that it costs before it is carried out.

        limits: an object costs 1, a mutation 10, a connection as much as ``first`` says. What that is, and that a
        mutation's own answer costs nothing, are measured: ``test_shopify_schema`` has the requests, and what a real
        shop told of each.
        """
        root = self.schema.get_root_type(self.operation.operation)
        assert root is not None
        fields = self._fields(root, self.operation.selection_set)
        if root is self.schema.mutation_type:
            return sum(10 + self._below(kind, node) for _, kind, node in fields)
        return sum(self._cost(parent, kind, node) for parent, kind, node in fields)

    def _below(self, payload: Any, node: FieldNode) -> int:
        """Of what a mutation answers with: the objects in its objects."""
        inner = self._fields(payload, node.selection_set)
        return sum(self._children(kind, child) for _, kind, child in inner)

    def _children(self, kind: Any, node: FieldNode) -> int:
        return sum(self._cost(*field) for field in self._fields(kind, node.selection_set))

    def _cost(self, parent: Any, kind: Any, node: FieldNode) -> int:
        # limits: a union costs as much as what it may be, which is an object. None is measured.
        if not (hasattr(kind, "fields") or isinstance(kind, GraphQLUnionType)) or kind.name == "PageInfo":
            return 0
        if kind.name.endswith("Connection"):
            first = get_argument_values(parent.fields[node.name.value], node, self._values).get("first") or 10
            return 2 + math.floor(2 * math.log(first)) * self._children(kind, node)
        if kind.name.endswith("Edge"):
            return self._children(kind, node)
        return 1 + self._children(kind, node)

    @cached_property
    def _values(self) -> Any:
        found = get_variable_values(self.schema, self.operation.variable_definitions or (), self.variables)
        assert not isinstance(found, list)
        return found

    def _fields(self, parent: Any, selected: SelectionSetNode | None) -> Iterator[tuple[Any, Any, FieldNode]]:
        """The fields that are selected, each with the type it belongs to and the type it has."""
        for node in selected.selections if selected else ():
            include = get_directive_values(GraphQLIncludeDirective, node, self._values)
            if include and not include["if"]:
                continue
            if isinstance(node, FieldNode):
                if node.name.value != "__typename":
                    yield parent, get_named_type(parent.fields[node.name.value].type), node
            elif isinstance(node, FragmentSpreadNode):
                fragment = self.fragments[node.name.value]
                kind = self.schema.get_type(fragment.type_condition.name.value)
                yield from self._fields(kind, fragment.selection_set)
            elif isinstance(node, InlineFragmentNode):
                kind = self.schema.get_type(node.type_condition.name.value) if node.type_condition else parent
                yield from self._fields(kind, node.selection_set)


def read(version: str, text: str, variables: Mapping[str, Any]) -> Asked | list[str]:
    """A document with its variables; or what is wrong with them, deprecated fields and arguments among it."""
    judge = schema(version)
    document = _document(version, text)
    if isinstance(document, list):
        return document
    asked = Asked(judge, document, dict(variables))
    definitions = asked.operation.variable_definitions or ()
    coerced = get_variable_values(judge, definitions, asked.variables)
    if isinstance(coerced, list):
        return [error.message for error in coerced]
    if unknown := set(variables) - {one.variable.name.value for one in definitions}:
        return [f"no variables of the operation: {sorted(unknown)}"]
    types = {one.variable.name.value: type_from_ast(judge, one.type) for one in definitions}
    return [*(one for name, value in variables.items() for one in _deprecated(types[name], value))] or asked


@cache
def _document(version: str, text: str) -> DocumentNode | list[str]:
    """A document, or what is wrong with it: the same ones come again and again."""
    try:
        document = parse(text)
    except GraphQLError as error:
        return [error.message]
    try:
        found = validate(schema(version), document, [*specified_rules, NoDeprecatedCustomRule])
    except AttributeError:
        # graphql-core 3.3 names a deprecated argument by the text of its schema, and an introspection has none.
        return ["an argument is deprecated"]
    return [error.message for error in found] or document


def _deprecated(kind: Any, value: Any) -> Iterator[str]:
    """The deprecated fields that a variable's value names: no rule of the library looks there."""
    if isinstance(kind, GraphQLNonNull):
        yield from _deprecated(kind.of_type, value)
    elif isinstance(kind, GraphQLList) and isinstance(value, list):
        for one in value:
            yield from _deprecated(kind.of_type, one)
    elif isinstance(kind, GraphQLInputObjectType) and isinstance(value, dict):
        for name, inner in value.items():
            if reason := kind.fields[name].deprecation_reason:
                yield f"{kind.name}.{name} is deprecated: {reason}"
            yield from _deprecated(kind.fields[name].type, inner)
