"""Medusa shops."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from medusa import Medusa, MedusaTutorial
from opening import opener

from brandsync.stores.medusa import MedusaStore

Open = Callable[..., MedusaStore]


@pytest.fixture
def medusa_shop(started: Any) -> Medusa:
    """A shop with brandsync's routes, and no brands."""
    return _empty(started(Medusa))


@pytest.fixture
def guide_shop(started: Any) -> Medusa:
    """A shop with no more than the guide's routes, and no brands."""
    return _empty(started(MedusaTutorial))


def _empty(server: Medusa) -> Medusa:
    server.up()  # a test may have stopped it
    server.reset()
    return server


@pytest.fixture
def open_medusa() -> Iterator[Open]:
    def open_it(server: Medusa, **settings: Any) -> MedusaStore:
        merged = {name: value for name, value in server.settings(**settings).items() if value is not None}
        return MedusaStore(MedusaStore.Settings.model_validate(merged))

    with opener(open_it) as opened:
        yield opened


@pytest.fixture
def medusa_store(medusa_shop: Medusa, open_medusa: Open) -> MedusaStore:
    return open_medusa(medusa_shop)
