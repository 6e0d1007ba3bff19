"""The listing of a CMS."""

from datetime import datetime, timedelta

import pytest

from brandsync.brand import CmsBrand
from brandsync.cms.interface import Cms
from brandsync.cms.mapping import EntryMapping
from brandsync.cms.moment import read_moment
from brandsync.testing.cms_fixtures import CmsFixtures, read, texts
from brandsync.testing.contract import difference, require
from brandsync.testing.samples import TEXTS, edited, sample, samples
from brandsync.workflow.pages import cms_pages

LISTS = Cms.retrieve_brands


class CmsListing(CmsFixtures):
    """Every run reads the CMS with this method, and takes the answer for everything that is published."""

    def test_a_cms_without_entries_lists_nothing(self, cms: Cms) -> None:
        found = read(cms)
        require(not found, f"the CMS isn't empty, as `settings` promises: it lists {len(found)} entries", LISTS)

    def test_a_listing_of_several_pages_is_complete_and_stable(self, cms: Cms, mapped: list[str]) -> None:
        ids = self.publish(samples(self.several_pages, mapped))
        found = [brand.cms_id for brand in read(cms)]  # pages may overlap: an entry that comes again is one entry
        missing = set(ids) - set(found)
        which = f"such as {min(missing, default='')}"
        require(not missing, f"{len(missing)} of {len(ids)} entries are not listed, {which}", LISTS)
        more = set(found) - set(ids)
        require(not more, f"{len(more)} entries are listed that nobody published", LISTS)
        require(len(found) < 2 * len(ids), f"{len(ids)} entries are listed as {len(found)}", LISTS)
        again = [brand.cms_id for brand in read(cms)]
        require(again == found, "the order of the listing has changed, and so may its pages", LISTS)
        if cms.retrieve_brands().next is None:
            pytest.skip(f"{self.several_pages} entries are one page of this CMS: raise `several_pages`")

    def test_a_total_that_is_told_is_right(self, cms: Cms, mapped: list[str]) -> None:
        self.publish(samples(3, mapped))
        total = cms.retrieve_brands().total
        if total is None:
            pytest.skip("the CMS tells no total")
        require(total == 3, f"the total of 3 entries is told as {total}", LISTS)

    def test_entries_come_with_the_fields_that_are_mapped(self, cms: Cms, mapped: list[str]) -> None:
        brands = samples(3, mapped)
        expected = dict(zip(self.publish(brands), brands, strict=True))
        found = texts(cms)
        require(found == expected, f"they are read otherwise:\n{difference(found, expected)}", LISTS)

    def test_texts_come_as_editors_wrote_them(self, cms: Cms, mapped: list[str]) -> None:
        brands = [sample(number, mapped, name=text) for number, text in enumerate(TEXTS.values())]
        expected = {key: brand["name"] for key, brand in zip(self.publish(brands), brands, strict=True)}
        found = {key: fields["name"] for key, fields in texts(cms).items()}
        require(found == expected, f"names are read otherwise:\n{difference(found, expected)}", LISTS)

    def test_an_edit_a_new_entry_and_a_removed_one_show_in_the_next_listing(self, cms: Cms, mapped: list[str]) -> None:
        first, second = self.publish(samples(2, mapped))
        read(cms)
        self.edit(first, **edited(mapped))
        self.remove(second)
        (third,) = self.publish([sample(3, mapped)])
        found = texts(cms)
        expected = {first: sample(1, mapped) | edited(mapped), third: sample(3, mapped)}
        require(found == expected, f"the listing is out of date:\n{difference(found, expected)}", LISTS)

    def test_what_changed_since_a_moment_is_listed(self, cms: Cms, mapped: list[str]) -> None:
        if not cms.changed_since:
            pytest.skip("the CMS doesn't declare `changed_since`: every run lists it whole")
        ids = self.publish(samples(3, mapped))
        before = max(_moment(brand) for brand in read(cms))
        self.edit(ids[1], **edited(mapped))
        since = {brand.cms_id: brand for brand in _since(cms, before)}
        require(ids[1] in since, "an entry that was edited isn't listed as changed since the moment before", LISTS)
        require(since[ids[1]].fields["name"] == "Brand, renamed", "it is listed as it was before", LISTS)
        later = _since(cms, _moment(since[ids[1]]) + timedelta(days=1))
        if later:
            pytest.skip(f"{len(later)} entries are listed as changed since tomorrow: harmless, and slow")

    def test_a_cms_that_is_ready_passes_its_own_check(self, cms: Cms, mapped: list[str]) -> None:
        self.publish(samples(2, mapped))
        problems = [finding.what for finding in cms.check() if not finding.ok]
        require(not problems, f"check() finds fault with a CMS that is ready: {problems}", Cms.check)


def _since(cms: Cms, moment: datetime) -> list[CmsBrand]:
    mapping = EntryMapping(cms.settings)
    found = [mapping.read(raw) for page in cms_pages(cms, moment) for raw in page.entries]
    return [brand for brand in found if isinstance(brand, CmsBrand)]


def _moment(brand: CmsBrand) -> datetime:
    moment = read_moment(brand.updated_at)
    require(moment, "an entry has no moment at `updated_at`: without it no run can ask for what changed", Cms)
    assert moment
    return moment
