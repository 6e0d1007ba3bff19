"""Who wins: every field, whoever edited it, before and after whichever run, under each policy."""

from itertools import cycle, product

import pytest
from extent import enough
from settled_shop import FIELDS, SettledShop
from settling import EDITS, Edit, editor, nobody, person
from shop import Shop

POLICIES = ("cms", "store", "skip")

BESIDE = (nobody, editor, person)
"""What is done to the other field meanwhile: nothing, what is written, and what may be skipped."""


def table(edits: int) -> list[dict[str, tuple[Edit, ...]]]:
    """For each brand who edits which of its fields before each run: each way for one field, some for the other."""
    every = [*product(EDITS, repeat=edits)]
    beside = cycle(product(BESIDE, repeat=edits))
    return [
        history
        for one, other in zip(every * len(BESIDE), beside, strict=False)
        for history in ({"name": one, "description": other}, {"name": other, "description": one})
    ]


def assert_table(
    shop: Shop, histories: list[dict[str, tuple[Edit, ...]]], policies: tuple[str, ...], *, spelling: bool = False
) -> None:
    settled = SettledShop(shop, len(histories), spelling=spelling)
    for number, policy in enumerate(policies):
        for brand, history in zip(settled.brands.values(), histories, strict=True):
            for name in FIELDS:
                history[name][number](brand[name], f"{name}, edit {number}")
        settled.sync_as_expected(policy)


TWO = [*product(POLICIES, repeat=2)]


@pytest.mark.parametrize("policies", TWO, ids="-".join)
def test_two_runs_settle_each_field_as_the_readme_says(shop, policies):
    assert_table(shop, table(2)[TWO.index(policies) % 2 :: 2], policies)


@pytest.mark.parametrize("policy", POLICIES)
def test_a_store_that_spells_values_its_own_way_is_settled_as_well(shop, policy):
    assert_table(shop, table(2)[1::2], ("store", policy), spelling=True)


THREE = [*product(POLICIES, repeat=3)]


@pytest.mark.slow  # many brands
@pytest.mark.parametrize(
    ("policies", "spelling"),
    enough([(three, number % 2 > 0) for number, three in enumerate(THREE)], of=[*product(THREE, [False, True])]),
)
def test_three_runs_settle_each_field_as_the_readme_says(shop, policies, spelling):
    every = table(3)
    part = every[THREE.index(policies) % 6 :: 6]
    assert_table(shop, enough(part, of=every), policies, spelling=spelling)
