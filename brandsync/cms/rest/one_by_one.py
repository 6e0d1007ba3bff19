"""Asks for entries one by one: where a listing lacks fields, and to prove that an entry is gone."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from brandsync.brand import ExternalId
from brandsync.cms.by_id import LookUp
from brandsync.cms.document import Document
from brandsync.cms.envelope import read
from brandsync.cms.mapping import EntryMapping
from brandsync.cms.path import reader
from brandsync.cms.rest.reserved import ANSWER, KEY, names, with_answer
from brandsync.cms.rest.settings import RestSettings
from brandsync.cms.rest.template import fill_path
from brandsync.cms.unreadable_value import UnreadableValue
from brandsync.errors import ConfigError, Rejected, Unreadable
from brandsync.http import HttpClient, RefusedByServer, RejectedByServer
from brandsync.observing.excerpt import excerpt, kind
from brandsync.observing.tracing import carried

_GONE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_THREADS: Final = 8
_HINT: Final = "check `entry_path` and `entry_item` in [cms], and that `id` finds the same id in the listing and there"


class OneByOne:
    """The entries at ``entry_path``, one request each."""

    def __init__(self, http: HttpClient, settings: RestSettings, params: Mapping[str, Any]) -> None:
        self._http = http
        self._path = settings.entry_path or ""
        self._item = reader(settings.entry_item) if settings.entry_item else None
        self._setting = settings.entry_item
        self._id = settings.id
        self._keyed, self._shows_answer = names(settings, KEY), names(settings, ANSWER)
        self._params = params
        self._id_of = EntryMapping(settings).id_of
        self._known: str | None = None
        """An entry that was found. If it isn't found any more, a 404 proves nothing."""
        self._look_up = LookUp(
            self._ask, self._id_of, "a request for one entry", most=1, ignored=ConfigError, hint=_HINT
        )

    def whole(self, listed: Sequence[Any]) -> list[Any]:
        """The same entries with all their fields. One that the CMS lists and doesn't have there can't be read.

        Raises:
            ConfigError: none of several entries is there, or the answer is no entry, or another one.
            CredentialsRefused, TryAgainLater, Unreadable: as their names say.
        """
        found = list(self._together(self._whole, listed))
        lost = [one.problem for one in found if isinstance(one, UnreadableValue)]
        if len(lost) == len(found) > 1:
            raise ConfigError(f"none of the {len(found)} entries of a page is there by itself: {lost[0]}", hint=_HINT)
        return found

    def of(self, cms_ids: Sequence[str]) -> list[Any] | None:
        """The entries among these that are there; none where that can't be known.

        Raises:
            ConfigError: the answer is no entry, or another one.
            CredentialsRefused, TryAgainLater, Unreadable: as their names say.
        """
        wanted = [cms_id for cms_id in dict.fromkeys(cms_ids) if cms_id]
        try:
            found = [entry for some in self._together(self._found, wanted) for entry in some]
            known = self._known
            if len(found) < len(wanted) and (known is None or not self._found(known)):
                return None
        except RefusedByServer as error:
            if error.status != HTTPStatus.FORBIDDEN:
                raise
            return None  # some APIs refuse what isn't there, or is not published
        except RejectedByServer:
            return None
        return found

    def _together(self, work: Callable[[Any], Any], items: Sequence[Any]) -> Iterator[Any]:
        with ThreadPoolExecutor(_THREADS) as pool:
            yield from pool.map(lambda one: one(), [partial(carried(work), item) for item in items])

    def _whole(self, listed: Any) -> Any:
        cms_id = self._id_of(listed)
        if not cms_id or isinstance(listed, UnreadableValue):
            return listed  # the mapping says what is wrong with it
        try:
            found = self._found(cms_id)
        except RejectedByServer as error:
            raise ConfigError(error.message, hint=_HINT) from None
        if found:
            return found[0]
        return UnreadableValue(f"the CMS lists it, and has nothing at {self._path} for {excerpt(cms_id)}", (listed,))

    def _found(self, cms_id: str) -> list[Any]:
        found = self._look_up.of([cms_id])
        if found:
            self._known = cms_id
        return found

    def _ask(self, cms_ids: Sequence[str]) -> tuple[Sequence[Any], int | None]:
        """What is there under one id. An id that would lead to another path is no entry's."""
        try:
            path = fill_path(self._path, ExternalId(cms_ids[0], None))
            value, response = self._http.json("GET", path, params=self._params)
        except RejectedByServer as error:
            if error.status in _GONE:
                return (), 0
            raise
        except Rejected:
            return (), 0
        where = f"GET {path}"
        answer = Document.of_answer(value, response.content, where).value
        if answer is None:
            return (), 0  # so Firebase says that nothing is there
        entry = read(self._item, answer, where) if self._item else answer
        if not isinstance(entry, dict):
            setting = f"`entry_item` ({self._setting}) finds" if self._item else "it is"
            raise Unreadable(f"{where}: {setting} {kind(entry)}, where an entry was expected", hint=_HINT)
        entry = {KEY: cms_ids[0], **entry} if self._keyed else entry
        entry = with_answer([entry], answer)[0] if self._shows_answer else entry
        if not self._id_of(entry):
            raise ConfigError(f"{where}: `id` ({self._id}) finds no id in the answer", hint=_HINT)
        return [entry], 1
