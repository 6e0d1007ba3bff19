"""One collection type of Strapi 5, over its REST API."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from brandsync.backend import Finding
from brandsync.cms.checked import link_finding
from brandsync.cms.entry_check import Sample, entry_findings
from brandsync.cms.http_cms import HttpCms
from brandsync.cms.interface import CmsPage
from brandsync.cms.looked_into import fields_that, led_through, objects_at
from brandsync.cms.strapi.documents import Documents, id_of
from brandsync.cms.strapi.links import Links
from brandsync.cms.strapi.settings import DOCUMENT_ID, StrapiSettings
from brandsync.errors.plural import plural

_FIND: Final = (
    'where brands have one, and it is no file, allow "find" for the type that `{}` leads to in the permissions of the'
    " token"
)


class StrapiCms(HttpCms):
    """A collection type of Strapi: its published documents, in one locale."""

    Settings: ClassVar[type[StrapiSettings]] = StrapiSettings
    settings: StrapiSettings
    links: Links
    verified: ClassVar[str] = "a real Strapi 5.54.0, 2026-11"
    changed_since = True

    def __init__(self, settings: StrapiSettings) -> None:
        token = settings.token.get_secret_value() if settings.token else ""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        super().__init__(settings, headers=headers, secrets=(token,), credentials_hint=_hint(settings))
        self.documents = Documents(self.http, settings)
        self.links = Links(self.documents)

    def retrieve_brands(self, cursor: str | None = None, since: datetime | None = None) -> CmsPage:
        """One page of published documents. A cursor holds the last id so far, and how many came. See ``Cms``."""
        after, before = json.loads(cursor) if cursor else (None, 0)
        entries, left = self.documents.page(after, self.documents.changed_since(since) if since else {})
        ended = not entries or (left is not None and left <= len(entries))
        following = None if ended else json.dumps([id_of(entries[-1]), before + len(entries)])
        return CmsPage(entries, following, None if left is None else before + left)

    def retrieve_entries(self, cms_ids: Sequence[str]) -> list[Any]:
        """The published ones among these documents; one request per hundred. See ``Cms.retrieve_entries``."""
        return list(self.documents.of(cms_ids, "published").values())

    def unseen_changes(self) -> str | None:
        """A file has its own times, by which Strapi can't list documents. What is deleted has no time."""
        entries = self.retrieve_brands().entries

        def leads_out(path: str) -> bool:
            """Whether it leads to a file or to another entry. If it is empty in all entries, nobody knows."""
            shown = [objects_at(place, entries) for place in led_through(path)]
            return any(not found or any(DOCUMENT_ID in one for one in found) for found in shown)

        behind = fields_that(leads_out, self.settings.fields)
        return f"that a file behind {behind} is changed or deleted, or an entry deleted" if behind else None

    def where(self) -> str:
        """The listing's URL."""
        return self.documents.url()

    def check(self) -> Iterator[Finding]:
        """Look at the listing, the fields and the token's permissions."""
        page = self.retrieve_brands()
        entries = plural(page.total or 0, "entry")
        what = f"GET {self.where()}: the first page holds {len(page.entries)} of {page.total} published {entries}"
        unknown = self.settings.locale is not None and not page.entries
        fix = "check `locale` in [cms]: Strapi answers with nothing where it does not know the locale"
        yield Finding(ok=not unknown, what=what, fix=fix if unknown else None)
        sample = Sample.of(page, self.retrieve_brands)
        out = {path.partition(".")[0] for path in self.settings.populated()}
        yield from entry_findings(self.settings, sample, links=True, leads_out=out.__contains__, allow=_FIND)
        if page.entries:
            yield from _times(page.entries[0])
        yield link_finding(self.links, "the token may write external ids", start="")


def _times(entry: Any) -> Iterator[Finding]:
    """Says so where times are missing: Strapi can be told (``privateAttributes``) to hide them."""
    missing = [name for name in ("updatedAt", "publishedAt") if entry.get(name) is None]
    if missing:
        yield Finding(
            ok=False,
            what=f"entries do not show {' and '.join(f'`{name}`' for name in missing)}: without them no external id is"
            " written, since nothing else tells of an editor's draft",
            fix="take them out of `privateAttributes` in Strapi",
            links=True,
        )


def _hint(settings: StrapiSettings) -> str:
    if settings.token is None:
        return "set `token` in [cms] (BRANDSYNC_CMS__TOKEN) to an API token of Strapi (Settings → API Tokens)"
    return (
        "check `token` in [cms] (BRANDSYNC_CMS__TOKEN): it is an API token of Strapi (Settings → API Tokens) of the"
        f' type Custom that has not expired, with "find" and "update" allowed for the type of `{settings.collection}`'
    )
