"""Each CMS and each store whose server the tests can make up, in pairs; ``live/test_pairs.py`` has the real ones.

The kit proves each side's contract by itself. So each meets one of the other side; all pairs are tried where that is
asked for.
"""

from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest
from extent import enough
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


def pair_of(base: type[PairConformance], cms: type[Any], store: type[Any]) -> tuple[str, type[PairConformance]]:
    """The test class of a pair, and its name."""
    name = f"{cms.__name__}Into{store.__name__.removeprefix('Test')}"
    return name, type(name, (base,), {"cms_suite": cms, "store_suite": store})


def covering(cmses: Sequence[type[Any]], stores: Sequence[type[Any]]) -> list[tuple[type[Any], type[Any]]]:
    """Pairs in which each CMS and each store is once at least."""
    return [(cmses[at % len(cmses)], stores[at % len(stores)]) for at in range(max(len(cmses), len(stores)))]


PAIRS = enough(covering(CMSES, STORES), of=[*product(CMSES, STORES)])
globals().update(pair_of(PairConformance, cms, store) for cms, store in PAIRS)
