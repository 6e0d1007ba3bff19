"""Who wins, field by field: an oracle that is written from the README's words, and knows nothing of the code."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Spelling = Callable[[str], str]


@dataclass(slots=True)
class Field:
    """One field of one brand: what both sides hold, and what they held when it was last settled."""

    cms: str
    store: str = ""
    settled: tuple[str, str] | None = None
    spell: Spelling = field(default=str, repr=False)
    """What the store makes of a value, whoever writes it."""

    @property
    def agrees(self) -> bool:
        """Whether both sides hold the same."""
        return self.cms == self.store

    @property
    def is_edited(self) -> bool:
        """A value in the store that is not the remembered one any more is a person's edit."""
        return self.settled is not None and self.store != self.settled[1]

    @property
    def is_spelled(self) -> bool:
        """What was written, in the store's own way: it is not rewritten every night."""
        return self.settled == (self.cms, self.store)

    def edit(self, value: str) -> None:
        """A person writes it in the store."""
        self.store = self.spell(value)

    def write(self) -> None:
        """The CMS's value goes to the store."""
        self.store = self.spell(self.cms)
        self.settle()

    def settle(self) -> None:
        """Both sides are remembered as they are."""
        self.settled = (self.cms, self.store)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a run makes of one linked brand."""

    skipped: str | None = None
    """The reason, where it is skipped."""
    written: frozenset[str] = frozenset()
    """The fields that are written."""


def run(brand: Mapping[str, Field], policy: str, refused: Callable[[str], bool] = lambda _value: False) -> Expected:
    """Foresee a run, and bring the brand to what it leaves. ``refused``: the store takes no such value.

    A brand is written as a whole or not at all. What is equal on both sides is settled in any case.
    """
    for value in brand.values():
        if value.agrees:
            value.settle()
    differing = {name for name, value in brand.items() if not value.agrees and not value.is_spelled}
    edited = {name for name in differing if brand[name].is_edited}
    if edited and policy == "skip":
        return Expected("conflict")
    written = differing - (edited if policy == "store" else set())
    if any(refused(brand[name].cms) for name in written):
        return Expected("rejected")
    for name in written:
        brand[name].write()
    return Expected(written=frozenset(written))


@dataclass(frozen=True, slots=True)
class Effect:
    """What a run did to one field."""

    was: Field
    became: str
    """In the store."""


Effects = Mapping[str, Mapping[str, Effect]]
"""What a run did, by the entry's id and the field."""


def undo(brand: Mapping[str, Field], effects: Mapping[str, Effect]) -> bool:
    """Foresee an undo: a value is set back only where the store still holds what brandsync wrote.

    What is remembered of it is what was remembered then. Returns whether anything is kept.
    """
    ours = [name for name, effect in effects.items() if brand[name].store == effect.became]
    for name in ours:
        brand[name].store, brand[name].settled = effects[name].was.store, effects[name].was.settled
    return len(ours) < len(effects)


# What may be done to a field between two runs; ``value`` is one that nobody has written yet.


def nobody(_field: Field, _value: str) -> None:
    pass


def editor(field: Field, value: str) -> None:
    field.cms = value


def person(field: Field, value: str) -> None:
    field.edit(value)


def apart(field: Field, value: str) -> None:
    field.cms = f"{value}, by the editor"
    field.edit(f"{value}, by a person")


def alike(field: Field, value: str) -> None:
    field.cms = value
    field.edit(value)


def taken_from_the_cms(field: Field, _value: str) -> None:
    field.edit(field.cms)


def taken_from_the_store(field: Field, _value: str) -> None:
    field.cms = field.store


def set_back(field: Field, _value: str) -> None:
    """A person thinks better of it."""
    if field.settled:
        field.edit(field.settled[1])


Edit = Callable[[Field, str], None]
EDITS: tuple[Edit, ...] = (nobody, editor, person, apart, alike, taken_from_the_cms, taken_from_the_store, set_back)
