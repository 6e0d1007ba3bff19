"""Every request of every kind of run, struck by every fault.

Whatever goes wrong, a run ends as planned, or both sides are as they were, or it lists what is neither. Nothing is ever
doubled; and one more run, undisturbed, brings everything to where the CMS wants it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import stamina
from databases import KINDS as DATABASES
from disturbed import BATCH, OWN, Saved, Stage, State, lasts_longer, stage
from extent import EVERY, MET_BY_EACH_BACKEND
from fake_distribution import make_distribution
from fault_runs import KINDS, Kind, Result

from brandsync.cms.rest.links import Links
from brandsync.stores.sql import SqlStore
from brandsync.testing.faults import Fault
from brandsync.testing.proxy import Call

pytestmark = pytest.mark.slow

STORES = ("shop", *DATABASES)
MET = [*MET_BY_EACH_BACKEND, Fault.ERROR_BEFORE]
FAULTS = {
    ("sqlite", "cms"): MET,
    ("postgresql", "cms"): [Fault.RESET_AFTER, Fault.HTML_AFTER],
    ("mysql", "cms"): [Fault.TRUNCATED, Fault.DUPLICATED],
    ("shop", "cms"): [Fault.ERROR_AFTER, Fault.UNAUTHORIZED],
    ("shop", "store"): MET,
}
"""What strikes on the way to each side, by the kind of store. The CMS is the same behind each: one meets it all."""
BY_ALL = [("create", "sqlite"), ("undo", "sqlite")]
"""What the server never sees tests the HTTP client: it is enough once forth and once back."""
ON_SERVERS = {"postgresql": {"undo", "recover"}, "mysql": {"rollback"}}
"""What is tried on the databases of servers: what takes back."""
SHORT = 0.3
"""Seconds until a client gives up that is to do so."""
LONG = 20.0


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every call is tried twice, and requests come one by one."""
    stamina.instrumentation.set_on_retry_hooks([])
    monkeypatch.setattr(Links, "threads", 1)
    monkeypatch.setattr(SqlStore, "batch_size", BATCH)
    with stamina.set_testing(True, attempts=2):
        yield
    stamina.instrumentation.set_on_retry_hooks(None)


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """Where the databases are: in memory, where the machine has files there, for nothing here dies."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as directory:
        yield Path(directory)


@pytest.fixture
def third_party(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store behind HTTP is installed."""
    make_distribution(tmp_path, "shop-store", {"brandsync.stores": {"shop": "shop_store:ShopStore"}}, {})
    monkeypatch.syspath_prepend(tmp_path)


@dataclass(frozen=True, slots=True)
class Case:
    """One request, struck by one fault."""

    side: str
    number: int
    call: Call
    fault: Fault

    def __str__(self) -> str:
        return f"{self.fault} at the {self.side}'s request {self.number}, {self.call.method} {self.call.target}"

    @property
    def cured(self) -> bool:
        """The client can send the request again, and does."""
        safe = self.call.method != "POST" or self.fault.startswith("too_many")
        return self.fault.silent or (self.fault.transient and safe)

    @property
    def twins(self) -> bool:
        """What no client can see: its POST made everything twice, in a store that chooses ids."""
        return self.fault is Fault.DUPLICATED and self.call.method == "POST"

    @property
    def exit_code(self) -> int:
        """How a run ends that this makes fail."""
        return {Fault.UNAUTHORIZED: 77, Fault.HTML: 1, Fault.HTML_AFTER: 1}.get(self.fault, 75)


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """A run without faults: before it and after it."""

    kind: Kind
    saved: Saved
    before: State
    settled: State | None
    """After what it does first and never takes back."""
    planned: State
    calls: list[tuple[str, int, Call]]

    @property
    def known(self) -> list[State]:
        """Whatever it may leave."""
        return [state for state in (self.before, self.settled, self.planned) if state]


def is_tried(kind: str, store: str) -> bool:
    """Whether this kind of run meets faults in this store: what is on the way to the CMS is the same behind each."""
    if store in ON_SERVERS and not EVERY:
        return kind in ON_SERVERS[store]
    return store == "shop" or KINDS[kind].requests[0] > 0


@pytest.mark.usefixtures("third_party")
@pytest.mark.parametrize(
    ("kind", "store"),
    [(kind, store) for kind in KINDS for store in STORES if is_tried(kind, store)],
)
def test_no_fault_at_any_request_leaves_anything_half_done(
    kind: str, store: str, directory: Path, record_property: Any
):
    with stage(store, directory) as made:
        undisturbed = _undisturbed(made, KINDS[kind])
        cases = [Case(*call, fault) for call in undisturbed.calls for fault in faults(kind, store, call[0])]
        problems = [problem for case in cases if (problem := _problem(made, undisturbed, case))]
    record_property("tried", f"faults, {store}: {kind}: {len(undisturbed.calls)} requests, {len(cases)} faults")
    assert not problems, f"{len(problems)} of {len(cases)} cases:\n" + "\n".join(problems)


def faults(kind: str, store: str, side: str) -> list[Fault]:
    """What is tried on the way to this side."""
    return [*Fault] if EVERY or (kind, store) in BY_ALL else FAULTS[store, side]


