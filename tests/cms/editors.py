"""Editors at work while external ids are written and requests fail: their drafts stay theirs."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from extent import EVERY
from fake_server import Answer, Asked, FakeServer
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from brandsync.brand import ExternalId
from brandsync.cms.interface import Cms
from brandsync.errors import TryAgainLater

LOST = Answer(500, {"error": "injected"})
AT_WORK = settings(deadline=None, derandomize=not EVERY, suppress_health_check=[HealthCheck.function_scoped_fixture])
"""The same steps each time, and others where everything is tried."""
ENTRIES = "ab"


@dataclass(frozen=True)
class Edit:
    """What an editor does between two writes."""

    entry: str
    edit: str


@dataclass(frozen=True)
class Write:
    """An external id is written."""

    entry: str
    external_id: str | None
    meanwhile: list[tuple[int, str]]
    """What editors do with that entry, before which of its requests."""
    faults: list[str | None]
    """What becomes of its requests: lost before or after they are carried out."""


def steps(*more_edits: str, at_one_moment: bool = False, most: int = 8, most_faults: int = 4):
    """What editors and runs do. ``at_one_moment``: all that is done meanwhile comes before the same request."""
    entry, edit = st.sampled_from(ENTRIES), st.sampled_from(["save", "publish", "unpublish", *more_edits])
    meanwhile = st.lists(st.tuples(st.integers(0, 9), edit), max_size=3)
    if at_one_moment:
        moment = st.tuples(st.integers(0, 9), st.lists(edit, max_size=3))
        meanwhile = moment.map(lambda found: [(found[0], edit) for edit in found[1]])
    faults = st.lists(st.sampled_from([None, "before", "after"]), max_size=most_faults)
    write = st.builds(Write, entry, st.sampled_from(["brand-1", "brand-2", None]), meanwhile, faults)
    return st.lists(st.one_of(st.builds(Edit, entry, edit), write), max_size=most)


class Editors:
    """What editors did, and what therefore has to be there. Their drafts differ in one field."""

    field = "name"

    def __init__(self, space) -> None:
        self.space = space
        self.saved = 0
        self.ids = {entry: self.add(entry) for entry in ENTRIES}
        self.drafts = space.drafted(self.field)
        self.published = space.shown(self.field)

    def add(self, entry: str) -> str:
        """Publish an entry; returns its id."""
        return self.space.add(entry, name=f"{entry} 0")

    def act(self, entry: str, edit: str) -> None:
        """Save, publish or unpublish."""
        getattr(self, edit)(self.ids[entry])

    def save(self, cms_id: str) -> None:
        self.saved += 1
        self.drafts[cms_id] = f"saved {self.saved}"
        self.space.save(cms_id, **{self.field: self.drafts[cms_id]})

    def publish(self, cms_id: str) -> None:
        self.published[cms_id] = self.drafts[cms_id]
        self.space.publish(cms_id)

    def unpublish(self, cms_id: str) -> None:
        self.published.pop(cms_id, None)
        self.space.unpublish(cms_id)

    def check(self) -> None:
        """What they saved is in drafts, and what they published is published."""
        assert self.space.shown(self.field) == self.published
        assert self.space.drafted(self.field) == self.drafts

    def settle(self, cms: Cms) -> None:
        """With nobody at work, what is not to wait can be taken back, and leaves nothing behind."""
        waiting = set(write(cms, dict.fromkeys(self.ids.values())))
        assert all(self.drafts[cms_id] != self.published.get(cms_id) for cms_id in waiting)
        self.check()
        for held in (self.space.drafted(), self.space.shown()):
            assert all(external_id is None for cms_id, external_id in held.items() if cms_id not in waiting)


def everybody_works(
    fake: FakeServer,
    cms: Cms,
    editors,
    steps: list[Edit | Write],
    *,
    may_act: Callable[[Asked], bool] = lambda _asked: True,
    may_fail: Callable[[Asked], bool] | None = None,
    errors: tuple[type[Exception], ...] = (TryAgainLater,),
) -> None:
    """Take the steps, and look after each write. ``may_act``, ``may_fail``: the requests before which editors act, and
    those that may be lost: by default all, and those that write."""
    for step in steps:
        if isinstance(step, Edit):
            editors.act(step.entry, step.edit)
            continue
        fake.act = _meanwhile(fake, editors, step, may_act, may_fail or fake.writes)
        with suppress(*errors):
            write(cms, {editors.ids[step.entry]: step.external_id})
        fake.instead.clear()
        fake.after.clear()
        fake.act = lambda _asked: None
        editors.check()
    editors.settle(cms)


def _meanwhile(fake: FakeServer, editors, step: Write, may_act, may_fail) -> Callable[[Asked], None]:
    began, faults = len(fake.log), list(step.faults)

    def act(asked: Asked) -> None:
        for number, edit in step.meanwhile if may_act(asked) else ():
            if len(fake.log) - began == number:
                editors.act(step.entry, edit)
        fault = faults.pop(0) if faults and may_fail(asked) else None
        if fault == "before":
            fake.instead.append(LOST)
        elif fake.writes(asked):
            fake.after.append((lambda _done: LOST) if fault == "after" else (lambda done: done))

    return act


def write(cms: Cms, links: dict[str, str | None]) -> list[str]:
    """Write external ids; those that have to wait."""
    return list(cms.links.write([ExternalId(cms_id, external_id) for cms_id, external_id in links.items()]))


def only_b_is_linked(cms: Cms, space, version: Callable[[], object]) -> None:
    """Of two entries, "a" has to wait: nothing of it is written, and its version stays."""
    assert cms.links.pending(["a", "b"]) == {"a"}
    before = version()
    assert write(cms, {"a": "brand-1", "b": "brand-2"}) == ["a"]
    assert version() == before
    assert space.drafted() == {"a": None, "b": "brand-2"}


def once(act: Callable[[], object], method: str, end: str = "") -> Callable[[Asked], None]:
    """Somebody acts once, just before the first request of this kind is carried out."""
    left = [act]

    def acting(asked: Asked) -> None:
        if left and asked.method == method and asked.path.endswith(end):
            left.pop()()

    return acting
