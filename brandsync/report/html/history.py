"""The last runs as a chart: a bar for each run, as high as its number of changes, with a sign of how it ended."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from brandsync.errors.plural import counted, plural
from brandsync.journal import RunRecord
from brandsync.report.html.sentences import done, headline, tone
from brandsync.report.moments import short, spoken

RUNS = 30
"""How many runs the chart shows."""
WIDTH, HEIGHT = 360, 120
"""The size of the drawing, in its own units."""
_LEFT, _TOP, _BOTTOM = 34, 8, 98
_COUNTS = ("created", "updated", "adopted", "deleted")


@dataclass(frozen=True, slots=True)
class Bar:
    """One run of the chart."""

    when: str
    moment: str
    """The same for machines: ISO 8601."""
    what: str
    tone: str
    current: bool
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the scale."""

    y: float
    label: str


@dataclass(frozen=True, slots=True)
class History:
    """The chart, oldest run first."""

    bars: Sequence[Bar]
    lines: Sequence[Line]
    summary: str
    """What the chart shows, in words for people who can't see it."""


def history(runs: Sequence[RunRecord], current: str) -> History:
    """The chart of these runs, newest first. ``current`` is the run that the page is about."""
    shown = [run for run in reversed(runs) if run.kind != "recover"]
    top = max([10, *map(brands_changed, shown)])
    step = (WIDTH - _LEFT) / max(len(shown), 10)
    bars = [_bar(run, _LEFT + place * step, step, top, current) for place, run in enumerate(shown)]
    return History(bars, list(_lines(top)), _summary(shown))


def brands_changed(run: RunRecord) -> int:
    """How many brands a run changed. One that was created with a picture counts once: so there may be more."""
    return max(sum(run.counts.get(name, 0) for name in _COUNTS), run.counts.get("images", 0))


def _height(count: int, top: int) -> float:
    """The height on a logarithmic scale: a shop's first run creates thousands of brands, and a night changes three."""
    return (_BOTTOM - _TOP) * math.log10(1 + count) / math.log10(1 + top)


def _bar(run: RunRecord, x: float, step: float, top: int, current: str) -> Bar:
    count = brands_changed(run)
    height = round(_height(count, top), 1)
    what = f"{headline(run)}." if tone(run) == "bad" or not count else done(run)
    skipped = run.counts.get("skipped", 0)
    if skipped and tone(run) != "bad":
        what += f" {skipped:,} skipped."
    return Bar(
        when=short(run.started_at),
        moment=run.started_at,
        what=what,
        tone=tone(run),
        current=run.id == current,
        x=round(x, 1),
        y=round(_BOTTOM - height, 1),
        width=round(step - 2, 1),
        height=height,
    )


def _lines(top: int) -> Iterator[Line]:
    """The scale: ``0``, ``1``, ``10``, ``100``, ``1k``."""
    yield Line(_BOTTOM, "0")
    for power in range(len(str(top))):
        label = f"{10 ** (power % 3)}{('', 'k', 'M', 'G')[power // 3]}"
        yield Line(round(_BOTTOM - _height(10**power, top), 1), label)


def _summary(shown: Sequence[RunRecord]) -> str:
    if not shown:
        return "There have been no updates yet."
    bad = sum(tone(run) == "bad" for run in shown)
    changed = sum(map(brands_changed, shown))
    skipping = sum(bool(run.counts.get("skipped")) for run in shown)
    first, last = spoken(shown[0].started_at), spoken(shown[-1].started_at)
    return (
        f"{counted(len(shown), 'update')} from {first} to {last}: {'it' if len(shown) == 1 else 'they'} changed"
        f" {changed:,} {plural(changed, 'brand')} in all; {skipping} skipped brands, and {bad} did not go through."
    )
