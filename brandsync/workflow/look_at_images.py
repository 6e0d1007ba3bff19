"""Looks at the pictures that may have changed, several at once, and lets the plan decide what becomes of them."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from functools import partial

from msgspec.structs import astuple

from brandsync.brand.image import NoImage
from brandsync.cms.downloads import NotFetched
from brandsync.interruptible import Helpers, Wait
from brandsync.journal import ImageRow
from brandsync.observing.tracing import carried
from brandsync.plan.images import ImagePlan, Sight
from brandsync.plan.rules import Rules
from brandsync.stores.images import ImageLimits
from brandsync.workflow.image_files import ImageFiles

THREADS = 8
"""Pictures that are fetched at once."""


def look_at_images(  # noqa: PLR0913 - the plan, both sides of each picture, and the rules
    plan: ImagePlan,
    files: ImageFiles,
    limits: ImageLimits,
    rules: Rules,
    *,
    recalled: Callable[[Sequence[str]], Iterable[ImageRow]],
    progress: Callable[[str, int], None] = lambda _phase, _count: None,
) -> None:
    """Look at every picture that may have changed. Nothing is written.

    ``recalled``: what the journal remembers of entries' pictures.
    """
    with closing(Helpers()) as helpers:

        def look(addresses: Sequence[str]) -> Sequence[Sight]:
            sights = [*_seen(helpers, addresses, partial(sight_of, files, limits))]
            progress("images", len(sights))
            return sights

        for due in plan.due():
            plan.conclude(due, look, rules)
    plan.recall(map(astuple, recalled(plan.deleted())))
    plan.let_go(rules)


def _seen(helpers: Helpers, addresses: Sequence[str], look: Callable[[str], Sight]) -> Iterator[Sight]:
    """What these looks show, in order, with some always on their way. A run that is asked to stop need not wait."""
    under_way: deque[Wait[Sight]] = deque()
    for address in addresses:
        if len(under_way) == THREADS:
            yield under_way.popleft().result()
        under_way.append(helpers.start(Wait("a picture"), partial(carried(look), address)))
    while under_way:
        yield under_way.popleft().result()


def sight_of(files: ImageFiles, limits: ImageLimits, address: str) -> Sight:
    """What a look at one picture shows. Any thread may call it."""
    try:
        found = files.look(address)
    except NotFetched as problem:
        return Sight(unreachable=str(problem))
    except NoImage as problem:
        return Sight(refused=str(problem))
    refused = None
    if found.type not in limits.types:
        taken = ", ".join(sorted(one.extension.upper() for one in limits.types))
        refused = f"is {found.type.extension.upper()}, and the store takes {taken}"
    elif limits.largest is not None and found.size > limits.largest:
        refused = f"has {found.size / 1e6:.1f} MB, and the store takes {limits.largest / 1e6:g}"
    return Sight(found.fingerprint, found.type.mime, found.type.extension, found.size, refused=refused)
