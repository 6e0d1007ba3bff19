"""Medusa shops, started when the first test needs one and stopped after the last of its module."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from live_server import NotHereError
from medusa import Medusa, MedusaTutorial

from brandsync.stores.medusa import MedusaStore

Open = Callable[..., MedusaStore]


def running(kind: type[Medusa]) -> Iterator[Medusa]:
    server = kind()
    try:
        server.up()
    except NotHereError as lack:
        pytest.skip(str(lack))
    yield server
    server.down()


@pytest.fixture(scope="module")
def medusa_server() -> Iterator[Medusa]:
    yield from running(Medusa)


@pytest.fixture(scope="module")
def guide_server() -> Iterator[Medusa]:
    yield from running(MedusaTutorial)


@pytest.fixture
def medusa_shop(medusa_server: Medusa) -> Medusa:
    """A shop with brandsync's routes, and no brands."""
    medusa_server.reset()
    return medusa_server


@pytest.fixture
def guide_shop(guide_server: Medusa) -> Medusa:
    """A shop with no more than the guide's routes, and no brands."""
    guide_server.reset()
    return guide_server


@pytest.fixture
def open_medusa() -> Iterator[Open]:
    opened: list[MedusaStore] = []

    def open_it(server: Medusa, **settings: Any) -> MedusaStore:
        merged = {name: value for name, value in server.settings(**settings).items() if value is not None}
        opened.append(MedusaStore(MedusaStore.Settings.model_validate(merged)))
        return opened[-1]

    yield open_it
    for store in opened:
        store.close()


@pytest.fixture
def medusa_store(medusa_shop: Medusa, open_medusa: Open) -> MedusaStore:
    return open_medusa(medusa_shop)
