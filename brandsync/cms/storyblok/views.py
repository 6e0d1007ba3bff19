"""The state of a story: what its draft holds, what is published, and whether publishing would show anything new.

Sources: storyblok.com/docs/api/management/stories, "The Story Object" (``published``: currently, even with unpublished
changes); the vendor's own client for ``translated_stories`` and ``is_scheduled``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from brandsync.cms import draft_links
from brandsync.cms.external_ids import id_in
from brandsync.cms.storyblok.delivery import Delivery
from brandsync.cms.storyblok.management import Management, Story
from brandsync.json_reading import an_object, at

_OUTSIDE: Final = ("name", "slug", "full_slug", "tag_list")
"""Parts of a story, besides its content, that may be new."""


@dataclass(frozen=True, slots=True)
class View(draft_links.View):
    """One story, as it was read."""

    story: Story


class Views:
    """Looks at stories."""

    def __init__(self, delivery: Delivery, management: Management, field: str) -> None:
        self.delivery = delivery
        self.management = management
        self.field = field

    def of(self, ids: Sequence[str]) -> dict[str, View]:
        """The stories among these that exist, by id. They are read one by one."""
        stories = ((cms_id, self.management.story(cms_id)) for cms_id in ids)
        return {cms_id: self._view(cms_id, story) for cms_id, story in stories if story}

    def held(self, ids: Sequence[str]) -> dict[str, str | None]:
        """The external ids in the latest versions of the stories among these that exist.

        They come from the listing's summary where it shows them. The other stories are read one by one.
        """
        found: dict[str, str | None] = {}
        for cms_id, listed in self.management.stories(ids).items():
            summary = self._summary(listed)
            story = None if summary else self.management.story(cms_id)
            if summary or story:
                found[cms_id] = summary or self.external_id(story)
        return found

    def is_written(self, listed: Story, wanted: str | None) -> bool:
        """Whether a listing already shows that a story holds and shows this external id."""
        return bool(wanted) and is_pristine(listed) and wanted == self._summary(listed)

    def is_free(self, listed: Story) -> bool:
        """Whether a listing already shows that a story may be written."""
        return is_pristine(listed) and not self.management.is_locked(listed)

    def external_id(self, story: Story | None) -> str | None:
        """The external id in a story's content."""
        return id_in(at(story, "content", self.field))

    def _view(self, cms_id: str, story: Story) -> View:
        held, free = self.external_id(story), not self.management.is_locked(story)
        if is_pristine(story):
            return View(held, held, alone=free, story=story)
        published = self.delivery.published([cms_id]).get(cms_id) if story.get("published") else None
        if published is None:
            return View(held, None, alone=False, story=story)
        alone = free and not _waits(story) and self._rest(story) == self._rest(published)
        return View(held, self.external_id(published), alone=alone, story=story)

    def _summary(self, listed: Story) -> str | None:
        return id_in(at(listed, "content_summary", self.field))

    def _rest(self, story: Story) -> Any:
        content = {name: value for name, value in an_object(story.get("content")).items() if name != self.field}
        return [story.get(name) for name in _OUTSIDE], content


def is_pristine(story: Story) -> bool:
    """Whether a story is published as it stands, in all languages, and nothing about it waits to be published."""
    return story.get("published") is True and not story.get("unpublished_changes") and not _waits(story)


def _waits(story: Story) -> bool:
    """Whether publishing now would make or cancel somebody else's publication.

    A scheduled story that is published early is no longer scheduled ("The Story Scheduling Object", ``status``).
    """
    pending = any(at(one, "unpublished_changes") for one in story.get("translated_stories") or ())
    return bool(pending or story.get("is_scheduled"))
