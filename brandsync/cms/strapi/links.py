"""Writing external ids without publishing, losing or showing anything that an editor hasn't published.

Strapi has no write that leaves the draft alone: an update changes the draft and publishes all of it. So an external id
is written only where the draft holds nothing else. This is checked for the whole batch and, because editors don't wait,
again right before each write. A write that failed for the moment is repeated only after another look. Strapi knows no
precondition (``If-Match`` is ignored). What an editor saves in the few milliseconds between the look and the write is
published with it; then a warning names the entry.
"""

import logging
from collections.abc import Collection, Sequence
from functools import partial

from brandsync.brand import ExternalId
from brandsync.cms.external_ids import unwritable
from brandsync.cms.interface import CmsLinks
from brandsync.cms.strapi.documents import AT_ONCE, Documents, Entry
from brandsync.cms.strapi.versions import Versions
from brandsync.errors import ConfigError, CredentialsRefused, Rejected, TryAgainLater
from brandsync.http import RejectedByServer
from brandsync.http.retrying import Failed, Retries
from brandsync.observing.excerpt import excerpt

_log = logging.getLogger(__name__)


class Links(CmsLinks):
    """The external ids of a type."""

    batch = AT_ONCE
    threads = 2
    """Strapi is one process, and its database does one write after another."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        http = documents.http
        self._retries = Retries(http.endpoint.retry_for, http.endpoint.retry_limit, http.asked_to_stop)
        self._field = documents.settings.external_id

    def write(self, links: Sequence[ExternalId]) -> list[str]:
        """Write them; return the ids of the documents that have to wait for their editor.

        Raises:
                Rejected: a document is gone (checked before anything is written), or Strapi refuses the write for good.
        """
        versions = self._versions([link.cms_id for link in links])
        if gone := [link.cms_id for link in links if versions.gone(link.cms_id)]:
            raise _gone(gone[0])
        due = [link for link in links if not versions.shows(link)]
        return [link.cms_id for link in due if versions.waits(link.cms_id) or not self._is_written(link)]

    def pending(self, cms_ids: Sequence[str]) -> Collection[str]:
        """The documents among these that have to wait for their editor. One that is gone doesn't."""
        versions = self._versions(cms_ids)
        return {cms_id for cms_id in cms_ids if not versions.gone(cms_id) and versions.waits(cms_id)}

    def refusal(self) -> str | None:
        """Why the token may not write, or none.

        Raises:
            ConfigError: it may, but the type has no such field.
        """
        where = self._documents.url()
        try:
            self._documents.update_nothing()
        except CredentialsRefused:
            return f'the token may not update {where}: allow "update" for the type in the token\'s permissions'
        except RejectedByServer as error:
            if error.status == 400:
                raise ConfigError(
                    f"external ids cannot be written: {error.message}",
                    hint=f"add a field `{self._field}` (Text) to the type in Strapi's Content-Type Builder, or name the"
                    ' field in `external_id` in [cms], or keep links in the journal: link = "journal" in [sync]',
                ) from None
            return None if error.status == 404 else f"{error.message}: the type has no route for updates"
        return None

    def _versions(self, ids: Sequence[str]) -> Versions:
        published = self._documents.of(ids, "published")
        return Versions(self._field, published, self._documents.of(ids, "draft"))

    def _is_written(self, link: ExternalId) -> bool:
        return self._retries.run(partial(self._attempt, link))

    def _attempt(self, link: ExternalId) -> bool:
        """Look, and write; return false where the document has to wait."""
        versions = self._versions([link.cms_id])
        if versions.shows(link) or versions.waits(link.cms_id):
            return versions.shows(link)
        try:
            after = self._documents.update(link)
        except TryAgainLater as error:
            raise Failed(error, again=True) from None
        except RejectedByServer as error:
            hint = "open the entry in Strapi and publish it: what it says there is wrong with the entry as it is"
            refused = unwritable(link.cms_id, error.message, hint)
            raise (_gone(link.cms_id) if error.status == 404 else refused) from None
        self._examine(link, versions, after)
        return True

    def _examine(self, link: ExternalId, before: Versions, after: Entry) -> None:
        written = Versions(self._field, {link.cms_id: after}, before.published)
        if self._field in after and not written.shows(link):
            raise Rejected(
                f"the external id of the entry {excerpt(link.cms_id)} was accepted by Strapi and not kept",
                hint=f"check that `{self._field}` is a Text field, and that no lifecycle hook in Strapi changes it",
            )
        if not written.equal(link.cms_id):
            _log.warning(
                "the entry %s was edited at the very moment its external id was written: that edit is published now; "
                "tell its editor",
                excerpt(link.cms_id),
            )


def _gone(cms_id: str) -> Rejected:
    hint = "run again: a deleted entry is no longer in the listing"
    return unwritable(cms_id, "Strapi has no such entry any more", hint)
