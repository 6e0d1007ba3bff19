"""Looking up entries of a CMS by their ids."""

from collections.abc import Sequence

import pytest

from brandsync.brand import CmsBrand
from brandsync.cms.interface import Cms
from brandsync.cms.mapping import EntryMapping
from brandsync.testing.cms_fixtures import CmsFixtures, as_read, read
from brandsync.testing.contract import difference, require
from brandsync.testing.samples import edited, samples

LOOKS = Cms.retrieve_entries


class CmsById(CmsFixtures):
    """A run that misses entries asks for them by id. An entry that doesn't come counts as gone."""

    def test_entries_come_by_their_ids_as_they_are_listed(self, cms: Cms, mapped: list[str]) -> None:
        ids = self.publish(samples(3, mapped))
        self.edit(ids[1], **edited(mapped))
        listed = {brand.cms_id: brand for brand in read(cms)}
        found = looked_up(cms, ids)
        require(found == listed, f"they come otherwise:\n{difference(found, listed)}", LOOKS)
        require(set(looked_up(cms, ids[1:2])) == {ids[1]}, "one id was asked for, and others came", LOOKS)
        require(not looked_up(cms, []), "no id was asked for, and entries came", LOOKS)

    def test_entries_that_are_gone_do_not_come_by_their_ids(self, cms: Cms, mapped: list[str]) -> None:
        first, second, third = self.publish(samples(3, mapped))
        self.remove(second)
        found = set(looked_up(cms, [third, second, first]))
        require(second not in found, "an entry was removed, and comes by its id", LOOKS)
        require(found == {first, third}, f"another entry was removed, and {len(found)} of 2 come", LOOKS)
        require(not looked_up(cms, [second]), "an entry was removed, and others come by its id", LOOKS)

    def test_more_entries_than_a_page_holds_come_by_their_ids(self, cms: Cms, mapped: list[str]) -> None:
        ids = self.publish(samples(self.several_pages, mapped))
        gone = ids[1::10]
        for cms_id in gone:
            self.remove(cms_id)
        wanted = set(ids) - set(gone)
        found = set(looked_up(cms, [*reversed(ids), *ids[:5]]))
        missing, more = wanted - found, found - wanted
        require(
            not missing,
            f"{len(missing)} of {len(wanted)} entries do not come, such as {min(missing, default='')}",
            LOOKS,
        )
        require(not more, f"{len(more)} of {len(gone)} entries that were removed come", LOOKS)

    def test_ids_of_odd_form_are_found_nowhere_and_hide_no_other(self, cms: Cms, mapped: list[str]) -> None:
        first, second = self.publish(samples(2, mapped))
        odd = [cms_id for cms_id in [*ODD, *_near(first)] if cms_id not in {first, second}]
        found = set(looked_up(cms, [first, *odd, second]))
        require(found == {first, second}, f"two entries, between {len(odd)} odd ids, come as {sorted(found)}", LOOKS)
        for cms_id in odd:
            come = looked_up(cms, [cms_id])
            require(not come, f"the id {cms_id!a} is no entry's, and by it come {list(come)}", LOOKS)


ODD: Sequence[str] = (
    *("0", "-1", "007", "12abc", "1e3", "1.5", "99999999999", "9" * 30),
    *("null", "true", "$NOW", "undefined", "NaN", "*", "%", "a,b", "a|b", "a&b=c"),
    *("", " ", "a b", "a\\b", 'a"b', "a'b", "a/../b", "drafts.a", "a.b", "é", "\u6f22", "x" * 255),
    *("65f0c0ffee65f0c0ffee65f0", "3f2504e0-4f89-41d3-9a0c-0305e82c3301"),
)
"""Ids that some CMS's entries have, or that a server may read as something else."""


def _near(cms_id: str) -> Sequence[str]:
    """Ids that a database may take for this one."""
    return [cms_id.swapcase(), f"{cms_id} ", f" {cms_id}", f"0{cms_id}", f"{cms_id}0", f"{cms_id}.0", f"{cms_id},"]


def looked_up(cms: Cms, ids: Sequence[str]) -> dict[str, CmsBrand]:
    """The entries found by these ids, by id. Skips the test if the CMS can't look them up."""
    found = cms.retrieve_entries(ids)
    if found is None:
        pytest.skip("the CMS can't be asked for entries by their ids")
    mapping = EntryMapping(cms.settings)
    brands = [as_read(mapping, raw, LOOKS) for raw in found]
    require(len({brand.cms_id for brand in brands}) == len(brands), "an entry comes more than once", LOOKS)
    return {brand.cms_id: brand for brand in brands}
