"""Writing external ids as the configuration says, with one request each."""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from brandsync.brand import ExternalId
from brandsync.cms.external_ids import unwritable
from brandsync.cms.interface import CmsLinks
from brandsync.cms.path import lenient, reader
from brandsync.cms.rest.settings import RestSettings
from brandsync.cms.rest.template import fill_body, fill_path
from brandsync.errors import Unreadable
from brandsync.http import HttpClient, RefusedByServer, RejectedByServer, Response
from brandsync.http.server_message import server_message
from brandsync.json_reading import read_json

_log = logging.getLogger(__name__)
_ERRORS: Final = ("errors", "error")
_FLAGS: Final = ("success", "ok")
_FAILED: Final = frozenset({"failed", "failure", "fail", "error"})
_HINT: Final = "check `link_method`, `link_path` and `link_body` in [cms], and that the entry still exists"


class Links(CmsLinks):
    """The external ids of a JSON API."""

    threads = 8
    looks_back = False
    waits_until = "these credentials may write to the CMS"

    def __init__(self, http: HttpClient, settings: RestSettings) -> None:
        self._http = http
        self._settings = settings
        self._id = lenient(reader(settings.id))
        self._is_forbidden = False

    def write(self, links: Sequence[ExternalId]) -> Collection[str]:
        """Write them. From the first one on that the server forbids with a 403, all are left for later."""
        return [link.cms_id for link in links if self._is_forbidden or not self._is_written(link)]

    def requests_for(self, links: int) -> int:
        """One request for each."""
        return links

    def _is_written(self, link: ExternalId) -> bool:
        """Write it; return false where that is forbidden: nobody can know before whether an API lets us."""
        try:
            self._write(link)
        except RefusedByServer as error:
            if error.status != HTTPStatus.FORBIDDEN:
                raise
            _log.warning("links stay in the journal: %s", error.message)
            self._is_forbidden = True
        return not self._is_forbidden

    def _write(self, link: ExternalId) -> None:
        settings = self._settings
        path = fill_path(settings.link_path, link)
        body = fill_body(settings.link_template(), link)
        try:
            response = self._http.request(settings.link_method, path, json=body, idempotent=True)
        except RejectedByServer as error:
            raise unwritable(link.cms_id, error.message, _HINT) from None
        answer = f"{settings.link_method} {path} answers"
        # A page that says "back soon" also comes with a 200. Any other answer to a write is up to the API.
        if "text/html" in response.headers.get("content-type", ""):
            hint = "check `url` and `link_path` in [cms]; nothing says that it was written"
            raise Unreadable(f"{answer} with an HTML page", hint=hint)
        if (said := self._error_in(response)) is not None:
            raise unwritable(link.cms_id, f"{answer} {response.status_code} with an error{said}", _HINT)

    def _error_in(self, response: Response) -> str | None:
        """The message of an answer that calls itself an error, whatever its status; none where it doesn't."""
        try:
            body = read_json(response.content)
        except (ValueError, RecursionError):
            return None
        if not isinstance(body, dict) or not _is_failure(body):
            return None
        if any(self._id(found) is not None for found in _objects(body)):
            return None
        said = server_message(response.content, "", self._http.masked)
        return f": {said}" if said else ""


def _is_failure(body: Mapping[str, Any]) -> bool:
    flags = [body.get(name) for name in _FLAGS]
    if any(flag is True for flag in flags):
        return False
    status = str(body.get("status")).lower()
    return any(map(body.get, _ERRORS)) or any(flag is False for flag in flags) or status in _FAILED


def _objects(body: Mapping[str, Any]) -> Iterator[Any]:
    """What may be the entry: the answer itself, or what it holds besides its errors."""
    yield body
    for name, value in body.items():
        if name not in _ERRORS:
            yield from value if isinstance(value, list) else [value]
