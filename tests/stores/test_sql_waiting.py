"""A person's transaction stands before ours: what we change or delete is what they have left, or nothing."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from databases import fresh_database

from brandsync.brand import Brand, BrandUpdate, NewBrand
from brandsync.database import connect, execute
from brandsync.new_id import new_id
from brandsync.stores.sql import SqlStore

Act = Callable[[SqlStore, str], Sequence[str]]


def update(store: SqlStore, brand_id: str) -> Sequence[str]:
    return store.update_brands([BrandUpdate(brand_id, {"name": "A"}, {"name": "Ours"})])


def delete(store: SqlStore, brand_id: str) -> Sequence[str]:
    return store.delete_brands([Brand(brand_id, {"name": "A"})])


@pytest.fixture(params=["postgresql", "mysql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Servers let two write at once. SQLite has one writer at a time."""
    with fresh_database(request.param, tmp_path) as fresh:
        yield fresh


@pytest.mark.parametrize("act", [update, delete])
def test_a_change_waits_for_a_person_who_is_writing_and_then_leaves_the_brand_alone(url: str, act: Act) -> None:
    with closing(SqlStore(SqlStore.Settings.model_validate({"backend": "sql", "url": url}))) as store:
        store.prepare()
        (made,) = store.create_brands([NewBrand(new_id(), {"name": "A"})])
        begun = threading.Event()

        def ours() -> list[str]:
            with closing(store.database):  # this thread's connection
                begun.set()
                return list(act(store, made.id))

        with closing(connect(url)) as person, ThreadPoolExecutor(1) as pool:
            with person.atomic():
                execute(person, f"UPDATE brand SET name = 'Theirs' WHERE id = '{made.id}'")
                waiting = pool.submit(ours)
                begun.wait()
                time.sleep(0.3)  # it has looked by now, or waits
            assert waiting.result() == []
        assert [brand.fields["name"] for brand in store.get_brands(["name"], [made.id])] == ["Theirs"]
