"""Each real CMS into each store, and each CMS into the real Medusa, by the kit."""

from itertools import product
from typing import Any

import pytest
from extent import AT_NIGHT, enough
from test_conformance import TestDirectus as Directus
from test_conformance import TestMedusa as Medusa
from test_conformance import TestPayload as Payload
from test_conformance import TestStrapi as Strapi
from test_conformance import TestWordPress as WordPress
from test_conformance_pairs import CMSES, STORES, covering, pair_of

from brandsync.testing import PairConformance

pytestmark = [pytest.mark.live, pytest.mark.slow, AT_NIGHT]

REAL = (Strapi, Directus, Payload, WordPress)


class LivePair(PairConformance):
    """A pair of which one side at least is a real server."""

    test_a_run_that_dies_is_recovered_and_the_next_one_is_whole = None
    """Minutes of it: the kit lets each side die by itself, and each pair of servers that tests make up."""

    @pytest.fixture
    def editors(self, started: Any) -> Any:
        """Who serves the CMS."""
        return _with(self.cms_suite(), started)

    @pytest.fixture
    def shop(self, started: Any) -> Any:
        """Who serves the store."""
        return _with(self.store_suite(), started)


def _with(suite: Any, started: Any) -> Any:
    suite.started = started
    return suite


PAIRS = enough(
    [*covering(REAL, STORES[:4]), (CMSES[2], Medusa)],
    of=[*product(REAL, (*STORES, Medusa)), *product(CMSES, (Medusa,))],
)
"""The real CMSes meet the real Medusa in ``test_pairs``, by 500 brands."""
globals().update(pair_of(LivePair, cms, store) for cms, store in PAIRS)
