"""What a person is told of brands that cannot be matched."""

import pytest
from test_plan import brand, details, entry, planned


@pytest.mark.parametrize(
    ("entries", "brands", "words"),
    [
        (1, 2, "1 entry has this name and 2 brands of the store have it: write the right brand's id into"),
        (2, 1, "2 entries have this name and 1 brand of the store has it: write the right brand's id into"),
    ],
)
def test_an_ambiguous_name_says_how_many_have_it(entries, brands, words):
    told = details([entry(f"{number}", "A") for number in range(entries)], [brand(f"b{n}", "A") for n in range(brands)])
    assert len(told) == entries
    assert all(detail.startswith(words) for detail in told.values())


def test_an_ambiguous_handle_is_called_a_handle():
    told = details(
        [entry("1", "A", handle="h"), entry("2", "B", handle="h")], [brand("b", "X", handle="h")], match_on="handle"
    )
    assert "have this handle" in told["1"]


def test_an_entry_is_told_which_other_one_claims_its_brand():
    told = details([entry("1", "A", "b1"), entry("2", "B", "b1")], [brand("b1", "X")])
    assert told["1"].startswith("entry 2 claims the brand 'b1' too")
    assert told["2"].startswith("entry 1 claims the brand 'b1' too")


@pytest.mark.parametrize(
    ("unknown", "others", "remedy"),
    [
        (2, 0, "clear the entry's external id to have it created anew"),
        (3, 0, "it seems to be another store's"),
        (3, 2, "it seems to be another store's"),
        (3, 3, "clear the entry's external id to have it created anew"),
    ],
)
def test_an_unknown_external_id_is_named_with_what_it_seems_to_be(unknown, others, remedy):
    entries = [entry(f"{number}", "A", f"gone{number}") for number in range(unknown)]
    told = details([*entries, *(entry(f"new{number}", "A") for number in range(others))])
    assert told == {f"{number}": f"the store has no brand 'gone{number}': {remedy}" for number in range(unknown)}


def test_an_entry_that_was_pointed_at_another_brand_than_the_store_links_to_it_is_told_of_both():
    brands = [brand("b1", "A", cms_id="1"), brand("b2", "B")]
    with planned([entry("1", "A", "b2", cms_id="1"), entry("2", "C")], brands) as made:
        (told,) = made.skipped()
        assert [change.cms_id for change in made.changes()] == ["2"]
    assert (told.cms_id, told.reason) == ("1", "ambiguous")
    assert told.detail == (
        "its external id is 'b2', and the store's own link of it is brand 'b1': clear that brand's cms_id in the store,"
        " or correct the external id"
    )
