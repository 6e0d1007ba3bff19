"""The backends in memory pass the kit, as good ones and with what others lack."""

from pathlib import Path
from typing import Any, ClassVar

import pytest

from brandsync.testing import Behaviour, MemoryStore, StoreConformance


class TestMemoryStore(StoreConformance):
    """A store that can do everything."""

    backend = MemoryStore
    behaviour = Behaviour()
    unacceptable: ClassVar = {"name": None}

    @pytest.fixture
    def settings(self, tmp_path: Path) -> dict[str, Any]:
        return {"shop": str(tmp_path), "behaviour": self.behaviour}


class TestMemoryStoreWithIdsOfItsOwn(TestMemoryStore):
    """A store that makes the ids itself."""

    behaviour = Behaviour(chooses_ids=False, page_size=7, batch=3)


class TestMemoryStoreThatCannotCompare(TestMemoryStore):
    """A store that writes whatever is there."""

    behaviour = Behaviour(compare_and_set=False, batch=1)


class TestMemoryStoreThatCanDoLittle(TestMemoryStore):
    """A store that can do neither, as most shops' APIs."""

    behaviour = Behaviour(chooses_ids=False, compare_and_set=False)
