"""Two keys that an entry gets where the settings name them: its key in an object of entries, and the whole answer."""

from collections.abc import Sequence
from typing import Any, Final

from brandsync.cms.envelope import Envelope
from brandsync.cms.looked_into import names_key
from brandsync.cms.rest.settings import RestSettings
from brandsync.cms.unreadable_value import UnreadableValue
from brandsync.errors import ConfigError
from brandsync.observing.excerpt import kind

KEY: Final = "_key"
"""The key of an entry in an object that holds entries by their ids."""
ANSWER: Final = "_answer"
"""The whole answer that an entry came in, such as JSON:API's, whose ``included`` holds what entries refer to."""

_OF_ERRORS: Final = frozenset(
    {"code", "detail", "error", "errors", "message", "path", "status", "statusCode", "timestamp", "title", "type"}
)
"""The keys of an object that is an error and holds no entries."""
_FEWEST: Final = 2


def names(settings: RestSettings, key: str) -> bool:
    """Whether one of the expressions that read an entry names this key."""
    paths = (settings.id, settings.external_id, settings.updated_at, *settings.fields.paths.values())
    return any(names_key(path, key) for path in paths)


def with_answer(entries: Sequence[Any], answer: Any) -> list[Any]:
    """The entries, each with the answer. It is there once; a key of that name that an entry has itself stays."""
    return [{ANSWER: answer, **entry} if isinstance(entry, dict) else entry for entry in entries]


class KeyedEnvelope(Envelope):
    """Opens answers whose entries may stand in an object, by their ids."""

    def __init__(self, settings: RestSettings, **options: Any) -> None:
        super().__init__(settings.items, configured=True, **options)
        self._keyed = names(settings, KEY)
        self._shallow = settings.entry_path is not None

    def entries(self, document: Any, where: str) -> list[Any]:
        """The entries of an answer. See ``Envelope.entries``."""
        found = self.found(document, where)
        if isinstance(found, list):
            return found
        if self._keyed and self._holds_entries(found):
            return [self._entry(key, value) for key, value in found.items()]
        try:
            return super().entries(document, where)
        except ConfigError as error:
            if self._keyed or not _may_hold_entries(found):
                raise
            another = f'or, if the keys there are the ids of entries, set id = "{KEY}"'
            raise ConfigError(error.message, hint=f"{error.hint}; {another}") from None

    def is_keyed(self, document: Any, where: str) -> bool:
        """Whether the entries of an answer stand in an object, by their ids."""
        return self._keyed and isinstance(self.found(document, where), dict)

    def _holds_entries(self, found: Any) -> bool:
        if not isinstance(found, dict) or (found and found.keys() <= _OF_ERRORS):
            return False
        return not found or self._shallow or any(isinstance(value, dict) for value in found.values())

    def _entry(self, key: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {**value, KEY: key}
        if self._shallow and not isinstance(value, UnreadableValue):
            return {KEY: key}  # the entry itself is elsewhere
        return value if isinstance(value, UnreadableValue) else UnreadableValue(f"it is {kind(value)}", ({KEY: key},))


def _may_hold_entries(found: Any) -> bool:
    return isinstance(found, dict) and len(found) >= _FEWEST and all(isinstance(one, dict) for one in found.values())
