"""The Management API of one space: stories as editors see them, and their versions.

Sources: storyblok.com/docs/api/management, "Stories", "Components", "Workflow Stages", "Get Story Versions"; the types
of answers are those of the vendor's own client (github.com/storyblok/monoblok, ``packages/mapi-client``). A story is
written as a whole: no route changes one field (``partial_update`` is for favourites and ``meta_data``) or several
stories, and none names the version that a change was made from. ``force_update`` is never sent: it would overwrite a
story that an editor has open.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from brandsync.brand import batched
from brandsync.cms.answers import fetched
from brandsync.cms.draft_links import LockedError
from brandsync.cms.envelope import Envelope
from brandsync.cms.storyblok.settings import StoryblokSettings
from brandsync.errors import CredentialsRefused, Unreadable
from brandsync.http import HttpClient, RejectedByServer
from brandsync.json_reading import an_object, at, objects

Story = Mapping[str, Any]
Content = Mapping[str, Any]

AT_ONCE: Final = 100
"""Ids in one query: as many stories as a page may hold."""
NOBODY: Final = 0
"""An id that no story has."""
WHERE: Final = "check `space`, `region` and `management_url` in [cms], and that the token's user belongs to the space"

_VERSIONS: Final = 10
"""More versions than are made of a story during one request."""
_STORIES, _STORY_VERSIONS, _COMPONENTS = Envelope("stories"), Envelope("story_versions"), Envelope("components")
_STAGES: Final = Envelope("workflow_stages")
_SHOW: Final = {"show_stage": "true"}
"""The vendor's client: a story's ``stage`` is "only included when show_stage is true"."""
_LOCK_STATUS: Final = frozenset({409, 423})
_LOCK_WORDS: Final = re.compile(r"\block|\bis editing\b|\bbeing edited\b|\bedited by\b", re.IGNORECASE)
"""Assumed: no document has the words. Where they are others, the story counts as refused, and not as waiting."""


class Management:
    """Reads and writes stories."""

    def __init__(self, http: HttpClient, settings: StoryblokSettings) -> None:
        self.http = http
        self._root = f"/v1/spaces/{settings.space}"

    def stories(self, ids: Sequence[str]) -> dict[str, Story]:
        """The stories among these that exist, by id, without their contents: ``content_summary`` holds a part."""
        found: dict[str, Story] = {}
        for some in batched([cms_id for cms_id in ids if is_id(cms_id)], AT_ONCE):
            params = {"by_ids": ",".join(some), "per_page": AT_ONCE, "with_summary": "true", **_SHOW}
            listed = self._list(f"{self._root}/stories", _STORIES, params)
            found |= {cms_id: story for story in listed if (cms_id := str(story.get("id"))) in some}
        return found

    def story(self, cms_id: str) -> Story | None:
        """A story with its content, as it was last saved; none where it is gone."""
        try:
            body, _ = self.http.json("GET", self._path(cms_id), params=_SHOW)
        except RejectedByServer as error:
            if error.status != 404:
                raise
            return None
        return _story(body, cms_id)

    def write(self, cms_id: str, content: Content, *, publish: bool) -> Story:
        """Save a story with this content, and publish it if wanted: one request, never repeated blindly.

        Raises:
                LockedError: it may not be written now. The answer is not documented: 409, 423, or words like "locked".
        """
        body = {"story": {"content": content}, **({"publish": 1} if publish else {})}
        try:
            answer, _ = self.http.json("PUT", self._path(cms_id), json=body, idempotent=False)
        except (RejectedByServer, CredentialsRefused) as error:
            if getattr(error, "status", 0) not in _LOCK_STATUS and not _LOCK_WORDS.search(error.message):
                raise
        else:
            return _story(answer, cms_id)
        raise LockedError

    def unpublish(self, cms_id: str) -> None:
        """Take a story from the site. This is a GET, but it writes: "Unpublish a Story"."""
        self.http.before_write()
        self.http.json("GET", f"{self._path(cms_id)}/unpublish", idempotent=False)

    def versions(self, cms_id: str) -> list[Mapping[str, Any]]:
        """The latest versions of a story with their contents, the newest first.

        Assumed: they come in this order. They are sorted by their ids anyway.
        """
        params = {"by_story_id": cms_id, "per_page": _VERSIONS, "show_content": "true"}
        found = self._list(f"{self._root}/story_versions", _STORY_VERSIONS, params)
        return sorted((one for one in found if type(one.get("id")) is int), key=lambda one: -int(one["id"]))

    def is_locked(self, story: Story) -> bool:
        """Whether a story is in a workflow stage in which nobody may edit it. ``force_update`` doesn't help there."""
        stage = at(story, "stage", "workflow_stage_id")
        return type(stage) is int and stage in self._locked_stages

    @cached_property
    def _locked_stages(self) -> frozenset[Any]:
        """Those stages, asked for once; none if the token may not read them: then a refused write tells."""
        try:
            body, _ = self.http.json("GET", f"{self._root}/workflow_stages")
        except (RejectedByServer, CredentialsRefused):
            return frozenset()
        stages = objects(_STAGES.entries(body, f"GET {self._root}/workflow_stages"))
        return frozenset(stage.get("id") for stage in stages if stage.get("story_editing_locked") is True)

    def components(self) -> dict[str, Mapping[str, Any]]:
        """The components by name, with the content types among them."""
        found = self._list(f"{self._root}/components", _COMPONENTS, {})
        return {str(component.get("name")): component for component in found}

    def may_write(self) -> bool:
        """Whether the token may change stories. Tested with an empty change to a story that doesn't exist.

        Assumed: a token that may only read is refused before the story is looked for.
        """
        try:
            self.http.json("PUT", f"{self._root}/stories/{NOBODY}", json={"story": {}}, idempotent=False)
        except CredentialsRefused:
            return False
        except RejectedByServer:
            pass
        return True

    def _list(self, path: str, envelope: Envelope, params: Mapping[str, Any]) -> list[dict[str, Any]]:
        body, _ = fetched(self.http, path, WHERE, params=params)
        return objects(envelope.entries(body, f"GET {path}"))

    def _path(self, cms_id: str) -> str:
        if not is_id(cms_id):
            raise ValueError("not the id of a story")
        return f"{self._root}/stories/{cms_id}"


def is_id(cms_id: str) -> bool:
    """Whether this can be a story's id. Nothing else may get into a URL."""
    return cms_id.isascii() and cms_id.isdecimal() and len(cms_id) < 20


def _story(body: Any, cms_id: str) -> Story:
    story = an_object(at(body, "story"))
    if str(story.get("id")) == cms_id and isinstance(story.get("content"), dict):
        return story
    raise Unreadable(
        f"Storyblok's Management API shows no content of the story {cms_id}", hint="check `management_url` in [cms]"
    )
