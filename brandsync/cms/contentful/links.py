"""Writing external ids without publishing, losing or showing anything that an editor hasn't published.

Contentful changes an entry in two steps: its draft, then its publication. Both name the version that was looked at.
They are refused (409) where an editor has saved since; the entry is then looked at again. An external id is written
only where publishing shows nothing else. If publishing then fails, the id is taken out of the draft again. A process
that dies in between leaves a draft that differs only by the external id. Whoever writes that entry next publishes it,
or takes it out.
"""

from dataclasses import replace

from brandsync.cms.contentful.delivery import AT_ONCE
from brandsync.cms.contentful.fields import require_field
from brandsync.cms.contentful.management import version_of
from brandsync.cms.contentful.settings import ContentfulSettings
from brandsync.cms.contentful.views import View, Views
from brandsync.cms.draft_links import DraftLinks, VersionedWrite
from brandsync.errors import CredentialsRefused
from brandsync.http import RejectedByServer


class _Write(VersionedWrite[View]):
    """The writing of one external id."""

    cms = "Contentful"
    _views: Views

    def save(self, view: View, value: str | None) -> int:
        """Put an external id into the draft; return the draft's version."""
        self._touched = True
        locale = self._views.delivery.default_locale()
        field = None if value is None else {locale: value}
        return version_of(self._views.management.write(self._link.cms_id, view.version, self._views.field, field))

    def publish(self, view: View) -> bool:
        """Save the external id, unless the draft holds it, and publish it."""
        wanted = self._link.external_id
        version = view.version if view.held == wanted else self.save(view, wanted)
        try:
            version_of(self._views.management.publish(self._link.cms_id, version))
        except (RejectedByServer, CredentialsRefused):
            if view.shown != wanted:
                self.take_out(replace(view, version=version))
                raise
            # What is published is right, and so is the draft.
        return True

    def leave(self, view: View) -> bool:
        """Leave an entry to its editor. An archived one can't be changed."""
        return not view.archived and super().leave(view)


class Links(DraftLinks[View]):
    """The external ids of a content type."""

    batch = AT_ONCE
    writing = _Write
    _views: Views
    threads = 4
    """Enough for seven requests a second (the least that Contentful allows), if each takes half a second."""

    def __init__(self, views: Views, settings: ContentfulSettings, where: str) -> None:
        """``where``: the listing's URL."""
        self._views = views
        self._settings = settings
        self._where = where

    def requests_for(self, links: int) -> int:
        """One request to look at all of them, then two for each: the change and its publication."""
        return 1 + 2 * links

    def refusal(self) -> str | None:
        """Why they may not be written.

        Raises:
            ConfigError: the content type has no field for them.
        """
        require_field(self._settings, self._views.delivery.content_type())
        self._views.delivery.default_locale()  # external ids are written in it
        return None if self._views.management.may_write() else f"the management token may not change {self._where}"
