"""Protocols for what few stores can do. A store with the methods of a protocol has it; the engine checks first.

The functions below the protocols say what happens with the other stores.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from brandsync.brand import Brand, Fields, NewBrand, encode
from brandsync.brand.kind import Kind
from brandsync.new_id import new_ids
from brandsync.plan.unique_values import UniqueValues
from brandsync.stores.interface import BrandStore, StorePage

__all__ = [
    "AltersFields",
    "CanonicalIds",
    "CountsCost",
    "CountsRequests",
    "FindsByName",
    "ForeseesCreation",
    "MakesIds",
    "OpensReadOnly",
    "Prepares",
    "SoftDeletion",
    "TakesAll",
    "TellsKinds",
    "UniqueValues",
    "WritesInParts",
]


@runtime_checkable
class SoftDeletion(Protocol):
    """The shop keeps what it deletes."""

    def uncreate_brands(self, brands: Sequence[Brand]) -> Sequence[str]:
        """Undo a creation and leave no trace. Otherwise the same as ``delete_brands``."""

    def restore_brands(self, brands: Sequence[NewBrand]) -> Sequence[Brand]:
        """Undo a deletion. Otherwise the same as ``create_brands``."""


@runtime_checkable
class FindsByName(Protocol):
    """Brands can be looked up by name, which costs less than listing them all."""

    def find_brands(self, fields: Sequence[str], names: Collection[str]) -> Iterator[Brand]:
        """The brands with these names, and perhaps others, with these fields.

        Called after an answer was lost, to see what was created.
        """


@runtime_checkable
class TellsKinds(Protocol):
    """It holds fields of a shop's own, and knows of which kind each is."""

    def kinds(self) -> Mapping[str, Kind]:
        """The kinds of the shop's own fields, by name. Asked once a run, before anything is read.

        Raises:
            ConfigError: it has no such field, or can't hold the kind that the settings say.
        """


@runtime_checkable
class TakesAll(Protocol):
    """It sees of many brands at once that it could hold them, which costs less than ``refuses`` for each."""

    def takes_all(self, columns: Mapping[str, Sequence[Any]]) -> bool:
        """Whether ``refuses`` would have no reason for any of many brands. False where that isn't plain to see.

        ``columns``: for each field the values of all brands. Called while planning, for each page of the CMS.
        """


@runtime_checkable
class MakesIds(Protocol):
    """Its client chooses the ids, and they need a certain form."""

    def new_id(self) -> str:
        """A new id, which no brand has yet."""


@runtime_checkable
class CanonicalIds(Protocol):
    """A person may spell an id differently from the store, such as a UUID in capitals."""

    def canonical_id(self, brand_id: str) -> str:
        """The id as the store spells it.

        Called for each external id in the CMS, thousands of times a second: it may ask the store once and no more.
        """


@runtime_checkable
class AltersFields(Protocol):
    """It changes what it is given, for example by trimming or escaping it."""

    def comparison_key(self, fields: Fields) -> str:
        """A key that is the same for a brand's fields as they are given and as the store holds them.

        Called after an answer was lost, to recognise what was written. Two brands with different names must not have
        the same key.
        """


@runtime_checkable
class CountsRequests(Protocol):
    """It can tell in advance how many requests it needs. A dry run shows the sum."""

    def requests_for(self, action: str, brands: int) -> int:
        """How many requests a batch takes in all to ``create``, ``update`` or ``delete`` this many brands.

        Without ``compare_and_set``, the engine reads just before it writes: this is included. For ``read``, the
        requests that ``get_brands`` takes. Not included: repeated requests, and those that look for brands like the
        ones that an undo creates again.
        """


@runtime_checkable
class CountsCost(Protocol):
    """Its requests don't cost one unit of ``rate`` each."""

    def cost_of(self, action: str, brands: int) -> float:
        """What the requests of ``requests_for`` cost, in the unit of ``rate``."""


@runtime_checkable
class WritesInParts(Protocol):
    """It takes several requests to create a brand, and a run may die between two of them."""

    def written_later(self) -> Collection[str]:
        """The fields that the first request doesn't write. A brand that lacks them may be a half-created one."""


