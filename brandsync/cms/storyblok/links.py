"""Writing external ids without publishing, losing or showing anything that an editor hasn't published.

Storyblok replaces a story's content as a whole, and takes no version to compare it with. So a story is read just before
it is written, and its versions are read just after. Our write undid what somebody has saved, published or taken from
the site in between; that is done again, with the external id in it. Storyblok refuses a story that an editor has open
(it is locked); then the story waits. A write without an answer is never repeated before another look at the story.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from brandsync.brand import ExternalId, batched
from brandsync.cms.draft_links import LOOKS, DraftWrite, LockedError
from brandsync.cms.interface import CmsLinks
from brandsync.cms.storyblok.fields import require_field
from brandsync.cms.storyblok.management import AT_ONCE, Content, Story
from brandsync.cms.storyblok.settings import StoryblokSettings
from brandsync.cms.storyblok.versions import PUBLISHED, UNPUBLISHED, Watch
from brandsync.cms.storyblok.views import View, Views, is_pristine
from brandsync.errors import Interrupted, LeaseLost, Rejected, TryAgainLater
from brandsync.http import RejectedByServer

_log = logging.getLogger(__name__)


class Links(CmsLinks):
    """The external ids of a content type."""

    batch = AT_ONCE
    threads = 4
    """Enough for six requests a second (the most that Storyblok allows), if each takes half a second."""

    def __init__(self, views: Views, settings: StoryblokSettings) -> None:
        self._views = views
        self._settings = settings

    def write(self, links: Sequence[ExternalId]) -> list[str]:
        """Write them; return the ids of the stories that have to wait for their editor.

        Raises:
                Rejected: a story is gone (checked before anything is written), or Storyblok refuses one for good.
        """
        listed = self._views.management.stories([link.cms_id for link in links])
        if gone := [link.cms_id for link in links if link.cms_id not in listed]:
            raise _Write.gone(gone[0])
        left = [link for link in links if not self._views.is_written(listed[link.cms_id], link.external_id)]
        return [link.cms_id for link in left if not _Write(self._views, link).run()]

    def pending(self, cms_ids: Sequence[str]) -> Collection[str]:
        """The stories among these that have to wait. One that is gone doesn't."""
        found: set[str] = set()
        for some in batched(cms_ids, AT_ONCE):
            listed = self._views.management.stories(some)
            changed = [cms_id for cms_id, story in listed.items() if not self._views.is_free(story)]
            found |= {cms_id for cms_id, view in self._views.of(changed).items() if not view.alone}
        return found

    def held(self, cms_ids: Sequence[str]) -> Mapping[str, str | None]:
        """What the drafts hold: they are right even where the delivery lags behind."""
        return self._views.held(cms_ids)

    def requests_for(self, links: int) -> int:
        """A look at each hundred; then each story is read and written, and its versions are read."""
        return -(-links // AT_ONCE) + 3 * links

    def refusal(self) -> str | None:
        """Why external ids may not be written.

        Raises:
            ConfigError: the content type has no field for them.
        """
        management = self._views.management
        require_field(self._settings, management.components())
        if management.may_write():
            return None
        return f"the management token may not change stories of the space {self._settings.space}"


class _Write(DraftWrite[View]):
    """The writing of one external id."""

    entry, cms = "story", "Storyblok"
    _views: Views

    def __init__(self, views: Views, link: ExternalId) -> None:
        super().__init__(views, link)
        self._management = views.management
        self._cms_id = link.cms_id
        self._watch: Watch | None = None
        """A write whose versions haven't been looked at yet."""

    def run(self, looks: int = LOOKS) -> bool:
        """Write it; return false where it has to wait."""
        try:
            self._make_good()
            return self.attempt(self.again())
        except LockedError:
            return False
        except RejectedByServer as error:
            raise self.refused(error) from None
        except (Interrupted, LeaseLost):
            raise
        except TryAgainLater:
            # The write may have been done, and only its answer lost: the story shows it.
            if looks == 1 or not self._touched or self._management.http.asked_to_stop():
                raise
        return self.run(looks - 1)

    def publish(self, view: View) -> bool:
        """Save and publish the story with the external id, and see that it is published."""
        wanted = self._link.external_id
        story = self.save(view, wanted, publish=True)
        if story is None:
            return self.attempt(self.again())
        if self._is_right(story) or self._is_right(self.again().story):
            return True
        self.save(view, view.shown)
        if view.shown == wanted:
            return True  # what is published is right, and so is the draft
        raise Rejected(
            f"the external id of the story {self._cms_id} was saved, and Storyblok did not publish it: it was taken out"
            " of the draft again",
            hint="let the management token's user publish this content type, in the story's workflow stage too",
        )

    def _is_right(self, story: Story) -> bool:
        """Whether a story is published with the external id. An answer may be from just before the publication."""
        return is_pristine(story) and self._views.external_id(story) == self._link.external_id

    def save(self, view: View, value: str | None, *, publish: bool = False) -> Story | None:
        """Save the story with this external id, and then again what others saved meanwhile.

        Returns Storyblok's answer; none where somebody has taken the story from the site.
        """
        content = self._with(view.story["content"], value)
        self._watch = Watch(view.story, value)
        story = self._write(self._watch, content, publish=publish)
        return story if self._make_good() else None

    def _make_good(self) -> bool:
        """Do again what others did just before our write; return false where that took the story from the site."""
        watch, looks, shown = self._watch, LOOKS, True
        while watch and (lost := watch.overwritten(self._management.versions(self._cms_id))):
            _log.warning("the story %s was changed at the same moment: that change is made again", self._cms_id)
            looks -= 1
            if not looks:
                _log.error("the story %s is being changed on and on: look at its latest versions", self._cms_id)
                break
            for version in lost:
                shown = self._repeat(watch, version, shown=shown)
        self._watch = None
        return shown

    def _repeat(self, watch: Watch, version: Mapping[str, Any], *, shown: bool) -> bool:
        """Do again what made this version; return whether the story is on the site then. ``shown``: it was before."""
        if version.get("status") == UNPUBLISHED:
            self._management.unpublish(self._cms_id)
            watch.took_down()
            return False
        publish = version.get("status") in PUBLISHED
        self._write(watch, self._with(version["content"], watch.value), publish=publish)
        return publish or shown

    def _write(self, watch: Watch, content: Content, *, publish: bool) -> Story:
        self._touched = True
        watch.wrote(content)
        story = self._management.write(self._cms_id, content, publish=publish)
        watch.wrote(story["content"])
        return story

    def _with(self, content: Content, value: str | None) -> dict[str, Any]:
        """A content with this external id. An empty field is left out."""
        rest = {name: found for name, found in content.items() if name != self._views.field}
        return rest if value is None else rest | {self._views.field: value}
