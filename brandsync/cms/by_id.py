"""Looks up entries by their ids, in requests whose URLs are short enough.

An id that isn't found counts as gone. So no answer is trusted just because it came: a filter that the CMS ignored is
noticed, and entries that didn't fit on a page are asked for again. Second pages are never asked for: an editor's
change could move an entry from the second page to the first.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from brandsync.errors import BrandsyncError, Unreadable
from brandsync.observing.excerpt import excerpt

LONGEST: Final = 7_000
"""Characters of URL-encoded ids in one URL. Most servers and proxies take 8,000 in all."""

Answer = tuple[Sequence[Any], int | None]
"""Entries, and how many of the entries asked for the CMS says it has; none where it doesn't say."""

_WHOLE: Final = re.compile(r"0|-?[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class LookUp:
    """How a CMS is asked for entries by their ids."""

    ask: Callable[[Sequence[str]], Answer]
    """Asks for some entries, in one request."""
    id_of: Callable[[Any], str]
    where: str
    """What is asked, for people."""
    most: int
    """How many ids one request may name."""
    beside: int = 3
    """How many characters the URL holds besides each id, such as a parameter's name."""
    longest: int = LONGEST
    """How many characters the ids, with what stands beside them, may have in one URL."""
    ignored: type[BrandsyncError] = Unreadable
    """What is raised where the CMS ignored the filter."""
    hint: str = "see which plugin, hook or cache of the CMS changes what its API answers to a question by ids"

    def of(self, ids: Sequence[str]) -> list[Any]:
        """The entries among these that the CMS has.

        Raises:
            Unreadable: the CMS counts entries that it doesn't show.
        """
        return [entry for group in self._groups(ids) for entry in self._look(group)]

    def _look(self, ids: Sequence[str]) -> list[Any]:
        found: dict[str, Any] = {}
        left = ids
        while left:
            entries, total = self.ask(left)
            shown = {self.id_of(entry): entry for entry in entries}
            some = self._asked_for(shown, left)
            found |= some
            if not some and total is not None and total > len(shown):
                what = f"{self.where} counts {total} of {len(left)} entries that were asked for by id, and shows none"
                raise Unreadable(what, hint=self.hint)
            if not some or (total is not None and total <= len(shown)):
                break
            left = [cms_id for cms_id in left if cms_id not in some]
        return [*found.values()]

    def _asked_for(self, found: Mapping[str, Any], ids: Sequence[str]) -> Mapping[str, Any]:
        others = found.keys() - set(ids)
        alike = {_alike(cms_id) for cms_id in ids} if others else set()
        if strange := [cms_id for cms_id in others if _alike(cms_id) not in alike]:
            what = f"{self.where} answers with other entries than the {len(ids)} that were asked for by id"
            raise self.ignored(f"{what}, such as {excerpt(min(strange))}", hint=self.hint)
        return {cms_id: entry for cms_id, entry in found.items() if cms_id not in others}

    def _groups(self, ids: Sequence[str]) -> Iterator[list[str]]:
        """The ids, each once, in groups that one request may name and one URL can hold."""
        group: list[str] = []
        length = 0
        for cms_id in dict.fromkeys(ids):
            size = len(quote(cms_id, safe="")) + self.beside
            if group and (len(group) == self.most or length + size > self.longest):
                yield group
                group, length = [], 0
            group.append(cms_id)
            length += size
        if group:
            yield group


def whole_number(cms_id: str) -> int | None:
    """An id as a number, if it is written as a CMS writes one; none for any other text, such as ``007`` or ``1e3``."""
    return int(cms_id) if _WHOLE.fullmatch(cms_id) else None


def _alike(cms_id: str) -> str:
    """The form in which a database may compare ids: many ignore case, accents and blanks around them."""
    parts = unicodedata.normalize("NFKD", cms_id.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part)).strip()
