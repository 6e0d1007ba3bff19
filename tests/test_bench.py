"""What the README says of speed is what was measured, and a cost that grows is seen."""

from dataclasses import replace

import pytest
from extent import EVERY
from measuring import NOISE, TOLERANCE, Measurement, worse
from pipelines import catalogue, costs
from showing import MARKED, PLOT, README, WORKS, Results

ONE = Measurement("create", "sqlite", 10_000, 7.0, 8.0, 8.0, 0.1, 0.7, 130.0, 10)


def test_the_readme_shows_what_was_measured() -> None:
    found = MARKED.search(README.read_text("utf-8"))
    assert found
    assert found[0] == Results.load().text(), "run `python tests/bench --save`"


def test_the_plot_shows_what_was_measured() -> None:
    assert Results.load().digest in PLOT.read_text("utf-8"), "run `python tests/bench --save`"


def test_what_costs_a_quarter_more_is_told() -> None:
    limit = ONE.creations * TOLERANCE + NOISE
    assert worse([replace(ONE, creations=limit, memory=ONE.memory * TOLERANCE, requests=11)], [ONE]) == []
    assert worse([replace(ONE, creations=limit + 1, memory=200.0, requests=12)], [ONE]) == [
        "create of 10000 brands in sqlite takes 12 bare creations of CPU: 8 were saved",
        "create of 10000 brands in sqlite takes 200 MB: 130 were saved",
        "create of 10000 brands in sqlite takes 12 requests: 10 were saved",
    ]


@pytest.mark.slow
@pytest.mark.skipif(not EVERY, reason="the bench, which runs by itself, compares the memory too")
def test_memory_does_not_know_how_large_the_catalogue_is() -> None:
    def memory(brands: int) -> dict[str, float]:
        with catalogue(brands) as cms:
            return {work: ours.cost.memory for work, _, ours in costs("sqlite", cms, brands)}

    small, large = memory(20_000), memory(100_000)
    assert small.keys() == {*WORKS}
    assert {work: megabytes for work, megabytes in large.items() if megabytes > 1.2 * small[work]} == {}


def test_what_was_not_saved_is_not_compared() -> None:
    assert worse([replace(ONE, brands=20_000, creations=99.0), replace(ONE, store="postgresql")], [ONE]) == []
