"""A shop's own fields in Shopify: every field of the definition whose type brandsync can hold, and its limits."""

import json
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import pytest
from catalogue import DAYS, MANY, STATS, TAGS, TEXTS, TRUTHS, Catalogue, is_held_compared_and_taken_back
from fake_server import Answer
from fake_shopify import FakeShopify, open_shopify, operation
from hosted_stores import ALL_LIMITS, meanwhile
from shop import Shop

from brandsync.brand import BrandUpdate, NewBrand
from brandsync.brand.kind import Kind
from brandsync.errors import ConfigError
from brandsync.stores.interface import PartlyRejected
from brandsync.stores.shopify import ShopifyStore
from brandsync.stores.shopify.field import MADE

GID = "gid://shopify"
FIELDS: dict[str, tuple[str, Any, str]] = {
    "tagline": ("single_line_text_field", "Since 1900 ü", "Since 1900 ü"),
    "story": ("multi_line_text_field", "a\n\nb ", "a\n\nb "),
    "outlet": ("url", "https://a.example/ü?x=1", "https://a.example/ü?x=1"),
    "accent": ("color", "#A1b2C3", "#A1b2C3"),
    "speaks": ("language", "de", "de"),
    "founded": ("number_integer", -1900, "-1900"),
    "price": ("number_decimal", "1.5", "1.5"),
    "rate": ("number_decimal", "12", "12.0"),
    "active": ("boolean", False, "false"),
    "day": ("date", "2026-01-31", "2026-01-31"),
    "opened": ("date_time", "2026-01-31T12:30:00Z", "2026-01-31T12:30:00+00:00"),
    "stats": ("json", {"b": [1, 2.5, None], "a": {}}, '{"b":[1,2.5,null],"a":{}}'),
    "tags": ("list.single_line_text_field", ["b", "a ü", "b"], '["b","a ü","b"]'),
    "links": ("list.url", ["https://a.example"], '["https://a.example"]'),
    "colours": ("list.color", ["#000000"], '["#000000"]'),
    "banner": ("file_reference", f"{GID}/MediaImage/7", f"{GID}/MediaImage/7"),
    "hero": ("product_reference", f"{GID}/Product/7", f"{GID}/Product/7"),
    "range": ("list.product_reference", [f"{GID}/Product/7"], f'["{GID}/Product/7"]'),
    "rated": (
        "rating",
        {"value": "3.5", "scale_min": "1.0", "scale_max": "5.0"},
        '{"scale_max":"5.0","scale_min":"1.0","value":"3.5"}',
    ),
}
"""By name: the type, a value, and what the shop holds then."""
DECLARED = {"rated": Kind.JSON}


@pytest.fixture
def typed(shopify_shop: FakeShopify) -> Iterator[ShopifyStore]:
    """The store of a shop whose definition has a field of each type, all of them mapped."""
    shopify_shop.define(**{name: kind for name, (kind, _, _) in FIELDS.items()})
    with closing(holding(shopify_shop, **{name: DECLARED.get(name) for name in FIELDS})) as store:
        yield store


def holding(shop: FakeShopify, **further: Kind | None) -> ShopifyStore:
    store = open_shopify(shop)
    return ShopifyStore(store.settings.holding(further))


def test_the_definition_tells_the_kind_of_each_field(typed: ShopifyStore, shopify_shop: FakeShopify) -> None:
    text, number = (
        dict.fromkeys(("tagline", "story", "outlet", "accent", "speaks", "banner", "hero"), "text"),
        "decimal",
    )
    lists = dict.fromkeys(("tags", "links", "colours", "range"), "list")
    others = {"founded": "integer", "price": number, "rate": number, "active": "boolean", "day": "date"}
    assert typed.kinds() == text | lists | others | {"opened": "datetime", "stats": "json", "rated": "json"}
    assert typed.capabilities.fields > FIELDS.keys()
    assert [operation(asked) for asked in shopify_shop.log] == ["Definition"]


