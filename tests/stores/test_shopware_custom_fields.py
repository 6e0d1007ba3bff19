"""A Shopware shop's custom fields: their kinds, what is refused, and that those that aren't mapped stay."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Any

import pytest
from catalogue import DAYS, MANY, STATS, TAGS, TEXTS, TRUTHS, Catalogue, as_written, is_held_compared_and_taken_back
from fake_shopware import ALL, ENTITY, GERMAN, SYSTEM, Answer, FakeShopware, kind, open_shopware
from hosted_stores import meanwhile
from opening import opener
from shop import Shop

from brandsync.brand import BrandUpdate, NewBrand
from brandsync.brand.kind import Kind
from brandsync.errors import ConfigError, CredentialsRefused, Rejected, Unreadable
from brandsync.stores.shopware import ShopwareStore
from brandsync.stores.shopware.api import ManufacturersApi

Open = Callable[..., ShopwareStore]

SELECT = {"options": [{"value": "gold"}, {"value": "silver"}]}
DEFINED: dict[str, tuple[str, dict[str, Any] | None]] = {
    "gpsr_name": ("text", {"componentName": "sw-field"}),
    "blurb": ("html", None),
    "founded": ("int", {"numberType": "int"}),
    "price_index": ("float", None),
    "featured": ("bool", {}),
    "opened": ("datetime", {"dateType": "datetime"}),
    "day": ("datetime", {"dateType": "date"}),
    "tier": ("select", {**SELECT, "componentName": "sw-single-select"}),
    "tags": ("select", {"options": [{"value": one} for one in "abxyz"], "componentName": "sw-multi-select"}),
    "partner": ("select", {"componentName": "sw-entity-single-select", "entity": "product"}),
    "partners": ("entity", {"componentName": "sw-entity-multi-id-select", "entity": "product"}),
    "banner": ("media", None),
    "colour": ("colorpicker", None),
    "stats": ("json", None),
}
KINDS = {
    "gpsr_name": Kind.TEXT,
    "blurb": Kind.HTML,
    "founded": Kind.INTEGER,
    "price_index": Kind.DECIMAL,
    "featured": Kind.BOOLEAN,
    "opened": Kind.DATETIME,
    "day": Kind.DATE,
    "tier": Kind.TEXT,
    "tags": Kind.LIST,
    "partner": Kind.TEXT,
    "partners": Kind.LIST,
    "banner": Kind.TEXT,
    "colour": Kind.TEXT,
    "stats": Kind.JSON,
}
ID = "ab" * 16
ENTRY = {
    "gpsr_name": "Acme & Sons < Ltd",
    "blurb": "<p>A &amp; B</p>",
    "founded": 0,
    "price_index": "1.50",
    "featured": False,
    "opened": "2026-01-31T10:30:00+02:00",
    "day": "2026-02-28",
    "tier": "gold",
    "tags": ["a", "b"],
    "partner": ID,
    "partners": [ID],
    "banner": ID,
    "colour": "#ff0000",
    "stats": {"n": 1, "f": 1.5, "b": True, "l": [1, None, {"x": "y"}]},
}
STORED = ENTRY | {
    "price_index": 1.5,
    "featured": 0,
    "opened": "2026-01-31 08:30:00.000",
    "day": "2026-02-28 00:00:00.000",
}
EDITS = {
    "gpsr_name": "Other",
    "blurb": "A & <video>B</video>",
    "founded": 1800,
    "price_index": "-7",
    "featured": True,
    "opened": "2020-01-01T00:00:00Z",
    "day": "2020-01-01",
    "tier": "silver",
    "tags": ["z", "y", "x"],
    "partner": "cd" * 16,
    "partners": [],
    "banner": "ef" * 16,
    "colour": "#00ff00",
    "stats": {"n": 2},
}
UNFIT = {
    "gpsr_name": [
        ("a <b>name</b>", "follows a"),
        ("1 <2", "follows a"),
        ("1 <\u00a02", "follows a"),
        (5, "text was expected"),
        ("\0", "U+0000"),
    ],
    "blurb": [(["x"], "text was expected")],
    "founded": [("soon", "a whole number"), (5.5, "a whole number"), (2**63, "64 bits")],
    "price_index": [("1,5", "a number"), ("1.23456789012345", "14 digits"), ("1" + "0" * 400, "14 digits")],
    "featured": [("yes", "true or false"), (2, "true or false")],
    "opened": [("2026-01-01T00:00:00.5Z", "whole seconds"), ("soon", "a date with a time")],
    "day": [("31.01.2026", "a date"), ("2026-01-01T10:00:00Z", "a date")],
    "tier": [("bronze", "'gold', 'silver', without \"bronze\"")],
    "tags": [(["a", "q"], 'without "q"'), ("a, b", "a list of texts")],
    "stats": [
        ({}, "a list of an empty object"),
        ({"a": [{"b": {}}]}, "a list of an empty object"),
        ({"0": "a", "1": "b"}, "count from 0"),
        ({"a": 2**64}, "64 bits"),
    ],
}


@pytest.fixture
def defined(ware: FakeShopware) -> FakeShopware:
    """The fake, with a custom field of each type, and some that aren't for its brands."""
    for name, (of, config) in DEFINED.items():
        ware.define(name, of, config=config)
    ware.define("of_products", "text", entities=("product",))
    ware.define("gone", "text", active=False)
    ware.logins = 1_000  # whole runs log in more often than 10 times a minute
    return ware


