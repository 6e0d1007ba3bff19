"""The Content Management API of one environment: entries with their drafts, changed under their versions.

Source: contentful.com/developers/docs, "Content Management API": "Updating and version locking", "Entries".
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from brandsync.brand import batched
from brandsync.cms.answers import fetched, required
from brandsync.cms.contentful.delivery import AT_ONCE, WHERE, too_large
from brandsync.cms.contentful.includes import ITEMS
from brandsync.cms.contentful.settings import ContentfulSettings
from brandsync.cms.draft_links import StaleError
from brandsync.errors import ConfigError, CredentialsRefused
from brandsync.http import HttpClient, RejectedByServer
from brandsync.json_reading import an_object, at

Entry = Mapping[str, Any]

NOBODY: Final = "brandsync-asks-whether-it-may-write"
"""An id that no entry has."""

_PATCH: Final = "application/json-patch+json"


class Management:
    """Reads and writes entries as editors see them."""

    def __init__(self, http: HttpClient, settings: ContentfulSettings) -> None:
        self.http = http
        self._settings = settings
        self._entries = f"{settings.root}/entries"

    def drafts(self, ids: Sequence[str], select: str | None = None) -> dict[str, Entry]:
        """The latest versions of the entries among these that exist, by id; only the parts in ``select``, if given."""
        return self._of(self._entries, ids, {"select": select} if select else {})

    def published(self, ids: Sequence[str]) -> dict[str, Entry]:
        """The published versions of these entries, by id."""
        return self._of(f"{self._settings.root}/public/entries", ids, {})

    def write(self, cms_id: str, version: int, field: str, value: Any) -> Entry:
        """Set or clear one field of an entry's draft, and touch nothing else; return the draft.

        A PUT would replace the whole entry. ("Patch an entry", JSON Patch: RFC 6902.)
        """
        path = f"/fields/{field}"
        change = {"op": "remove", "path": path} if value is None else {"op": "add", "path": path, "value": value}
        return self._change("PATCH", self._entry(cms_id), version, [change])

    def publish(self, cms_id: str, version: int) -> Entry:
        """Publish this version of an entry."""
        return self._change("PUT", f"{self._entry(cms_id)}/published", version)

    def may_write(self) -> bool:
        """Whether the token may change entries. Tested with an empty change to an entry that doesn't exist.

        Raises:
            CredentialsRefused: it is not valid, or may not even read them.
            ConfigError: there is no such space or environment.
        """
        params = {"content_type": self._settings.content_type, "limit": 1, "select": "sys"}
        fetched(self.http, self._entries, f"{WHERE}, and that the token's user is a member of it", params=params)
        try:
            self._change("PATCH", self._entry(NOBODY), 0, [])
        except CredentialsRefused:
            return False
        except (RejectedByServer, StaleError):
            pass
        return True

    def _change(self, method: str, path: str, version: int, body: Any = None) -> Entry:
        headers = {"X-Contentful-Version": str(version), **({"Content-Type": _PATCH} if method == "PATCH" else {})}
        try:
            return an_object(self.http.json(method, path, json=body, headers=headers)[0])
        except RejectedByServer as error:
            if error.status != 409:  # ``VersionMismatch``
                raise
        raise StaleError

    def _entry(self, cms_id: str) -> str:
        return f"{self._entries}/{quote(cms_id, safe='')}"

    def _of(self, path: str, ids: Sequence[str], params: Mapping[str, Any]) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        for some in batched(ids, AT_ONCE):
            found |= self._some(path, some, params)
        return found

    def _some(self, path: str, ids: Sequence[str], params: Mapping[str, Any]) -> dict[str, Entry]:
        wanted = set(ids)
        asked = {"sys.id[in]": ",".join(ids), "content_type": self._settings.content_type, "limit": AT_ONCE}
        try:
            body, _ = self.http.json("GET", path, params=asked | {**params})
        except RejectedByServer as error:
            problem = error
        else:
            found = {str(at(entry, "sys", "id")): entry for entry in ITEMS.entries(body, f"GET {path}")}
            return {cms_id: entry for cms_id, entry in found.items() if cms_id in wanted}
        if len(ids) == 1 or not too_large(problem):
            raise ConfigError(problem.message, hint=f"{WHERE} and `content_type`")
        half = len(ids) // 2
        return self._some(path, ids[:half], params) | self._some(path, ids[half:], params)


def version_of(entry: Entry) -> int:
    """The version of an entry that a change has to name.

    Raises:
        Unreadable: it has none.
    """
    problem = "an entry of Contentful's management API has no version"
    return required(at(entry, "sys", "version"), int, problem, "check `management_url` in [cms]")