def test_each_kind_is_kept_read_changed_and_cleared(typed: ShopifyStore, shopify_shop: FakeShopify) -> None:
    fields = {"name": "A", **{name: value for name, (_, value, _) in FIELDS.items()}}
    (made,) = typed.create_brands([NewBrand(None, fields)])
    assert made.fields == fields
    held = shopify_shop.brands[made.id]["values"]
    assert {name: held[name] for name in FIELDS} == {name: text for name, (_, _, text) in FIELDS.items()}
    assert typed.list_brands([*fields]).brands == [made]
    for name in FIELDS:
        (cleared,) = typed.update_brands([BrandUpdate(made.id, {name: fields[name]}, {name: None})])
        assert cleared.fields == {name: None}
        assert name not in shopify_shop.brands[made.id]["values"]
        assert typed.update_brands([BrandUpdate(made.id, {name: None}, {name: fields[name]})])[0].fields == {
            name: fields[name]
        }
    assert typed.get_brands([*fields], [made.id]) == [made]
    assert typed.refuses(fields) is None


def test_what_a_person_spelt_otherwise_is_the_same_value(typed: ShopifyStore, shopify_shop: FakeShopify) -> None:
    brand = shopify_shop.add(
        "A",
        price="1.50",
        opened="2026-01-31T14:30:00+02:00",
        stats='{ "a": {}, "b": [1.0, 2.5, null] }',
        tags="[]",
        rated='{"value":"3.5","scale_max":"5.0","scale_min":"1.0"}',
    )
    names = ["price", "opened", "stats", "tags", "rated"]
    (found,) = typed.get_brands(names, [brand])
    assert found.fields == {**{name: FIELDS[name][1] for name in names}, "tags": None}


def test_a_text_that_is_of_no_such_kind_stays_and_comes_back(shopify_shop: FakeShopify) -> None:
    shopify_shop.define(year="single_line_text_field", tags="multi_line_text_field")
    odd = {"year": "about 1900", "tags": "a, b"}
    brand = shopify_shop.add("A", **odd)
    with closing(holding(shopify_shop, year=Kind.INTEGER, tags=Kind.LIST)) as store:
        assert store.kinds() == {"year": "integer", "tags": "list"}
        assert store.get_brands(["year", "tags"], [brand])[0].fields == odd
        store.update_brands([BrandUpdate(brand, odd, {"year": 1900, "tags": ["a", "b"]})])
        assert shopify_shop.brands[brand]["values"] == {"name": "A", "year": "1900", "tags": '["a","b"]'}
        store.update_brands([BrandUpdate(brand, {}, odd)])
        assert shopify_shop.brands[brand]["values"] == {"name": "A", **odd}


def test_brands_are_known_again_though_the_shop_keeps_values_otherwise(typed: ShopifyStore) -> None:
    sent = {"name": "A", "handle": None, "tags": [], "accent": "#ABCDEF", "story": "", "stats": []}
    held = {"name": "A", "handle": None, "tags": None, "accent": "#abcdef", "story": None, "stats": []}
    assert typed.comparison_key(sent) == typed.comparison_key(held)
    assert typed.comparison_key(sent) != typed.comparison_key({**held, "stats": None})


UNHELD = [
    ({"yaer": None}, {"year": "date"}, ("has no field 'yaer'; did you mean `year`?", "init shopify-definition")),
    (
        {"size": None},
        {"size": "dimension"},
        ("of the type dimension, which brandsync can't hold exactly", "take `size`"),
    ),
    ({"size": Kind.JSON}, {"size": "dimension"}, ("which brandsync can't hold exactly", "take `size`")),
    ({"prices": None}, {"prices": "list.number_decimal"}, ("can't hold exactly", "take `prices`")),
    ({"code": None}, {"code": "id"}, ("can't hold exactly", "take `code`")),
    ({"rated": None}, {"rated": "rating"}, ("of the type rating, whose values are JSON", "type")),
    ({"blurb": None}, {"blurb": "rich_text_field"}, ("""with `type = "json"`""", "type")),
    ({"rated": Kind.TEXT}, {"rated": "rating"}, ("which holds json, and the field rated is text", "type")),
    ({"year": Kind.DATE}, {"year": "number_integer"}, ("which holds integer, and the field year is date", "type")),
    ({}, {"owner": {"type": "url", "required": True}}, ("requires the field 'owner'", "let it not be required")),
]


