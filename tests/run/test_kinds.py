"""A shop's own fields, of every kind, from the CMS into a table of each database and back by an undo."""

import json
from typing import Any

import pytest
from catalogue import DAYS, MANY, STATS, TAGS, TEXTS, TRUTHS, Catalogue, is_held_compared_and_taken_back
from databases import kind_of, run
from shop import Shop

from brandsync.errors import ConfigError

KINDS = {
    "founded": "integer",
    "price": "decimal",
    "active": "boolean",
    "opened": "datetime",
    "day": "date",
    "tags": "list",
    "stats": "json",
    "blurb": "html",
    "tier": "text",
}
TABLES = {
    "sqlite": "founded_year INTEGER, price DECIMAL(10,2), active BOOLEAN, opened DATETIME, day DATE, tags JSON,"
    " stats JSON, blurb TEXT, tier VARCHAR(10)",
    "postgresql": "founded_year smallint, price numeric(10,2), active boolean, opened timestamptz, day date,"
    " tags text[], stats jsonb, blurb text, tier tier",
    "mysql": "founded_year SMALLINT, price DECIMAL(10,2), active BOOLEAN, opened TIMESTAMP(6) NULL, day DATE,"
    " tags JSON, stats JSON, blurb TEXT, tier ENUM('gold','silver')",
}
LAX = {"40000", "1.555", "123456789.1", "platinum" * 5}
"""SQLite holds these in its columns as they are."""
EDITS = {
    "founded": 1800,
    "price": "7",
    "active": True,
    "opened": "2020-01-01T00:00:00+05:00",
    "day": "2020-01-01T12:00:00.000Z",
    "tags": ["z", "y", ""],
    "stats": {"n": 1.0, "b": 1},
    "blurb": "<b>x</b>",
    "tier": "silver",
}
UNFIT = {
    "founded": ["soon", 5.5, True, 40_000, "1e3", {"a": 1}],
    "price": ["1,5", "1.555", "123456789.1", False, "NaN"],
    "active": ["yes", 2, [True], 0.5],
    "opened": ["2026-01-01", "2026-01-01T25:00:00Z", 1_700_000_000],
    "day": ["31.01.2026", "2026-02-30", "2026-01-01T10:00:00Z"],
    "tags": ["a, b", ["a", 1], [None], {"a": "b"}],
    "stats": [],
    "blurb": [5, True, ["x"]],
    "tier": [5, "platinum" * 5],
}


def entry(number: int, **others: Any) -> dict[str, Any]:
    of = {
        "id": str(number),
        "name": f"Brand {number}",
        "external_id": None,
        "founded": 1900 + number,
        "price": f"{number}.50",
        "active": number % 2 == 0,
        "opened": f"2026-01-{number % 28 + 1:02}T10:30:00.25+02:00",
        "day": f"2026-02-{number % 28 + 1:02}",
        "tags": ["a", f"t{number}"],
        "stats": {"n": number, "f": 1.5, "b": True, "l": [1, None]},
        "blurb": f"<p>{number}</p>",
        "tier": "gold" if number % 3 else "silver",
    }
    return of | others


def fill(shop: Shop, count: int = 12) -> None:
    for number in range(count):
        shop.cms.add(entry(number))
    shop.cms.add(entry(count, **dict.fromkeys([*KINDS], None)))


@pytest.fixture(params=["own", "mapped"])
def typed(request: pytest.FixtureRequest, any_shop: Shop) -> Shop:
    """A shop that maps fields of every kind: into brandsync's own table, or into one that is there already."""
    any_shop.set("safety", max_updates="100%").set("cms.fields", description=None)
    return own(any_shop) if request.param == "own" else mapped(any_shop)


def own(shop: Shop) -> Shop:
    for name, kind in KINDS.items():
        shop.set(f"cms.fields.{name}", value=name, type=kind)
    return shop


