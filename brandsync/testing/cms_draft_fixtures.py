"""What a CMS with drafts says of its editors, and what the tests of drafts are made of."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, ClassVar, Final

import pytest

from brandsync.brand import ExternalId
from brandsync.cms.interface import Cms, CmsLinks
from brandsync.errors import BrandsyncError
from brandsync.testing.bench import Side
from brandsync.testing.cms_fixtures import CmsFixtures, linking, texts
from brandsync.testing.contract import caught, difference, require
from brandsync.testing.samples import sample

EXTERNAL_ID: Final = "external_id"
PENDING: Final = "Pending, by an editor"
"""What an editor's draft says, in ``draft_field``."""
WRITES: Final = CmsLinks.write


@dataclass(frozen=True, slots=True)
class Written:
    """What came of writing the external id ``brand-1`` while an editor was at work."""

    cms_id: str
    later: Collection[str] = ()
    """What ``links.write`` returned."""
    error: BrandsyncError | None = None
    """What it raised."""


class DraftFixtures(CmsFixtures):
    """Beside what ``CmsFixtures`` asks for: what editors do with drafts, and what they see."""

    draft_field: ClassVar[str] = "name"
    """The field that editors change in drafts."""
    links_drafts: ClassVar[bool] = False
    """External ids are written into drafts too, without publishing them. False: an entry with a draft has to wait."""
    publishes_by_version: ClassVar[bool] = True
    """A publication is refused where somebody saved after the write before it. False: the CMS publishes that too."""

    def save_draft(self, cms_id: str, **fields: Any) -> None:
        """Change fields of an entry, ``external_id`` among them, and don't publish it."""
        raise NotImplementedError("override `save_draft`")

    def publish_draft(self, cms_id: str) -> None:
        """Publish an entry as its draft stands."""
        raise NotImplementedError("override `publish_draft`")

    def unpublish(self, cms_id: str) -> None:
        """Take an entry from the site; its draft stays."""
        raise NotImplementedError("override `unpublish`")

    def drafted(self, field: str) -> Mapping[str, Any]:
        """A field, or ``external_id``, of each entry by its id, as its editor sees it: published as it stands or not.

        Read past the backend.
        """
        raise NotImplementedError("override `drafted`")

    def changed(self) -> Collection[str]:
        """The published entries that the CMS shows its editors as changed and not published. Read past the backend."""
        raise NotImplementedError("override `changed`")

    # What not every CMS has.

    def hinder_publication(self, cms_id: str) -> None:
        """From now on this entry can be saved and not published, such as for a required field that it lacks."""
        pytest.skip("override `hinder_publication`, if an entry may be saved and still not be published")

    def freeze_listing(self) -> None:
        """From now on readers are shown what is published now, whatever is published later, as by a cache."""
        pytest.skip("override `freeze_listing`, if a cache stands between the CMS and its readers")

    def without_write_credentials(self, section: dict[str, Any]) -> dict[str, Any]:
        """The ``[cms]`` section with what a shop has that may only read."""
        pytest.skip("override `without_write_credentials`, if reading takes less than writing")

    # What the tests make of it.

    @pytest.fixture
    def guarded(self, writable: Cms) -> Cms:
        """The CMS, its writing requests watched."""
        writable.guard_writes(lambda: None)
        return writable

    def save_pending(self, cms_id: str) -> None:
        """Have a draft that differs from what is published."""
        self.save_draft(cms_id, **{self.draft_field: PENDING})

    def original(self, number: int) -> str:
        """What the plain brand of this number says before anybody edits it."""
        return str(sample(number, [self.draft_field])[self.draft_field])

    def written_meanwhile(
        self, cms: Cms, side: Side, mapped: list[str], act: Callable[[str], object], *, requests: int | None = None
    ) -> Iterator[Written]:
        """Write an entry's external id, anew for each of its writing requests: right before it somebody acts.

        ``requests``: the first so many; none for all of them.
        """
        for nth in count(1):
            (cms_id,) = self.publish([sample(nth, mapped)])
            side.watch.before_request(nth, lambda cms_id=cms_id: act(cms_id))  # type: ignore[misc]
            later: Collection[str] = ()
            with caught() as errors:
                later = linking(cms).write([ExternalId(cms_id, "brand-1")])
            if side.watch.is_before_request:
                side.watch.clear()
                require(nth > 1, "links.write asks no guard before its requests", Cms.guard_writes)
                return
            yield Written(cms_id, later, next(iter(errors), None))
            if nth == requests:
                return

    def stands(self, cms: Cms, cms_id: str, external_id: str | None, when: str) -> None:
        """Fail unless an entry's published form, if it has one, and its draft hold this external id."""
        for where, found in (("what is published", self.external_ids()), ("its draft", self.drafted(EXTERNAL_ID))):
            held = found.get(cms_id) or None
            is_right = held == external_id or cms_id not in found
            require(is_right, f"{when}: {where} holds {held!r}, and {external_id!r} was due", WRITES)
        require(texts(cms).keys() == self.external_ids().keys(), f"{when}: the listing shows other entries", WRITES)

    def is_of_the_editor(self, cms: Cms, cms_id: str, published: str | None, drafted: str, when: str) -> None:
        """Fail unless what is published and what the draft holds are what the editor made of them."""
        shown = texts(cms).get(cms_id, {}).get(self.draft_field)
        require(shown == published, f"{when}: {shown!r} is published, and the editor published {published!r}", WRITES)
        held = self.drafted(self.draft_field).get(cms_id)
        require(held == drafted, f"{when}: the draft says {held!r}, and its editor wrote {drafted!r}", WRITES)

    def nothing_waits(self, *drafts: str, when: str) -> None:
        """Fail if any entry is left changed and not published but those with an editor's draft."""
        left = set(self.changed()) - set(drafts)
        require(not left, f"{when}: {len(left)} entries are left changed and not published", WRITES)

    def held(self) -> dict[str, Any]:
        """Every external id there is, in what is published and in drafts."""
        published = {f"{cms_id}, published": value or None for cms_id, value in self.external_ids().items()}
        return published | {f"{cms_id}, draft": value or None for cms_id, value in self.drafted(EXTERNAL_ID).items()}

    def holds(self, expected: Mapping[str, Any], when: str) -> None:
        """Fail unless exactly these external ids are held; see ``held``."""
        found = self.held()
        require(found == expected, f"{when}, there are other external ids:\n{difference(found, expected)}", WRITES)