@pytest.fixture
def open_it(ware: FakeShopware) -> Iterator[Open]:
    def held(further: dict[str, Kind | None] | None = None, **settings: Any) -> ShopwareStore:
        section = {"backend": "shopware", **ware.settings(**settings)}
        wanted = {**dict.fromkeys(DEFINED), "banner": Kind.TEXT} if further is None else further
        return ShopwareStore(ShopwareStore.Settings.model_validate(section).holding(wanted))

    with opener(held) as open_it:
        yield open_it


@pytest.fixture
def mapped(ware_shop: Shop, defined: FakeShopware) -> Shop:
    """A pipeline that maps a custom field of each type."""
    ware_shop.set("cms.fields", description=None, **{name: name for name in defined.manufacturers.custom.defined})
    ware_shop.set("cms.fields", of_products=None, gone=None, banner=None)
    ware_shop.set("cms.fields.banner", value="banner", type="text")
    return ware_shop.set("safety", max_updates="100%")


def entry(number: int, **others: Any) -> dict[str, Any]:
    return {"id": str(number), "name": f"Brand {number}", "external_id": None, **ENTRY, **others}


def sent(fake: FakeShopware, of: str) -> list[Any]:
    """What was sent of custom fields in syncs of one kind."""
    records = [
        record
        for asked in fake.asked(of)
        for operation in asked.json
        if operation["key"] == "write"
        for record in operation["payload"]
    ]
    return [record.get("customFields", "none") for record in records]


# Kinds


def test_the_shop_tells_the_kind_of_each_field_in_one_request(defined: FakeShopware, open_it: Open) -> None:
    store = open_it()
    assert store.capabilities.fields == {"name", "description", "website_url", *DEFINED}
    assert store.kinds() == KINDS
    assert store.kinds() == KINDS
    assert [kind(asked) for asked in defined.log] == ["login", "schema", "version"]


