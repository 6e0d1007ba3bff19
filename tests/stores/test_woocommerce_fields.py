"""Further fields of a WooCommerce brand: parent, display and menu order, alone and in whole runs."""

from contextlib import closing
from typing import Any

import pytest
from catalogue import MANY, Catalogue, as_written, is_held_compared_and_taken_back
from fake_server import Answer
from fake_woocommerce import FakeWooCommerce, open_woocommerce
from hosted_stores import ALL_LIMITS, entry
from shop import Shop

from brandsync.brand import BrandUpdate, NewBrand
from brandsync.brand.kind import Kind
from brandsync.errors import ConfigError, Unreadable
from brandsync.stores.interface import PartlyRejected

ALL = {"parent": None, "display": None, "menu_order": None}


@pytest.fixture
def store(woo):
    with closing(open_woocommerce(woo, ALL)) as store:
        yield store


def update(store: Any, brand_id: int, **after: Any) -> Any:
    (held,) = store.get_brands(list(after), [str(brand_id)])
    (changed,) = store.update_brands([BrandUpdate(held.id, held.fields, after)])
    assert store.get_brands(list(after), [held.id]) == [changed]
    return changed.fields


def test_they_are_written_read_back_and_emptied(woo, store):
    assert store.kinds() == {"parent": Kind.INTEGER, "display": Kind.TEXT, "menu_order": Kind.INTEGER}
    above = woo.add("Above")
    (made,) = store.create_brands([NewBrand(None, {"name": "A", "parent": above, "display": "both", "menu_order": -3})])
    assert made.fields == {"name": "A", "parent": above, "display": "both", "menu_order": -3}
    key = int(made.id)
    assert update(store, key, display="products") == {"display": "products"}
    assert woo.batches("update")[-1] == [{"id": key, "display": "products"}]
    nothing = {"parent": None, "display": "default", "menu_order": 0}
    assert update(store, key, **ALL) == nothing
    assert woo.batches("update")[-1] == [{"id": key, "parent": 0, "display": "default", "menu_order": 0}]
    assert store.comparison_key(ALL) == store.comparison_key(nothing)
    assert store.comparison_key({"parent": 1}) != store.comparison_key({"parent": 2})
    assert update(store, above, name="Other") == {"name": "Other"}


@pytest.mark.parametrize(
    ("told", "fields"),
    [
        ("the display 'product' is none of default, products, subcategories, both; did you", {"display": "product"}),
        ("the display 'Both' is none", {"display": "Both"}),
        ("the parent -1 is no brand's id", {"parent": -1}),
        ("the parent 9223372036854775807 is no brand's id", {"parent": 2**63 - 1}),
    ],
)
def test_what_a_shop_could_not_hold_is_refused_while_planning(woo, store, told, fields):
    assert told in store.refuses({"name": "A", **fields})
    assert woo.log == []


def test_what_it_can_hold_is_not_refused(store):
    assert store.refuses({"name": "A", "parent": 7, "display": "subcategories", "menu_order": -(2**40)}) is None
    assert store.refuses({"name": "A", **ALL}) is None
    assert store.refuses({"name": "A", "parent": 0, "display": "", "menu_order": 0}) is None


@pytest.mark.parametrize(
    ("further", "told"),
    [
        ({"menuorder": None}, "no field 'menuorder' that its REST API writes; did you mean `menu_order`?"),
        ({"founded": Kind.INTEGER}, "no field 'founded'"),
        ({"parent": Kind.TEXT}, "the field parent is text, and WooCommerce's parent holds integer"),
    ],
)
def test_a_field_that_a_brand_has_not_or_of_another_kind_is_found(woo, further, told):
    with closing(open_woocommerce(woo, further)) as store, pytest.raises(ConfigError) as wrong:
        store.kinds()
    assert told in wrong.value.message
    assert woo.log == []


# Parents


def test_a_parent_that_is_no_brand_is_refused_though_wordpress_takes_any_term(woo, store):
    woo.terms.elsewhere.add(7)
    above = woo.add("Above")
    brands = [NewBrand(None, {"name": f"Below {parent}", "parent": parent}) for parent in (7, above, 8)]
    with pytest.raises(PartlyRejected, match="its parent 7 is no brand of the shop") as partly:
        store.create_brands(brands)
    assert [brand.fields["name"] for brand in partly.value.done] == [f"Below {above}"]
    assert [*partly.value.refused] == [0, 2]
    assert "external id" in str(partly.value.hint)
    with pytest.raises(PartlyRejected, match="its parent 7 is no brand"):
        update(store, above, parent=7)
    assert woo.brands[above]["parent"] == 0


def test_a_parent_that_goes_meanwhile_is_refused_by_wordpress(woo, store):
    above = woo.add("Above")
    woo.act = lambda asked: woo.brands.pop(above, None) if asked.method == "POST" else None
    with pytest.raises(PartlyRejected, match=r"Parent term does not exist. \(missing_parent\)"):
        store.create_brands([NewBrand(None, {"name": "A", "parent": above})])
    assert woo.names() == []


@pytest.mark.parametrize("own", [True, False])
def test_a_brand_is_never_put_below_itself_and_stays_as_it_was(woo, store, own):
    top = woo.add("Top", description="old")
    middle = woo.add("Middle", parent=top)
    below = woo.add("Below", parent=middle)
    before = {key: dict(term) for key, term in woo.brands.items()}
    updates = [
        BrandUpdate(
            str(top), {"parent": None, "description": "old"}, {"parent": top if own else below, "description": "x"}
        ),
        BrandUpdate(str(below), {"description": None}, {"description": "y"}),
    ]
    with pytest.raises(PartlyRejected, match=r"its parent \d+ is the brand itself, or below it") as partly:
        store.update_brands(updates)
    assert [brand.id for brand in partly.value.done] == [str(below)]
    before[below]["description"] = "y"
    assert woo.brands == before


