"""Writing external ids without publishing, losing or showing anything that an editor hasn't published.

In a model with drafts, a record is changed in two steps: saved, then published. Saving names the version that was
looked at. It is refused where somebody has saved since (``STALE_ITEM_VERSION``), or where an editor is at work on the
record (``ITEM_LOCKED``). Publishing takes no version: it shows whatever was saved last. So it follows the save at once,
and is never repeated before another look. An editor who had the record open cannot save in between, because DatoCMS
refuses a save on an older version. A script that names no version could; a warning tells of it. The bulk publication
of 200 records cannot be used: it runs in the background, long after they were looked at.

What a published record links to is published, too, so nothing else comes with it: DatoCMS refuses to unpublish a record
that others link to, or takes the link away ("Draft/published system").

A process that dies in between leaves a version that differs only by the external id. Whoever writes that record next
publishes it, or takes it out.
"""

import logging
from dataclasses import replace

from brandsync.cms.datocms.api import AT_ONCE, Record, version_of
from brandsync.cms.datocms.rights import Rights
from brandsync.cms.datocms.schema import require_field
from brandsync.cms.datocms.settings import DatocmsSettings
from brandsync.cms.datocms.views import DRAFT, UPDATED, View, Views, status_of
from brandsync.cms.draft_links import DraftLinks, UnsureError, VersionedWrite
from brandsync.errors import CredentialsRefused, Interrupted, LeaseLost, TryAgainLater
from brandsync.http import RejectedByServer

_log = logging.getLogger(__name__)


class _Write(VersionedWrite[View]):
    """The writing of one external id."""

    entry, cms = "record", "DatoCMS"
    _views: Views

    def save(self, view: View, value: str | None) -> Record:
        """Put an external id into the latest version; return the record."""
        self._touched = True
        return self._views.api.write(self._link.cms_id, view.version, self._views.field, value)

    def publish(self, view: View) -> bool:
        """Save the external id, unless the record holds it, and publish the record if that is still to do."""
        if view.held == self._link.external_id:
            return self._published(view, view.version)
        record = self.save(view, self._link.external_id)
        status = status_of(record)
        if status == DRAFT:  # unpublished since the look: that changes no version
            self.take_out(replace(view, version=version_of(record)))
            return False
        return self._published(view, version_of(record)) if status == UPDATED else True

    def leave(self, view: View) -> bool:
        """Leave a record to its editor. Without drafts, saving would publish what waits."""
        return self._views.schema.model().drafts and super().leave(view)

    def _published(self, view: View, version: str) -> bool:
        api = self._views.api
        try:
            found = version_of(api.publish(self._link.cms_id))
        except (RejectedByServer, CredentialsRefused):
            if view.shown == self._link.external_id:
                return True  # what is published is right, and so is the draft
            self.take_out(replace(view, version=version))
            raise
        except TryAgainLater as error:
            if isinstance(error, Interrupted | LeaseLost) or api.http.asked_to_stop():
                raise
            raise UnsureError(error) from None
        if found != version:
            _log.warning("%s was saved by somebody just before it was published: see what it shows", self._link.cms_id)
        return True


class Links(DraftLinks[View]):
    """The external ids of a model."""

    batch = AT_ONCE
    writing = _Write
    _views: Views
    threads = 6
    """Enough for 20 requests a second (the least that DatoCMS allows), if each takes 0.3 s."""

    def __init__(self, views: Views, settings: DatocmsSettings) -> None:
        self._views = views
        self._settings = settings

    def requests_for(self, links: int) -> int:
        """A look at each hundred; then for each link a save, and with drafts a publication."""
        return -(-links // AT_ONCE) + links * (2 if self._views.schema.model().drafts else 1)

    def refusal(self) -> str | None:
        """Why they may not be written.

        Raises:
            ConfigError: the model has no field for them.
        """
        schema = self._views.schema
        require_field(self._settings, schema.fields())
        try:
            me, environment = self._views.api.me()
        except (RejectedByServer, CredentialsRefused):
            return None  # the token reads records, and a write will show the rest
        return Rights(me, environment, schema.model()).missing()
