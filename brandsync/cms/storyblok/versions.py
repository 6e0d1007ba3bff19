"""What others did to a story between our look at it and our write, as its versions show.

Each time a story is saved, published or taken from the site, Storyblok keeps a version of it, with its content and what
was done ("Get Story Versions": ``status``). No document says whether our own write leaves one version or two. So a
version is somebody else's if it is new and its content is neither what was there nor what was written.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from brandsync.cms.moment import read_moment
from brandsync.cms.storyblok.management import Content, Story

UNPUBLISHED: Final = "unpublished"
PUBLISHED: Final = frozenset({"published", "released"})
"""What was done, as a version's ``status`` tells: by hand, or by a release. Any other status left a draft."""

Version = Mapping[str, Any]


class Watch:
    """Tells the versions of others from our own. Made before a story is written."""

    def __init__(self, story: Story, value: str | None) -> None:
        self.value = value
        """The external id that is being written."""
        latest = story.get("current_version_id")
        self._latest = latest if type(latest) is int and latest > 0 else None
        """Storyblok says 0 where it doesn't tell."""
        self._since = read_moment(story.get("updated_at"))
        self._looked_at: Content = story["content"]
        self._written: list[Content] = []
        self._seen: set[int] = set()
        self._taken_down = 0

    def wrote(self, content: Content) -> None:
        """This content is ours: it is about to be sent, or was answered."""
        self._written.append(content)

    def took_down(self) -> None:
        """We have taken the story from the site, which also leaves a version."""
        self._taken_down += 1

    def overwritten(self, versions: Sequence[Version]) -> list[Version]:
        """What others did, the oldest first, if some of it came before our own latest version; else nothing.

        What came after it is done again, too, so that it stays the last. ``versions``: the newest first. Where none
        of them is our own, nothing was written.
        """
        new = [version for version in versions if self._is_new(version)]
        self._seen |= {version["id"] for version in versions}
        ours = next((at for at, version in enumerate(new) if version.get("content") in self._written), len(new))
        others = [version for version in reversed(new) if not self._is_ours(version)]
        hidden = any(version.get("status") == UNPUBLISHED for version in others)
        found = [version for version in others if self._counts(version, hidden=hidden)]
        return found if any(version in new[ours:] for version in found) else []

    def _is_new(self, version: Version) -> bool:
        if version["id"] in self._seen or (version.get("release_id") and version.get("status") not in PUBLISHED):
            return False  # a draft within a release isn't the story's own
        if self._latest is not None and int(version["id"]) <= self._latest:
            return False
        # By its number alone, an old version would count as somebody's work where that number is wrong.
        made = read_moment(version.get("created_at"))
        return made is not None and self._since is not None and made >= self._since

    def _is_ours(self, version: Version) -> bool:
        if version.get("content") not in self._written:
            return False
        if version.get("status") != UNPUBLISHED:
            return True
        self._taken_down -= 1
        return self._taken_down >= 0

    def _counts(self, version: Version, *, hidden: bool) -> bool:
        """Whether there is something to do again. ``hidden``: the story was taken from the site in between."""
        status, content = version.get("status"), version.get("content")
        if status == UNPUBLISHED:
            return True
        return isinstance(content, dict) and (content != self._looked_at or (hidden and status in PUBLISHED))
