"""What became of writes: done, kept because a person edited, failed, or waiting for an editor."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from brandsync.brand import Fields
from brandsync.errors import Rejected
from brandsync.plan.change import Change


class Kept(msgspec.Struct, frozen=True):
    """A brand that was not taken back, because somebody has changed it since."""

    row: Change
    found: Fields
    """What is there now."""


class Failed(msgspec.Struct, frozen=True):
    """A brand that could not be written or taken back."""

    row: Change
    error: str


class Refusal(msgspec.Struct, frozen=True):
    """A brand that was refused, which ended its batch."""

    row: Change
    error: Rejected


@dataclass(slots=True)
class Outcome:
    """What became of a batch, brand by brand."""

    done: Sequence[Change] = field(default_factory=list)
    already: list[Change] = field(default_factory=list)
    """Nothing had to be done: it was never written, or was taken back before."""
    kept: list[Kept] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    waiting: list[Change] = field(default_factory=list)
    """External ids that stay as they are until an editor has published a draft."""
    held: list[Change] = field(default_factory=list)
    """External ids that stay on the stack because their brands could not be taken back yet."""
    refusal: Refusal | None = None
    """Why the batch ended early. It is known what was done before; nothing was done after."""

    def add(self, other: "Outcome") -> None:
        """Take in the outcome of another part."""
        self.done = [*self.done, *other.done] if self.done else other.done
        self.already += other.already
        self.kept += other.kept
        self.failed += other.failed
        self.waiting += other.waiting
        self.held += other.held
        self.refusal = self.refusal or other.refusal


@dataclass(slots=True)
class TakenBack:
    """What became of many batches that were taken back: details that a person needs, and a number for the rest."""

    undone: int = 0
    """Rows."""
    kept: list[Kept] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    waiting: list[Change] = field(default_factory=list)
    """External ids that stay as they are until an editor has published a draft."""

    def add(self, outcome: Outcome) -> None:
        """Add one batch."""
        self.undone += len(outcome.done)
        self.kept += outcome.kept
        self.failed += outcome.failed
        self.waiting += outcome.waiting
