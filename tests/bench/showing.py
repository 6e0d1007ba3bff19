"""The saved results, as a table and a plot for the README."""

import hashlib
import json
import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from measuring import Measurement

RESULTS = Path(__file__).with_name("results.json")
PLOT = Path(__file__).with_name("cost.svg")
README = Path(__file__).parents[2] / "README.md"
MARKED = re.compile(r"(?<=<!-- measured -->\n).*?(?=<!-- /measured -->)", re.DOTALL)
WORKS = {
    "create": "create all",
    "again": "run again, nothing changed",
    "changed": "1 % changed, full run",
    "incremental": "100 changed, incremental run",
    "undo": "undo of the creation",
    "rollback": "rollback: the last brand is refused",
}
STORES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_COLOURS = {"sqlite": "#2a78b5", "postgresql": "#c4622d"}


@dataclass(frozen=True, slots=True)
class Results:
    """What was measured on one machine."""

    machine: str
    day: str
    start_up: float
    measurements: Sequence[Measurement]
    guide: Mapping[str, Sequence[float]] = field(default_factory=dict)
    """All real brands in a live Medusa: the seconds of the guide's workflow and of brandsync."""

    def with_those_saved(self) -> "Results":
        """These, and of those saved before on such a machine what was not measured again."""
        known = Results.load() if RESULTS.exists() else self
        anew = {one.what for one in self.measurements}
        kept = [one for one in known.measurements if one.what not in anew] if known.machine == self.machine else []
        guide = self.guide or (known.guide if known.machine == self.machine else {})
        return replace(self, measurements=sorted([*kept, *self.measurements], key=_place), guide=guide)

    def save(self) -> None:
        """Write the results, the README's table and the plot."""
        RESULTS.write_text(json.dumps(asdict(self), indent=1) + "\n", "utf-8")
        README.write_text(MARKED.sub(lambda _: self.text(), README.read_text("utf-8")), "utf-8")
        plot(self.measurements, self.digest)

    @property
    def digest(self) -> str:
        """What the plot is marked with, to tell whether it shows these results."""
        shown = {name: value for name, value in asdict(self).items() if name != "guide"}
        return hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:16]

    @classmethod
    def load(cls) -> "Results":
        """The results that were saved."""
        saved = json.loads(RESULTS.read_text("utf-8"))
        return cls(**saved | {"measurements": [Measurement(**fields) for fields in saved["measurements"]]})

    def text(self) -> str:
        """What the README says: the largest catalogue's costs, and creation beside the other tools."""
        size = max(one.brands for one in self.measurements)
        beside = max((one.brands for one in self.measurements if one.work not in WORKS), default=size)
        others = dict.fromkeys(one.work for one in self.measurements if one.work not in WORKS)
        lines = [
            f"On {self.machine}; {self.day}.",
            "",
            *_head(f"{size:,} brands"),
            *[_row(name, self._of(work, size)) for work, name in WORKS.items()],
            "",
            *_head(f"creation of {beside:,} brands"),
            *[
                _row(name, self._of(work, beside))
                for work, name in {"create": "brandsync", **dict(zip(others, others, strict=True))}.items()
            ],
            "",
            "dlt and diffsync keep no journal and undo nothing.",
            f"`brandsync --version` takes {self.start_up:g} × the time of importing Typer.",
            *self._beside_the_guide(),
            "",
        ]
        return "\n".join(lines)

    def _beside_the_guide(self) -> list[str]:
        if not self.guide:
            return []
        return [
            "",
            "| 19,119 real brands in Medusa, seconds | the guide's workflow | brandsync |",
            "| --- | ---: | ---: |",
            *[f"| {work} | {guide:.1f} | {ours:.1f} |" for work, (guide, ours) in self.guide.items()],
            "",
            "The guide's is one HTTP call; brandsync's is the whole command, with its start-up and its journal.",
        ]

    def _of(self, work: str, brands: int) -> dict[str, Measurement]:
        found = (one for one in self.measurements if (one.work, one.brands) == (work, brands))
        return {one.store: one for one in found}


def _place(one: Measurement) -> tuple[int, bool, int]:
    works = [*WORKS]
    return one.brands, one.store != "sqlite", works.index(one.work) if one.work in works else len(works)


def _head(what: str) -> list[str]:
    return [
        f"| {what} | SQLite: CPU × bare | s | MB | PostgreSQL: CPU × bare | s | MB | requests |",
        "| --- |" + " ---: |" * 7,
    ]


def _row(name: str, found: dict[str, Measurement]) -> str:
    cells = [
        f"{one.cpu:.1f} | {one.seconds:.1f} | {one.memory:.0f}" if (one := found.get(store)) else "| |"
        for store in STORES
    ]
    requests = max((one.requests for one in found.values()), default=0)
    return f"| {name} | {' | '.join(cells)} | {requests or ''} |"


def plot(found: Sequence[Measurement], digest: str) -> None:
    """Draw the seconds against the number of brands, both in powers of ten."""
    import matplotlib as mpl  # noqa: PLC0415 - only who saves results has it

    mpl.use("svg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - after its backend is chosen

    plt.rcParams.update({"svg.hashsalt": "brandsync", "svg.fonttype": "none", "font.family": "sans-serif"})
    figure, axes = plt.subplots(2, 3, figsize=(10, 5.6), sharex=True, sharey=True)
    for place, (work, name) in zip(axes.flat, WORKS.items(), strict=True):
        for store, title in STORES.items():
            points = sorted((one.brands, one.seconds, one.bare_seconds) for one in found_of(found, work, store))
            sizes, seconds, bare = zip(*points, strict=True)
            place.plot(sizes, seconds, color=_COLOURS[store], marker="o", label=f"{title}, brandsync")
            place.plot(sizes, bare, color=_COLOURS[store], linestyle=":", marker=".", label=f"{title}, bare script")
        place.set(xscale="log", yscale="log", title=name)
        place.grid(visible=True, alpha=0.3)
    figure.supxlabel("brands")
    figure.supylabel("seconds, start-up taken off")
    figure.legend(*axes.flat[0].get_legend_handles_labels(), loc="upper center", ncols=4, frameon=False)
    figure.tight_layout(rect=(0, 0, 1, 0.94))
    figure.savefig(PLOT, metadata={"Date": None, "Description": digest})


def found_of(found: Iterable[Measurement], work: str, store: str) -> list[Measurement]:
    """The measurements of one kind of work in one store."""
    return [one for one in found if (one.work, one.store) == (work, store)]


def machine(databases: Iterable[str]) -> str:
    """What it was measured on."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    processor = f"{len(names)} cores of {names[0]}" if names else platform.processor()
    return ", ".join([processor, platform.system(), f"Python {platform.python_version()}", *databases])


def today() -> str:
    """The day of the measurement."""
    return datetime.now(UTC).date().isoformat()
