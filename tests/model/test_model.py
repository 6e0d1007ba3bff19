"""Random people, random faults, and brandsync between them: nothing that it promises is ever broken."""

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import pytest
import stamina
from extent import enough
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from model.busy_machine import BusyMachine
from model.calm import be_calm
from model.machine import Machine
from model.model_shop import model_shop

ASKED = int(os.environ.get("BRANDSYNC_TEST_STEPS", "0"))
"""Steps of each part, by seeds that nobody has tried. Without it, the same steps each time."""

STEPS = 30
"""Of one life."""
EACH = {
    "sqlite, the journal elsewhere": ("sqlite", True, 35),
    "postgresql": ("postgresql", False, 12),
    "mysql": ("mysql", False, 12),
}
PARTS = enough(EACH, of={**EACH, "sqlite": ("sqlite", False, 50)})
"""The store's database, whether the journal has another one, and how many lives."""
_LEAST = 0.7
"""Of the steps that were meant: a life may end a little early."""
_ENDS = {"sync 0", "sync 65", "undo 0", "undo 78", "sync died", "preview 0", "preview of undo 0", "recover 0"}
"""What a part that is worth anything has come to at least once."""


@pytest.fixture
def calm() -> Iterator[None]:
    """No retries, one request at a time, small batches."""
    with pytest.MonkeyPatch.context() as patch:
        be_calm(patch)
        yield
    stamina.set_testing(False)


@pytest.mark.slow
@pytest.mark.usefixtures("calm")
@pytest.mark.parametrize("part", PARTS)
def test_no_promise_is_broken_whatever_happens(part: str, record_property: Callable[[str, object], None]) -> None:
    kind, elsewhere, lives = PARTS[part]
    lives = -(-ASKED // STEPS) or lives
    seed = random.SystemRandom().getrandbits(32) if ASKED else [*PARTS].index(part)
    counts: Counter[str] = Counter()
    with model_shop(kind, elsewhere=elsewhere) as shop:
        kind_of_life = BusyMachine if ASKED else Machine
        machine: Any = type("Machine", (kind_of_life,), {"shop": shop, "counts": counts})
        try:
            run_state_machine_as_test(hypothesis.seed(seed)(machine), settings=_settings(lives))
        finally:
            ends = ", ".join(f"{number} x {what}" for what, number in sorted(counts.items()) if what != "steps")
            record_property("tried", f"model, {part}, seed {seed}: {counts['steps']} steps; {ends}")
    assert counts["steps"] >= lives * STEPS * _LEAST
    assert lives * STEPS < 1000 or counts.keys() >= _ENDS


def _settings(lives: int) -> settings:
    return settings(
        max_examples=lives,
        stateful_step_count=STEPS,
        database=None,
        deadline=None,  # a step may be a whole run
        derandomize=not ASKED,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow],  # as above, against a real server
    )