def mapped(shop: Shop) -> Shop:
    kind = kind_of(shop.database_url)
    if kind == "postgresql":
        shop.execute("CREATE TYPE tier AS ENUM ('gold', 'silver')")
    shop.execute(f"CREATE TABLE brand (id varchar(40) PRIMARY KEY, name varchar(200), {TABLES[kind]})")
    shop.set("cms.fields", description=None, **{name: name for name in KINDS if name != "tags"})
    if kind == "postgresql":
        shop.set("cms.fields", tags="tags")
    else:
        shop.set("cms.fields.tags", value="tags", type="list")
    return shop.set("store.columns", name="name").set("store.fields", founded="founded_year")


def rows(shop: Shop) -> list[Any]:
    founded = "founded_year" if "store.columns" in shop.sections else "founded"
    columns = ", ".join(["name", founded, *(name for name in KINDS if name != "founded")])
    return run(shop.database_url, f"SELECT {columns} FROM brand ORDER BY name")


def held(shop: Shop) -> list[str]:
    """The whole table, as text, without the moment at which a row was last written."""
    if not shop.database.table_exists("brand"):
        return []
    cast = "::text" if kind_of(shop.database_url) == "postgresql" else ""
    names = ", ".join(f"{name}{cast}" for name in sorted(columns(shop) - {"updated_at"}))
    return [repr(row) for row in run(shop.database_url, f"SELECT {names} FROM brand ORDER BY brand.id")]


def edges(shop: Shop) -> dict[str, list[Any]]:
    """Values at the edges of what the table's columns hold."""
    kind, is_own = kind_of(shop.database_url), "store.columns" not in shop.sections
    any_moment = ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59.9Z", "9999-12-31T23:59:59.999999Z"]
    moments = {"mysql": ["1000-01-01T00:00:00Z", *any_moment[1:]] if is_own else ["1970-01-01T00:00:01Z"]}
    wide, narrow = (2**63, "9" * 35 + "." + "9" * 30), (2**15, "99999999.99")
    whole, decimal = wide if is_own else narrow
    longest = "x" * 200_000 if is_own or kind != "mysql" else "ü" * 32_767 + "x"
    tiers = {"sqlite": ["ten & more", ""]}.get(kind, ["gold", "silver"])
    return {
        "founded": [whole - 1, -whole, 0, "-0", " +12 ", 5.0],
        "price": [decimal, f"-{decimal}", "0", "-0.00", 0.1, "1e3", "0.01"],
        "active": [*TRUTHS],
        "opened": [*moments.get(kind, any_moment), "2038-01-19T03:14:07Z", "2026-06-30T23:59:59.000001+14:00"],
        "day": [*DAYS, *([] if kind == "mysql" else ["0001-01-01"])],
        "tags": [*TAGS, [], [""], ["NULL", "null", '"', "{}", "\\", "a,b", " ", "\n"], ["x" * 10_000]],
        "stats": [*STATS, {}, [], 0, False, "text", "5", {"large": 1.7976931348623157e308, "small": 5e-324}],
        "blurb": [*TEXTS, "", " <p>a\r\n&amp;\t</p> ", longest],
        "tier": [*TEXTS, "", longest] if is_own else tiers,
    }


def with_others(shop: Shop, name: str) -> None:
    """A mapped table holds two brands of another system's, one of them of this name."""
    tags = "{old}" if kind_of(shop.database_url) == "postgresql" else '["old"]'
    of = f"7, 1.25, false, '2000-01-01 00:00:00', '2000-01-01', '{tags}', '{{\"erp\":1,\"n\":5}}', 'old', 'silver'"
    columns = f"id, name, founded_year, {', '.join([*KINDS][1:])}"
    shop.execute(f"INSERT INTO brand ({columns}) VALUES ('t1', 'Theirs', {of}), ('t2', '{name}', {of})")


