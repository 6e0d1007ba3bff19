"""What tests of whole runs share: from a fake CMS with drafts into a table in SQLite, by day and by accident."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import real_brands
from fake_server import Asked, FakeServer
from shop import Shop

COUNT = 300
CHANGED = 20
"""Of each kind of change on the editor's day."""
ROWS = "SELECT id, name, description, metadata FROM brand ORDER BY id"


def publish(space: Any, count: int) -> list[str]:
    """Publish plain brands."""
    return [space.add(name=f"Brand {number}", description=f"No. {number}") for number in range(count)]


def in_line(shop: Shop, space: Any) -> bool:
    """Whether every published entry is one brand, and linked."""
    names, linked = shop.names(), space.shown()
    held = {names.get(linked[cms_id]): name for cms_id, name in space.shown("name").items()}
    return len(names) == len(linked) and all(key == name for key, name in held.items())


def counted(fake: FakeServer, kind: Callable[[Asked], str]) -> dict[str, int]:
    """How many requests of each kind there were; they are forgotten."""
    counts = Counter(kind(asked) for asked in fake.log)
    fake.log.clear()
    return dict(counts)


def die(shop: Shop, fake: FakeServer, is_moment: Callable[[Asked], bool]) -> None:
    """Let a run be killed as a request comes. Whatever it has sent is carried out."""
    process = shop.start("sync")
    fake.act = lambda asked: process.kill() if is_moment(asked) else None
    process.communicate()
    assert process.returncode < 0
    fake.act = lambda _asked: None


def is_taken_back_and_goes_on(shop: Shop, space: Any) -> None:
    """After a death: nothing is left of the run, the next one is whole, and the one after writes nothing."""
    assert shop.recover("rollback")["exit_code"] == 0
    assert (set(space.drafted().values()), shop.names()) == ({None}, {})
    assert shop.sync()["exit_code"] == 0
    assert in_line(shop, space)
    assert shop.sync(full=True)["changes"] == []


def add_real_brands(shop: Shop, add: Callable[[dict[str, Any]], object]) -> None:
    """Publish real brands; skips the test where they can't be had. Brands of one name are brands of their own."""
    real_brands.required()
    shop.set("sync", match_on="none", on_missing="delete").set("cms", page_size=100)
    shop.set("safety", max_updates="100%", max_deletes="100%")
    for brand in real_brands.load()[:COUNT]:
        add(brand)


def filled(brand: dict[str, Any], **others: str) -> dict[str, Any]:
    """A brand's name and description, and other fields by what they are called in the CMS."""
    names = {"name": "name", "description": "description", **others}
    return {field: brand[name] for field, name in names.items()}


def follows_an_editors_day_and_is_taken_back(shop: Shop, space: Any, first_run: str) -> None:
    """From real brands in line: a day's edits arrive, are undone, and so is the first run."""
    ids, before, rows = list(space.shown()), space.shown(), shop.query(ROWS)
    gone, drafts = ids[CHANGED : 2 * CHANGED], ids[2 * CHANGED : 3 * CHANGED]
    for cms_id in ids[:CHANGED]:
        space.edit(cms_id, name=f"{space.shown('name')[cms_id]} – 新")
    for cms_id in gone:
        space.unpublish(cms_id)
    for cms_id in drafts:
        space.save(cms_id, name="pending")
    made = [space.add(name=f"New ® {number}") for number in range(CHANGED)]
    day = shop.sync(full=True)
    counts = dict.fromkeys(["created", "updated", "deleted"], CHANGED)
    assert day["counts"] | counts == day["counts"]
    undone = shop.undo(day["run"])
    assert (undone["exit_code"], undone["failed"], shop.query(ROWS) == rows) == (0, [], True)
    assert {cms_id: held for cms_id, held in space.shown().items() if cms_id not in made} == {
        cms_id: held for cms_id, held in before.items() if cms_id not in gone
    }
    space.publish(*gone, *drafts)
    undone = shop.undo(first_run)
    assert (undone["exit_code"], undone["error"], undone["failed"], shop.names()) == (0, None, [], {})
    assert {*space.shown().values(), *space.drafted().values()} == {None}
    assert space.drafted("name") == space.shown("name")
