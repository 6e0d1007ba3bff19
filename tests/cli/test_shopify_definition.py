"""``brandsync init shopify-definition``: the definition of a shop's brands is made, completed, and never changed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import shopify_schema
from command import Command
from fake_shopify import TYPES, FakeShopify, operation


@pytest.fixture
def shop() -> Iterator[FakeShopify]:
    """A Shopify shop that brandsync.toml here leads to, with nothing defined."""
    shopify_schema.required()
    with FakeShopify() as shop:
        shop.entries.definitions.clear()
        lines = [f'{name} = "{value}"' for name, value in {"backend": "shopify", **shop.settings()}.items()]
        text = '[cms]\nbackend = "file"\npath = "brands.json"\n[cms.fields]\nname = "name"\n[store]\n'
        Path("brandsync.toml").write_text(text + "\n".join(lines) + "\n", "utf-8")
        yield shop
    assert not shop.problems


def writes(shop: FakeShopify) -> list[str]:
    return [operation(asked) for asked in shop.log if shop.writes(asked)]


def test_it_makes_the_definition_once_and_repeating_it_does_nothing(brandsync: Command, shop: FakeShopify) -> None:
    said = brandsync("init", "shopify-definition", "--dry-run")
    assert (said.code, writes(shop)) == (0, [])
    assert said.out.startswith("Would make the metaobject definition 'brand' with the fields name, description,")
    made = brandsync("init", "shopify-definition")
    assert (made.code, writes(shop)) == (0, ["CreateDefinition"])
    assert made.out.startswith("Made the metaobject definition 'brand'")
    assert f"({shop.url})" in made.out
    definition = shop.entries.definitions["brand"]
    assert {key: (field["type"], field["required"]) for key, field in definition["fields"].items()} == {
        "name": ("single_line_text_field", True),
        "description": ("multi_line_text_field", False),
        "logo_url": ("url", False),
        "website_url": ("url", False),
        "metadata": ("json", False),
    }
    assert (definition["display"], definition["access"]) == ("name", {"storefront": "PUBLIC_READ"})
    again = brandsync("init", "shopify-definition")
    assert (again.code, writes(shop)) == (0, ["CreateDefinition"])
    assert again.out.startswith("The metaobject definition 'brand' is there already, with every field.")
    assert brandsync("check").code in {0, 78}  # there is no brands.json


def test_it_adds_what_a_definition_lacks_and_leaves_the_rest(brandsync: Command, shop: FakeShopify) -> None:
    shop.define("name", "logo_url", founder="json")
    before = {key: dict(field) for key, field in shop.entries.definitions["brand"]["fields"].items()}
    said = brandsync("init", "shopify-definition", "--dry-run")
    assert said.out.startswith("Would add to the metaobject definition 'brand': description, website_url, metadata.")
    assert brandsync("init", "shopify-definition").code == 0
    fields = shop.entries.definitions["brand"]["fields"]
    assert list(fields) == ["name", "logo_url", "founder", "description", "website_url", "metadata"]
    assert {key: fields[key] for key in before} == before
    assert writes(shop) == ["AddFields"]


KINDS = {
    "a_text": ("", "single_line_text_field"),
    "a_html": ("html", "multi_line_text_field"),
    "a_integer": ("integer", "number_integer"),
    "a_decimal": ("decimal", "number_decimal"),
    "a_boolean": ("boolean", "boolean"),
    "a_date": ("date", "date"),
    "a_datetime": ("datetime", "date_time"),
    "a_list": ("list", "list.single_line_text_field"),
    "a_json": ("json", "json"),
}
"""Fields of the shop's own: the kind that is declared, and the type that is made for it."""


@pytest.fixture
def mapped(shop: FakeShopify) -> FakeShopify:
    """The shop, with a field of the shop's own of each kind."""
    lines = [
        f'{name} = {{ value = "{name}", type = "{kind}" }}' if kind else f'{name} = "{name}"'
        for name, (kind, _) in KINDS.items()
    ]
    config = Path("brandsync.toml")
    config.write_text(
        config.read_text("utf-8").replace("[cms.fields]\n", "\n".join(["[cms.fields]", *lines, ""])), "utf-8"
    )
    return shop


def types(shop: FakeShopify) -> dict[str, str]:
    fields = shop.entries.definitions["brand"]["fields"]
    return {key: fields[key]["type"] for key in fields if key in KINDS}


def test_it_makes_a_field_for_each_field_of_the_shops_own(brandsync: Command, mapped: FakeShopify) -> None:
    made = brandsync("init", "shopify-definition")
    assert made.code == 0
    assert made.out.startswith(f"Made the metaobject definition 'brand' with the fields {', '.join([*TYPES, *KINDS])}.")
    assert types(mapped) == {name: of for name, (_, of) in KINDS.items()}
    assert mapped.entries.definitions["brand"]["fields"]["a_text"]["name"] == "A text"
    told = brandsync("check").out
    for name, (kind, of) in KINDS.items():
        assert f"{name} is {kind or 'text'}: its field is of the type {of}" in told


def test_it_adds_fields_of_the_shops_own_and_changes_none_that_is_there(
    brandsync: Command, mapped: FakeShopify
) -> None:
    mapped.define(a_text="multi_line_text_field", a_json={"type": "rating", "required": False})
    assert brandsync("init", "shopify-definition").code == 0
    there = {"a_text": "multi_line_text_field", "a_json": "rating"}
    assert types(mapped) == {name: of for name, (_, of) in KINDS.items()} | there
    mapped.define(a_date="url")
    refused = brandsync("init", "shopify-definition")
    assert (refused.code, types(mapped)) == (78, {"a_date": "url"})
    assert "the field 'a_date' of the metaobject definition 'brand' is of the type url" in refused.err


def test_a_field_of_another_type_is_told_and_nothing_is_done(brandsync: Command, shop: FakeShopify) -> None:
    shop.define("name", description="json")
    refused = brandsync("init", "shopify-definition")
    assert (refused.code, writes(shop)) == (78, [])
    assert "is of the type json, and not multi_line_text_field" in refused.err


def test_a_scope_that_is_lacking_and_a_definition_of_just_now_are_told(brandsync: Command, shop: FakeShopify) -> None:
    shop.scopes.remove("write_metaobject_definitions")
    refused = brandsync("init", "shopify-definition")
    assert (refused.code, shop.entries.definitions) == (77, {})
    assert "write_metaobject_definitions" in refused.err
    shop.scopes.add("write_metaobject_definitions")
    shop.act = lambda asked: shop.define() if operation(asked) == "CreateDefinition" else None
    refused = brandsync("init", "shopify-definition")
    assert refused.code == 1
    assert "Type has already been taken" in refused.err


def test_another_store_is_none(brandsync: Command) -> None:
    text = '[cms]\nbackend = "file"\npath = "b.json"\n[cms.fields]\nname = "name"\n[store]\nbackend = "sql"\n'
    Path("brandsync.toml").write_text(f'{text}url = "sqlite:///b.db"\n', "utf-8")
    refused = brandsync("init", "shopify-definition")
    assert refused.code == 78
    assert "the store of this configuration is 'sql', not a Shopify shop" in refused.err
