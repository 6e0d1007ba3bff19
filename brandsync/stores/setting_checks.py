"""Checks for the values of a store's settings, to be used in ``Annotated``."""

import re
from collections.abc import Mapping
from typing import Protocol

from pydantic import AfterValidator, SecretStr

from brandsync.brand import FIELDS
from brandsync.brand.kind import Kind


def not_empty(remedy: str) -> AfterValidator:
    """A check that a credential isn't empty. ``remedy`` says where to get one."""

    def checked(secret: SecretStr) -> SecretStr:
        if not secret.get_secret_value().strip():
            raise ValueError(f"is empty; {remedy}")
        return secret

    return AfterValidator(checked)


def matching(pattern: str, problem: str) -> AfterValidator:
    """A check that a whole text matches a regular expression. ``problem`` says what it must be."""

    def checked(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(problem)
        return text

    return AfterValidator(checked)


class Declared(Protocol):
    """Where a field goes, as settings say it."""

    @property
    def type(self) -> Kind | None:
        """Its kind, if that is said there."""


def declared_kinds(destinations: Mapping[str, Declared], further: Mapping[str, Kind | None]) -> dict[str, Kind | None]:
    """The kinds of a shop's own fields that ``[store.fields]`` or ``[cms.fields]`` says.

    Raises:
        ValueError: the two say different kinds, or ``[store.fields]`` names a field that isn't one of them.
    """
    for name, destination in destinations.items():
        if name in FIELDS:
            raise ValueError(f"`{name}` has its own place, and only other fields are named here")
        if name not in further:
            raise ValueError(f"`{name}` is not mapped in [cms.fields]")
        if destination.type and further[name] not in {None, destination.type}:
            raise ValueError(f"`{name}` is {destination.type} here and {further[name]} in [cms.fields]: say it once")
    said = {name: destination.type for name, destination in destinations.items()}
    return {name: said.get(name) or kind for name, kind in further.items()}
