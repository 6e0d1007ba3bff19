"""The state of a story: what its draft holds, what is published, and whether publishing would show anything new.

Sources: storyblok.com/docs/api/management/stories, "The Story Object" (``published``: currently, even with unpublished
changes); the vendor's own client for ``translated_stories``, ``is_scheduled`` and ``stage``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from brandsync.cms.storyblok.delivery import Delivery
from brandsync.cms.storyblok.management import Content, Management, Story

_OUTSIDE: Final = ("name", "slug", "full_slug", "tag_list")
"""Parts of a story, besides its content, that may be new."""


@dataclass(frozen=True, slots=True)
class View:
    """One story, as it was read."""

    story: Story
    held: str | None
    """The external id in its latest version."""
    shown: str | None
    """The external id that is published; none also where the story isn't published."""
    alone: bool
    """It is published, and publishing it would show nothing but the external id."""

    @property
    def content(self) -> Content:
        """The content of its latest version."""
        return self.story["content"]  # type: ignore[no-any-return]


class Views:
    """Looks at stories."""

    def __init__(self, delivery: Delivery, management: Management, field: str) -> None:
        self.delivery = delivery
        self.management = management
        self.field = field

    def of(self, cms_id: str) -> View | None:
        """The state of a story, or none where it is gone."""
        story = self.management.story(cms_id)
        if story is None:
            return None
        held = external_id(story["content"], self.field)
        if is_pristine(story):
            return View(story, held, held, alone=True)
        published = self.delivery.published([cms_id]).get(cms_id) if story.get("published") else None
        if published is None:
            return View(story, held, None, alone=False)
        shown = external_id(_object(published.get("content")), self.field)
        return View(story, held, shown, alone=not _waits(story) and self._rest(story) == self._rest(published))

    def held(self, ids: Sequence[str]) -> dict[str, str | None]:
        """The external ids in the latest versions of the stories among these that exist.

        They come from the listing's summary where it shows them. The other stories are read one by one.
        """
        found: dict[str, str | None] = {}
        for cms_id, listed in self.management.stories(ids).items():
            summary = external_id(_object(listed.get("content_summary")), self.field)
            story = None if summary else self.management.story(cms_id)
            if summary or story:
                found[cms_id] = summary or external_id(_object(story and story["content"]), self.field)
        return found

    def is_written(self, listed: Story, wanted: str | None) -> bool:
        """Whether a listing already shows that a story holds and shows this external id."""
        return (
            bool(wanted)
            and is_pristine(listed)
            and wanted == external_id(_object(listed.get("content_summary")), self.field)
        )

    def _rest(self, story: Story) -> Any:
        content = {name: value for name, value in _object(story.get("content")).items() if name != self.field}
        return [story.get(name) for name in _OUTSIDE], content


def is_pristine(story: Story) -> bool:
    """Whether a story is published as it stands, in all languages, and nothing about it waits to be published."""
    return story.get("published") is True and not story.get("unpublished_changes") and not _waits(story)


def external_id(content: Content, field: str) -> str | None:
    """The external id in a content. An empty field holds none."""
    found = content.get(field)
    return None if found is None or found == "" else str(found)


def _waits(story: Story) -> bool:
    """Whether publishing now would make or cancel somebody else's publication.

    A scheduled story that is published early is no longer scheduled ("The Story Scheduling Object", ``status``).
    """
    translated = story.get("translated_stories")
    pending = [one for one in translated if _object(one).get("unpublished_changes")] if translated else []
    return bool(pending or story.get("is_scheduled") or _object(story.get("stage")).get("story_editing_locked"))


def _object(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, dict) else {}
