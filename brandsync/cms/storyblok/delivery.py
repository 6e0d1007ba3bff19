"""The Content Delivery API of one space: published stories.

Sources: storyblok.com/docs/api/content-delivery/v2, "Retrieve Multiple Stories", "Pagination", "Rate limit", and
"Caching" (/docs/concepts/caching); the parameters' types are those of the vendor's own client (github.com/storyblok/
monoblok, ``packages/capi-client``).

Answers are cached for a year by their whole URLs. These contain ``cv``, which changes with each publication but counts
in seconds; a request without ``cv`` is redirected to the latest one. A page must not be an older one of that second,
nor one that this listing has seen, because it may go back to a page. So each request has a bound of its own that
excludes no story (``published_at_lte``: tomorrow, to the microsecond).
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from brandsync.cms.answers import fetched, required
from brandsync.cms.by_id import Answer, LookUp, whole_number
from brandsync.cms.envelope import Envelope
from brandsync.cms.interface import CmsPage
from brandsync.cms.overlap import Window
from brandsync.cms.storyblok.settings import LARGEST_PAGE, StoryblokSettings
from brandsync.errors import ConfigError, Unreadable
from brandsync.http import HttpClient, Response
from brandsync.json_reading import at

PATH: Final = "/v2/cdn/stories"
ORDER: Final = "created_at:asc,id:asc"
"""Properties that never change. ("Retrieve Multiple Stories": any property of a story; several, with commas.)"""

_SPACE: Final = "/v2/cdn/spaces/me"
_STORIES: Final = Envelope("stories")
_NOT_STORYBLOK: Final = "check `url` in [cms]: this is no answer of Storyblok's Content Delivery API"


class Delivery:
    """Reads what is published. Thread-safe."""

    def __init__(self, http: HttpClient, settings: StoryblokSettings) -> None:
        self._http = http
        self._settings = settings
        self._token = settings.delivery_token.get_secret_value()

    def page(self, cursor: str | None, since: datetime | None) -> CmsPage:
        """A page of published stories in the order of creation."""
        version, window = self._parsed(cursor)
        number, size = page_at(window.offset, self._settings.page_size)
        params = {**_anew(version), **self._filters(since), "sort_by": ORDER, "page": number, "per_page": size}
        stories, response = self._list(params)
        total = _counted(response, size)
        shown = Window((number - 1) * size, size, window.last)
        following = shown.following([_id(story) for story in stories], total)
        then = json.dumps([version, str(following)]) if following else None
        return CmsPage(stories, then, total if cursor is None else None)

    def of(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """The stories among these that a listing shows: one request per page of them, and one for the version."""
        possible = [cms_id for cms_id in ids if (whole_number(cms_id) or 0) > 0]
        if not possible:
            return []
        some = partial(self._some, self.version())
        return LookUp(some, _id, f"GET {PATH}", self._settings.page_size).of(possible)

    def _some(self, version: int, ids: Sequence[str]) -> Answer:
        size = self._settings.page_size
        filters = {**self._filters(None), "by_ids": ",".join(ids)}
        stories, response = self._list({**_anew(version), **filters, "sort_by": ORDER, "per_page": size})
        return stories, _counted(response, size)

    def published(self, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """The published ones among these stories (a hundred at most), by id."""
        params = {**_anew(self.version()), "by_ids": ",".join(ids), "per_page": LARGEST_PAGE}
        stories, _ = self._list(params)
        return {_id(story): story for story in stories}

    def version(self) -> int:
        """The space's latest version: "Retrieve Current Space".

        Raises:
                ConfigError: the token belongs to another space.
        """
        hint = "check `region` and `url` in [cms]"
        body, _ = fetched(self._http, _SPACE, hint, params={"token": self._token})
        problem = f"GET {_SPACE} answers with no space"
        version = required(at(body, "space", "version"), int, problem, _NOT_STORYBLOK)
        space = body["space"].get("id")
        if type(space) is int and space != self._settings.space:
            raise ConfigError(
                f"`delivery_token` in [cms] is a token of the space {space} and not of {self._settings.space}",
                hint="correct `space`, or take a token of that space (Settings → Access Tokens)",
            )
        return version

    def _parsed(self, cursor: str | None) -> tuple[int, Window]:
        """The version that a listing began with, and the page to ask for."""
        if cursor is None:
            return self.version(), Window()
        version, window = json.loads(cursor)
        return version, Window.parse(window, self._settings.page_size)

    def _filters(self, since: datetime | None) -> dict[str, Any]:
        settings = self._settings
        found = {
            "content_type": settings.content_type,
            "starts_with": settings.starts_with,
            "language": settings.language,
            "published_at_gte": since and since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        return {name: value for name, value in found.items() if value is not None}

    def _list(self, params: Mapping[str, Any]) -> tuple[list[dict[str, Any]], Response]:
        hint = "check `content_type`, `starts_with` and `language` in [cms]"
        body, response = fetched(self._http, PATH, hint, params={"token": self._token, **params})
        stories = _STORIES.entries(body, f"GET {PATH}")
        for story in stories:
            required(at(story, "id"), int, f"GET {PATH} answers with a story that has no `id`", _NOT_STORYBLOK)
        return stories, response


def page_at(offset: int, largest: int) -> tuple[int, int]:
    """The number and size of the page that begins at ``offset`` or before it, and reaches furthest.

    Storyblok takes a page's number and its size, but no offset. Such a page is found by making pages a little smaller:
    97 stories from offset 97 on are page 2 of 97. So each page can hold the last stories of the page before (see
    ``Window``), for a sixth more requests.
    """
    if offset == 0:
        return 1, largest
    size = max(range(1, min(offset, largest) + 1), key=lambda size: (size - offset % size, size))
    return offset // size + 1, size


def _id(story: Mapping[str, Any]) -> str:
    return str(story["id"])


def _anew(version: int) -> dict[str, Any]:
    """The parameters that ask for published stories, past any cached answer."""
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="microseconds")
    return {"version": "published", "cv": version, "published_at_lte": tomorrow.replace("+00:00", "Z")}


def _counted(response: Response, size: int) -> int:
    """How many stories the whole listing has.

    Raises:
            Unreadable: no number is given, or the page has another size than asked for, so pages would not follow.
    """
    total, given = response.headers.get("total", ""), response.headers.get("per-page", str(size))
    if not (total.isascii() and total.isdecimal()):
        raise Unreadable(f"GET {PATH} answers without the header `total`", hint=_NOT_STORYBLOK)
    if given != str(size):
        raise Unreadable(
            f"GET {PATH} answers with pages of another size than {size}", hint="lower `page_size` in [cms]"
        )
    return int(total)