def _undisturbed(made: Stage, kind: Kind) -> Undisturbed:
    kind.prepare(made)
    saved, before = made.save(), made.state
    settled = None
    if kind.settle:
        kind.settle(made)
        settled = made.state
        made.restore(saved)
    made.reset()
    result = kind.run(made)
    assert (result["exit_code"], result["failed"], result["kept"]) == (kind.exit_code, [], []), result
    undisturbed = Undisturbed(kind, saved, before, settled, made.state, made.calls)
    for side, fewest in zip(("cms", "store"), kind.requests, strict=True):
        number = sum(1 for one, _, _ in undisturbed.calls if one == side)
        assert number >= fewest or side not in made.proxies, f"only {number} requests to the {side}"
    _check_next_runs(made, undisturbed)
    return undisturbed


def _problem(made: Stage, undisturbed: Undisturbed, case: Case) -> str | None:
    """What is wrong with one case, if anything is."""
    made.restore(undisturbed.saved)
    made.reset()
    made.proxies[case.side].strike(case.number, case.fault)
    made.time_out(SHORT if lasts_longer(case.fault) else LONG)
    result = undisturbed.kind.run(made)
    made.time_out(LONG)
    made.reset()
    ended = f"{result['status']} ({result['exit_code']}), {result['error']}"
    try:
        if case.twins:
            _part_twins(made, undisturbed)
        _check_end(undisturbed, case, result, made.state)
        _check_next_runs(made, undisturbed)
    except AssertionError as wrong:
        return f"{case}: {ended}: {str(wrong).splitlines()[0]}"
    return None


def _check_end(undisturbed: Undisturbed, case: Case, result: Result, state: State) -> None:
    """The exit code says what became of both sides."""
    kind, code = undisturbed.kind, result["exit_code"]
    names = [name for name, _ in state.brands.values()]
    assert len(names) == len(set(names)), f"doubled: {sorted(names)}"
    assert OWN in state.brands.values(), "a brand made by hand is gone"
    if case.cured:
        assert code == kind.exit_code, f"a retry would have helped, but it exits {code}"
    if code == 74:
        _check_left(undisturbed, case, result, state)
    elif code == kind.exit_code:
        assert state.shape == undisturbed.planned.shape, _difference(undisturbed.planned, state)
    else:
        assert code == case.exit_code, f"exits {code}, not {case.exit_code}"
        befores = [undisturbed.before, undisturbed.settled or undisturbed.before]
        assert state.shape in [before.shape for before in befores], _difference(undisturbed.before, state)


def _check_left(undisturbed: Undisturbed, case: Case, result: Result, state: State) -> None:
    """Something is really left, and all of it is listed. What could not even be looked at may be left."""
    wanted = undisturbed.planned if undisturbed.kind.goes_back else undisturbed.settled or undisturbed.before
    listed = {failed["cms_id"] for failed in result["failed"]}
    ids = {failed["brand_id"] for failed in result["failed"]}
    assert listed, "exits 74 and lists nothing"
    assert case.call.method == "GET" or state.shape != wanted.shape, "exits 74, but nothing is left"
    known = undisturbed.known
    for key, linked in state.linked.items():
        assert key in listed or linked in [one.linked[key] for one in known], f"{key} is neither, and not listed"
    contents = [content for one in known for content in one.brands.values()]
    for brand_id, content in state.brands.items():
        assert brand_id in ids or content in contents, f"{brand_id} is neither, and not listed: {content}"


def _part_twins(made: Stage, undisturbed: Undisturbed) -> None:
    """Someone finds the twins that a doubled request made in the store, and takes away those that nobody has linked."""
    assert made.server
    linked = {*made.state.external_ids.values(), *made.journal_links.values(), *undisturbed.before.brands}
    for brand_id in [brand_id for brand_id in made.server.brands if brand_id not in linked]:
        del made.server.brands[brand_id]


def _check_next_runs(made: Stage, undisturbed: Undisturbed) -> None:
    """One more run brings everything to where the CMS wants it, and the run after it has nothing to do."""
    undisturbed.kind.heal(made)
    result = made.shop.sync()
    assert result["exit_code"] == 0, f"the next run exits {result['exit_code']}: {result['error']}"
    _check_model(made)
    before = made.state
    made.reset()
    result = made.shop.sync()
    writes = [call.method for _, _, call in made.calls if call.method != "GET"]
    assert (result["exit_code"], result["changes"], writes) == (0, [], []), "the run after the next changes something"
    assert made.state == before, "the run after the next changes something unseen"


def _check_model(made: Stage) -> None:
    """Every entry is one brand, linked on both sides, and there is no other but the one made by hand."""
    state = made.state
    assert state.linked == state.entries, f"after the next run, entries lead to {state.linked}"
    assert [*state.unlinked.elements()] == [OWN], f"after the next run, there is {state.unlinked} besides"
    linked = {key: brand_id for key, brand_id in made.journal_links.items() if key in state.entries}
    assert linked == state.external_ids, "after the next run, the journal has other links"


def _difference(wanted: State, found: State) -> str:
    return f"wanted {wanted.linked}, {dict(wanted.unlinked)}; found {found.linked}, {dict(found.unlinked)}"
