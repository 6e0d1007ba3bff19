"""Brands that a database leaves unchanged without an error: because of a trigger, a rule or row-level security."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import wraps
from html import unescape
from typing import Any, Final, TypeVar, cast

from brandsync.brand import Brand, BrandUpdate, Fields
from brandsync.errors import Rejected
from brandsync.stores.interface import PartlyRejected
from brandsync.stores.sql.column_types import to_json

Write = TypeVar("Write", bound=Callable[..., Any])

_CUT: Final = 50
"""If a text of at least this many letters was only extended, the database may have cut the new part off."""


def without_refused(write: Write) -> Write:
    """Makes a method that writes brands try again without those that the database keeps unchanged, and report them."""

    @wraps(write)
    def written(store: Any, brands: Sequence[Any]) -> Sequence[Any]:
        refused: dict[int, Rejected] = {}
        places: Sequence[int] = range(len(brands))
        while True:
            try:
                done: Sequence[Any] = write(store, [brands[place] for place in places] if refused else brands)
                break
            except PartlyRejected as error:
                refused |= {places[place]: reason for place, reason in error.refused.items()}
                places = [place for place in places if place not in refused]
        if refused:
            raise PartlyRejected(done, dict(sorted(refused.items())))
        return done

    return cast("Write", written)


def refuse(brands: Sequence[Brand | BrandUpdate], reasons: Mapping[str, str]) -> None:
    """Roll the transaction back for these reasons, by brand id.

    Raises:
        PartlyRejected: there are reasons.
    """
    refused = {place: Rejected(reasons[brand.id]) for place, brand in enumerate(brands) if brand.id in reasons}
    if refused:
        raise PartlyRejected((), refused)


def not_updated(
    updates: Sequence[BrandUpdate], now: Mapping[str, Brand], texts: Collection[str], *, missed: bool
) -> Iterator[tuple[str, str]]:
    """The id of each brand that wasn't written as asked, and what the database kept or lost.

    ``missed``: the database has skipped some of the rows. ``texts``: the fields that keep a text as it is given.
    """
    for update in updates:
        if update.id not in now:
            yield update.id, "lost the brand when it was written"
        elif name := _old(update, now[update.id].fields, texts if not missed else None):
            yield update.id, f"kept the old value of {name}"


def _old(update: BrandUpdate, now: Fields, texts: Collection[str] | None) -> str | None:
    """The field that should have changed and did not. The store may have turned the new value into the old one."""
    for name, after in update.after.items():
        is_old = now[name] != after and now[name] == update.before.get(name, after)
        if is_old and (texts is None or (name in texts and not _may_be_spelled(after, now[name]))):
            return name
    return None


def _may_be_spelled(after: Any, before: Any) -> bool:
    """Whether a store that trims, escapes, folds or cuts texts could turn the new value into the old one."""
    new, old = _letters(after), _letters(before)
    return new == old or (len(old) >= _CUT and new.startswith(old))


def _letters(value: Any) -> str:
    text = value if isinstance(value, str) else to_json(value) or ""
    plain = unicodedata.normalize("NFKD", unescape(re.sub(r"<[^>]*>", "", text))).casefold()
    return "".join(filter(str.isalnum, plain))
