"""``[cms.fields]``: where each field of a brand stands in an entry, and of which kind it is."""

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final, Self

from pydantic import ConfigDict, model_validator

from brandsync.brand import EXTERNAL_ID, FIELDS, LINK_FIELD
from brandsync.brand.kind import Kind
from brandsync.settings import JmesPath, SettingsModel

FIELD_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,62}")
"""The names that a field of a shop's own can have."""
_RESERVED: Final = frozenset({"id", EXTERNAL_ID, LINK_FIELD, "created_at", "updated_at", "deleted_at"})


class FieldSource(SettingsModel):
    """A field in its long form, ``{ value = "founded", type = "integer" }``. The short form is the value alone."""

    short_form: ClassVar[str | None] = "value"

    value: JmesPath
    """Where it stands in a raw entry."""
    type: Kind | None = None
    """Its kind. Needed only where the store can't tell, or can hold several."""
    mark: JmesPath | None = None
    """Of an image: what changes with the picture where its address stays, such as its hash or its last change."""

    def __str__(self) -> str:
        return self.value


class FieldPaths(SettingsModel):
    """Where each field of a brand stands in a raw entry. What isn't named isn't synced. Any other name is a field, too.

    Its kind is what the store says, or its ``type``.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, FieldSource]

    name: FieldSource = FieldSource(value="name")
    """Required, and not blank."""
    handle: FieldSource | None = None
    description: FieldSource | None = None
    logo_url: FieldSource | None = None
    website_url: FieldSource | None = None
    metadata: FieldSource | None = None
    """A JSON object."""

    @property
    def mapped(self) -> Mapping[str, FieldSource]:
        """The fields that are mapped, by name: those that brandsync knows in their usual order, then the others.

        All but the images: these are compared and written by themselves.
        """
        known = {name: source for name in FIELDS if (source := getattr(self, name)) is not None}
        return {**known, **{name: source for name, source in self.further.items() if source.type is not Kind.IMAGE}}

    @property
    def images(self) -> Mapping[str, FieldSource]:
        """The images that are mapped, by name."""
        return {name: source for name, source in self.further.items() if source.type is Kind.IMAGE}

    @property
    def paths(self) -> Mapping[str, str]:
        """Where each mapped field stands in an entry, images included."""
        return {name: source.value for name, source in {**self.mapped, **self.images}.items()}

    @property
    def expressions(self) -> Sequence[str]:
        """All that is read of an entry for its fields: where each stands, and the marks of images."""
        return [*self.paths.values(), *(source.mark for source in self.images.values() if source.mark)]

    @property
    def further(self) -> Mapping[str, FieldSource]:
        """The mapped fields that are the shop's own."""
        return self.__pydantic_extra__ or {}

    @model_validator(mode="after")
    def _well_named(self) -> Self:
        sources = {**self.mapped, **self.images}
        problems = [problem for name, source in sources.items() if (problem := _problem(name, source))]
        if problems:
            raise ValueError("; ".join(problems))
        return self


def known_kind(name: str) -> Kind:
    """The kind of a field that brandsync knows."""
    return Kind.JSON if name == "metadata" else Kind.TEXT


def _problem(name: str, source: FieldSource) -> str | None:
    if source.mark and source.type is not Kind.IMAGE:
        return f'`{name}` has a `mark`, and is no image: say type = "image", or leave its mark out'
    if name in FIELDS:
        wanted = known_kind(name)
        fits = source.type in {None, wanted} or (name == "description" and source.type == Kind.HTML)
        return None if fits else f"`{name}` is always {wanted}: leave out its `type`, or give the field another name"
    if name in _RESERVED:
        return f"`{name}` is a name of brandsync's own: give the field another one"
    if not FIELD_NAME.fullmatch(name):
        return f"`{name}` is no name of a field: take letters (a-z), digits, `_` and `-`, at most 63"
    return None
