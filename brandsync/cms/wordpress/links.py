"""Writing external ids: in batches of 25 where the site has them, and never into an entry that an editor is working on.

Source: developer.wordpress.org, "REST API: Batch Framework in WordPress 5.6". The rest was observed with 6.1.9.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from brandsync.brand import ExternalId, batched
from brandsync.cms.external_ids import id_in, nested, unwritable
from brandsync.cms.interface import CmsLinks
from brandsync.cms.wordpress.api import Api
from brandsync.cms.wordpress.query import PAGE
from brandsync.errors import BrandsyncError, ConfigError, CredentialsRefused, Rejected, TryAgainLater, Unreadable
from brandsync.http import RejectedByServer
from brandsync.json_reading import an_object, at
from brandsync.observing.excerpt import excerpt

BATCH: Final = 25
"""The most requests in one batch. A larger batch is answered with 400."""

PENDING: Final = "pending_autosave"
"""A field that a site may have: whether an editor would be offered an autosave. It saves one request per entry."""

KEEPS_HTML: Final = "keeps_html"
"""A field by which a site says that a user without ``unfiltered_html`` can write without changing the texts."""

UNFILTERED: Final = "wp:action-unfiltered-html"
"""The link by which WordPress says that the user has ``unfiltered_html``."""

FILTERS: Final = (
    "may edit brands, but has no unfiltered_html: WordPress would take HTML out of their texts with every write"
)
FILTERS_HINT: Final = (
    "add brandsync's plugin to the site, or give the user unfiltered_html (which lets it write scripts)"
)

NOT_KEPT: Final = (
    "register the key with register_post_meta(..., 'show_in_rest' => true, 'single' => true), give the post type"
    " 'custom-fields' among its supports, and check `external_id` in [cms]"
)


CAPABILITIES: Final = "edit_posts, edit_others_posts and edit_published_posts of the post type (edit_brands, ...)"


class Links(CmsLinks):
    """The write-backs to one post type."""

    batch = BATCH
    threads = 4

    def __init__(self, api: Api, first: Callable[[], Sequence[Any]]) -> None:
        """``first`` lists one entry, if there is any."""
        self.api = api
        self.path = api.settings.external_id
        """Where an entry holds the external id: a plain dotted path."""
        self._keys = self.path.split(".")
        self._shown = f"id,{self._keys[0]}"
        self._first = first
        self._batches = True
        """False once the site turns out to have none (before WordPress 5.6, or because of a plugin)."""

    def write(self, links: Sequence[ExternalId]) -> Collection[str]:
        """Write what isn't there yet; return the ids of the entries left for later.

        Raises:
            Rejected: an entry is gone, or the site doesn't keep what it is given.
            CredentialsRefused: the user may not write, or not without harm to what editors wrote.
        """
        ids = [link.cms_id for link in links]
        entries = self._published(ids)
        # A write saves all of an entry, filtered (wp-includes/kses.php), and may so change texts.
        if not all(map(_keeps_html, entries.values())):
            raise CredentialsRefused(f"the user {self.api.settings.username} {FILTERS}", hint=FILTERS_HINT)
        later = self._later(ids, entries)
        due = [link for link in links if link.cms_id in entries and link.cms_id not in later]
        self._send([link for link in due if self._held(entries[link.cms_id]) != link.external_id])
        if gone := [key for key in ids if key not in entries and key not in later]:
            raise _gone(gone[0])
        return later

    def pending(self, cms_ids: Sequence[str]) -> Collection[str]:
        """The entries among these that have to wait."""
        entries: dict[str, Any] = {}
        for ids in batched(cms_ids, PAGE):
            entries |= self._published(ids)
        return self._later(cms_ids, entries)

    def refusal(self) -> str | None:
        """Why this user may not write external ids, by the methods that WordPress allows on the first entry.

        Raises:
            ConfigError: the site has no place for them.
        """
        for entry in self._first():
            if refusal := self.may_not_write(entry):
                return refusal
            if not self.keeps(entry):
                raise ConfigError(f"no entry of {self.api.where()} has {self.path}", hint=NOT_KEPT)
        return None

    def may_not_write(self, entry: Any) -> str | None:
        """Why this user may not write into an entry, or none."""
        # The capabilities of /users/me lack what a super admin has and what plugins add. Only this answer counts.
        asked = {"context": self.api.settings.context, "_fields": "id"}
        _, response = self.api.json("GET", self.api.entry(entry["id"]), params=asked)
        user = self.api.settings.username
        if "POST" not in response.headers.get("Allow", "POST"):
            return f"the user {user} may not edit brands in WordPress: that takes {CAPABILITIES}"
        if all(map(_keeps_html, self._published([str(entry["id"])]).values())):
            return None
        return f"the user {user} {FILTERS}; {FILTERS_HINT}"

    def keeps(self, entry: Any) -> bool:
        """Whether an entry as listed shows that the site has a place for the external id."""
        *above, last = self._keys
        return last in an_object(at(entry, *above))

    def _published(self, ids: Sequence[str]) -> dict[str, Any]:
        fields = f"id,modified_gmt,_links,{KEEPS_HTML},{PENDING},{self._keys[0]}"
        asked = {"include": ",".join(ids), "per_page": PAGE, "status": "publish", "context": "edit", "_fields": fields}
        return {str(entry["id"]): entry for entry in self.api.entries(asked)[0]}

    def _later(self, ids: Sequence[str], entries: Mapping[str, Any]) -> set[str]:
        """The entries that have an editor's autosave, and those that exist but are not published."""
        edited = {key for key, entry in entries.items() if self._has_autosave(entry)}
        return edited | {key for key in ids if key not in entries and self._exists(key)}

    def _has_autosave(self, entry: Any) -> bool:
        """Whether an editor would be offered an autosave, as wp-admin/edit-form-blocks.php decides it.

        Any write makes the entry newer than its autosave. The autosave is then deleted when the entry is opened.
        """
        if PENDING in entry:
            return bool(entry[PENDING])
        asked = {"context": "edit", "_fields": "modified_gmt"}
        try:
            autosaves, _ = self.api.json("GET", self.api.entry(entry["id"], "autosaves"), params=asked)
        except RejectedByServer as error:
            if error.status == 404:  # a post type without autosaves
                return False
            raise
        return any(autosave["modified_gmt"] > entry["modified_gmt"] for autosave in autosaves)

    def _exists(self, key: str) -> bool:
        try:
            self.api.json("GET", self.api.entry(key), params={"context": "edit", "_fields": "id"})
        except CredentialsRefused:
            return True  # private by now, or otherwise hidden: not published, and not gone
        except RejectedByServer as error:
            if error.status not in {404, 410}:
                raise
            return False
        return True

    def _send(self, links: Sequence[ExternalId]) -> None:
        for some in batched(links, BATCH):
            if not (self._batches and self._send_batch(some)):
                for link in some:
                    self._send_one(link)

    def _send_batch(self, links: Sequence[ExternalId]) -> bool:
        """Write a batch; return whether the site takes batches."""
        requests = [
            {
                "method": "POST",
                "path": f"/{self.api.entry(link.cms_id)}?_fields={self._shown}",
                "body": nested(self._keys, link.external_id),
            }
            for link in links
        ]
        try:
            body, _ = self.api.json("POST", "batch/v1", json={"requests": requests}, idempotent=True)
        except RejectedByServer as error:
            if error.status != 404:
                raise
            self._batches = False
            return False
        results = at(body, "responses")
        if not isinstance(results, list) or len(results) != len(links):
            raise Unreadable("POST batch/v1 does not answer with one response a request", hint="check `url` in [cms]")
        return all(self._taken(link, result) for link, result in zip(links, results, strict=True))

    def _taken(self, link: ExternalId, result: Mapping[str, Any]) -> bool:
        """Whether the batch could write it."""
        status, body = result["status"], result["body"]
        if status == 200:
            self._verify(link, body)
            return True
        if at(body, "code") == "rest_batch_not_allowed":
            self._batches = False
            return False
        raise self._refused(link, status, body)

    def _refused(self, link: ExternalId, status: int, body: Any) -> BrandsyncError:
        if status in {404, 410}:
            return _gone(link.cms_id)
        said = excerpt(self.api.http.masked(str(body.get("message"))), 200) if isinstance(body, dict) else ""
        message = f"the external id of the entry {link.cms_id} cannot be written: WordPress answers {status}: {said}"
        if status in {401, 403}:
            return CredentialsRefused(message, hint=self.api.http.endpoint.credentials_hint)
        return TryAgainLater(message) if status == 429 or status >= 500 else Rejected(message, hint=NOT_KEPT)

    def _send_one(self, link: ExternalId) -> None:
        route, asked = self.api.entry(link.cms_id), {"_fields": self._shown}
        written = nested(self._keys, link.external_id)
        try:
            body, _ = self.api.json("POST", route, params=asked, json=written, idempotent=True)
        except RejectedByServer as error:
            raise self._refused(link, error.status, {"message": error.message}) from None
        self._verify(link, body)

    def _held(self, entry: Any) -> str | None:
        return id_in(at(entry, *self._keys))

    def _verify(self, link: ExternalId, body: Any) -> None:
        """Check that it was kept: a key that isn't registered is ignored, and the answer is still 200."""
        if not self.keeps(body) or self._held(body) != link.external_id:
            raise Rejected(
                f"WordPress took the external id of the entry {link.cms_id} and has not kept it in {self.path}",
                hint=NOT_KEPT,
            )


def _keeps_html(entry: Any) -> bool:
    return entry.get(KEEPS_HTML) is True or UNFILTERED in entry.get("_links", {})


def _gone(key: str) -> Rejected:
    return unwritable(key, "the entry is gone from WordPress", hint="run again: the new listing leaves it out")