def test_definitions_are_read_page_by_page(defined: FakeShopware, open_it: Open) -> None:
    for number in range(50):
        defined.define(f"other_{number}", "text")
    assert open_it(page_size=20).kinds() == KINDS
    assert [asked.json["page"] for asked in defined.asked("schema")] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("of", "said", "held"),
    [
        (("datetime", None), None, Kind.DATETIME),
        (("datetime", None), Kind.DATE, Kind.DATE),
        (("date", {"dateType": "date"}), None, Kind.DATE),
        (("number", {"numberType": "int"}), None, Kind.INTEGER),
        (("number", {"numberType": "float"}), None, Kind.DECIMAL),
        (("switch", None), None, Kind.BOOLEAN),
        (("media", None), Kind.LIST, Kind.LIST),
        (("media", None), Kind.TEXT, Kind.TEXT),
        (("media", None), None, '`x` holds media: say type = "image" .* or type = "text" where the CMS has the ids'),
        (("text", None), Kind.INTEGER, "which holds text, and the field is integer"),
        (("json", None), Kind.INTEGER, Kind.INTEGER),
        (("price", None), Kind.JSON, Kind.JSON),
        (("text", None), Kind.LIST, "`x` is of the type text, which holds text, and the field is list"),
        (("select", {"componentName": "sw-single-select"}), Kind.LIST, "which holds text, and the field is list"),
        (("price", None), None, '`x` is of the type price, whose values brandsync takes as they are if .*"json"'),
        (("price", None), Kind.DECIMAL, "which holds json, and the field is decimal"),
        (("datetime", {"dateType": "time"}), None, "a time of day"),
        (("datetime", {"dateType": "time"}), Kind.DATETIME, "a time of day"),
    ],
)
def test_a_kind_that_is_said_counts_where_the_type_can_hold_it(
    ware: FakeShopware, open_it: Open, of: tuple[str, Any], said: Kind | None, held: Kind | str
) -> None:
    ware.define("x", of[0], config=of[1])
    store = open_it({"x": said})
    if isinstance(held, Kind):
        assert store.kinds() == {"x": held}
        return
    with pytest.raises(ConfigError, match=held) as wrong:
        store.kinds()
    assert "[cms.fields]" in str(wrong.value.hint)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gpsr_nmae", "no custom field `gpsr_nmae`; did you mean `gpsr_name`?"),
        ("Founded", "no custom field `Founded`; did you mean `founded`?"),
        ("zzz", "no custom field `zzz`$"),
        ("gonee", "no custom field `gonee`$"),
        ("gone", "`gone` is not active"),
        ("of_products", "the set of the custom field `of_products` is not assigned to manufacturers"),
    ],
)
def test_a_name_that_brands_do_not_have_is_told_before_anything_is_read(
    mapped: Shop, defined: FakeShopware, name: str, said: str
) -> None:
    """Shopware would store it without a word. MySQL finds it in other letters, and PHP doesn't."""
    mapped.publish(entry(1))
    refused = mapped.set("cms.fields", **{name: "name"}).sync()
    assert refused["exit_code"] == 78
    with closing(ShopwareStore(mapped.loaded().store)) as store, pytest.raises(ConfigError, match=said):  # type: ignore[arg-type]
        store.kinds()
    assert {kind(asked) for asked in defined.log} == {"login", "schema"}


@pytest.mark.usefixtures("defined")
def test_every_wrong_name_is_told_at_once(open_it: Open) -> None:
    with pytest.raises(ConfigError) as wrong:
        open_it({"tierr": None, "gone": None, "tier": None, "blurb": Kind.TEXT}).kinds()
    told = wrong.value.message.splitlines()
    assert [line.split("`")[1] for line in told] == ["tierr", "gone", "blurb"]


# Writing


def test_only_mapped_keys_are_sent_and_all_others_stay(defined: FakeShopware, open_it: Open) -> None:
    made = defined.add("A", customFields={"founded": 1900, "erp_id": 7, "tier": "gold"})
    store = open_it()
    store.update_brands([BrandUpdate(made, {"founded": 1900}, {"founded": None})])
    store.update_brands([BrandUpdate(made, {"name": "A"}, {"name": "B"})])
    (brand,) = store.update_brands(
        [BrandUpdate(made, {"featured": None, "name": "B"}, {"featured": False, "name": "C"})]
    )
    assert brand.fields == {"featured": False, "name": "C"}
    assert sent(defined, "update") == [{"founded": None}, "none", {"featured": False}]
    assert defined.custom(made) == {"founded": None, "erp_id": 7, "tier": "gold", "featured": 0}


def test_the_fake_deletes_all_custom_fields_where_none_are_sent() -> None:
    """As Shopware does: what the next test shows could happen."""
    for nothing in ({}, None, []):
        with FakeShopware() as shop:
            made = shop.add("A", customFields={"erp_id": 7})
            record = {"id": made, "customFields": nothing}
            shop.manufacturers.sync(
                [{"key": "write", "entity": ENTITY, "action": "upsert", "payload": [record]}], SYSTEM, ALL
            )
            assert shop.custom(made) == {}
            assert shop.manufacturers.wiped


