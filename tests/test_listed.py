"""Many brands as rows or columns read as the same brands one by one."""

import pytest

from brandsync.brand import Brand, CmsBrand, NewBrand, encode
from brandsync.brand.listed import AsGiven, ListedBrands, ListedEntries, NewBrands

FIELDS = ["name", "handle"]
NEW = NewBrands(FIELDS, ["b1", None], [["A", None], ["B", "b"]])
LISTINGS = [
    (
        ListedEntries(["1", "2"], ["b1", None], FIELDS, [["A", "B"], [None, "b"]], [None, "2026-01-01"]),
        [
            CmsBrand("1", "b1", {"name": "A", "handle": None}),
            CmsBrand("2", None, {"name": "B", "handle": "b"}, "2026-01-01"),
        ],
    ),
    (
        ListedBrands(FIELDS, [["b1", "A", None], ["b2", "B", "b"]]),
        [Brand("b1", {"name": "A", "handle": None}), Brand("b2", {"name": "B", "handle": "b"})],
    ),
    (NEW, [NewBrand("b1", {"name": "A", "handle": None}), NewBrand(None, {"name": "B", "handle": "b"})]),
    (AsGiven(NEW), [Brand("b1", {"name": "A", "handle": None}), Brand("", {"name": "B", "handle": "b"})]),
]


@pytest.mark.parametrize(("listed", "brands"), LISTINGS, ids=[type(listed).__name__ for listed, _ in LISTINGS])
def test_each_brand_is_made_when_it_is_asked_for_at_its_place_from_either_end_or_in_a_part(listed, brands):
    assert [*listed] == brands
    assert len(listed) == 2
    assert [listed[0], listed[1], listed[-2], listed[-1]] == [*brands, *brands]
    assert (listed[1:], listed[:0], listed[::-1]) == (brands[1:], [], brands[::-1])
    assert [*reversed(listed)] == brands[::-1]
    for beyond in (2, -3):
        with pytest.raises(IndexError):
            listed[beyond]


@pytest.mark.parametrize("value", ["é", None, {"b": [1.5, float("inf")], "a": True}], ids=["text", "none", "more"])
def test_new_brands_are_encoded_as_each_alone_would_be(value):
    brands = NewBrands(["name", "metadata"], ["b1", "b2"], [["A", None], ["B", value]])
    assert brands.texts() == [encode({"name": "A", "metadata": None}), encode({"name": "B", "metadata": value})]
