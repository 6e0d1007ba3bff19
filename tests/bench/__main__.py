"""Measures brandsync against a bare script that does the same reading and writing, one right after the other.

    python tests/bench --brands 10000,100000 --stores sqlite,postgresql --repeat 3 --save results.json
    python tests/bench --check results.json

Each side's start-up, a run over an empty catalogue, is taken off its seconds; of several runs the fastest counts, for
whatever else the machine does can but slow them. What is compared are the ratios: seconds depend on the machine.
"""

import argparse
import json
import platform
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pipelines import Pipeline, catalogue, costs
from processes import Cost
from rich.console import Console
from rich.table import Table

STORES = {
    "sqlite": "sqlite:///{directory}/shop.db",
    "postgresql": "postgresql://postgres@127.0.0.1:5432/brandsync_bench",
}
TOLERANCE = 1.25
"""How much worse a ratio may be than the one that was saved."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One kind of work, of both sides."""

    work: str
    store: str
    brands: int
    wall: float
    """Times the bare script's seconds."""
    cpu: float
    """Times the bare script's CPU seconds."""
    bare_seconds: float
    seconds: float
    memory: float
    """MB at most, brandsync's alone."""
    requests: int

    @property
    def what(self) -> tuple[str, str, int]:
        """Which measurement it is."""
        return self.work, self.store, self.brands


def measure(store: str, brands: int, repeat: int) -> Iterator[Measurement]:
    """All kinds of work with so many brands in one store."""
    starts = _starts(store, repeat)
    found: dict[str, list[tuple[Cost, Cost]]] = defaultdict(list)
    for _ in range(repeat):
        with tempfile.TemporaryDirectory() as directory, catalogue(brands) as cms:
            for work, bare, ours in costs(Pipeline(Path(directory), cms, brands, STORES[store]), brands):
                found[work].append((bare, ours))
    for work, pairs in found.items():
        bare, ours = _net(pairs, starts, 0), _net(pairs, starts, 1)
        yield Measurement(
            work=work,
            store=store,
            brands=brands,
            wall=round(ours.wall / bare.wall, 2),
            cpu=round(ours.cpu / bare.cpu, 2),
            bare_seconds=round(bare.wall, 3),
            seconds=round(ours.wall, 3),
            memory=round(ours.memory, 1),
            requests=json.loads(pairs[0][1].output)["requests"],
        )


def _starts(store: str, repeat: int) -> list[tuple[Cost, Cost]]:
    """What it costs to start and to find nothing; the very first time, in which tables are made, is left out."""
    with tempfile.TemporaryDirectory() as directory, catalogue(0) as cms:
        pipeline = Pipeline(Path(directory), cms, 0, STORES[store])
        return [(pipeline.bare("create"), pipeline.sync()) for _ in range(repeat + 1)][1:]


def _net(pairs: Iterable[tuple[Cost, Cost]], starts: Iterable[tuple[Cost, Cost]], side: int) -> Cost:
    """The fastest without the start-up, at least a millisecond; the most memory."""
    these, nothing = [pair[side] for pair in pairs], [pair[side] for pair in starts]
    wall = min(cost.wall for cost in these) - min(cost.wall for cost in nothing)
    cpu = min(cost.cpu for cost in these) - min(cost.cpu for cost in nothing)
    return Cost(max(wall, 0.001), max(cpu, 0.001), max(cost.memory for cost in these), "")


def worse(found: Sequence[Measurement], saved: Path) -> Iterator[str]:
    """The ratios that are worse than those that were saved."""
    before = {
        one.what: one for one in (Measurement(**fields) for fields in json.loads(saved.read_text("utf-8"))["ratios"])
    }
    for one in found:
        known = before.get(one.what)
        if known and one.cpu > known.cpu * TOLERANCE:
            yield f"{one.work} of {one.brands} brands in {one.store}: CPU {one.cpu} ×, and {known.cpu} × was saved"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(prog="python tests/bench", description="Measure brandsync against a bare script.")
    parser.add_argument("--brands", default="10000", help="the catalogue's sizes")
    parser.add_argument("--stores", default="sqlite", help="among " + ", ".join(STORES))
    parser.add_argument("--repeat", type=int, default=3, help="of how many the fastest counts")
    parser.add_argument("--save", type=Path, help="write the results here")
    parser.add_argument("--check", type=Path, help="fail where a ratio is a quarter worse than the one saved here")
    chosen = parser.parse_args(arguments)
    sizes, stores = [int(size) for size in chosen.brands.split(",")], chosen.stores.split(",")
    found = [one for size in sizes for store in stores for one in measure(store, size, chosen.repeat)]
    Console().print(_table(found))
    if chosen.save:
        machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
        results = {"machine": machine, "ratios": [asdict(one) for one in found]}
        chosen.save.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    problems = list(worse(found, chosen.check)) if chosen.check else []
    for problem in problems:
        Console(stderr=True).print(problem)
    return 1 if problems else 0


def _table(found: Iterable[Measurement]) -> Table:
    table = Table("work", "store", "brands", "wall ×", "CPU ×", "bare s", "s", "MB", "requests", box=None)
    for one in found:
        table.add_row(*(str(value) for value in asdict(one).values()))
    return table


if __name__ == "__main__":
    sys.exit(main())