@runtime_checkable
class OpensReadOnly(Protocol):
    """It can be opened for reading only."""

    def read_only(self) -> None:
        """A run that must not write calls this before anything else."""


@runtime_checkable
class ForeseesCreation(Protocol):
    """It knows before the first write whether it can create any brand."""

    def require_creatable(self, fields: Collection[str]) -> None:
        """Check that a brand can be created. Asked once a run whose plan creates brands, by a dry run too.

        ``fields``: what new brands are given.

        Raises:
            ConfigError: none can be, whatever it holds. In the words of ``check``.
        """


@runtime_checkable
class Prepares(Protocol):
    """It needs something of its own before the first write, such as a table."""

    def prepare(self) -> None:
        """Make it if it isn't there."""


def uncreation(store: BrandStore) -> Callable[[Sequence[Brand]], Sequence[str]]:
    """The method that undoes a creation: without ``SoftDeletion``, ``delete_brands``."""
    return store.uncreate_brands if isinstance(store, SoftDeletion) else store.delete_brands


def restoration(store: BrandStore) -> Callable[[Sequence[NewBrand]], Sequence[Brand]]:
    """The method that undoes a deletion: without ``SoftDeletion``, ``create_brands``."""
    return store.restore_brands if isinstance(store, SoftDeletion) else store.create_brands


def kinds_of(store: BrandStore) -> Mapping[str, Kind]:
    """The kinds of the shop's own fields: without ``TellsKinds`` there are none."""
    return store.kinds() if isinstance(store, TellsKinds) else {}


def takes_all(store: BrandStore, columns: Mapping[str, Sequence[Any]]) -> bool:
    """Whether the store is known to refuse no brand of these: without ``TakesAll``, it is asked for each."""
    if isinstance(store, TakesAll):
        return store.takes_all(columns)
    return type(store).refuses is BrandStore.refuses


def brands_from(
    list_brands: Callable[[Sequence[str], str | None], StorePage], fields: Sequence[str], page: StorePage | None = None
) -> Iterator[Brand]:
    """The brands of a page, by default the first, and of all pages after it."""
    page = page or list_brands(fields, None)
    yield from page.brands
    while page.next is not None:
        page = list_brands(fields, page.next)
        yield from page.brands


def brands_named(store: BrandStore, fields: Sequence[str], names: Collection[str]) -> Iterator[Brand]:
    """The brands with these names, and perhaps others: without ``FindsByName``, all brands."""
    if isinstance(store, FindsByName):
        yield from store.find_brands(fields, names)
    else:
        yield from brands_from(store.list_brands, fields)


def ids_for(store: BrandStore, brands: int) -> list[str]:
    """Ids for so many new brands of a store whose client chooses them: without ``MakesIds``, ULIDs."""
    return [store.new_id() for _ in range(brands)] if isinstance(store, MakesIds) else new_ids(brands)


def id_spelling(store: BrandStore) -> Callable[[str], str]:
    """The function that spells an id as the store does: without ``CanonicalIds``, the id stays as it is."""
    return store.canonical_id if isinstance(store, CanonicalIds) else str


def comparison_key(store: BrandStore) -> Callable[[Fields], str]:
    """The function that makes the key to compare given fields with held ones: by default, of all that they hold."""
    return store.comparison_key if isinstance(store, AltersFields) else encode


def written_later(store: BrandStore) -> Collection[str]:
    """The fields that a brand may still lack when a creation was cut short: without ``WritesInParts``, none."""
    return store.written_later() if isinstance(store, WritesInParts) else ()


def require_creatable(store: BrandStore, fields: Collection[str]) -> None:
    """Check that a store can create brands: without ``ForeseesCreation``, nobody knows before the first one."""
    if isinstance(store, ForeseesCreation):
        store.require_creatable(fields)


def prepare(store: BrandStore) -> None:
    """Let a store make what it needs before the first write."""
    if isinstance(store, Prepares):
        store.prepare()
