"""What ``brandsync check`` says about Sanity. Its API has no schemas: a type exists where a document of it does."""

from collections.abc import Iterator
from typing import Protocol

from brandsync.backend import Finding
from brandsync.cms import checked
from brandsync.cms.checked import link_finding
from brandsync.cms.entry_check import Sample, entry_findings
from brandsync.cms.sanity.listing import Listing
from brandsync.cms.sanity.settings import SanitySettings
from brandsync.errors.hints import did_you_mean


class Checked(checked.Checked, Protocol):
    """What the check needs from the backend."""

    settings: SanitySettings
    listing: Listing


def findings(cms: Checked) -> Iterator[Finding]:
    """All findings, the documents' first."""
    page = cms.retrieve_brands()
    if not page.entries:
        yield _none(cms)
        return
    yield Finding(
        ok=True, what=f"GET {cms.where()}: the first page holds {len(page.entries)} of {page.total} published documents"
    )
    sample = Sample.of(page, cms.retrieve_brands)
    # A document lacks its empty fields, and no schema tells which fields there can be.
    yield from entry_findings(cms.settings, sample, links=False, may_lack=lambda _: True, certain=False)
    yield link_finding(cms.links, f"the token may write `{cms.settings.external_id}`")


def _none(cms: Checked) -> Finding:
    wanted, known = cms.settings.document_type, cms.listing.types()
    if wanted in known:
        return Finding(ok=True, what=f"no document of the type `{wanted}` is published")
    if known:
        return Finding(
            ok=False,
            what=f"the dataset has no document of the type `{wanted}`{did_you_mean(wanted, known)}",
            fix="correct `document_type` in [cms]: it takes the schema type's name, and not its title",
        )
    return Finding(
        ok=False,
        what="no document is seen: the dataset is empty, or private",
        fix="correct `dataset` in [cms], or set `token` (BRANDSYNC_CMS__TOKEN) to a token that may read it",
    )
