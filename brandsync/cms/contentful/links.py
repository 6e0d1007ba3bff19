"""Writing external ids without publishing, losing or showing anything that an editor hasn't published.

Contentful changes an entry in two steps: its draft, then its publication. Both name the version that was looked at.
They are refused (409) where an editor has saved since; the entry is then looked at again. An external id is written
only where publishing shows nothing else. If publishing then fails, the id is taken out of the draft again. A process
that dies in between leaves a draft that differs only by the external id. Whoever writes that entry next publishes it,
or takes it out.
"""

from dataclasses import replace

from brandsync.brand import ExternalId
from brandsync.cms.contentful.checking import without_field
from brandsync.cms.contentful.delivery import AT_ONCE
from brandsync.cms.contentful.management import StaleError, sys_of
from brandsync.cms.contentful.settings import ContentfulSettings
from brandsync.cms.contentful.views import View, Views
from brandsync.cms.draft_links import LOOKS, DraftLinks, DraftWrite
from brandsync.errors import CredentialsRefused, Rejected
from brandsync.http import RejectedByServer


class Links(DraftLinks[View]):
    """The external ids of a content type."""

    batch = AT_ONCE
    _views: Views
    threads = 4
    """Enough for seven requests a second (the least that Contentful allows), if each takes half a second."""

    def __init__(self, views: Views, settings: ContentfulSettings, where: str) -> None:
        """``where``: the listing's URL."""
        self._views = views
        self._settings = settings
        self._where = where

    def is_written(self, link: ExternalId, view: View) -> bool:
        """Write one; return false where it has to wait."""
        return _Write(self._views, link).run(view)

    def gone(self, cms_id: str) -> Rejected:
        """The error for an entry that is gone."""
        return _Write.gone(cms_id)

    def requests_for(self, links: int) -> int:
        """One request to look at all of them, then two for each: the change and its publication."""
        return 1 + 2 * links

    def refusal(self) -> str | None:
        """Why they may not be written.

        Raises:
            ConfigError: the content type has no field for them.
        """
        if problem := without_field(self._settings, self._views.delivery.content_type()):
            raise problem
        self._views.delivery.default_locale()  # external ids are written in it
        return None if self._views.management.may_write() else f"the management token may not change {self._where}"


class _Write(DraftWrite[View]):
    """The writing of one external id."""

    cms = "Contentful"
    _views: Views

    def run(self, view: View) -> bool:
        """Write it; return false where it has to wait."""
        for _ in range(LOOKS):
            try:
                return self._attempt(view)
            except StaleError:
                view = self.again()
            except RejectedByServer as error:
                raise self.refused(error) from None
        return False

    def save(self, view: View, value: str | None) -> int:
        """Put an external id into the draft; return the draft's version."""
        self._touched = True
        locale = self._views.delivery.default_locale()
        field = None if value is None else {locale: value}
        draft = self._views.management.write(self._link.cms_id, view.version, self._views.field, field)
        return int(sys_of(draft)["version"])

    def _attempt(self, view: View) -> bool:
        wanted = self._link.external_id
        if view.held == view.shown == wanted:
            return True
        if view.archived:
            return False
        if not view.alone:
            return self.leave(view)
        self._publish(view, view.version if view.held == wanted else self.save(view, wanted))
        return True

    def _publish(self, view: View, version: int) -> None:
        try:
            sys_of(self._views.management.publish(self._link.cms_id, version))
        except (RejectedByServer, CredentialsRefused):
            if view.shown == self._link.external_id:
                return  # what is published is right, and so is the draft
            self.take_out(replace(view, version=version))
            raise
