"""What ``brandsync check`` says about Strapi."""

from collections.abc import Iterator
from typing import Final, Protocol

from brandsync.backend import Finding
from brandsync.cms import checked
from brandsync.cms.checked import link_finding
from brandsync.cms.entry_check import Sample, entry_findings
from brandsync.cms.interface import CmsPage
from brandsync.cms.strapi.settings import StrapiSettings

_FIND: Final = (
    'where brands have one, and it is no file, allow "find" for the type that `{}` leads to in the permissions of the'
    " token"
)


class Checked(checked.Checked, Protocol):
    """What the check needs from the backend."""

    settings: StrapiSettings


def findings(cms: Checked) -> Iterator[Finding]:
    """All findings, the listing's first."""
    page = cms.retrieve_brands()
    yield _reached(cms, page)
    sample, out = Sample.of(page, cms.retrieve_brands), {path.partition(".")[0] for path in cms.settings.populated()}
    yield from entry_findings(cms.settings, sample, links=True, leads_out=out.__contains__, allow=_FIND)
    if page.entries:
        yield from _times(page)
    yield link_finding(cms.links, "the token may write external ids", start="")


def _reached(cms: Checked, page: CmsPage) -> Finding:
    what = f"GET {cms.where()}: the first page holds {len(page.entries)} of {page.total} published entries"
    if page.entries or cms.settings.locale is None:
        return Finding(ok=True, what=what)
    fix = "check `locale` in [cms]: Strapi answers with nothing where it does not know the locale"
    return Finding(ok=False, what=what, fix=fix)


def _times(page: CmsPage) -> Iterator[Finding]:
    """Says so where times are missing: Strapi can be told (``privateAttributes``) to hide them."""
    missing = [name for name in ("updatedAt", "publishedAt") if page.entries[0].get(name) is None]
    if missing:
        yield Finding(
            ok=False,
            what=f"entries do not show {' and '.join(f'`{name}`' for name in missing)}: without them no external id is"
            " written, since nothing else tells of an editor's draft",
            fix="take them out of `privateAttributes` in Strapi",
            links=True,
        )