@pytest.mark.parametrize("language", [None, GERMAN])
def test_custom_fields_are_never_sent_empty_whatever_the_calls_are_given(
    ware: FakeShopware, language: str | None
) -> None:
    made = ware.add("A", customFields={"erp_id": 7})
    ware.edit(made, GERMAN, customFields={"erp_id": 8})
    with closing(open_shopware(ware, language=language)) as store:
        api = ManufacturersApi(store.settings)
        for nothing in ({}, None, []):
            api.update([{"id": made, "customFields": nothing}])
            api.update([{"id": made, "name": "B", "customFields": nothing}])
            api.create([{"id": made, "name": "C", "customFields": nothing}])
        api.session.http.close()
    assert (ware.custom(made), ware.custom(made, GERMAN)) == ({"erp_id": 7}, {"erp_id": 8})
    assert ware.manufacturers.syncs == 9
    assert b"customFields" not in b"".join(asked.body for asked in ware.log)


def test_a_new_brand_gets_no_keys_of_fields_without_a_value(defined: FakeShopware, open_it: Open) -> None:
    """Shopware 6.5 would refuse null for a whole number."""
    defined.manufacturers.custom.empties_numbers = False
    store = open_it()
    nothing: dict[str, Any] = dict.fromkeys(DEFINED)
    new = [
        NewBrand(store.new_id(), {"name": name, **nothing, **more})
        for name, more in (("A", {}), ("B", {"tier": "gold"}))
    ]
    made = store.create_brands(new)
    assert [brand.fields for brand in made] == [brand.fields for brand in new]
    assert sent(defined, "create") == ["none", {"tier": "gold"}]


def test_a_language_has_custom_fields_of_its_own(defined: FakeShopware, open_it: Open) -> None:
    made = defined.add("A", customFields={"gpsr_name": "English", "erp_id": 7})
    store = open_it(language=GERMAN)
    (brand,) = store.get_brands(["name", "gpsr_name"], [made])
    assert brand.fields == {"name": "A", "gpsr_name": None}
    (brand,) = store.update_brands([BrandUpdate(made, {"gpsr_name": None}, {"gpsr_name": "Deutsch"})])
    assert brand.fields == {"gpsr_name": "Deutsch"}
    assert defined.custom(made) == {"gpsr_name": "English", "erp_id": 7}
    assert defined.custom(made, GERMAN) == {"gpsr_name": "Deutsch"}
    store.update_brands([BrandUpdate(made, {"gpsr_name": "Deutsch"}, {"gpsr_name": None})])
    assert store.get_brands(["gpsr_name"], [made])[0].fields == {"gpsr_name": None}
    assert defined.manufacturers.shown(made, GERMAN)["translated"]["customFields"]["gpsr_name"] == "English"
    (new,) = store.create_brands([NewBrand(store.new_id(), {"name": "B", "tier": "gold"})])
    assert (defined.custom(new.id), defined.custom(new.id, GERMAN)) == ({}, {"tier": "gold"})


def test_a_refused_custom_field_is_named_and_nothing_is_written(defined: FakeShopware, open_it: Open) -> None:
    store = open_it()
    brands = [NewBrand(store.new_id(), {"name": name, "blurb": "<p>x</p>"}) for name in "AB"]
    with pytest.raises(Rejected, match=r"brand 'C' .*, blurb: This value should not be blank") as refused:
        store.create_brands([*brands, NewBrand(store.new_id(), {"name": "C", "blurb": "<script>x</script>"})])
    assert "scripts" in str(refused.value.hint)
    assert defined.brands == {}


def test_a_number_that_shopware_can_not_empty_is_told_before_and_then(defined: FakeShopware, open_it: Open) -> None:
    defined.manufacturers.custom.empties_numbers = False
    made = defined.add("A", customFields={"founded": 1900})
    for version, is_told in (("6.5.6.0", True), ("6.6.0.0", False)):
        defined.version = version
        store = open_it()
        store.kinds()
        assert ("whole number" in store.capabilities.inexact.get("update", "")) == is_told
    with pytest.raises(Rejected, match="founded: This value should be of type int") as refused:
        store.update_brands([BrandUpdate(made, {"founded": 1900}, {"founded": None})])
    assert "6.6" in str(refused.value.hint)


