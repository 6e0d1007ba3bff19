"""The conformance kit: tests that a CMS or store backend must pass, and their parts.

Needs pytest: ``pip install 'brandsync[testing]'``. Nothing else in brandsync imports it.
"""

from brandsync.testing.cms import CmsConformance
from brandsync.testing.cms_drafts import DraftConformance
from brandsync.testing.faults import OF_A_BACKEND, Fault
from brandsync.testing.memory import Behaviour
from brandsync.testing.memory_cms import MemoryCatalogue, MemoryCms
from brandsync.testing.memory_store import MemoryShop, MemoryStore
from brandsync.testing.pair import PairConformance
from brandsync.testing.proxy import FaultProxy
from brandsync.testing.store import StoreConformance
from brandsync.testing.store_images import ImageConformance

__all__ = [
    "OF_A_BACKEND",
    "Behaviour",
    "CmsConformance",
    "DraftConformance",
    "Fault",
    "FaultProxy",
    "ImageConformance",
    "MemoryCatalogue",
    "MemoryCms",
    "MemoryShop",
    "MemoryStore",
    "PairConformance",
    "StoreConformance",
]