@pytest.mark.parametrize(("mapped", "fields", "says"), UNHELD, ids=str)
def test_a_field_that_the_definition_cannot_hold_is_told_by_kinds_and_by_check(
    shopify_shop: FakeShopify, mapped: dict[str, Kind | None], fields: dict[str, Any], says: tuple[str, str]
) -> None:
    shopify_shop.define(**fields)
    with closing(holding(shopify_shop, **mapped)) as store:
        with pytest.raises(ConfigError) as refused:
            store.kinds()
        found = {finding.what: finding for finding in store.check() if not finding.ok}
    what, hint = says
    assert what in refused.value.message
    assert hint in refused.value.hint
    assert [(finding.what, finding.fix) for finding in found.values()] == [(refused.value.message, refused.value.hint)]


def test_check_tells_the_kind_and_the_type_of_each_field(typed: ShopifyStore) -> None:
    told = [finding.what for finding in typed.check() if finding.ok]
    for name, kind in typed.kinds().items():
        assert f"{name} is {kind}: its field is of the type {FIELDS[name][0]}" in told


def test_a_name_that_shopify_has_no_field_of_is_refused(shopify_shop: FakeShopify) -> None:
    with pytest.raises(ValueError, match="`x` is too short"):
        holding(shopify_shop, x=None)


def gids(kind: str, count: int) -> list[str]:
    return [f"{GID}/{kind}/{number}" for number in range(1, count + 1)]


LIMITS: list[tuple[str, dict[str, str], list[Any], dict[Any, str]]] = [
    (
        "single_line_text_field",
        {},
        ["x" * 65_536],
        {"x" * 65_537: "65,537 bytes", "a\nb": "line break", "\0": "U+0000"},
    ),
    ("single_line_text_field", {"min": "2", "max": "3"}, ["äö", "💶💶💶"], {"a": "at least 2", "abcd": "at most 3"}),
    ("multi_line_text_field", {"max": "3"}, ["a\nb"], {"a\nbc": "at most 3"}),
    ("single_line_text_field", {"choices": '["red","blue"]'}, ["red"], {"Red": "'red' or 'blue' alone"}),
    ("single_line_text_field", {"regex": "^[A-Z]{3}$"}, ["ABC"], {"ABCD": "^[A-Z]{3}$ alone", "abc": "alone"}),
    ("single_line_text_field", {"regex": "b"}, ["abc"], {"ac": "alone"}),
    ("url", {}, ["mailto:a@b.example"], {"a.example": "whole address", f"https://a/{'x' * 2048}": "2,058 bytes"}),
    ("color", {}, ["#abcdef", "#ABCDEF"], {"red": "colour", "#abc": "colour"}),
    (
        "number_integer",
        {},
        [9_007_199_254_740_991, -9_007_199_254_740_991],
        {9_007_199_254_740_992: "whole numbers up to"},
    ),
    ("number_integer", {"min": "-2", "max": "5"}, [-2, 5], {-3: "at least -2", 6: "at most 5"}),
    (
        "number_decimal",
        {},
        ["9999999999999.999999999", "-0.123456789"],
        {"10000000000000": "numbers up to", "1.1234567891": "9 digits after its point"},
    ),
    (
        "number_decimal",
        {"min": "0.5", "max_precision": "2"},
        ["0.5", "1.25"],
        {"0.4": "at least 0.5", "1.255": "2 digits"},
    ),
    (
        "date",
        {"min": "2026-01-01", "max": "2026-12-31"},
        ["2026-01-01", "2026-12-31"],
        {"2025-12-31": "none before 2026-01-01", "2027-01-01": "none after 2026-12-31"},
    ),
    (
        "date_time",
        {"max": "2026-12-31T23:59:59+00:00"},
        ["2026-12-31T23:59:59Z"],
        {"2027-01-01T00:00:00Z": "none after", "2026-01-01T00:00:00.5Z": "no fraction of a second"},
    ),
    ("product_reference", {}, gids("Product", 1), {"7": "gid://shopify/Product/1", f"{GID}/Page/7": "Product"}),
    ("file_reference", {}, gids("MediaImage", 1), {"https://a.example/a.png": "gid://shopify/MediaImage/1"}),
]
LISTS: list[tuple[str, dict[str, str], list[list[str]], list[tuple[list[str], str]]]] = [
    (
        "list.single_line_text_field",
        {},
        [["a"] * 128],
        [(["a"] * 129, "129 items"), (["a", ""], "item 2 of the extra")],
    ),
    (
        "list.single_line_text_field",
        {"list_min": "2", "list_max": "3"},
        [["a", "b"]],
        [(["a"], "at least 2"), (["a"] * 4, "at most 3")],
    ),
    ("list.single_line_text_field", {"max": "2"}, [["ab"]], [(["a", "abc"], "item 2 of the extra has 3 characters")]),
    ("list.url", {}, [["https://a.example"]], [(["https://a.example", "x"], "item 2 of the extra must be a whole")]),
    ("list.metaobject_reference", {}, [gids("Metaobject", 256)], [(gids("Metaobject", 257), "257 items")]),
    ("list.product_reference", {}, [gids("Product", 128)], [(gids("Product", 129), "129 items")]),
]


