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

    def __init__(self, story: Story, value: str | None) -> None:
        self.value = value
        """The external id that is being written."""
        self._latest = story.get("current_version_id")
        self._since = str(story.get("updated_at"))
        self._looked_at: Content = story["content"]
        self._written: list[Content] = []
        self._seen: set[int] = set()

    def wrote(self, content: Content) -> None:
        """This content is ours: it is about to be sent, or was answered."""
        self._written.append(content)

    def overwritten(self, versions: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
        """The latest version of somebody else's before our own, or none. ``versions``: the newest first.

        None, too, where none of them is our own: nothing was written then.
        """
        new = [version for version in versions if self._is_new(version)]
        self._seen |= {version["id"] for version in versions}
        ours = next((at for at, version in enumerate(new) if version.get("content") in self._written), len(new))
        return next((version for version in new[ours:] if self._is_anothers(version)), None)

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
        return isinstance(content, dict) and content not in [self._looked_at, *self._written]
