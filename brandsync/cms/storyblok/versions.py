"""What others did to a story between our look at it and our write, as its versions tell.

Each time that a story is saved, published or taken from the site, Storyblok keeps a version of it, with its content and
what was done ("Get Story Versions": ``status``). Which versions our own write leaves, one or two, is not documented: so
a version is another's if it is new and its content is neither what was there nor what was written.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from brandsync.cms.storyblok.management import Content, Story

UNPUBLISHED: Final = "unpublished"
PUBLISHED: Final = frozenset({"published", "released"})
"""What was done, as a version's ``status`` tells: by hand, or by a release. Any other one left a draft."""


class Watch:
    """Tells the versions of others from our own. Made before a story is written."""

    def __init__(self, story: Story, content: Content) -> None:
        self._latest = story.get("current_version_id")
        self._since = str(story.get("updated_at"))
        self._known: list[Content] = [story["content"], content]
        self._seen: set[int] = set()

    def expect(self, content: Content) -> None:
        """Our own writing may leave this content too."""
        self._known.append(content)

    def overwritten(self, versions: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
        """The latest version that somebody else made meanwhile, or none. ``versions``: the newest first."""
        new = [version for version in versions if self._is_new(version)]
        self._seen |= {version["id"] for version in versions}
        return next((version for version in new if self._is_anothers(version)), None)

    def _is_new(self, version: Mapping[str, Any]) -> bool:
        if version["id"] in self._seen or (version.get("release_id") and version.get("status") not in PUBLISHED):
            return False  # a draft within a release isn't the story's own
        if type(self._latest) is int:
            return int(version["id"]) > self._latest
        return str(version.get("created_at")) > self._since

    def _is_anothers(self, version: Mapping[str, Any]) -> bool:
        if version.get("status") == UNPUBLISHED:
            return True
        content = version.get("content")
        return isinstance(content, dict) and content not in self._known