@pytest.mark.parametrize(("kind", "rules", "fits", "unfit"), LIMITS, ids=lambda value: str(value)[:60])
def test_what_is_refused_while_planning_is_what_the_shop_would_refuse_or_alter(
    shopify_shop: FakeShopify, kind: str, rules: dict[str, str], fits: list[Any], unfit: dict[Any, str]
) -> None:
    held_to(shopify_shop, kind, rules, fits, [*unfit.items()])


@pytest.mark.parametrize(("kind", "rules", "fits", "unfit"), LISTS, ids=lambda value: str(value)[:60])
def test_lists_are_held_to_their_items_and_to_how_many_there_are(
    shopify_shop: FakeShopify, kind: str, rules: dict[str, str], fits: list[Any], unfit: list[tuple[Any, str]]
) -> None:
    held_to(shopify_shop, kind, rules, fits, unfit)


def held_to(shop: FakeShopify, kind: str, rules: dict[str, str], fits: list[Any], unfit: list[tuple[Any, str]]) -> None:
    """What fits is kept as it is. What doesn't is refused, and the shop wouldn't have kept it."""
    with closing(defined_with(shop, kind, rules)) as store:
        for value in fits:
            fields = {"name": "A", "extra": value}
            assert store.refuses(fields) is None
            assert store.create_brands([NewBrand(None, fields)])[0].fields == fields
        for value, reason in unfit:
            fields = {"name": "A", "extra": value}
            assert reason in (store.refuses(fields) or "")
            if value == "\0":
                continue  # a shop's words on it aren't known
            assert created(store, fields) != fields


def created(store: ShopifyStore, fields: dict[str, Any]) -> Any:
    """The fields of a brand as the shop has created it; none if it refuses one of them."""
    with suppress(PartlyRejected):
        return store.create_brands([NewBrand(None, fields)])[0].fields
    return None


def defined_with(shop: FakeShopify, kind: str, rules: dict[str, str]) -> ShopifyStore:
    named = {name.replace("list_", "list."): value for name, value in rules.items()}
    shop.define(extra={"type": kind, "validations": named})
    store = holding(shop, extra=None)
    store.kinds()
    return store


LEFT = [r"^\p{L}+$", "^([a-z]+-)*[a-z]+$", "(?i)^abc$", "[[:alpha:]]", "(", r"\z"]


