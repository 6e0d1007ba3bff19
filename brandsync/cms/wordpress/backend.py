"""WordPress: the published entries of one post type, and their external ids in custom fields."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from brandsync.backend import Finding
from brandsync.cms.by_id import Answer, LookUp, whole_number
from brandsync.cms.entry_check import Sample, entry_findings
from brandsync.cms.http_cms import HttpCms
from brandsync.cms.interface import CmsPage
from brandsync.cms.looked_into import fields_that, names_any
from brandsync.cms.overlap import Window
from brandsync.cms.wordpress.api import NAMESPACE, Api
from brandsync.cms.wordpress.links import CAPABILITIES, NOT_KEPT, Links
from brandsync.cms.wordpress.query import MODIFIED, PAGE, SCHEDULED, moments, parts
from brandsync.cms.wordpress.settings import WordPressSettings
from brandsync.errors import CredentialsRefused
from brandsync.errors.plural import plural
from brandsync.http import Response

_BEYOND_IDS: Final = 2**63
"""WordPress's ids are whole numbers in a ``bigint(20) unsigned``, and in PHP's integers."""


CREDENTIALS_HINT: Final = (
    "401: check `username` and `application_password` in [cms] (not the password of the login), that the site is"
    " reached by https, that the web server passes the Authorization header on, and that no plugin closes the REST API;"
    f' 403: the user needs {CAPABILITIES}; one who may only read needs context = "view"'
)


class WordPressCms(HttpCms):
    """A post type of a WordPress site."""

    Settings = WordPressSettings
    settings: WordPressSettings
    links: Links
    verified: ClassVar[str] = "a real WordPress 6.1.9, 2026-11"
    changed_since = True

    def __init__(self, settings: WordPressSettings) -> None:
        password = settings.application_password.get_secret_value()
        shown = ("".join(password.split()), password)
        super().__init__(settings, auth=(settings.username, shown[0]), secrets=shown, credentials_hint=CREDENTIALS_HINT)
        self.api = Api(self.http, settings)
        self.links = Links(self.api, lambda: self._listed({"per_page": 1})[0])
        self._logged_in = settings.context == "edit"
        self._parts = parts([settings.external_id, settings.updated_at, *settings.fields.expressions])

    def retrieve_brands(self, cursor: str | None = None, since: datetime | None = None) -> CmsPage:
        """One page of the published entries. See ``Cms.retrieve_brands``.

        A cursor holds the part of the listing, since a listing of changes has two (see ``moments``), and the window.
        """
        self._log_in()
        part, place = json.loads(cursor) if cursor else (MODIFIED, None)
        window = Window.parse(place, PAGE)
        asked = {"per_page": window.size, "offset": window.offset, **(moments(part, since) if since else {})}
        entries, response = self._listed(asked)
        total = _header(response, "X-WP-Total")
        ids = [str(entry["id"]) for entry in entries]
        full = len(ids) == window.size
        self._see_all(len(ids), window.offset, window.size, response)
        end = window.offset + len(ids)
        following = window.following(ids, total if total is not None else end + full)
        if following is None and since and part == MODIFIED:
            part, following = SCHEDULED, Window(size=PAGE)
        return CmsPage(entries, json.dumps([part, str(following)]) if following else None, total)

    def retrieve_entries(self, cms_ids: Sequence[str]) -> list[Any]:
        """The published ones among these entries; one request per hundred. See ``Cms.retrieve_entries``.

        WordPress reads ``12abc`` as 12 and ``-5`` as 5, so only whole numbers are asked for.
        """
        possible = [cms_id for cms_id in cms_ids if 0 < (whole_number(cms_id) or 0) < _BEYOND_IDS]
        found = LookUp(self._of, lambda entry: str(entry["id"]), f"GET {self.where()}", PAGE).of(possible)
        if possible and self.settings.context == "view":
            self._logged_in = False  # a reader whom WordPress no longer knows would be anonymous
            self._log_in()
        return found

    def _of(self, ids: Sequence[str]) -> Answer:
        entries, response = self._listed({"include": ",".join(ids), "per_page": PAGE})
        self._see_all(len(entries), 0, PAGE, response)
        return entries, _header(response, "X-WP-Total")

    def unseen_changes(self) -> str | None:
        """Changes beside an entry don't move its ``modified``. See ``MissesChanges``.

        Pictures and terms are ``_embedded``; synced patterns (``wp:block``) are part of ``rendered``; ACF's
        fields may hold either. A picture that is deleted is taken out of the entry (``wp_delete_attachment``).
        """
        outside = fields_that(names_any("_embedded", "rendered", "featured_media", "acf"), self.settings.fields)
        return f"that a picture, a term or a synced pattern behind {outside} is changed or deleted" if outside else None

    def where(self) -> str:
        """The listing's URL."""
        return self.api.where()

    def check(self) -> Iterator[Finding]:
        """Fetch the first page, and look at its entries and at what the user may do with them."""
        page = self.retrieve_brands()
        entries = plural(page.total or 0, "entry")
        what = f"GET {self.where()}: {len(page.entries)} of {page.total} {entries} on the first page"
        yield Finding(ok=True, what=what)
        sample = Sample.of(page, self.retrieve_brands)
        # An entry without a picture or a term embeds nothing.
        yield from entry_findings(self.settings, sample, links=False, may_lack=lambda keys: keys[0] == "_embedded")
        if page.entries:
            yield self._external_id_finding(page.entries[0])
            yield self._permission_finding(page.entries[0])

    def _external_id_finding(self, entry: Any) -> Finding:
        path = self.settings.external_id
        if self.links.keeps(entry):
            return Finding(ok=True, what=f"`external_id` ({path}) is there", links=True)
        return Finding(ok=False, what=f"`external_id` ({path}) is not in the entries", fix=NOT_KEPT, links=True)

    def _permission_finding(self, entry: Any) -> Finding:
        if refusal := self.links.may_not_write(entry):
            return Finding(ok=False, what=refusal, fix='permit that, or set link = "journal" in [sync]', links=True)
        return Finding(ok=True, what=f"{self.settings.username} may write external ids", links=True)

    def _listed(self, params: dict[str, Any]) -> tuple[list[Any], Response]:
        always = {"context": self.settings.context, "status": "publish", "orderby": "id", "order": "asc"}
        return self.api.entries({**always, **self._parts, **params})

    def _log_in(self) -> None:
        """Check the password: a wrong one makes a reader anonymous, and anybody is shown published entries."""
        if not self._logged_in:
            self.api.json("GET", f"{NAMESPACE}/users/me", params={"_fields": "id"})
            self._logged_in = True

    def _see_all(self, shown: int, offset: int, size: int, response: Response) -> None:
        """With ``context=edit``, WordPress counts the entries that the user may not edit, and leaves them out.

        Raises:
            CredentialsRefused: it has left some out.
        """
        total, pages = _header(response, "X-WP-Total"), _header(response, "X-WP-TotalPages")
        if total is None or shown >= min(size, total - offset):
            return
        if pages is not None and pages > -(-total // size):  # a plugin makes the pages smaller
            return
        raise CredentialsRefused(
            f"GET {self.where()} counts {total} published entries and hides some from {self.settings.username}",
            hint=f"give the user {CAPABILITIES}",
        )


def _header(response: Response, name: str) -> int | None:
    value = response.headers.get(name, "")
    return int(value) if value.isdecimal() else None