@pytest.mark.parametrize("count", [60, pytest.param(MANY, marks=pytest.mark.slow)])
def test_every_kind_is_held_compared_and_taken_back(typed: Shop, count: int) -> None:
    catalogue = Catalogue(entry, edges(typed), EDITS)
    is_mapped = "store.columns" in typed.sections
    if is_mapped:
        with_others(typed, catalogue.entry(0)["name"])
    is_held_compared_and_taken_back(typed, catalogue, count, lambda: held(typed), adopted=int(is_mapped))


def test_a_value_that_does_not_fit_skips_its_entry_with_the_value_and_the_reason(any_shop: Shop) -> None:
    shop = mapped(any_shop)
    wrong = [(name, value) for name, values in UNFIT.items() for value in values]
    if kind_of(shop.database_url) == "sqlite":
        wrong = [(name, value) for name, value in wrong if str(value) not in LAX]
    for number, (name, value) in enumerate(wrong):
        shop.cms.add(entry(number, **{name: value}))
    shop.cms.add(entry(999))
    done = shop.sync()
    assert (done["exit_code"], done["counts"]["created"]) == (65, 1)
    details = {skipped["cms_id"]: skipped["detail"] for skipped in done["skipped"]}
    assert len(details) == len(wrong)
    for number, (name, _) in enumerate(wrong):
        assert name in details[str(number)]
    assert [row[0] for row in rows(shop)] == ["Brand 999"]


def test_brandsyncs_own_table_gets_a_column_when_a_field_is_mapped(any_shop: Shop) -> None:
    fill(any_shop, 2)
    any_shop.set("safety", max_updates="100%").sync()
    any_shop.set("cms.fields.founded", value="founded", type="integer")
    any_shop.set("cms.fields", tier="tier")
    dry = any_shop.sync(dry_run=True)
    assert dry["counts"]["updated"] == 2
    assert columns(any_shop).isdisjoint({"founded", "tier"})
    assert any_shop.sync(expect=dry["checksum"])["counts"]["updated"] == 2
    assert columns(any_shop) >= {"founded", "tier"}
    assert run(any_shop.database_url, "SELECT name, founded, tier FROM brand ORDER BY name") == [
        ("Brand 0", 1900, "silver"),
        ("Brand 1", 1901, "gold"),
        ("Brand 2", None, None),
    ]
    assert any_shop.sync()["counts"]["unchanged"] == 3
    any_shop.set("cms.fields", tier=None)
    assert any_shop.sync()["counts"]["unchanged"] == 3
    assert run(any_shop.database_url, "SELECT tier FROM brand WHERE name = 'Brand 0'") == [("silver",)]


def test_a_field_that_is_no_longer_mapped_is_still_undone(any_shop: Shop) -> None:
    fill(any_shop, 1)
    any_shop.set("cms.fields.founded", value="founded", type="integer").sync()
    any_shop.cms.edit("0", founded=1700)
    done = any_shop.set("safety", max_updates="100%").sync()
    del any_shop.sections["cms.fields.founded"]
    refused = any_shop.undo(done["run"])
    assert refused["exit_code"] == 78
    assert "founded" in refused["error"]
    any_shop.set("cms.fields.founded", value="founded", type="integer")
    assert any_shop.undo(done["run"])["exit_code"] == 0
    assert run(any_shop.database_url, "SELECT founded FROM brand WHERE name = 'Brand 0'") == [(1900,)]


def columns(shop: Shop) -> set[str]:
    return {column.name for column in shop.database.get_columns("brand")}


def written(shop: Shop, **values: str) -> None:
    """Have somebody else write these columns of the first brand; each value is SQL."""
    columns = ", ".join(f"{column} = {value}" for column, value in values.items())
    run(shop.database_url, f"UPDATE brand SET {columns} WHERE name = 'Brand 0'")


@pytest.fixture
def lax(shop: Shop) -> Shop:
    """A shop with a table of SQLite, which holds any value in any column."""
    return mapped(shop).set("safety", max_updates="100%")