@pytest.mark.parametrize("regex", LEFT)
def test_a_regular_expression_that_python_may_read_otherwise_is_left_to_shopify(
    shopify_shop: FakeShopify, regex: str
) -> None:
    with closing(defined_with(shopify_shop, "single_line_text_field", {"regex": regex})) as store:
        assert store.refuses({"name": "A", "extra": "123"}) is None


def test_rules_bind_the_fields_that_brandsync_knows_too(shopify_shop: FakeShopify) -> None:
    shopify_shop.define(
        name={"type": "single_line_text_field", "required": True, "validations": {"max": "5"}},
        description={"type": "multi_line_text_field", "required": True},
    )
    with closing(holding(shopify_shop)) as store:
        assert store.kinds() == {}
        assert "the name has 6 characters" in (store.refuses({"name": "Abcdef", "description": "d"}) or "")
        for empty in (None, ""):
            assert "give it one in the CMS" in (store.refuses({"name": "A", "description": empty}) or "")
        assert "map it in [cms.fields]" in (store.refuses({"name": "A"}) or "")


def test_a_required_field_is_never_left_empty(shopify_shop: FakeShopify) -> None:
    shopify_shop.define(tags={"type": "list.url", "required": True}, on={"type": "boolean", "required": True})
    with closing(holding(shopify_shop, tags=None, on=None)) as store:
        store.kinds()
        full = {"name": "A", "tags": ["https://a.example"], "on": False}
        assert store.refuses(full) is None
        for name, empty in (("tags", []), ("tags", None), ("on", None)):
            assert f"it has no {name}, which the metaobject definition requires" in (
                store.refuses({**full, name: empty}) or ""
            )


# Whole runs

EDITS = {
    "tagline": "Other",
    "story": "x\ny",
    "outlet": "https://b.example",
    "accent": "#ffffff",
    "speaks": "en",
    "founded": 1800,
    "price": 7,
    "rate": "0.25",
    "active": True,
    "day": "2020-01-01T12:00:00.000Z",
    "opened": "2020-01-01T00:00:00+05:00",
    "stats": {"n": 1.0},
    "tags": ["z", "y"],
    "links": ["https://c.example", "https://a.example"],
    "colours": [],
    "banner": f"{GID}/GenericFile/8",
    "hero": None,
    "range": [f"{GID}/Product/9", f"{GID}/Product/8"],
    "rated": {"value": "5.0", "scale_min": "1.0", "scale_max": "5.0"},
}


def given(number: int, **others: Any) -> dict[str, Any]:
    fields = {name: value for name, (_, value, _) in FIELDS.items()}
    return {"id": str(number), "name": f"Brand {number}", "external_id": None, **fields, **others}


@pytest.fixture
def pipeline(pipeline_to_shopify: Shop, shopify_shop: FakeShopify) -> Shop:
    """A pipeline that maps a field of each type."""
    shopify_shop.define(**{name: kind for name, (kind, _, _) in FIELDS.items()})
    shop = pipeline_to_shopify.set("safety", **ALL_LIMITS).set("cms.fields", description=None)
    shop.set("cms.fields", **{name: name for name in FIELDS if name not in DECLARED})
    for name, kind in DECLARED.items():
        shop.set(f"cms.fields.{name}", value=name, type=str(kind))
    return shop


def values(shop: FakeShopify) -> dict[str, dict[str, str]]:
    """What the shop holds, by name: as texts."""
    return {entry["values"]["name"]: dict(entry["values"]) for entry in shop.brands.values()}


