"""Who wins, whatever is done in whatever order: edits, runs, changes of the policy and of the mapping, and undos."""

import os
import random
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any, ClassVar

import hypothesis
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from settled_shop import FIELDS, SettledShop
from settling import EDITS, Edit, Effects, Field
from shop import Shop

ASKED = int(os.environ.get("BRANDSYNC_TEST_STEPS", "0"))
"""Steps by a seed that nobody has tried. Without it, the same steps each time."""
STEPS = 12
"""Of one life."""
LIVES = 12
_REFUSING = (
    "CREATE TRIGGER refuse BEFORE UPDATE OF updated_at ON brand"
    " WHEN NEW.description LIKE 'refused%' AND NEW.description IS NOT OLD.description"
    " BEGIN SELECT RAISE(ABORT, 'refused'); END"
)
"""A description that brandsync alone can't write, which sets the time of change as well."""
_BRANDS = 3
_POLICIES = st.sampled_from(["cms", "store", "skip"])


def _is_refused(value: str) -> bool:
    return value.startswith("refused")


def _never(_value: str) -> bool:
    return False


def refused(field: Field, value: str) -> None:
    """An editor writes what the store doesn't take."""
    field.cms = f"refused {value}"


Edits = list[tuple[int, str, Edit]]
_ONE = st.tuples(st.integers(0, _BRANDS - 1), st.sampled_from(FIELDS), st.sampled_from(EDITS))
_REFUSED = st.tuples(st.integers(0, _BRANDS - 1), st.just("description"), st.just(refused))
_EDITS = st.lists(st.one_of(_ONE, _ONE, _ONE, _REFUSED), max_size=6)


class Life(RuleBasedStateMachine):
    """Some brands, and what may become of them."""

    counts: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.made = 0
        self.runs: list[tuple[str, Effects]] = []
        """The runs that wrote something and stand, the latest last."""

    @initialize(spelling=st.booleans())
    def begin(self, spelling: bool) -> None:
        directory = Path(self.stack.enter_context(TemporaryDirectory()))
        nowhere: Any = SimpleNamespace(url="http://127.0.0.1:9")
        shop = self.stack.enter_context(Shop(directory, nowhere, f"sqlite:///{directory}/brands.db"))
        self.settled = SettledShop(shop, _BRANDS, spelling=spelling, keep_going=True)
        self.is_refused = _never if spelling else _is_refused
        if not spelling:
            shop.execute(_REFUSING)

    @rule(edits=_EDITS, policy=_POLICIES, mapped=st.sampled_from([FIELDS, FIELDS, FIELDS, ("name",)]))
    def sync(self, edits: Edits, policy: str, mapped: tuple[str, ...]) -> None:
        self._edit(edits)
        self.settled.mapped = mapped
        before = self.settled.look()
        result, expected = self.settled.sync_as_expected(policy, self.is_refused)
        self.counts[f"sync {result['exit_code']}"] += 1
        if effects := self.settled.effects(before, expected):
            self.runs.append((result["run"], effects))

    @precondition(lambda self: self.runs)
    @rule(edits=_EDITS)
    def undo(self, edits: Edits) -> None:
        """The latest run that stands is taken back, unless somebody has done that by hand, or nobody but people can."""
        self._edit(edits)
        run, effects = self.runs[-1]
        brands = self.settled.brands
        every = [
            (brands[key][name], effect.was.store) for key, brand in effects.items() for name, effect in brand.items()
        ]
        if not any(field.store == was or self.is_refused(was) for field, was in every):
            self.counts["undo"] += 1
            self.settled.undo_as_expected(run, effects)
            self.runs.pop()

    def _edit(self, edits: Edits) -> None:
        for which, name, edit in edits:
            self.made += 1
            edit(self.settled.brands[str(which)][name], f"{name}, edit {self.made}")

    def teardown(self) -> None:
        self.stack.close()


@pytest.mark.slow  # hundreds of runs
def test_every_field_is_settled_as_the_readme_says_whatever_happens(
    record_property: Callable[[str, object], None],
) -> None:
    counts: Counter[str] = Counter()
    life: Any = type("Life", (Life,), {"counts": counts})
    seed = random.SystemRandom().getrandbits(32) if ASKED else 0
    chosen = settings(
        max_examples=-(-ASKED // STEPS) or LIVES,
        stateful_step_count=STEPS,
        database=None,
        deadline=None,  # a step may be a whole run
        derandomize=not ASKED,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
    run_state_machine_as_test(hypothesis.seed(seed)(life), settings=chosen)
    told = ", ".join(f"{number} x {what}" for what, number in sorted(counts.items()))
    record_property("tried", f"who wins, seed {seed}: {told}")
    assert counts.keys() == {"sync 0", "sync 65", "undo"}
