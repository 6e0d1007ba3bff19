"""What a fake Storyblok space holds, and what editors do to it. See ``fake_storyblok``.

"story" is the vendor's document "The Story Object", "versions" is "Get Story Versions", both of the Management API;
"types" are the types of answers in the vendor's own clients (github.com/storyblok/monoblok). What none of them says is
marked as assumed.
"""

import copy
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

Json = dict[str, Any]

MODEL: Final = {
    "description": "textarea",
    "website": "multilink",
    "story": "richtext",
    "extra": "custom",
    "logo": "asset",
    "external_id": "text",
}
"""The fields of the content type ``brand``."""


@dataclass
class Story:
    """One story: its draft, and what is published of it."""

    id: int
    name: str
    slug: str
    content: Json
    created_at: str
    updated_at: str
    published: tuple[str, Json] | None = None
    """story: ``published`` is true while it is, even with unpublished changes."""
    published_at: str | None = None
    unpublished_changes: bool = False
    locked: bool = False
    """An editor has it open ("Update a Story": "A story is locked when another user edits it")."""
    is_scheduled: bool = False
    stage: int | None = None
    """Its workflow stage."""
    translations: list[Json] = field(default_factory=list)
    versions: list[Json] = field(default_factory=list)


class Space:
    """The stories of one space, by id."""

    def __init__(self) -> None:
        self.stories: dict[int, Story] = {}
        self.model: dict[str, Json] = {name: {"type": kind, "translatable": False} for name, kind in MODEL.items()}
        self.version = 1
        """cv: "a Unix timestamp that is updated every time you publish new content": in seconds."""
        self.ids = iter(range(100_000, 10**9))
        self.version_ids = iter(range(1, 10**9))

    # What editors do.

    def add(self, *, component: str = "brand", folder: str = "brands", name: str, **content: Any) -> str:
        """Publish a new story."""
        cms_id, now = next(self.ids), moment()
        fields = {name: value for name, value in content.items() if value is not None}
        made = Story(
            cms_id, name, f"{folder}/{cms_id}", {"_uid": f"uid-{cms_id}", "component": component, **fields}, now, now
        )
        self.stories[cms_id] = made
        self.publish(str(cms_id))
        return str(cms_id)

    def of(self, cms_id: str) -> Story:
        """A story."""
        return self.stories[int(cms_id)]

    def save(self, cms_id: str, name: str | None = None, **content: Any) -> None:
        """Change the draft."""
        story = self.of(cms_id)
        story.name = name or story.name
        self.write(story, story.content | content)

    def write(self, story: Story, content: Json, *, status: str = "draft") -> None:
        """Put a content into the draft. versions: each leaves one."""
        story.content = copy.deepcopy(content)
        story.updated_at, story.unpublished_changes = moment(), True
        self.remember(story, status)

    def publish(self, *cms_ids: str) -> None:
        """Publish drafts."""
        for cms_id in cms_ids:
            story = self.of(cms_id)
            story.published = (story.name, copy.deepcopy(story.content))
            story.updated_at = story.published_at = moment()
            story.unpublished_changes = False
            self.version = int(time.time())
            self.remember(story, "published")

    def edit(self, cms_id: str, **fields: Any) -> None:
        """Change a story, and publish it."""
        self.save(cms_id, **fields)
        self.publish(cms_id)

    def unpublish(self, cms_id: str) -> None:
        """Take a story from the site."""
        story = self.of(cms_id)
        story.published, story.updated_at, self.version = None, moment(), int(time.time())
        self.remember(story, "unpublished")

    def remove(self, cms_id: str) -> None:
        """Delete a story."""
        del self.stories[int(cms_id)]
        self.version = int(time.time())

    def remember(self, story: Story, status: str) -> None:
        """versions: a story's history."""
        story.versions.append(
            {
                "id": next(self.version_ids),
                "created_at": moment(),
                "user_id": 1,
                "story_id": story.id,
                "release_id": None,
                "status": status,
                "content": copy.deepcopy(story.content),
            }
        )

    # What tests look at.

    def shown(self, name: str = "external_id") -> dict[str, Any]:
        """One field, or the name, of every published story of the content type ``brand``."""
        brands = {str(key): story.published for key, story in self.stories.items() if story.published}
        return {
            key: found[0] if name == "name" else found[1].get(name) or None
            for key, found in brands.items()
            if found[1]["component"] == "brand"
        }

    def drafted(self, name: str = "external_id") -> dict[str, Any]:
        """One field, or the name, of every draft."""
        return {
            str(key): story.name if name == "name" else story.content.get(name) or None
            for key, story in self.stories.items()
        }

    def changed(self) -> set[str]:
        """The published stories that are not published as they stand."""
        published = [(story, story.published) for story in self.stories.values()]
        return {
            str(story.id)
            for story, shown in published
            if shown and (story.unpublished_changes or shown[1] != story.content)
        }

    def pristine(self) -> bool:
        """Whether every published story is published as it stands."""
        return not self.changed()

    # How a story is shown.

    def managed(self, story: Story) -> Json:
        """story, types."""
        return {
            "id": story.id,
            "uuid": f"00000000-0000-4000-8000-{story.id:012}",
            "name": story.name,
            "slug": str(story.id),
            "full_slug": story.slug,
            "tag_list": [],
            "created_at": story.created_at,
            "updated_at": story.updated_at,
            "published_at": story.published_at,
            "published": story.published is not None,
            "unpublished_changes": story.unpublished_changes,
            "is_scheduled": story.is_scheduled or None,
            "translated_stories": story.translations,
            "stage": _stage(story),
            "current_version_id": story.versions[-1]["id"],
            "content": story.content,
        }

    def delivered(self, story: Story, language: str | None) -> Json:
        """Content Delivery API, "The Story Object"; a field's translations are shown in its place."""
        assert story.published
        name, content = story.published
        own = {key: value for key, value in content.items() if "__i18n__" not in key}
        translated = {key: content.get(f"{key}__i18n__{language}") or value for key, value in own.items()}
        return {
            "id": story.id,
            "uuid": f"00000000-0000-4000-8000-{story.id:012}",
            "name": name,
            "slug": str(story.id),
            "full_slug": story.slug,
            "tag_list": [],
            "created_at": story.created_at,
            "published_at": story.published_at,
            "lang": language or "default",
            "content": copy.deepcopy(translated),
        }


def moment() -> str:
    """story: "ISO UTC timestamp"."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _stage(story: Story) -> Json | None:
    """types: ``Stage``. Whether it is locked stands in the workflow stage itself."""
    if story.stage is None:
        return None
    return {"workflow_id": 7, "workflow_stage_id": story.stage, "story_id": story.id, "due_date": None}
