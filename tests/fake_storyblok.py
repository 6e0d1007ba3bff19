"""A fake Storyblok: an HTTP server that answers as the vendor's documents say. It has met no real space.

    with FakeStoryblok() as storyblok:
        ...  # storyblok.settings(), storyblok.space, storyblok.log

The Content Delivery API is below ``/v2/cdn``, the Management API below ``/v1``. Beside each behaviour stands the
document that it comes from: "CAPI" and "MAPI" are those two APIs' references, "caching" and "tokens" the concepts
"Caching" and "Access tokens", "FAQ" is "How stories are cached in the Content Delivery API"; "types" are those of the
vendor's own clients (github.com/storyblok/monoblok). What nobody says is marked as assumed.
"""

import copy
import time
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from fake_server import Answer, Asked, FakeServer
from fake_storyblok_space import Json, Space, Story

from brandsync.cms.storyblok import StoryblokCms

SPACE: Final = 288868932106293
DELIVERY: Final = "the-delivery-token"
MANAGEMENT: Final = "the-management-token"
READ_ONLY: Final = "the-read-only-management-token"
ROOT: Final = f"/v1/spaces/{SPACE}"
LOCKED_STAGE: Final = 2
LANGUAGES: Final = ("default", "de")
FILTERS: Final = {
    "token",
    "version",
    "cv",
    "content_type",
    "starts_with",
    "language",
    "by_ids",
    "published_at_gte",
    "published_at_lte",
    "sort_by",
    "page",
    "per_page",
}
"""The parameters of CAPI, "Retrieve Multiple Stories", that may be used; types: the last two moments are inclusive."""


