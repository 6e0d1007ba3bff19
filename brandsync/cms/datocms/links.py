"""Writing external ids without publishing, losing or showing anything that an editor hasn't published.

In a model with drafts, a record is changed in two steps: saved, then published. Saving names the version that was
looked at, and is refused (``STALE_ITEM_VERSION``) where somebody has saved since; so it is where an editor is at work
on the record (``ITEM_LOCKED``). Publishing takes no version: it shows whatever was saved last. So it follows the saving
at once, and is never repeated before another look. An editor who had the record open cannot save in between, since
DatoCMS refuses a save on an older version; a script that names none could, and it is told. That rules out the bulk
publication of 200 records: it runs in the background, long after they were looked at.

What a published record links to is published as well, so that nothing else comes with it: DatoCMS refuses to unpublish
a record that others link to, or takes the link away ("Draft/published system").

A process that dies in between leaves a version that differs by the external id alone: whoever writes that record next
publishes it, or takes it out.
"""

import logging
from dataclasses import replace
from typing import Final

from brandsync.brand import ExternalId
from brandsync.cms.datocms.api import AT_ONCE, LockedError, Record, StaleError, version_of
from brandsync.cms.datocms.rights import Rights
from brandsync.cms.datocms.schema import Schema, without_field
from brandsync.cms.datocms.settings import DatocmsSettings
from brandsync.cms.datocms.views import DRAFT, UPDATED, View, Views, status_of
from brandsync.cms.draft_links import DraftLinks
from brandsync.errors import BrandsyncError, CredentialsRefused, Rejected, TryAgainLater
from brandsync.http import RejectedByServer
from brandsync.observing.excerpt import excerpt

LOOKS: Final = 4
"""How often a record is looked at that somebody else keeps saving, or that can't be published just now."""

_log = logging.getLogger(__name__)


class Links(DraftLinks[View]):
    """The external ids of a model."""

    batch = AT_ONCE
    _views: Views
    threads = 6
    """Enough for 20 requests a second, the least that DatoCMS allows, where each takes 0.3 s."""

    def __init__(self, views: Views, schema: Schema, settings: DatocmsSettings) -> None:
        self._views = views
        self._schema = schema
        self._settings = settings

    def is_written(self, link: ExternalId, view: View) -> bool:
        """Write one; false where it has to wait."""
        return _Writing(self._views, self._schema, link).run(view)

    def gone(self, cms_id: str) -> Rejected:
        """The error for an entry that is gone."""
        return _gone(cms_id)

    def requests_for(self, links: int) -> int:
        """A look at each hundred; for each link a save, and with drafts a publication."""
        return -(-links // AT_ONCE) + links * (2 if self._schema.model().drafts else 1)

    def refusal(self) -> str | None:
        """Why they may not be written.

        Raises:
            ConfigError: they may, but the model has no field for them.
        """
        if problem := without_field(self._settings, self._schema.fields()):
            raise problem
        try:
            me, environment = self._views.api.me()
        except (RejectedByServer, CredentialsRefused):
            return None  # the token reads records, and a write will tell
        return Rights(me, environment, self._schema.model()).missing()


class _UnsureError(Exception):
    """It is not known whether the record was published."""

    def __init__(self, error: TryAgainLater) -> None:
        super().__init__(error.message)
        self.error = error


class _Writing:
    """One external id on its way."""

    def __init__(self, views: Views, schema: Schema, link: ExternalId) -> None:
        self._views = views
        self._api = views.api
        self._schema = schema
        self._link = link
        self._touched = False
        """The latest version may hold the external id by our own doing."""

    def run(self, view: View) -> bool:
        """Write it; false where it has to wait."""
        problem = None
        for _ in range(LOOKS):
            try:
                return self._attempt(view)
            except StaleError:
                problem = None
            except _UnsureError as unsure:
                problem = unsure.error
            except LockedError:
                return False
            except RejectedByServer as error:
                raise _refused(self._link.cms_id, error) from None
            view = self._again()
        if problem:
            raise problem
        return False

    def _attempt(self, view: View) -> bool:
        wanted = self._link.external_id
        if view.held == view.shown == wanted:
            return True
        if view.alone:
            return self._written(view) if view.held != wanted else self._published(view, view.version)
        if not self._schema.model().drafts:
            return False  # saving would publish what waits
        if view.shown == wanted:  # only the draft holds another one, left there by a run that died
            self._put(view, wanted)
            return True
        if self._touched and view.held == wanted:
            self._put(view, view.shown)
        return False

    def _written(self, view: View) -> bool:
        record = self._put(view, self._link.external_id)
        status = status_of(record)
        if status == DRAFT:  # unpublished since the look, which changes no version
            self._take_out(view, version_of(record))
            return False
        return self._published(view, version_of(record)) if status == UPDATED else True

    def _put(self, view: View, value: str | None) -> Record:
        self._touched = True
        return self._api.write(self._link.cms_id, view.version, self._views.field, value)

    def _published(self, view: View, version: str) -> bool:
        try:
            found = version_of(self._api.publish(self._link.cms_id))
        except (RejectedByServer, CredentialsRefused):
            if view.shown == self._link.external_id:
                return True  # what is published is right, and so is the draft
            self._take_out(view, version)
            raise
        except TryAgainLater as error:
            if type(error) is not TryAgainLater or self._api.http.asked_to_stop():
                raise
            raise _UnsureError(error) from None
        if found != version:
            _log.warning("%s was saved by somebody just before it was published: see what it shows", self._link.cms_id)
        return True

    def _take_out(self, view: View, version: str) -> None:
        """Leave the draft as it was: nobody else knows that the external id in it is not to be published."""
        try:
            self._put(replace(view, version=version), view.shown)
        except (StaleError, LockedError, BrandsyncError):
            return  # whoever takes the run back looks at the draft

    def _again(self) -> View:
        views = self._views.of([self._link.cms_id])
        if self._link.cms_id not in views:
            raise _gone(self._link.cms_id)
        return views[self._link.cms_id]


def _gone(cms_id: str) -> Rejected:
    return Rejected(
        f"the external id of the record {excerpt(cms_id)} cannot be written: DatoCMS has no such record any more",
        hint="run again: a deleted record is no longer in the listing",
    )


def _refused(cms_id: str, error: RejectedByServer) -> Rejected:
    if error.status == 404:
        return _gone(cms_id)
    return Rejected(
        f"the external id of the record {excerpt(cms_id)} cannot be written: {error.message}",
        hint="open the record in DatoCMS and publish it: what it says there is wrong with the record as it is",
    )
