"""Many brands as rows or columns, as databases and answers hold them. A brand itself is made when it is asked for."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import Any, TypeVar, overload

from brandsync.brand import Brand, CmsBrand, Fields, NewBrand, are_texts, encode, encode_all

T = TypeVar("T")


class OnDemand(Sequence[T]):
    """A sequence each of whose values is made when it is asked for."""

    @abstractmethod
    def made(self, place: int) -> T:
        """The value at a place, counted from 0."""

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> list[T]: ...
    def __getitem__(self, place: int | slice) -> T | list[T]:
        places = range(len(self))[place]
        return self.made(places) if isinstance(places, int) else [*map(self.made, places)]

    def __iter__(self) -> Iterator[T]:
        return map(self.made, range(len(self)))


class ListedEntries(OnDemand[CmsBrand]):
    """Entries of the CMS that all describe brands."""

    def __init__(
        self,
        ids: Sequence[str],
        external_ids: Sequence[str | None],
        fields: Sequence[str],
        columns: Sequence[Sequence[Any]],
        moments: Sequence[str | None],
    ) -> None:
        """``columns``: for each of the ``fields``, its value in each entry. ``moments``: of their last changes."""
        self.ids = ids
        self.external_ids = external_ids
        self.fields = tuple(fields)
        self.columns = columns
        self.moments = moments

    def __len__(self) -> int:
        return len(self.ids)

    def made(self, place: int) -> CmsBrand:
        """The entry at a place."""
        fields = {name: column[place] for name, column in zip(self.fields, self.columns, strict=True)}
        return CmsBrand(self.ids[place], self.external_ids[place], fields, self.moments[place])


class ListedBrands(OnDemand[Brand]):
    """Brands of the store."""

    def __init__(self, fields: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """``rows``: of each brand, its id and the values of the ``fields``."""
        self.fields = tuple(fields)
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def made(self, place: int) -> Brand:
        """The brand at a place."""
        brand_id, *values = self.rows[place]
        return Brand(brand_id, dict(zip(self.fields, values, strict=True)))


class NewBrands(OnDemand[NewBrand]):
    """Brands that a store is to create."""

    def __init__(self, fields: Sequence[str], ids: Sequence[str | None], rows: Sequence[Sequence[Any]]) -> None:
        """``rows``: of each brand, the values of the ``fields``."""
        self.fields = tuple(fields)
        self.ids = ids
        self.rows = rows

    def __len__(self) -> int:
        return len(self.ids)

    def made(self, place: int) -> NewBrand:
        """The brand at a place."""
        return NewBrand(self.ids[place], self.values(place))

    def values(self, place: int) -> Fields:
        """The fields of the brand at a place."""
        return dict(zip(self.fields, self.rows[place], strict=True))

    @cached_property
    def are_texts(self) -> bool:
        """Whether all values are texts, or none."""
        return are_texts(chain.from_iterable(self.rows))

    def texts(self) -> Sequence[str]:
        """The fields of each brand, encoded."""
        return (
            encode_all(self.fields, self.rows) if self.are_texts else [*map(encode, map(self.values, range(len(self))))]
        )


class AsGiven(OnDemand[Brand]):
    """New brands under their chosen ids, of which the store holds what it was given."""

    def __init__(self, given: NewBrands) -> None:
        self.given = given

    def __len__(self) -> int:
        return len(self.given)

    def made(self, place: int) -> Brand:
        """The brand at a place."""
        return Brand(self.given.ids[place] or "", self.given.values(place))
