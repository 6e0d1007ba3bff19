"""Kills a process at each of its points, and at each point of what follows, and has the rest come right."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from crash_child import Ended
from crash_kinds import Work
from crash_model import assert_every_write_is_recorded
from crash_shops import CrashShop, State, View


@dataclass(slots=True)
class Matrix:
    """One kind of work in one shop, killed everywhere."""

    shop: CrashShop
    work: Work
    stride: int = 1
    """Die a second time at each so-manieth point: after each first death at others."""
    base: State = field(init=False)
    before: View = field(init=False)
    """What was there before anything was written that is still to be settled."""
    after: View = field(init=False)
    """What the work leaves when nothing kills it."""
    points: list[str] = field(init=False)
    """Those of the work when nothing kills it."""
    argument: str = field(init=False)
    counts: Counter[str] = field(default_factory=Counter)
    """How many deaths there were, first and second, and how many states they left."""
    wrong: list[str] = field(default_factory=list)
    """What did not come right, and after which deaths."""
    _seen: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        before = self.work.prepare(self.shop)
        self.argument = self.work.argument(self.shop)
        self.base, self.before = self.shop.take(), before or self.shop.look()
        ended = self.run(None)
        assert ended.result
        assert ended.result["exit_code"] == self.work.exit_code, ended.result
        self.points, self.after = ended.points, self.shop.look()

    def run(self, fatal: int | None) -> Ended:
        """The work itself."""
        return self.shop.run(self.work.command, self.argument, fatal=fatal)

    def deaths(self) -> Iterator[tuple[str, State]]:
        """Die at each point in turn; gives the point, and what the dead process has left."""
        return self._deaths("first", self.base, self.points, self.run)

    def second_deaths(self, died: State, command: str, mode: str) -> Iterator[tuple[str, State]]:
        """The same of a command that follows a death, at each so-manieth point.

        Where that is each point, one process waits at one after another: there is then what its death would leave.
        """

        def follow(fatal: int | None) -> Ended:
            return self.shop.run(command, self.argument, fatal=fatal, mode=mode)

        self.shop.put_back(died)
        if self.stride > 1:
            yield from self._deaths("second", died, follow(None).points, follow)
            return
        left = [
            (f"{number} ({point})", self.shop.take())
            for number, point in enumerate(self.shop.stops(command, self.argument, mode=mode))
            if self._is_left("second", number, point)
        ]
        yield from left

    def _deaths(
        self, which: str, start: State, points: list[str], run: Callable[[int | None], Ended]
    ) -> Iterator[tuple[str, State]]:
        for number, point in enumerate(points):
            if which == "second" and (number + self.counts["first"]) % self.stride:
                continue
            self.shop.put_back(start)
            assert run(number).result is None
            if self._is_left(which, number, point):
                yield f"{number} ({point})", self.shop.take()

    def _is_left(self, which: str, number: int, point: str) -> bool:
        """Whether this death leaves a state that none before has left."""
        self.counts[which] += 1
        view = self.shop.look()
        with self.coming_right(f"{which} death at {number} ({point})"):
            assert_every_write_is_recorded(self.before, view)
        is_new = self._is_new(which, view)
        self.counts["states"] += is_new
        return is_new

    def _is_new(self, which: str, view: View) -> bool:
        """What comes next depends on the state alone: from equal ones there is one way, after as many deaths."""
        known = len(self._seen)
        self._seen.add((which, view.key))
        return len(self._seen) > known

    @contextmanager
    def coming_right(self, after: str) -> Iterator[None]:
        """A block that asserts; one that fails doesn't hide the others."""
        try:
            yield
        except AssertionError as error:
            self.wrong.append(f"{after}: {error}")

    def conclude(self) -> None:
        """Tell what did not come right."""
        assert not self.wrong, f"{len(self.wrong)} of {dict(self.counts)}:\n" + "\n".join(self.wrong)
