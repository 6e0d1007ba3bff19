"""What few stores have: protocols. A store has one by having its methods; the engine looks before it asks.

The functions below the protocols say what is done with the others.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Protocol, runtime_checkable

from brandsync.brand import Brand, Fields, NewBrand, encode
from brandsync.new_id import new_id
from brandsync.plan.unique_values import UniqueValues
from brandsync.stores.interface import BrandStore

__all__ = [
    "AltersFields",
    "CanonicalIds",
    "CountsCost",
    "CountsRequests",
    "FindsByName",
    "MakesIds",
    "OpensReadOnly",
    "Prepares",
    "SoftDeletion",
    "UniqueValues",
]


@runtime_checkable
class SoftDeletion(Protocol):
    """The shop keeps what it deletes."""

    def uncreate_brands(self, brands: Sequence[Brand]) -> Sequence[str]:
        """Take back a creation, leaving no trace. In all else as ``delete_brands``."""

    def restore_brands(self, brands: Sequence[NewBrand]) -> Sequence[Brand]:
        """Take back a deletion. In all else as ``create_brands``."""


@runtime_checkable
class FindsByName(Protocol):
    """Brands can be looked up by their names, which takes less than listing them all."""

    def find_brands(self, fields: Sequence[str], names: Collection[str]) -> Iterator[Brand]:
        """The brands of these names, and perhaps others, with these fields.

        Asked where an answer was lost, to see what has been created.
        """


@runtime_checkable
class MakesIds(Protocol):
    """Its client chooses ids, and not every id will do."""

    def new_id(self) -> str:
        """An id that no brand has yet."""


@runtime_checkable
class CanonicalIds(Protocol):
    """A person may write an id otherwise than the store does, such as a UUID in capitals."""

    def canonical_id(self, brand_id: str) -> str:
        """The id as the store spells it.

        Asked for each external id that the CMS holds, thousands a second: it may look at the store once, and no more.
        """


@runtime_checkable
class AltersFields(Protocol):
    """It alters what it is given, such as by trimming or escaping it."""

    def comparison_key(self, fields: Fields) -> str:
        """What is the same of a brand's fields as they are given and as the store holds them.

        Asked where an answer was lost, to know again what was written. Two brands with names of their own must not have
        one key.
        """


@runtime_checkable
class CountsRequests(Protocol):
    """How many requests it takes is known before. A dry run tells the sum."""

    def requests_for(self, action: str, brands: int) -> int:
        """How many requests one batch takes that is to ``create``, ``update`` or ``delete`` so many brands, in all.

        Where the store lacks ``compare_and_set``, the engine's reading just before is among them. Of ``read``: how many
        ``get_brands`` takes for so many. Repeated requests are not in it, nor what it takes to see which brands are
        like those that an undo creates again.
        """


@runtime_checkable
class CountsCost(Protocol):
    """Its requests don't cost one each of ``rate``."""

    def cost_of(self, action: str, brands: int) -> float:
        """What the requests of ``requests_for`` take of ``rate``, in its unit."""


@runtime_checkable
class OpensReadOnly(Protocol):
    """It can be opened for reading alone."""

    def read_only(self) -> None:
        """Called before anything else by a run that must not write."""


@runtime_checkable
class Prepares(Protocol):
    """It needs something of its own before the first write, such as a table."""

    def prepare(self) -> None:
        """Make it, where it isn't there."""


def uncreation(store: BrandStore) -> Callable[[Sequence[Brand]], Sequence[str]]:
    """What takes a creation back: without ``SoftDeletion``, deleting."""
    return store.uncreate_brands if isinstance(store, SoftDeletion) else store.delete_brands


def restoration(store: BrandStore) -> Callable[[Sequence[NewBrand]], Sequence[Brand]]:
    """What takes a deletion back: without ``SoftDeletion``, creating."""
    return store.restore_brands if isinstance(store, SoftDeletion) else store.create_brands


def brands_named(store: BrandStore, fields: Sequence[str], names: Collection[str]) -> Iterator[Brand]:
    """The brands of these names, and perhaps others: without ``FindsByName``, every brand there is."""
    if isinstance(store, FindsByName):
        yield from store.find_brands(fields, names)
        return
    page = store.list_brands(fields)
    yield from page.brands
    while page.next is not None:
        page = store.list_brands(fields, page.next)
        yield from page.brands


def id_maker(store: BrandStore) -> Callable[[], str]:
    """What makes ids for a store whose client chooses them: without ``MakesIds``, ULIDs."""
    return store.new_id if isinstance(store, MakesIds) else new_id


def id_spelling(store: BrandStore) -> Callable[[str], str]:
    """What spells an id as the store does: without ``CanonicalIds``, it is left as it is."""
    return store.canonical_id if isinstance(store, CanonicalIds) else str


def comparison_key(store: BrandStore) -> Callable[[Fields], str]:
    """What tells whether fields as they are given and as they are held are the same: by default everything."""
    return store.comparison_key if isinstance(store, AltersFields) else encode


def prepare(store: BrandStore) -> None:
    """Let a store make what it needs before the first write."""
    if isinstance(store, Prepares):
        store.prepare()
