"""Writing external ids without publishing, losing or showing anything that an editor hasn't published.

Contentful changes an entry in two steps: its draft, then its publication. Both name the version that was looked at, and
are refused (409) where an editor has saved since; the entry is then looked at anew. An external id is written only
where publishing shows nothing else. Where it turns out in between that it can't be published, it is taken out of the
draft again. A process that dies in between leaves a draft that differs by the external id alone: whoever writes that
entry next publishes it, or takes it out.
"""

from dataclasses import replace
from typing import Final

from brandsync.brand import ExternalId
from brandsync.cms.contentful.checking import without_field
from brandsync.cms.contentful.delivery import AT_ONCE
from brandsync.cms.contentful.management import StaleError, sys_of
from brandsync.cms.contentful.settings import ContentfulSettings
from brandsync.cms.contentful.views import View, Views
from brandsync.cms.draft_links import DraftLinks
from brandsync.errors import BrandsyncError, CredentialsRefused, Rejected
from brandsync.http import RejectedByServer
from brandsync.observing.excerpt import excerpt

LOOKS: Final = 4
"""How often an entry is looked at that somebody else keeps saving; then it is left for later."""


class Links(DraftLinks[View]):
    """The external ids of a content type."""

    batch = AT_ONCE
    _views: Views
    threads = 4
    """Enough for seven requests a second, the least that Contentful allows, where each takes half a second."""

    def __init__(self, views: Views, settings: ContentfulSettings, where: str) -> None:
        """``where``: the listing's URL."""
        self._views = views
        self._settings = settings
        self._where = where

    def is_written(self, link: ExternalId, view: View) -> bool:
        """Write one; false where it has to wait."""
        return _Writing(self._views, link).run(view)

    def gone(self, cms_id: str) -> Rejected:
        """The error for an entry that is gone."""
        return _gone(cms_id)

    def requests_for(self, links: int) -> int:
        """One that looks at all of them, and for each a change and its publication."""
        return 1 + 2 * links

    def refusal(self) -> str | None:
        """Why they may not be written.

        Raises:
            ConfigError: they may, but the content type has no field for them.
        """
        if problem := without_field(self._settings, self._views.delivery.content_type()):
            raise problem
        self._views.delivery.default_locale()  # which is what they are written in
        return None if self._views.management.may_write() else f"the management token may not change {self._where}"


class _Writing:
    """One external id on its way."""

    def __init__(self, views: Views, link: ExternalId) -> None:
        self._views = views
        self._management = views.management
        self._link = link
        self._touched = False
        """The draft may hold the external id by our own doing."""

    def run(self, view: View) -> bool:
        """Write it; false where it has to wait."""
        for _ in range(LOOKS):
            try:
                return self._attempt(view)
            except StaleError:
                view = self._again()
            except RejectedByServer as error:
                raise _refused(self._link.cms_id, error) from None
        return False

    def _attempt(self, view: View) -> bool:
        wanted = self._link.external_id
        if view.held == view.shown == wanted:
            return True
        if view.archived:
            return False
        if view.alone:
            self._publish(view, view.version if view.held == wanted else self._put(view, wanted))
            return True
        if view.shown == wanted:  # only the draft holds another one, left there by a run that died
            self._put(view, wanted)
            return True
        if self._touched and view.held == wanted:
            self._put(view, view.shown)
        return False

    def _put(self, view: View, value: str | None) -> int:
        """Put an external id into the draft; returns the draft's version."""
        self._touched = True
        locale = self._views.delivery.default_locale()
        field = None if value is None else {locale: value}
        draft = self._management.write(self._link.cms_id, view.version, self._views.field, field)
        return int(sys_of(draft)["version"])

    def _publish(self, view: View, version: int) -> None:
        try:
            sys_of(self._management.publish(self._link.cms_id, version))
        except (RejectedByServer, CredentialsRefused):
            if view.shown == self._link.external_id:
                return  # what is published is right, and so is the draft
            self._take_out(view, version)
            raise

    def _take_out(self, view: View, version: int) -> None:
        """Leave the draft as it was: nobody else knows that the external id in it is not to be published."""
        try:
            self._put(replace(view, version=version), view.shown)
        except (StaleError, BrandsyncError):
            return  # whoever takes the run back looks at the draft

    def _again(self) -> View:
        views = self._views.of([self._link.cms_id])
        if self._link.cms_id not in views:
            raise _gone(self._link.cms_id)
        return views[self._link.cms_id]


def _gone(cms_id: str) -> Rejected:
    return Rejected(
        f"the external id of the entry {excerpt(cms_id)} cannot be written: Contentful has no such entry any more",
        hint="run again: a deleted entry is no longer in the listing",
    )


def _refused(cms_id: str, error: RejectedByServer) -> Rejected:
    if error.status == 404:
        return _gone(cms_id)
    return Rejected(
        f"the external id of the entry {excerpt(cms_id)} cannot be written: {error.message}",
        hint="open the entry in Contentful and publish it: what it says there is wrong with the entry as it is",
    )
