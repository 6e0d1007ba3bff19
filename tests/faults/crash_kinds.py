"""The kinds of work that are killed: what is there before, what is called, and what must be there in the end."""

from collections.abc import Callable
from dataclasses import dataclass

from crash_shops import HTTP, CrashShop, View
from shop import entries
from shop_server import POISON

FOREIGN = "not-ours"
"""A brand of the shop's own, which no entry is about."""
THEIRS = "theirs"
"""A brand of the shop's own, which is adopted."""


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of work."""

    prepare: Callable[[CrashShop], View | None]
    """Make what it finds; returns what was there before, where it finds something half done."""
    command: str = "sync"
    argument: Callable[[CrashShop], str] = lambda _shop: ""
    exit_code: int = 0
    """Of the work, when nothing kills it."""
    remedy: Callable[[CrashShop], None] = lambda _shop: None
    """What a person does before the next run."""


def _nothing(shop: CrashShop) -> None:
    shop.shop.publish(*entries(3))


def _in_line(shop: CrashShop) -> None:
    """Six linked brands, and one that is the shop's own."""
    shop.shop.publish(*entries(6))
    assert shop.run("sync").result["exit_code"] == 0
    shop.insert(FOREIGN, "Their own", "left alone")


def _create(shop: CrashShop) -> None:
    _in_line(shop)
    _add_new(shop)


def _add_new(shop: CrashShop) -> None:
    for entry in entries(3, "New"):
        shop.shop.cms.add({**entry, "id": f"n{entry['id']}"})


def _adopt(shop: CrashShop) -> None:
    _in_line(shop)
    _add_adopted(shop)


def _add_adopted(shop: CrashShop) -> None:
    shop.insert(THEIRS, "Adopted", "by hand")
    shop.shop.cms.add({"id": "a", "name": "ADOPTED", "description": "in line", "external_id": None})


def _update(shop: CrashShop) -> None:
    _in_line(shop)
    shop.shop.cms.edit("e0", name="First")
    shop.shop.cms.edit("e1", name="Second", description=None)
    shop.shop.cms.edit("e2", description="other words")


def _delete(shop: CrashShop) -> None:
    _in_line(shop)
    for key in ("e3", "e4", "e5"):
        shop.shop.cms.remove(key)


def _link(shop: CrashShop) -> None:
    """Somebody has emptied the external ids: the journal knows them."""
    _in_line(shop)
    for key in ("e0", "e1", "e2"):
        shop.shop.cms.edit(key, external_id=None)


def _stale(shop: CrashShop) -> None:
    """An entry is published again whose brand brandsync has deleted."""
    _in_line(shop)
    entry = dict(shop.shop.cms.entries["e5"])
    shop.shop.cms.remove("e5")
    assert shop.run("sync").result["counts"]["deleted"] == 1
    shop.shop.cms.add(entry)


def _all(shop: CrashShop) -> None:
    """Three creations, an adoption, two updates and a deletion."""
    _in_line(shop)
    _add_new(shop)
    _add_adopted(shop)
    shop.shop.cms.edit("e0", name="First")
    shop.shop.cms.edit("e1", description=None)
    shop.shop.cms.remove("e5")


def _rejected(shop: CrashShop) -> None:
    """The last deletion is refused: a product still has that brand. Behind HTTP, an update is: its name is poison."""
    _all(shop)
    if shop.place == HTTP:
        shop.shop.cms.edit("e0", name=POISON)
        return
    for key in ("e3", "e4"):
        shop.shop.cms.remove(key)
    doomed = sorted(brand_id for brand_id, row in shop.look().brands.items() if row["cms_id"] in {"e3", "e4", "e5"})
    kind = _key_type(shop)
    shop.store.execute(f"CREATE TABLE product (brand_id {kind}, FOREIGN KEY (brand_id) REFERENCES brand (id))")
    shop.store.execute(f"INSERT INTO product VALUES ('{_last_deleted(shop, doomed)}')")


def _key_type(shop: CrashShop) -> str:
    if shop.shop.database_url.startswith("mysql"):
        return "VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"
    return 'text COLLATE "C"' if shop.shop.database_url.startswith("postgresql") else "TEXT"


def _last_deleted(shop: CrashShop, doomed: list[str]) -> str:
    """Of what a run would delete, the last."""
    base = shop.take()
    shop.run("sync")
    batches = [intent for _, kind, _, intent, _ in shop.look().undo if kind == "delete"]
    shop.put_back(base)
    return next(brand_id for brand_id in doomed if brand_id in batches[-1])


def _remove_the_cause(shop: CrashShop) -> None:
    if shop.place == HTTP:
        shop.shop.cms.edit("e0", name="First")
    else:
        shop.store.execute("DELETE FROM product")


def _died(shop: CrashShop) -> View:
    """A run that died with most of its work done, and one write of unknown outcome."""
    _all(shop)
    base, before = shop.take(), shop.look()
    points = shop.run("sync").points
    shop.put_back(base)
    shop.run("sync", fatal=points.index("PATCH /brands/a answered"))
    return before


def _done(shop: CrashShop) -> None:
    _all(shop)
    assert shop.run("sync").result["exit_code"] == 0


def _last_run(shop: CrashShop) -> str:
    return str(shop.look().runs[-1][0])


def _undone(shop: CrashShop) -> None:
    _done(shop)
    assert shop.run("undo", _last_run(shop)).result["exit_code"] == 0


SYNCS = {
    "first": Work(_nothing),
    "create": Work(_create),
    "adopt": Work(_adopt),
    "update": Work(_update),
    "delete": Work(_delete),
    "link": Work(_link),
    "stale": Work(_stale),
    "all": Work(_all),
    "rejected": Work(_rejected, exit_code=1, remedy=_remove_the_cause),
    "recover": Work(_died, "recover", lambda _shop: "rollback"),
    "resume": Work(_died, "recover", lambda _shop: "resume"),
}
"""After any of these, one more sync makes everything right."""

UNDOS = {
    "undo": Work(_done, "undo", _last_run),
    "redo": Work(_undone, "undo", _last_run),
}
"""After any of these, the same once more makes everything as it is to be, and a recovery as it was."""