def test_every_kind_is_created_compared_edited_and_taken_back(pipeline: Shop, shopify_shop: FakeShopify) -> None:
    edited = {str(number): name for number, name in enumerate(EDITS, 1)}
    pipeline.publish(given(0, **dict.fromkeys(FIELDS)), *(given(int(key)) for key in edited))
    pipeline.set("safety", max_updates="100%")
    first = pipeline.sync()
    assert (first["status"], first["counts"]["created"]) == ("done", len(edited) + 1)
    again = pipeline.sync()
    assert (again["counts"]["unchanged"], again["changes"]) == (len(edited) + 1, [])
    before = values(shopify_shop)
    for key, name in edited.items():
        pipeline.cms.edit(key, **{name: EDITS[name]})
    done = pipeline.sync()
    assert {change["cms_id"]: [*change["after"]] for change in done["changes"]} == {k: [n] for k, n in edited.items()}
    inputs = [one for sent in shopify_shop.asked("Update") for one in sent.json["variables"].values()]
    keys = sorted([field["key"] for field in one["fields"]] for one in inputs if isinstance(one, dict))
    assert keys == sorted([name] for name in edited.values())
    assert pipeline.sync()["counts"]["updated"] == 0
    assert pipeline.undo(done["run"])["exit_code"] == 0
    assert values(shopify_shop) == before
    for key, name in edited.items():
        pipeline.cms.edit(key, **{name: given(int(key))[name]})
    assert pipeline.sync()["counts"]["updated"] == 0
    assert pipeline.undo(first["run"])["exit_code"] == 0
    assert shopify_shop.brands == {}


EDGES: dict[str, list[Any]] = {
    "tagline": [*TEXTS, "", "x" * 65_536],
    "story": [*TEXTS, "", "a\r\n\tb ", "ü" * 32_768],
    "outlet": ["mailto:a@b.example", f"https://a.example/{'x' * 2_030}", "http://ü.example/?q=%20"],
    "accent": ["#abcdef", "#ABCDEF"],
    "founded": [2**53 - 1, -(2**53 - 1), 0, "-0", " +12 ", 5.0],
    "price": ["9999999999999.999999999", "-9999999999999.999999999", "0", "-0.00", 0.1, "1e3", "0.000000001"],
    "active": [*TRUTHS],
    "day": [*DAYS],
    "opened": [*(f"{day[:10]}T23:59:59Z" for day in DAYS), "2026-06-30T12:00+14:00"],
    "stats": [*STATS, {}, [], 0, False, "text"],
    "tags": [*TAGS, [], ["NULL", "null", '"', "{}", "\\", "a,b", " "], ["x" * 500] * 128],
    "links": [["https://a.example"] * 128, []],
    "range": [gids("Product", 128), []],
}
"""Values at the edges of what each type holds."""


@pytest.mark.slow
def test_every_kind_of_a_large_catalogue_is_held_compared_and_taken_back(
    pipeline: Shop, shopify_shop: FakeShopify
) -> None:
    catalogue = Catalogue(given, EDGES, EDITS)
    for name in ("Theirs", catalogue.entry(0)["name"]):
        shopify_shop.add(name, founded="7", price="1.25", tags='["old"]', stats='{"erp":1,"n":5}')
    is_held_compared_and_taken_back(
        pipeline, catalogue, MANY, lambda: values(shopify_shop), fake=shopify_shop, adopted=1
    )


def test_a_value_that_does_not_fit_skips_its_entry_and_the_others_go_on(
    pipeline: Shop, shopify_shop: FakeShopify
) -> None:
    wrong = {
        "founded": "soon",
        "price": "1.0000000001",
        "opened": "2026-01-01T00:00:00.5Z",
        "tags": ["a", 1],
        "hero": "7",
    }
    pipeline.publish(given(0), *(given(n, **{name: value}) for n, (name, value) in enumerate(wrong.items(), 1)))
    done = pipeline.sync()
    assert (done["exit_code"], shopify_shop.names()) == (65, ["Brand 0"])
    assert {skipped["cms_id"]: skipped["reason"] for skipped in done["skipped"]} == dict.fromkeys("12345", "invalid")
    for skipped, name in zip(sorted(done["skipped"], key=lambda one: one["cms_id"]), wrong, strict=True):
        assert name in skipped["detail"]