# Reading


def test_null_an_empty_text_and_no_key_are_one_value(defined: FakeShopware, open_it: Open) -> None:
    names = ["gpsr_name", "tier", "tags", "founded"]
    for held in (None, {}, {"tier": ""}, dict.fromkeys(names), {"other": 1}):
        made = defined.add("A", customFields=held)
        (brand,) = open_it().get_brands(names, [made])
        assert brand.fields == dict.fromkeys(names)


def test_what_does_not_fit_stays_as_it_is_and_is_written_back_as_it_was(defined: FakeShopware, open_it: Open) -> None:
    odd: dict[str, Any] = {"tier": 5, "tags": "a, b", "partner": {"x": 1}, "partners": [1, None], "colour": False}
    made = defined.add("A", customFields=dict(odd))
    store = open_it()
    (brand,) = store.get_brands([*odd], [made])
    assert brand.fields == odd
    other = {"tier": "gold", "tags": ["a"], "partner": ID, "partners": [ID], "colour": "#fff"}
    store.update_brands([BrandUpdate(made, odd, other)])
    store.update_brands([BrandUpdate(made, other, brand.fields)])
    assert defined.custom(made) == odd


@pytest.mark.parametrize("answer", [7, "x", [{"id": 1}]])
def test_custom_fields_that_are_none_are_no_answer(defined: FakeShopware, open_it: Open, answer: Any) -> None:
    store = open_it()
    store.kinds()
    record = {"id": ID, "name": "A", "customFields": answer}
    defined.instead.append(Answer(200, {"total": 1, "data": [record]}))
    with pytest.raises(Unreadable):
        store.list_brands(["name", "tier"])


# Checking


@pytest.mark.usefixtures("defined")
def test_check_tells_the_kind_of_each_field(open_it: Open) -> None:
    findings = [finding for finding in open_it().check() if "custom field" in finding.what]
    assert all(finding.ok for finding in findings)
    assert [finding.what for finding in findings] == [
        f"{name} is {KINDS[name]}, in the custom field of that name ({of})" for name, (of, _) in DEFINED.items()
    ]


@pytest.mark.usefixtures("defined")
def test_check_tells_what_is_wrong_with_a_field(open_it: Open) -> None:
    (problem,) = (finding for finding in open_it({"gone": None}).check() if not finding.ok)
    assert "`gone` is not active" in problem.what


def test_rights_that_are_missing_are_named(defined: FakeShopware, mapped: Shop, open_it: Open) -> None:
    defined.privileges = ALL | {"custom_field:read"}
    (problem,) = (finding for finding in open_it().check() if not finding.ok)
    assert "custom_field_set:read" in problem.what
    assert "custom_field:read, custom_field_set:read, custom_field_set_relation:read" in str(problem.fix)
    with pytest.raises(CredentialsRefused, match="may not read which custom fields there are"):
        open_it().kinds()
    mapped.publish(entry(1))
    assert mapped.sync()["exit_code"] == 77
    checked = mapped.run("check")
    assert checked.returncode == 77, checked.stdout + checked.stderr
    assert "custom_field_set:read" in checked.stdout + checked.stderr


# Whole runs


