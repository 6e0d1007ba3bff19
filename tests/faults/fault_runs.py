"""The kinds of run that are disturbed: what is there before each, what it does, and what a person does after it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from disturbed import BATCH, Stage
from shop_server import LOCKED, POISON
from test_rollback import POISON as TRIGGERS
from waiting import until

Result = dict[str, Any]

_DYING: Final = f"""
import sys
from brandsync.cms.rest.links import Links
from brandsync.stores.sql import SqlStore
Links.threads = 1
SqlStore.batch_size = {BATCH}
from brandsync.cli import main
sys.argv[0] = "brandsync"
main()
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of run."""

    prepare: Callable[[Stage], object]
    run: Callable[[Stage], Result]
    exit_code: int = 0
    """What it ends with, undisturbed."""
    goes_back: bool = False
    """It takes something back itself: what it can't, it leaves where it was, and goes on."""
    settle: Callable[[Stage], Result] | None = None
    """What it does first, and never takes back."""
    heal: Callable[[Stage], object] = lambda _: None
    """What a person puts right before the next run."""
    requests: tuple[int, int] = (1, 1)
    """The fewest requests to the CMS, and to the store behind HTTP, that an undisturbed run makes.

    Fewer would mean that the matrix has lost cases. Behind a database, where only the CMS can be disturbed, a run that
    asks it nothing isn't tried.
    """


def _sync(stage: Stage) -> Result:
    return stage.shop.sync()


def _recover(stage: Stage) -> Result:
    return stage.shop.recover()


def _undo(stage: Stage) -> Result:
    return stage.shop.undo()


def _published(stage: Stage, count: int, prefix: str = "Brand") -> None:
    for number in range(count):
        stage.publish(f"{prefix[0].lower()}{number}", f"{prefix} {number}")


def _synced(stage: Stage, count: int) -> None:
    _published(stage, count)
    result = stage.shop.sync()
    assert (result["exit_code"], result["counts"]["created"]) == (0, count), result


def _create(stage: Stage) -> None:
    _published(stage, 3)


def _adopt(stage: Stage) -> None:
    """Three brands that nobody has linked yet: two of them have to be brought in line, too."""
    _published(stage, 3)
    stage.make_brand("Brand 0", "about Brand 0")
    stage.make_brand("brand 1 ", "old")
    stage.make_brand("BRAND 2", None)


def _update(stage: Stage) -> None:
    _synced(stage, 4)
    stage.cms.edit("b0", name="Renamed 0")
    stage.cms.edit("b1", description="new 1")
    stage.cms.edit("b3", name="Renamed 3", description="new 3")


def _delete(stage: Stage) -> None:
    _synced(stage, 5)
    stage.shop.set("sync", on_missing="delete").set("safety", max_deletes="100%", max_shrink="100%")
    for key in ("b0", "b2", "b3"):
        stage.cms.remove(key)


def _rollback_of_deletion(stage: Stage) -> None:
    """Two brands are deleted, and then the store refuses to delete a third."""
    _synced(stage, 3)
    stage.publish("b9", LOCKED)
    assert stage.shop.sync()["exit_code"] == 0
    stage.shop.set("sync", on_missing="delete").set("safety", max_deletes="100%", max_shrink="100%")
    for key in ("b0", "b2", "b9"):
        stage.cms.remove(key)


def _without_lock(stage: Stage) -> None:
    assert stage.server
    for record in stage.server.brands.values():
        if record["name"] == LOCKED:
            record["name"] = "unlocked"


def _links(stage: Stage) -> None:
    _synced(stage, 3)
    stage.forget_links(journal=False)


def _rollback(stage: Stage) -> None:
    """Two brands are created and linked, two are updated, and then the store refuses one."""
    _synced(stage, 4)
    _published(stage, 2, "New")
    for number in range(2):
        stage.cms.edit(f"b{number}", description=f"new {number}")
    stage.cms.edit("b3", name=POISON)
    if stage.server is None:
        for statement in TRIGGERS[stage.shop.database_url.partition(":")[0]]:
            stage.shop.execute(statement.format(event="UPDATE"))


def _without_poison(stage: Stage) -> None:
    stage.cms.edit("b3", name="Brand 3")


def _died(stage: Stage) -> None:
    """A run died after it had created two brands, and linked one of them."""
    _synced(stage, 2)
    _published(stage, 3, "New")
    _kill_at_link(stage, 2)


def _died_while_creating(stage: Stage) -> None:
    """A run died before it knew what it had created."""
    _synced(stage, 2)
    _published(stage, 3, "New")
    _kill_at_link(stage, 1)
    newest = stage.shop.run_ids()[0]
    stage.shop.execute(
        f"UPDATE brandsync_entry SET state = 'intent', outcome = NULL WHERE kind = 'create' AND run = '{newest}'"
    )
    stage.shop.execute("DELETE FROM brandsync_link WHERE cms_id IN ('n0', 'n1', 'n2')")


def _kill_at_link(stage: Stage, number: int) -> None:
    """Kill a run while it waits for the answer to its nth write to the CMS, which arrives all the same."""
    process: subprocess.Popen[bytes] | None = None

    def kill() -> None:
        assert process
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    stage.cms.patches = 0
    stage.cms.acts[number] = kill
    command = [sys.executable, "-c", _DYING, "sync", "--config", str(stage.shop.config)]
    process = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))})
    process.wait()
    assert process.returncode == -signal.SIGKILL
    until(lambda: stage.cms.entries[f"n{number - 1}"]["external_id"])


def _ran(stage: Stage) -> None:
    """A run to be taken back: it has created, adopted and updated."""
    _synced(stage, 2)
    _published(stage, 2, "New")
    stage.publish("a", "Adopted")
    stage.make_brand("Adopted", "old")
    stage.cms.edit("b1", name="Renamed 1")
    result = stage.shop.sync()
    assert [result["counts"][name] for name in ("created", "adopted", "updated")] == [2, 1, 1], result


def _deleted(stage: Stage) -> None:
    """A run to be taken back: it has deleted."""
    _delete(stage)
    assert stage.shop.sync()["counts"]["deleted"] == 3


def _resume(stage: Stage) -> None:
    _died(stage)
    stage.shop.set("sync", recover="resume")


KINDS: Final = {
    "create": Kind(_create, _sync, requests=(4, 3)),
    "adopt": Kind(_adopt, _sync, requests=(4, 5)),
    "update": Kind(_update, _sync, requests=(1, 6)),
    "delete": Kind(_delete, _sync, requests=(1, 6)),
    "link": Kind(_links, _sync, requests=(4, 1)),
    "rollback": Kind(_rollback, _sync, 1, heal=_without_poison, requests=(6, 13)),
    "rollback of a deletion": Kind(_rollback_of_deletion, _sync, 1, heal=_without_lock, requests=(0, 9)),
    "recover": Kind(_died, _recover, goes_back=True, requests=(3, 3)),
    "recover, created": Kind(_died_while_creating, _recover, goes_back=True, requests=(2, 5)),
    "recover and go on": Kind(_died, _sync, settle=_recover, requests=(6, 6)),
    "resume": Kind(_resume, _sync, requests=(2, 3)),
    "undo": Kind(_ran, _undo, goes_back=True, requests=(5, 8)),
    "undo a deletion": Kind(_deleted, _undo, goes_back=True, requests=(0, 6)),
}
"""Each kind of run, by its name."""
