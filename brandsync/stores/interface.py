"""What a store backend is: a small synchronous class.

It lists, reads, creates, updates and deletes brands in batches, and says what it can do. The engine makes the batches,
keeps the undo stack and reads back unknown outcomes.
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import PrivateAttr

from brandsync.backend import Backend, Finding
from brandsync.brand import FIELDS, Brand, BrandUpdate, Fields, NewBrand
from brandsync.brand.kind import Kind
from brandsync.errors import Rejected
from brandsync.errors.plural import counted
from brandsync.plan.change import Action
from brandsync.plan.unique_values import Claim, UniqueRule
from brandsync.settings import SettingsModel

__all__ = [
    "BrandStore",
    "Claim",
    "PartlyRejected",
    "StoreCapabilities",
    "StorePage",
    "StoreSettings",
    "UniqueRule",
]

if TYPE_CHECKING:
    from peewee import Database


class StoreSettings(SettingsModel):
    """The settings that every store backend has. A backend's own ``Settings`` adds to them."""

    backend: str
    """Which kind of store."""

    _further: Mapping[str, Kind | None] = PrivateAttr(default_factory=dict)

    @property
    def further(self) -> Mapping[str, Kind | None]:
        """The fields of the shop's own that ``[cms.fields]`` maps, by name, each with the kind that is said there."""
        return self._further

    def holding(self, further: Mapping[str, Kind | None]) -> Self:
        """These settings, with what ``further`` then says.

        Raises:
            ValueError: it doesn't go together with the settings.
        """
        copy = self.model_copy()
        copy._further = further  # noqa: SLF001 - a copy of its own
        return copy


@dataclass(frozen=True, slots=True)
class StorePage:
    """One page of the store's brands."""

    brands: Sequence[Brand]
    next: str | None = None
    """The cursor that fetches the next page; none after the last page."""
    total: int | None = None
    """How many brands the whole listing has, where the store says so."""


@dataclass(frozen=True, slots=True)
class StoreCapabilities:
    """What a store can do."""

    fields: frozenset[str] = frozenset(FIELDS)
    """The fields it can hold. If ``cms_id`` is among them, it keeps its own side of the link."""
    batch: int = 1000
    """The most brands in one call."""
    chooses_ids: bool = False
    """A new brand gets the id that the client chose. So creating it again is harmless."""
    compare_and_set: bool = False
    """``update_brands`` and ``delete_brands`` compare with what is there and write in one atomic step.

    Where a store can't, the engine reads just before it writes.
    """
    all_or_nothing: bool = True
    """A call that raises ``Rejected`` has written nothing; ``PartlyRejected`` says what was written.

    A store can't if a call for several brands makes several requests. Then the engine reads the whole batch and writes
    its brands one by one.
    """
    unique_names: bool = False
    """No two brands may have the same name. Changes that need a taken name are skipped while planning."""
    unique_handles: bool = False
    """No two brands may have the same handle. Changes that need a taken handle are skipped while planning."""
    most_brands: int | None = None
    """The most brands that the store can hold: a plan that goes beyond it is refused. None: no known limit."""
    inexact: Mapping[str, str] = field(default_factory=dict)
    """The actions (``create``, ``update``, ``delete``) whose undo isn't exact, each with what stays different.

    A sentence for people: every plan with such a change says it before anything is written.
    """
    lacks: Mapping[str, str] = field(default_factory=dict)
    """The actions (``update``, ``delete``) that the shop can't do, each with the reason and the remedy, for people.

    Such a change is skipped while planning. Without ``delete``, what a run creates can't be undone.
    """

    def not_taken_back(self, counts: Mapping[Action, int]) -> Iterator[str]:
        """What could not be undone, or not exactly, in sentences for people. ``counts``: changes, by action."""
        if counts[Action.CREATE] and "delete" in self.lacks:
            yield f"what this run creates cannot be taken back: {self.lacks['delete']}"
        for action in (Action.CREATE, Action.UPDATE, Action.DELETE):
            if counts[action] and action in self.inexact:
                yield f"what this run {action}s cannot be taken back exactly: {self.inexact[action]}"


class PartlyRejected(Rejected):
    """In a call for several brands, some were refused for good and the others were written."""

    def __init__(self, done: Sequence[Any], refused: Mapping[int, Rejected]) -> None:
        """``done``: what the call returns for the written brands; ``refused``: why, by place in the call."""
        first = next(iter(refused.values()))
        super().__init__(first.message, hint=first.hint)
        self.done = done
        self.refused = refused


class BrandStore(Backend):
    """A brand store. It is built from its settings alone and opens nothing before the first call.

    Every method that writes is all or nothing where the store can do that, and raises:
        Rejected: the store refused a brand for good (the engine then finds out which one).
        PartlyRejected: it wrote some of the brands and refused others; the error says what happened to each.
        CredentialsRefused, TryAgainLater, Unreadable: as their names say.
    """

    Settings: ClassVar[type[StoreSettings]] = StoreSettings
    """The settings that this backend takes in ``[store]``."""
    capabilities: StoreCapabilities = StoreCapabilities()
    database: "Database | None" = None
    """The store's database: a journal there commits in one transaction with each batch."""

    @abstractmethod
    def list_brands(self, fields: Sequence[str], cursor: str | None = None) -> StorePage:
        """One page of the brands, with these fields; the first page if there is no cursor."""

    @abstractmethod
    def get_brands(self, fields: Sequence[str], ids: Sequence[str]) -> Sequence[Brand]:
        """The brands of these ids that exist, in any order, with these fields."""

    @abstractmethod
    def create_brands(self, brands: Sequence[NewBrand]) -> Sequence[Brand]:
        """Create brands; returns them in the same order, as the store holds them now."""

    @abstractmethod
    def update_brands(self, updates: Sequence[BrandUpdate]) -> Sequence[Brand]:
        """Update brands; returns those written, with the updated fields as the store holds them now.

        With ``compare_and_set``, a brand that no longer holds its ``before`` is left alone and not returned.
        """

    @abstractmethod
    def delete_brands(self, brands: Sequence[Brand]) -> Sequence[str]:
        """Delete brands as the shop does; returns the ids that are gone now, also those that were gone before.

        With ``compare_and_set``, a brand that no longer holds its fields is left alone and not returned.
        """

    def refuses(self, fields: Fields) -> str | None:
        """The reason why the store could never hold these fields, or none.

        Called while planning, thousands of times a second: it may ask the store once and no more.
        """
        return None

    def check(self) -> Iterator[Finding]:
        """Connect to the store and say what is there and what is missing. Writes nothing."""
        page = self.list_brands(sorted(self.capabilities.fields & set(FIELDS)))
        yield Finding(ok=True, what=f"the first page holds {counted(len(page.brands), 'brand')}")