def test_an_unmapped_field_that_is_required_ends_the_run_before_anything_is_read(
    pipeline: Shop, shopify_shop: FakeShopify
) -> None:
    shopify_shop.entries.definitions["brand"]["fields"]["tagline"]["required"] = True
    pipeline.set("cms.fields", tagline=None).publish(given(1))
    refused = pipeline.sync()
    assert (refused["exit_code"], [operation(asked) for asked in shopify_shop.log]) == (78, ["Definition"])
    assert "requires the field 'tagline', which [cms.fields] doesn't map" in refused["error"]


def test_an_undo_tells_of_a_field_that_the_definition_has_lost(pipeline: Shop, shopify_shop: FakeShopify) -> None:
    pipeline.publish(given(1))
    pipeline.sync()
    pipeline.cms.edit("1", founded=7, name="Renamed")
    done = pipeline.sync()
    lost = shopify_shop.entries.definitions["brand"]["fields"].pop("founded")
    refused = pipeline.undo(done["run"])
    assert (refused["exit_code"], shopify_shop.names()) == (78, ["Renamed"])
    assert "has no field 'founded'" in refused["error"]
    shopify_shop.entries.definitions["brand"]["fields"]["founded"] = lost
    assert pipeline.undo(done["run"])["exit_code"] == 0
    assert values(shopify_shop)["Brand 1"]["founded"] == "-1900"


def test_a_field_that_becomes_required_or_narrower_during_a_run_takes_it_back(
    pipeline: Shop, shopify_shop: FakeShopify
) -> None:
    pipeline.publish(given(1), given(2, founded=7))
    rule = {"name": "max", "value": "5"}
    fields = shopify_shop.entries.definitions["brand"]["fields"]
    meanwhile(
        shopify_shop, lambda asked: operation(asked) == "Create", lambda: fields["founded"]["validations"].append(rule)
    )
    done = pipeline.sync()
    assert (done["status"], shopify_shop.brands) == ("rolled_back", {})
    assert "Shopify refuses its founded: Value has a maximum of 5. (INVALID_VALUE)" in done["error"]


@pytest.mark.usefixtures("no_retries")
@pytest.mark.parametrize("handles", [False, True])
def test_creations_of_every_kind_whose_answer_is_lost_are_found_and_taken_back(
    pipeline: Shop, shopify_shop: FakeShopify, handles: bool
) -> None:
    pipeline.set("cms.fields", **({"handle": "handle"} if handles else {}))
    pipeline.publish(given(1, accent="#ABCDEF"), given(2, tags=[], story=""))
    shopify_shop.after.append(lambda _: Answer(500, {}))
    assert pipeline.sync()["status"] == "rolled_back"
    assert shopify_shop.brands == {}
    assert pipeline.sync()["status"] == "done"
    assert len(shopify_shop.brands) == 2


def test_other_systems_keys_in_a_json_field_stay(pipeline: Shop, shopify_shop: FakeShopify) -> None:
    pipeline.publish(given(1))
    pipeline.sync()
    (brand,) = shopify_shop.brands.values()
    brand["values"]["stats"] = '{"a":{},"b":[1,2.5,null],"erp":7}'
    assert pipeline.sync()["counts"]["updated"] == 0
    pipeline.cms.edit("1", stats={"a": 1})
    done = pipeline.sync()
    assert done["changes"][0]["after"] == {"stats": {"a": 1, "erp": 7}}
    assert pipeline.undo(done["run"])["exit_code"] == 0
    assert json.loads(brand["values"]["stats"]) == {"a": {}, "b": [1, 2.5, None], "erp": 7}


def test_every_kind_has_a_type_that_holds_it(shopify_shop: FakeShopify) -> None:
    shopify_shop.define(**{f"a_{kind}": of for kind, of in MADE.items()})
    with closing(holding(shopify_shop, **{f"a_{kind}": kind for kind in Kind})) as store:
        assert store.kinds() == {f"a_{kind}": kind for kind in Kind}
