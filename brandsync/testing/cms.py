"""The tests that every CMS backend must pass. Subclass, and say which backend, how to reach it, and what editors do.

class TestAcmeCms(CmsConformance):
    backend = AcmeCms
    url_setting = "url"

    @pytest.fixture
    def settings(self):
        return {"url": an_empty_cms(), "timeout": "1s", "fields": {"name": "title"}}

    def publish(self, brands): ...
    def edit(self, cms_id, **fields): ...
    def remove(self, cms_id): ...
    def external_ids(self): ...
"""

from brandsync.testing.cms_by_id import CmsById
from brandsync.testing.cms_faults import CmsFaults
from brandsync.testing.cms_links import CmsLinking
from brandsync.testing.cms_listing import CmsListing


class CmsConformance(CmsListing, CmsById, CmsLinking, CmsFaults):
    """All of the tests. ``CmsFixtures`` says what a subclass can and must define."""