def test_every_kind_is_held_compared_and_taken_back(mapped: Shop, defined: FakeShopware) -> None:
    edited = {str(number): name for number, name in enumerate(EDITS, 1)}
    mapped.publish(*(entry(int(key)) for key in edited), entry(0, **dict.fromkeys(ENTRY)))
    first = mapped.set("safety", max_updates="100%").sync()
    assert (first["exit_code"], first["counts"]["created"]) == (0, len(edited) + 1)
    ids = mapped.external_ids()
    one = ids["1"]
    assert [defined.custom(ids[key]) for key in edited] == [STORED] * len(edited)
    assert defined.custom(ids["0"]) == {}
    defined.log.clear()
    again = mapped.sync(full=True)
    assert (again["counts"]["unchanged"], again["changes"]) == (len(edited) + 1, [])
    assert {kind(asked) for asked in defined.log} == {"login", "schema", "version", "list"}
    for key, name in edited.items():
        mapped.cms.edit(key, **{name: EDITS[name]})
    defined.log.clear()
    done = mapped.sync()
    assert {change["cms_id"]: [*change["after"]] for change in done["changes"]} == {k: [n] for k, n in edited.items()}
    assert sorted(list(fields) for fields in sent(defined, "update")) == sorted([name] for name in edited.values())
    assert mapped.sync()["counts"]["updated"] == 0
    assert mapped.undo(done["run"])["exit_code"] == 0
    assert [defined.custom(ids[key]) for key in edited] == [STORED] * len(edited)
    for key, name in edited.items():
        mapped.cms.edit(key, **{name: ENTRY[name]})
    assert mapped.sync()["counts"]["updated"] == 0
    mapped.cms.edit("1", **dict.fromkeys(ENTRY))
    emptied = mapped.sync()
    assert defined.custom(one) == dict.fromkeys(ENTRY)
    assert mapped.undo(emptied["run"])["exit_code"] == 0
    assert defined.custom(one) == STORED
    assert mapped.undo(first["run"])["exit_code"] == 0
    assert defined.brands == {}


EDGES: dict[str, Sequence[Any]] = {
    "gpsr_name": [*TEXTS, "", "x" * 60_000, "1 < 2"],
    "blurb": [*TEXTS, "", "<h1>a</h1>\n<ul><li>b &lt; c</li></ul>", "<p>" + "ü" * 60_000 + "</p>"],
    "founded": [2**63 - 1, -(2**63), 0, "-0", " +12 ", 5.0],
    "price_index": ["12345678901234", "-0.00000000000001", "0", 0.1, "1e3"],
    "featured": [*TRUTHS],
    "opened": ["0001-01-01T00:00:00Z", *(f"{day[:10]}T23:59:59Z" for day in DAYS), "2026-06-30T12:00+14:00"],
    "day": [*DAYS, "0001-01-01"],
    "tier": ["gold", "silver"],
    "tags": [[*"abxyz"], ["z", "a"], [], ["b"]],
    "partners": [[], ["cd" * 16, ID], ["ef" * 16] * 100],
    "colour": ["#000000", "#FFFFFF", "red", ""],
    "stats": [*STATS, *TAGS, 0, False, 1.5, "text"],
}
"""Values at the edges of what each type holds."""


@pytest.mark.slow
def test_every_kind_of_a_large_catalogue_is_held_compared_and_taken_back(mapped: Shop, defined: FakeShopware) -> None:
    catalogue = Catalogue(entry, EDGES, EDITS)
    their_own = {"erp_id": 7, "stats": {"erp": 1, "n": 5}, "tier": "silver"}
    for name in ("Theirs", catalogue.entry(0)["name"]):
        defined.add(name, customFields=dict(their_own))

    def held() -> dict[str, dict[str, str]]:
        return as_written({key: brand | filled(defined, key) for key, brand in defined.brands.items()})

    is_held_compared_and_taken_back(mapped, catalogue, MANY, held, fake=defined, adopted=1)


def filled(fake: FakeShopware, key: str) -> dict[str, Any]:
    """The custom fields of a brand. One that holds null is as good as none: its key can't be removed."""
    return {name: value for name, value in fake.custom(key).items() if value is not None}


def test_a_value_that_does_not_fit_skips_its_entry_with_the_reason(mapped: Shop, defined: FakeShopware) -> None:
    wrong = [(name, value, said) for name, values in UNFIT.items() for value, said in values]
    mapped.publish(*(entry(number, **{name: value}) for number, (name, value, _) in enumerate(wrong)), entry(999))
    done = mapped.sync()
    assert (done["exit_code"], done["counts"]["created"]) == (65, 1)
    details = {skipped["cms_id"]: skipped["detail"] for skipped in done["skipped"]}
    for number, (name, _, said) in enumerate(wrong):
        assert name in details[str(number)]
        assert said in details[str(number)]
    assert defined.names() == ["Brand 999"]