def test_a_value_that_a_person_wrote_in_another_form_is_the_same_value(lax: Shop) -> None:
    fill(lax, 1)
    lax.sync()
    written(lax, opened="'2026-01-01T09:30:00.250+01:00'", founded_year="'+1900.0'", active="'TRUE'", price="'0.50'")
    written(lax, stats="""'{ "n": 0.0, "l": [1.0, null], "f": 1.50, "b": true }'""", day="'2026-02-01T00:00:00Z'")
    assert lax.sync()["counts"]["unchanged"] == 2


def test_what_a_column_holds_of_another_kind_is_corrected_and_comes_back_with_an_undo(lax: Shop) -> None:
    fill(lax, 1)
    lax.sync()
    written(lax, founded_year="'about 1900'", active="7", day="'some day'", price="'free'", tags="'{}'")
    odd = rows(lax)
    done = lax.sync()
    assert done["changes"][0]["before"] == {
        "founded": "about 1900",
        "active": "7",
        "day": "some day",
        "price": "free",
        "tags": {},
    }
    assert lax.sync()["counts"]["updated"] == 0
    assert lax.undo(done["run"])["exit_code"] == 0
    assert rows(lax) == odd


def test_another_systems_keys_in_a_json_column_stay(any_shop: Shop) -> None:
    shop = mapped(any_shop).set("safety", max_updates="100%")
    fill(shop, 1)
    shop.sync()
    written(shop, stats="""'{"n": 0, "f": 1.5, "b": true, "l": [1, null], "erp_id": 7}'""")
    assert shop.sync()["counts"]["unchanged"] == 2
    shop.cms.edit("0", stats={"n": 5})
    done = shop.sync()
    assert done["changes"][0]["after"] == {"stats": {"n": 5, "erp_id": 7}}
    written(shop, stats="""'{"n": 5, "erp_id": 8}'""")
    assert shop.sync()["counts"]["updated"] == 0
    assert shop.undo(done["run"])["exit_code"] == 0
    ((held,),) = run(shop.database_url, "SELECT stats FROM brand WHERE name = 'Brand 0'")
    assert (json.loads(held) if isinstance(held, str) else held) == {**entry(0)["stats"], "erp_id": 8}


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"cms.fields": {"founded_yaer": "founded"}}, ('"founded_yaer" (did you mean "founded_year"?)',)),
        (
            {"cms.fields": {"founded": None}, "cms.fields.founded": {"value": "founded", "type": "date"}},
            ("founded_year", "which holds integer", "the field founded is date"),
        ),
        ({"store.fields": {"colour": "tier"}}, ("store.fields: `colour` is not mapped in [cms.fields]",)),
        ({"store.fields": {"name": "tier"}}, ("`name` has its own place",)),
        ({"cms.fields": {"Tier": "tier"}}, ("`Tier` and `tier` are both in the column Tier",)),
        ({"store.fields": {"tier": "name"}}, ("`tier` and `name` are both in the column name",)),
        ({"cms.fields": {"cms_id": "x"}}, ("`cms_id` is a name of brandsync's own",)),
        (
            {
                "store.fields.tier": {"type": "html"},
                "cms.fields": {"tier": None},
                "cms.fields.tier": {"value": "tier", "type": "text"},
            },
            ("`tier` is html here and text in [cms.fields]",),
        ),
    ],
)
def test_a_field_that_the_table_cannot_hold_is_found_before_anything_is_read(
    any_shop: Shop, settings: dict[str, Any], says: tuple[str, ...]
) -> None:
    shop = mapped(any_shop)
    fill(shop, 1)
    for section, values in settings.items():
        shop.set(section, **values)
    try:
        refused = shop.sync()
    except ConfigError as error:
        refused = {"exit_code": error.exit_code, "error": error.message}
    assert refused["exit_code"] == 78
    for part in says:
        assert part in refused["error"]
    assert rows(shop) == []
