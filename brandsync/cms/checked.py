"""What all checks of hosted CMSes share: what they need from a backend, and what they say about external ids."""

from typing import Final, Protocol

from brandsync.backend import Finding
from brandsync.cms.interface import CmsLinks, CmsPage
from brandsync.errors import ConfigError

IN_JOURNAL: Final = 'or keep links in the journal alone: link = "journal" in [sync]'
_START: Final = "external ids cannot be written: "


class Checked(Protocol):
    """What a check needs from every backend."""

    def where(self) -> str:
        """The listing's URL."""

    def retrieve_brands(self, cursor: str | None = None) -> CmsPage:
        """One page; the first where ``cursor`` is none."""

    @property
    def links(self) -> CmsLinks:
        """Writes external ids."""


def link_finding(links: CmsLinks, may: str, fix: str = IN_JOURNAL, start: str = _START) -> Finding:
    """Whether external ids may be written. ``may`` says that they may; ``start`` begins the text where they may not."""
    try:
        refusal = links.refusal()
    except ConfigError as error:
        return Finding(ok=False, what=error.message, fix=error.hint, links=True)
    if refusal:
        return Finding(ok=False, what=f"{start}{refusal}", fix=fix, links=True)
    return Finding(ok=True, what=may, links=True)