def test_an_empty_text_is_no_value_and_is_not_written_again(mapped: Shop, defined: FakeShopware) -> None:
    made = defined.add("Brand 2", customFields={"gpsr_name": "x", "tier": "gold"})
    texts = dict.fromkeys(["gpsr_name", "blurb", "tier", "banner"], "")
    mapped.publish(entry(1, **texts), entry(2, **texts))
    first = mapped.sync()
    assert (first["counts"]["created"], first["counts"]["adopted"]) == (1, 1)
    assert [defined.custom(made)[name] for name in texts] == [None] * 4
    assert mapped.sync(full=True)["changes"] == []
    mapped.cms.edit("2", **dict.fromkeys(texts))
    mapped.sync()
    assert mapped.undo(first["run"])["exit_code"] == 0
    assert (defined.custom(made)["gpsr_name"], defined.custom(made)["tier"]) == ("x", "gold")


def test_another_systems_keys_stay_in_an_update_in_an_undo_and_within_json(mapped: Shop, defined: FakeShopware) -> None:
    made = defined.add("Brand 1", customFields={"erp_id": 7, "stats": {"erp": 1}, "tier": "silver"})
    mapped.publish(entry(1))
    done = mapped.sync()
    assert done["counts"]["adopted"] == 1
    assert defined.custom(made) == STORED | {"erp_id": 7, "stats": {"erp": 1, **ENTRY["stats"]}}  # type: ignore[dict-item]
    defined.edit(made, customFields={**defined.custom(made), "erp_id": 8})
    assert mapped.undo(done["run"])["exit_code"] == 0
    assert {name: value for name, value in defined.custom(made).items() if value is not None} == {
        "erp_id": 8,
        "stats": {"erp": 1},
        "tier": "silver",
    }


@pytest.mark.usefixtures("no_retries")
def test_an_update_whose_answer_is_lost_is_taken_back(mapped: Shop, defined: FakeShopware) -> None:
    mapped.publish(entry(1), entry(2))
    mapped.sync()
    held = [defined.custom(key) for key in mapped.external_ids().values() if key]
    for key in "12":
        mapped.cms.edit(key, **EDITS)
    defined.after.append(lambda _: Answer(500, {}))
    result = mapped.sync()
    assert (result["status"], result["kept"]) == ("rolled_back", [])
    assert [defined.custom(key) for key in mapped.external_ids().values() if key] == held
    assert mapped.sync()["counts"]["updated"] == 2


def test_a_field_whose_definition_is_gone_stops_an_undo_before_it_writes(mapped: Shop, defined: FakeShopware) -> None:
    mapped.publish(entry(1))
    mapped.sync()
    mapped.cms.edit("1", tier="silver")
    done = mapped.sync()
    definition = defined.manufacturers.custom.defined.pop("tier")
    defined.log.clear()
    assert mapped.undo(done["run"])["exit_code"] == 78
    assert not defined.asked("update", "create", "delete")
    defined.manufacturers.custom.defined["tier"] = definition
    assert mapped.undo(done["run"])["exit_code"] == 0
    assert {defined.custom(key)["tier"] for key in defined.brands} == {"gold"}


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_run_that_is_killed_at_its_update_is_taken_back_whole(
    mapped: Shop, defined: FakeShopware, moment: str
) -> None:
    mapped.publish(entry(1))
    mapped.sync()
    held = {key: defined.custom(key) for key in defined.brands}
    mapped.cms.edit("1", **EDITS)
    process = mapped.start("sync")
    if moment == "before":
        meanwhile(defined, lambda asked: kind(asked) == "update", process.kill)
    else:
        meanwhile(defined, lambda asked: kind(asked) == "read" and bool(defined.asked("update")), process.kill)
    process.communicate()
    assert process.returncode < 0
    assert mapped.recover()["exit_code"] == 0
    assert {key: defined.custom(key) for key in defined.brands} == held
    assert mapped.sync()["counts"]["updated"] == 1
