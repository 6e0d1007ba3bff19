"""What a CMS with drafts defines for its editors, and the parts of the draft tests."""

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
"""The text of an editor's draft, in ``draft_field``."""
WRITES: Final = CmsLinks.write


@dataclass(frozen=True, slots=True)
class Written:
    """The outcome of writing the external id ``brand-1`` while an editor was at work."""

    cms_id: str
    later: Collection[str] = ()
    """What ``links.write`` returned."""
    error: BrandsyncError | None = None
    """What it raised."""


class DraftFixtures(CmsFixtures):
    """What ``CmsFixtures`` asks for, and also: what editors do with drafts, and what they see."""

    draft_field: ClassVar[str] = "name"
    """The field that editors change in drafts."""
    links_drafts: ClassVar[bool] = False
    """External ids are written into drafts too, without publishing them. False: an entry with a draft must wait."""
    publishes_by_version: ClassVar[bool] = True
    """A publication is refused if somebody saved after the write before it. False: the CMS publishes that too."""

    def save_draft(self, cms_id: str, **fields: Any) -> None:
        """Change fields of an entry, which may include ``external_id``, without publishing it."""
        raise NotImplementedError("override `save_draft`")

    def publish_draft(self, cms_id: str) -> None:
        """Publish an entry with what its draft says."""
        raise NotImplementedError("override `publish_draft`")

    def unpublish(self, cms_id: str) -> None:
        """Remove an entry from the site. Its draft stays."""
        raise NotImplementedError("override `unpublish`")

    def drafted(self, field: str) -> Mapping[str, Any]:
        """A field, or ``external_id``, of each entry, by entry id, as the editor sees it: with unpublished changes.

        Read past the backend.
        """
        raise NotImplementedError("override `drafted`")

    def changed(self) -> Collection[str]:
        """The published entries that the CMS shows to editors as changed and not published. Read past the backend."""
        raise NotImplementedError("override `changed`")

    # What not every CMS has.

    def hinder_publication(self, cms_id: str) -> None:
        """From now on this entry can be saved and not published, for example because it lacks a required field."""
        pytest.skip("override `hinder_publication`, if an entry may be saved and still not be published")

    def freeze_listing(self) -> None:
        """From now on readers see only what is published now, as with a cache. Later publications stay hidden."""
        pytest.skip("override `freeze_listing`, if a cache stands between the CMS and its readers")

    def without_write_credentials(self, section: dict[str, Any]) -> dict[str, Any]:
        """The ``[cms]`` section with the credentials of a shop that may only read."""
        pytest.skip("override `without_write_credentials`, if reading takes less than writing")

    # What the tests make from it.

    @pytest.fixture
    def guarded(self, writable: Cms) -> Cms:
        """The CMS, with its writing requests watched."""
        writable.guard_writes(lambda: None)
        return writable

    def save_pending(self, cms_id: str) -> None:
        """Save a draft that differs from what is published."""
        self.save_draft(cms_id, **{self.draft_field: PENDING})

    def original(self, number: int) -> str:
        """The text of the plain brand with this number, before anybody edits it."""
        return str(sample(number, [self.draft_field])[self.draft_field])

    def written_meanwhile(
        self, cms: Cms, side: Side, mapped: list[str], act: Callable[[str], object], *, requests: int | None = None
    ) -> Iterator[Written]:
        """Write an external id again and again, each time into a new entry. Somebody acts just before the n-th request.

        n counts up through a write's requests. ``requests``: only the first so many; none for all.
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
        """Fail unless the published text and the draft are what the editor made."""
        shown = texts(cms).get(cms_id, {}).get(self.draft_field)
        require(shown == published, f"{when}: {shown!r} is published, and the editor published {published!r}", WRITES)
        held = self.drafted(self.draft_field).get(cms_id)
        require(held == drafted, f"{when}: the draft says {held!r}, and its editor wrote {drafted!r}", WRITES)

    def nothing_waits(self, *drafts: str, when: str) -> None:
        """Fail if an entry is left changed and not published, except for editors' ``drafts``."""
        left = set(self.changed()) - set(drafts)
        require(not left, f"{when}: {len(left)} entries are left changed and not published", WRITES)

    def held(self) -> dict[str, Any]:
        """Every external id in published forms and in drafts."""
        published = {f"{cms_id}, published": value or None for cms_id, value in self.external_ids().items()}
        return published | {f"{cms_id}, draft": value or None for cms_id, value in self.drafted(EXTERNAL_ID).items()}

    def holds(self, expected: Mapping[str, Any], when: str) -> None:
        """Fail unless exactly these external ids are there; see ``held``."""
        found = self.held()
        require(found == expected, f"{when}, there are other external ids:\n{difference(found, expected)}", WRITES)
