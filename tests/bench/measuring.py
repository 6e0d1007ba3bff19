"""What brandsync costs, as times of what a bare script costs that does the same reading and writing right before it.

Each side's start-up, a run over an empty catalogue, is taken off; of several runs the fastest counts, for whatever else
the machine does can but slow them. Ratios are what is compared: seconds depend on the machine.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import peers
from pipelines import catalogue, costs, pipeline
from processes import Cost, measured, program

TOLERANCE = 1.25
"""How much worse a cost may be than the one that was saved."""
NOISE = 1.0
"""Of a bare creation's CPU: what a smaller difference says nothing about."""
LAST_PAGE = 1
"""A request that a listing may take beyond its pages: after a full one, or the only one, nothing is seen to follow."""
YARD = 100_000
"""Brands that the bare script creates, three times, for the cost that all others are held to: fewer take it so little
that a ratio says nothing."""
RECORDED = "bare script with a journal"


@dataclass(frozen=True, slots=True)
class Measurement:
    """One kind of work, of both sides."""

    work: str
    store: str
    brands: int
    wall: float
    """Times the bare script's seconds at the same work."""
    cpu: float
    """Times the bare script's CPU seconds at the same work."""
    creations: float
    """CPU, as times of what the bare script takes to create as many brands."""
    bare_seconds: float
    seconds: float
    memory: float
    """MB at most."""
    requests: int

    @property
    def what(self) -> tuple[str, str, int]:
        """Which measurement it is."""
        return self.work, self.store, self.brands


def measure(store: str, brands: int, repeat: int, *, others: bool) -> Iterator[Measurement]:
    """All kinds of work with so many brands in one store; with ``others``, creation by other tools too."""
    names = peers.installed() if others else []
    starts = _starts(store, repeat, names)
    pairs: dict[str, list[tuple[Cost, Cost]]] = defaultdict(list)
    requests: dict[str, int] = defaultdict(int)
    for turn in range(repeat):
        with catalogue(brands) as cms:
            for work, bare, ours in costs(store, cms, brands):
                pairs[work].append((bare, ours.cost))
                requests[work] = ours.requests
            with pipeline(store, cms) as one:
                if others:
                    pairs[RECORDED].append((one.bare("create"), one.bare("recorded")))
                for name in names if turn == 0 else ():
                    pairs[name].append((one.bare("create"), one.peer(name)))
    creation = _creation(store, starts["bare"]) * brands
    for work, both in pairs.items():
        bare = _net([pair[0] for pair in both], starts["bare"])
        other = _net([pair[1] for pair in both], starts[_side(work, names)])
        yield Measurement(
            work=work,
            store=store,
            brands=brands,
            wall=round(other.wall / bare.wall, 2),
            cpu=round(other.cpu / bare.cpu, 2),
            creations=round(other.cpu / creation, 2),
            bare_seconds=round(bare.wall, 3),
            seconds=round(other.wall, 3),
            memory=round(other.memory, 1),
            requests=requests[work],
        )


def _creation(store: str, starts: Sequence[Cost]) -> float:
    """The CPU seconds that the bare script takes to create one brand."""
    with catalogue(YARD) as cms, pipeline(store, cms) as one:
        return _net([one.bare("create") for _ in range(3)], starts).cpu / YARD


def _side(work: str, names: Sequence[str]) -> str:
    """Whose start-up is taken off."""
    return "bare" if work == RECORDED else work if work in names else "ours"


def start_up(repeat: int) -> float:
    """``brandsync --version``, as times of importing typer."""
    times = range(10 * repeat)
    typer = min(measured([sys.executable, "-c", "import typer"])[0].wall for _ in times)
    return round(min(measured([program("brandsync"), "--version"])[0].wall for _ in times) / typer, 2)


def _starts(store: str, repeat: int, names: Iterable[str]) -> dict[str, list[Cost]]:
    """What each takes to start and to find nothing; the very first time, in which tables are made, is left out."""
    found: dict[str, list[Cost]] = defaultdict(list)
    with catalogue(0) as cms, pipeline(store, cms) as one:
        for _ in range(repeat + 2):
            found["bare"].append(one.bare("create"))
            found["ours"].append(one.sync().cost)
        for name in names:
            found[name].append(one.peer(name))
    return {name: several[1:] or several for name, several in found.items()}


def _net(these: Sequence[Cost], nothing: Sequence[Cost]) -> Cost:
    """The fastest without the start-up, at least a millisecond; the most memory."""
    wall = min(cost.wall for cost in these) - min(cost.wall for cost in nothing)
    cpu = min(cost.cpu for cost in these) - min(cost.cpu for cost in nothing)
    return Cost(max(wall, 0.001), max(cpu, 0.001), max(cost.memory for cost in these))


def worse(found: Iterable[Measurement], saved: Iterable[Measurement]) -> list[str]:
    """Those that cost more than they did when they were saved, each in a sentence."""
    before = {one.what: one for one in saved}
    return [
        f"{one.work} of {one.brands} brands in {one.store} takes {now:g} {unit}: {then:g} were saved"
        for one in found
        if (known := before.get(one.what))
        for now, then, most, unit in (
            (one.creations, known.creations, known.creations * TOLERANCE + NOISE, "bare creations of CPU"),
            (one.memory, known.memory, known.memory * TOLERANCE, "MB"),
            (one.requests, known.requests, known.requests + LAST_PAGE * (known.requests > 0), "requests"),
        )
        if now > most
    ]
