"""Many brands as rows or columns read as the same brands one by one."""

import pytest

from brandsync.brand import Brand, CmsBrand, NewBrand, encode
from brandsync.brand.listed import AsGiven, ListedBrands, ListedEntries, NewBrands

FIELDS = ["name", "handle"]
FIRST, SECOND = {"name": "A", "handle": None}, {"name": "B", "handle": "b"}


def entries():
    listed = ListedEntries(["1", "2"], ["b1", None], FIELDS, [["A", "B"], [None, "b"]], [None, "2026-01-01"])
    return listed, [CmsBrand("1", "b1", FIRST), CmsBrand("2", None, SECOND, "2026-01-01")]


def brands():
    listed = ListedBrands(FIELDS, [["b1", "A", None], ["b2", "B", "b"]])
    return listed, [Brand("b1", FIRST), Brand("b2", SECOND)]


def new_brands():
    listed = NewBrands(FIELDS, ["b1", None], [["A", None], ["B", "b"]])
    return listed, [NewBrand("b1", FIRST), NewBrand(None, SECOND)]


def as_given():
    given, _ = new_brands()
    return AsGiven(given), [Brand("b1", FIRST), Brand("", SECOND)]


@pytest.mark.parametrize("made", [entries, brands, new_brands, as_given])
def test_each_brand_is_made_when_it_is_asked_for_at_its_place_from_either_end_or_in_a_part(made):
    listed, expected = made()
    assert [*listed] == expected
    assert len(listed) == 2
    assert [listed[0], listed[1], listed[-2], listed[-1]] == [*expected, *expected]
    assert (listed[1:], listed[:0], listed[::-1]) == (expected[1:], [], expected[::-1])
    assert [*reversed(listed)] == expected[::-1]
    for beyond in (2, -3):
        with pytest.raises(IndexError):
            listed[beyond]


@pytest.mark.parametrize("value", ["é", None, {"b": [1.5, float("inf")], "a": True}], ids=["text", "none", "more"])
def test_new_brands_are_encoded_as_each_alone_would_be(value):
    brands = NewBrands(["name", "metadata"], ["b1", "b2"], [["A", None], ["B", value]])
    assert brands.texts() == [encode({"name": "A", "metadata": None}), encode({"name": "B", "metadata": value})]
