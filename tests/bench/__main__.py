"""Measures brandsync against a bare script that does the same reading and writing, and prints a table of ratios.

python tests/bench --brands 10000,100000 --stores sqlite,postgresql --repeat 3
python tests/bench --save      # what the README shows; takes an hour, and needs matplotlib for the plot
python tests/bench --check     # fails where something costs a quarter more than what was saved
"""

import argparse
import sqlite3
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests' own databases

from databases import POSTGRES, run
from measuring import Measurement, measure, start_up, worse
from rich.console import Console
from rich.table import Table
from showing import STORES, Results, machine, today

LARGE = 1_000_000
"""Brands that are measured once: what costs minutes is hardly disturbed by a moment."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(prog="python tests/bench", description="Measure brandsync against a bare script.")
    parser.add_argument("--brands", default="10000", help="the catalogue's sizes; empty for none")
    parser.add_argument("--stores", default=",".join(STORES), help="among " + ", ".join(STORES))
    parser.add_argument("--repeat", type=int, default=3, help="of how many runs the fastest counts")
    parser.add_argument("--peers", action="store_true", help="dlt and diffsync too, where they are installed")
    parser.add_argument("--medusa", action="store_true", help="the guide's workflow in a live Medusa too")
    parser.add_argument("--save", action="store_true", help="write results.json, the plot, and the README's table")
    parser.add_argument("--check", action="store_true", help="fail where a cost is a quarter above the one saved")
    chosen = parser.parse_args(arguments)
    sizes, stores = [int(size) for size in chosen.brands.split(",") if size], chosen.stores.split(",")
    guide = _beside_the_guide() if chosen.medusa else {}
    found = _measure(sizes, stores, chosen.repeat, others=chosen.peers)
    Console(width=120).print(_table(found))
    if chosen.save:
        Results(machine(_versions(stores)), today(), start_up(chosen.repeat), found, guide).with_those_saved().save()
    return _checked(found, sizes, stores, chosen.repeat) if chosen.check else 0


def _beside_the_guide() -> Mapping[str, Sequence[float]]:
    from guides_workflow import race_the_guide  # noqa: PLC0415 - only where there is a Medusa

    found = race_the_guide()
    table = Table("all real brands in Medusa", "guide s", "brandsync s", box=None)
    for work, seconds in found.items():
        table.add_row(work, *(f"{one:.1f}" for one in seconds))
    Console(width=120).print(table)
    return found


def _measure(sizes: Sequence[int], stores: Sequence[str], repeat: int, *, others: bool) -> list[Measurement]:
    return [
        one
        for size in sizes
        for store in stores
        for one in measure(store, size, 1 if size >= LARGE else repeat, others=others and size < LARGE)
    ]


def _checked(found: Sequence[Measurement], sizes: Sequence[int], stores: Sequence[str], repeat: int) -> int:
    """Compare with what was saved. What is worse is measured once more: a busy moment is no regression."""
    saved = Results.load()
    problems = worse(found, saved.measurements)
    if problems:
        Console().print("\n".join([*problems, "Once more:"]))
        again = _measure(sizes, stores, 2 * repeat, others=False)
        Console(width=120).print(_table(again))
        problems = worse(again, saved.measurements)
    Console(stderr=True).print("\n".join(problems) or "nothing costs more than it did")
    return 1 if problems else 0


def _versions(stores: Sequence[str]) -> list[str]:
    """The databases' versions."""
    server = run(POSTGRES, "SHOW server_version")[0][0].split()[0] if "postgresql" in stores else ""
    return [f"SQLite {sqlite3.sqlite_version}", *([f"PostgreSQL {server}"] if server else [])]


def _table(found: Iterable[Measurement]) -> Table:
    table = Table("work", "store", "brands", "wall ×", "CPU ×", "creations", "s", "bare s", "MB", "requests", box=None)
    for one in found:
        cells = (one.work, one.store, one.brands, one.wall, one.cpu, one.creations)
        table.add_row(*(str(cell) for cell in (*cells, one.seconds, one.bare_seconds, one.memory, one.requests)))
    return table


if __name__ == "__main__":
    sys.exit(main())