class FakeStoryblok(FakeServer):
    """The server, with one space in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.space = Space()
        self.management_limit: int | None = None
        """Requests a second that the MAPI takes (MAPI, "Rate limit": 3 or 6); none: as many as there are."""
        self.delivery_limited = False
        """Whether the CAPI's limits are enforced."""
        self.versions_each = 1
        """How many versions a write leaves that publishes: assumed; nobody says."""
        self.shows_stages = True
        """Whether the token's user may read workflow stages."""
        self.publishes = True
        """Whether the token's user may publish."""
        self.unpublishable: set[str] = set()
        """The stories that it may not publish, in such a stage of a workflow."""
        self.cached: Space | None = None
        self.used: dict[str, tuple[int, int]] = {}
        self.cache: dict[str, Answer] = {}
        self.told_version = (0.0, 0)

    def settings(self, **others: Any) -> Json:
        """The ``[cms]`` section. Small pages are taken faster: CAPI, "Rate limit"."""
        tokens = {"delivery_token": DELIVERY, "management_token": MANAGEMENT}
        urls = {"url": self.url, "management_url": self.url}
        return {"space": SPACE, **urls, **tokens, "page_size": 25, "management_rate": 1_000, **others}

    def requests(self, *methods: str, api: str = "/v1") -> list[Asked]:
        """The requests of some methods."""
        return [asked for asked in self.log if asked.path.startswith(api) and asked.method in methods]

    def freeze(self) -> None:
        """From now on the CAPI shows what it would show now: a cache stands before it."""
        self.cached = copy.deepcopy(self.space)
        self.cache.clear()

    # Who is let in.

    def refusal(self, asked: Asked) -> Answer | None:
        """tokens; "Authorization: YOUR_TOKEN", without "Bearer"; types: ``{"error": ...}``."""
        if asked.path.startswith("/v2"):
            known = asked.query.get("token") == DELIVERY
        else:
            known = asked.headers.get("Authorization") in {MANAGEMENT, READ_ONLY}
        if not known:
            return Answer(401, {"error": "Unauthorized"})
        if not self._within(asked):
            return Answer(429, {"error": "Rate limit reached"})
        if asked.headers.get("Authorization") == READ_ONLY and self.writes(asked):
            return Answer(403, {"error": "Forbidden"})  # assumed: whether or not the story is there
        return None

    def _within(self, asked: Asked) -> bool:
        """Assumed: seconds begin as the clock's do."""
        api = asked.path[:3]
        limit = self.management_limit
        if api == "/v2":
            size = int(asked.query.get("per_page", "25"))  # CAPI, "Rate limit": by the size of the page
            limits = {25: 50, 50: 15, 75: 10, 100: 6}
            limit = next(rate for most, rate in limits.items() if size <= most) if self.delivery_limited else None
        now = int(time.monotonic())
        second, used = self.used.get(api, (now, 0))
        self.used[api] = (now, used + 1 if second == now else 1)
        return limit is None or self.used[api][1] <= limit

    def writes(self, asked: Asked) -> bool:
        """MAPI, "Unpublish a Story": a GET."""
        return asked.method != "GET" or asked.path.endswith("/unpublish")

    # What it answers.

    def route(self, asked: Asked) -> Answer:
        """Carry a request out."""
        reading = {
            "/v2/cdn/spaces/me": self._current_space,
            "/v2/cdn/stories": self._deliver,
            f"{ROOT}/stories": self._list,
            f"{ROOT}/components": self._components,
            f"{ROOT}/story_versions": self._versions,
            f"{ROOT}/workflow_stages": self._stages,
        }
        if asked.method == "GET" and asked.path in reading:
            return reading[asked.path](asked)
        match asked.path.removeprefix(f"{ROOT}/").split("/"):
            case ["stories", cms_id, *more] if cms_id.isdecimal() and int(cms_id) in self.space.stories:
                return self._one(asked.method, self.space.of(cms_id), more, asked)
        return Answer(404, ["This record could not be found"])  # types: a list

    # The Content Delivery API.

    def _current_space(self, _asked: Asked) -> Answer:
        """CAPI, "Retrieve Current Space"; the vendor's changelog: "a 2 second CDN cache"."""
        if time.monotonic() - self.told_version[0] > 2:
            self.told_version = (time.monotonic(), self.space.version)
        return Answer(200, {"space": {"id": SPACE, "name": "Shop", "domain": "", "version": self.told_version[1]}})

    def _deliver(self, asked: Asked) -> Answer:
        query = asked.query
        if "cv" not in query:  # FAQ: "performs an HTTP redirect to the same endpoint with the latest available cv"
            target = urlencode({**query, "cv": self.space.version})
            return Answer(301, None, {"Location": f"{asked.path}?{target}"})
        key = urlencode(sorted(query.items()))  # caching: for up to a year
        return copy.deepcopy(self.cache.setdefault(key, self._delivered(query)))

    def _delivered(self, query: dict[str, str]) -> Answer:
        size, page = int(query.get("per_page", "25")), int(query.get("page", "1"))
        language = query.get("language")
        wrong = query.keys() - FILTERS or size > 100 or query.get("version") != "published"
        if wrong or (language and language not in LANGUAGES):
            return Answer(422, {"error": "The parameters are not valid"})  # assumed
        space = self.cached or self.space
        found = [story for story in space.stories.values() if story.published and _asked_for(story, query)]
        if query.get("sort_by"):  # CAPI: any default property; the order without it is not told
            assert query["sort_by"] == "created_at:asc,id:asc"
            found.sort(key=lambda story: (story.created_at, story.id))
        shown = [space.delivered(story, language) for story in found[(page - 1) * size : page * size]]
        body = {"stories": shown, "cv": self.space.version, "rels": [], "links": []}
        return Answer(200, body, {"total": str(len(found)), "per-page": str(size)})  # CAPI, "Pagination"

    # The Management API.

    def _list(self, asked: Asked) -> Answer:
        """MAPI, "Retrieve Multiple Stories": "without the ``content`` field"; ``with_summary`` shows a part of it.

        Assumed: the part is what the content itself holds of texts.
        """
        known = {"by_ids", "per_page", "with_summary", "show_stage"}
        if asked.query.keys() - known or int(asked.query["per_page"]) > 100:
            return Answer(422, {"error": "The parameters are not valid"})  # assumed
        ids = [int(cms_id) for cms_id in asked.query["by_ids"].split(",")]
        found = [self._managed(self.space.stories[key], asked) for key in ids if key in self.space.stories]
        for story in found:
            content = story.pop("content")
            story["content_summary"] = {key: value for key, value in content.items() if isinstance(value, str)}
        return Answer(200, {"stories": found[: int(asked.query["per_page"])]})

    def _managed(self, story: Story, asked: Asked) -> Json:
        """types: ``stage`` is "only included when show_stage is true"."""
        shown = self.space.managed(story)
        return shown if asked.query.get("show_stage") == "true" else {**shown, "stage": None}

    def _stages(self, _asked: Asked) -> Answer:
        """MAPI, "Retrieve Multiple Workflow Stages"; types: ``WorkflowStage``."""
        if not self.shows_stages:
            return Answer(403, {"error": "Forbidden"})
        stages = [{"id": 1, "name": "Drafting"}, {"id": LOCKED_STAGE, "name": "Ready"}]
        told = [{**stage, "story_editing_locked": stage["id"] == LOCKED_STAGE} for stage in stages]
        return Answer(200, {"workflow_stages": told})

    def _components(self, _asked: Asked) -> Answer:
        """MAPI, "Retrieve Multiple Components"."""
        brand = {"name": "brand", "is_root": True, "schema": self.space.model}
        return Answer(200, {"components": [brand, {"name": "person", "schema": {}}]})

    def _versions(self, asked: Asked) -> Answer:
        """MAPI, "Get Story Versions". Assumed: the newest first."""
        story = self.space.stories.get(int(asked.query["by_story_id"]))
        newest = list(reversed(story.versions)) if story else []
        return Answer(200, {"story_versions": copy.deepcopy(newest[: int(asked.query["per_page"])])})

    def _one(self, method: str, story: Story, more: list[str], asked: Asked) -> Answer:
        match (method, more):
            case ("GET", []):
                return Answer(200, {"story": copy.deepcopy(self._managed(story, asked))})
            case ("PUT", []):
                return self._update(story, asked.json)
            case ("GET", ["unpublish"]):
                self.space.unpublish(str(story.id))
                return Answer(200, {"story": copy.deepcopy(self.space.managed(story))})
        return Answer(404, ["This record could not be found"])

    def _update(self, story: Story, body: Json) -> Answer:
        """MAPI, "Update a Story": the content is replaced."""
        if body.keys() - {"story", "publish"} or body["story"].keys() != {"content"}:
            return Answer(422, {"error": "force_update, or what an editor has not meant to change"})
        if story.locked or story.stage == LOCKED_STAGE:  # assumed: which status, and in which words
            return Answer(422, {"error": "This story is locked"})
        if body["story"]["content"].get("component") != story.content["component"]:
            return Answer(422, {"content": ["has no component"]})  # types: errors by field
        self.space.write(story, body["story"]["content"])
        if body.get("publish") in (1, True) and self.publishes and str(story.id) not in self.unpublishable:
            if self.versions_each == 1:
                story.versions.pop()
            self.space.publish(str(story.id))
            story.is_scheduled = False  # types: a scheduling's status may be "published_before_schedule"
        return Answer(200, {"story": copy.deepcopy(self.space.managed(story))})


def open_storyblok(fake: FakeStoryblok, **settings: Any) -> StoryblokCms:
    """The CMS backend, of this space."""
    section = {"backend": "storyblok", **fake.settings(**settings)}
    return StoryblokCms(StoryblokCms.Settings.model_validate(section))


def _asked_for(story: Story, query: dict[str, str]) -> bool:
    """CAPI, "Retrieve Multiple Stories"."""
    assert story.published_at
    published = datetime.fromisoformat(story.published_at)
    since, until = query.get("published_at_gte"), query.get("published_at_lte")
    ids = query.get("by_ids")
    return (
        query.get("content_type", story.content["component"]) == story.content["component"]
        and story.slug.startswith(query.get("starts_with", ""))
        and (not ids or str(story.id) in ids.split(","))
        and (not since or published >= datetime.fromisoformat(since))
        and (not until or published <= datetime.fromisoformat(until))
    )