def test_a_brand_below_itself_that_cannot_be_put_back_is_not_told_as_a_refusal(woo, store):
    top = woo.add("Top", description="old")
    error = {"id": top, "error": {"code": "db_update_error", "message": "no", "data": None}}
    woo.instead.extend([None, None, Answer(200, {"update": [error]})])
    with pytest.raises(Unreadable, match="could not be put back: no"):
        store.update_brands([BrandUpdate(str(top), {"parent": None}, {"parent": top})])


def test_parents_take_one_request_where_some_are_written(woo, store):
    above = woo.add("Above")
    assert (store.requests_for("create", 100), store.requests_for("update", 100), store.requests_for("delete", 1)) == (
        2,
        3,
        2,
    )
    store.create_brands([NewBrand(None, {"name": f"B {n}", "parent": above}) for n in range(100)])
    assert len(woo.log) == 2
    store.create_brands([NewBrand(None, {"name": "C", "parent": None})])
    assert len(woo.log) == 3


# Whole runs


@pytest.fixture
def shop(woo_shop: Shop) -> Shop:
    woo_shop.set("cms.fields", parent="parent", display="display", menu_order="order")
    return woo_shop.set("safety", **ALL_LIMITS)


def terms(woo: FakeWooCommerce) -> dict[int, Any]:
    return {key: dict(term) for key, term in woo.brands.items()}


def test_every_field_is_held_compared_and_taken_back(shop, woo):
    above, other = woo.add("Above"), woo.add("Other")
    shop.publish(
        entry("1", "A", parent=above, display="both", order=5),
        entry("2", "B", parent=None, display=None, order=None),
        entry("3", "C", parent=0, display="default", order="0"),
    )
    before = terms(woo)
    first = shop.sync()
    assert (first["exit_code"], first["counts"]["created"], shop.sync()["changes"]) == (0, 3, [])
    created = terms(woo)
    for key, was in (
        ("1", {"parent": above, "display": "both", "order": 5}),
        ("2", dict.fromkeys(["parent", "display", "order"])),
    ):
        for name, value in {"parent": other, "display": "products", "order": 9}.items():
            shop.cms.edit(key, **{name: value})
            done = shop.sync()
            assert [[*change["after"]] for change in done["changes"]] == [["menu_order" if name == "order" else name]]
            assert (done["exit_code"], shop.sync()["changes"]) == (0, [])
            assert shop.undo(done["run"])["exit_code"] == 0
            assert terms(woo) == created
            shop.cms.edit(key, **{name: was[name]})
            assert shop.sync()["changes"] == []
    assert shop.undo(first["run"])["exit_code"] == 0
    assert terms(woo) == before


@pytest.mark.slow
def test_every_field_of_a_large_catalogue_is_held_compared_and_taken_back(shop, woo):
    above, other, theirs = woo.add("Above"), woo.add("Other"), woo.add("Theirs", description="old", parent=102)

    def usual(number: int) -> dict[str, Any]:
        return entry(f"e{number}", f"Brand {number}", parent=above, display="both", order=number + 1)

    edges = {
        "parent": [theirs, other, 0, str(above)],
        "display": ["products", "subcategories", "default", ""],
        "order": [2**31 - 1, -(2**31), 0, "-0", " +12 ", 5.0],
    }
    catalogue = Catalogue(usual, edges, {"parent": other, "display": "products", "order": -9})
    woo.add(catalogue.entry(0)["name"], parent=other, description="old")
    woo.brands[theirs] |= {"display": "products", "menu_order": 3}
    called = {"order": "menu_order"}
    is_held_compared_and_taken_back(
        shop, catalogue, MANY, lambda: as_written(woo.brands), fake=woo, adopted=1, called=called
    )


def test_an_entry_that_is_its_own_parent_is_told_and_the_run_taken_back(shop, woo):
    shop.publish(entry("1", "A", parent=None, display=None, order=1))
    shop.sync()
    before = terms(woo)
    shop.cms.edit("1", parent=101, order=2)
    result = shop.sync()
    assert (result["status"], terms(woo)) == ("rolled_back", before)
    assert "its parent 101 is the brand itself" in result["error"]


@pytest.mark.usefixtures("no_retries")
def test_updates_whose_answer_is_lost_are_taken_back_unless_a_person_has_edited_them(shop, woo):
    shop.publish(*(entry(str(n), f"B {n}", parent=None, display=None, order=n) for n in range(2)))
    shop.sync()
    before = terms(woo)
    for key in ("0", "1"):
        shop.cms.edit(key, display="both", order=7)

    def lost(_done: Answer) -> Answer:
        woo.brands[101]["menu_order"] = 99
        return Answer(500, {})

    woo.after.append(lost)
    result = shop.sync()
    assert [kept["found"] for kept in result["kept"]] == [{"menu_order": 99}]
    before[101]["menu_order"] = 99
    assert terms(woo) == before


def test_a_field_that_woocommerce_lacks_is_found_before_anything_is_read(shop, woo):
    refused = shop.set("cms.fields", founded="founded").sync()
    assert (refused["exit_code"], woo.log) == (78, [])
    assert "no field 'founded'" in refused["error"]
