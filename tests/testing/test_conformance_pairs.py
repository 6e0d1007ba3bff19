"""Each CMS and each store whose server the tests can make up, in pairs; ``live/test_pairs.py`` has the real ones."""

import pytest
from test_conformance_bigcommerce import TestBigCommerce as BigCommerce
from test_conformance_cms import TestFileCms as FileCms
from test_conformance_cms import TestRestCms as RestCms
from test_conformance_contentful import TestContentful as Contentful
from test_conformance_datocms import TestDatocms as Datocms
from test_conformance_sanity import TestSanity as Sanity
from test_conformance_shopify import TestShopify as Shopify
from test_conformance_shopware import TestShopware as Shopware
from test_conformance_sql import TestItsOwnTable as OwnTable
from test_conformance_storyblok import TestStoryblok as Storyblok
from test_conformance_woocommerce import TestWooCommerce as WooCommerce

from brandsync.testing import PairConformance

pytestmark = pytest.mark.slow

CMSES = (FileCms, RestCms, Contentful, Sanity, Storyblok, Datocms)
STORES = (OwnTable, BigCommerce, WooCommerce, Shopify, Shopware)


def _pairs() -> dict[str, type[PairConformance]]:
    """A test class of each pair, by its name."""
    made = {}
    for cms in CMSES:
        for store in STORES:
            name = f"{cms.__name__}Into{store.__name__.removeprefix('Test')}"
            made[name] = type(name, (PairConformance,), {"cms_suite": cms, "store_suite": store})
    return made


globals().update(_pairs())
