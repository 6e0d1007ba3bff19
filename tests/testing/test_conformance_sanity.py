"""The ``sanity`` CMS passes the kit against a fake."""

from typing import ClassVar

from fake_sanity import FakeSanity
from hosted import HostedCms
from nothing_waits import NothingWaits

from brandsync.cms.sanity import SanityCms
from brandsync.testing import CmsConformance, DraftConformance


class Sanity(HostedCms):
    """A fake Sanity, and what its editors do."""

    backend = SanityCms
    server = FakeSanity
    space_name = "dataset"
    names: ClassVar = {"name": "title", "description": "description", "website_url": "website", "metadata": "extra"}
    several_pages = 300
    write_token = "token"


class TestSanity(NothingWaits, Sanity, CmsConformance): ...


class TestSanityDrafts(Sanity, DraftConformance):
    """Sanity keeps drafts as documents beside what is published: an external id is written into both."""

    links_drafts = True
