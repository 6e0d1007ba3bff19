"""Further fields of a BigCommerce brand: its own ones, and metafields, each against the fake by itself."""

import re
from contextlib import closing
from typing import Any

import pytest
from fake_bigcommerce import BASE, open_bigcommerce
from fake_server import Answer

from brandsync.brand import Brand, BrandUpdate, NewBrand
from brandsync.brand.kind import Kind
from brandsync.errors import ConfigError, CredentialsRefused, Rejected, TryAgainLater, Unreadable
from brandsync.stores.bigcommerce import BigCommerceStore
from brandsync.workflow.pages import store_pages

OWN = {"page_title": None, "meta_keywords": None, "search_keywords": Kind.LIST, "custom_url": None}
STORY = {"story": {"metafield": "acme.story"}, "founded": {"metafield": "acme.founded", "type": "integer"}}
METAFIELDS = f"{BASE}/catalog/brands/metafields"


@pytest.fixture
def own(fake):
    with closing(open_bigcommerce(fake, OWN)) as store:
        yield store


@pytest.fixture
def storied(fake):
    with closing(open_bigcommerce(fake, dict.fromkeys(STORY), fields=STORY)) as store:
        yield store


def update(store: BigCommerceStore, brand_id: int, **after: Any) -> Brand:
    """Change a brand as the engine does: it looks first."""
    (held,) = store.get_brands(list(after), [str(brand_id)])
    (changed,) = store.update_brands([BrandUpdate(held.id, held.fields, after)])
    assert store.get_brands(list(after), [held.id]) == [changed]
    return changed


def create(store: BigCommerceStore, **fields: Any) -> Brand:
    (made,) = store.create_brands([NewBrand(None, fields)])
    assert store.get_brands(list(fields), [made.id]) == [made]
    return made


def writes(fake: Any) -> list[tuple[str, str]]:
    return [(asked.method, asked.path.removeprefix(BASE)) for asked in fake.log if asked.method != "GET"]


# BigCommerce's own


def test_its_own_fields_are_written_and_read_back(fake, own):
    fields = {
        "page_title": "A page",
        "meta_keywords": ["a", "b c"],
        "search_keywords": ["x", "y"],
        "custom_url": "/a/b/",
    }
    made = create(own, name="A", **fields)
    assert made.fields == {"name": "A", **fields}
    held = fake.brands[int(made.id)]
    assert held["search_keywords"] == "x, y"
    assert held["custom_url"] == {"url": "/a/b/", "is_customized": True}
    assert update(own, int(made.id), meta_keywords=["c"]).fields == {"meta_keywords": ["c"]}
    assert fake.log[-2].json == {"name": "A", "meta_keywords": ["c"]}
    emptied = update(own, int(made.id), **dict.fromkeys(fields))
    assert emptied.fields == dict.fromkeys(fields)
    assert held["custom_url"] == {"url": "/a/b/", "is_customized": False}
    assert (held["page_title"], held["meta_keywords"], held["search_keywords"]) == ("", [""], "")


@pytest.mark.parametrize("nothing", [None, [], [""]])
def test_no_keywords_are_one_value_however_they_are_written(own, nothing):
    assert own.comparison_key({"meta_keywords": nothing}) == own.comparison_key({"meta_keywords": None})
    assert create(own, name="A", meta_keywords=nothing, search_keywords=nothing).fields == {
        "name": "A",
        "meta_keywords": None,
        "search_keywords": None,
    }


def test_keywords_are_compared_split_and_trimmed(fake, own):
    made = fake.add("A", search_keywords="x,y , z")
    (held,) = own.get_brands(["search_keywords"], [str(made)])
    assert held.fields == {"search_keywords": ["x", "y", "z"]}
    assert own.comparison_key({"search_keywords": [" x", "y", "z"]}) == own.comparison_key(held.fields)
    with closing(open_bigcommerce(fake, {"search_keywords": None})) as store:
        assert store.kinds() == {"search_keywords": Kind.TEXT}
        (held,) = store.get_brands(["search_keywords"], [str(made)])
    assert held.fields == {"search_keywords": "x,y , z"}


def test_an_address_that_bigcommerce_has_made_is_none(fake, own):
    made = fake.add("A")
    assert fake.brands[made]["custom_url"] == {"url": "/a/", "is_customized": False}
    assert own.get_brands(["custom_url"], [str(made)])[0].fields == {"custom_url": None}
    update(own, made, name="B")
    assert own.get_brands(["custom_url"], [str(made)])[0].fields == {"custom_url": None}
    assert own.comparison_key({"custom_url": "/a"}) == own.comparison_key({"custom_url": "/a/"})
    assert "marked as made by BigCommerce" in own.capabilities.inexact["update"]


def test_a_brand_whose_address_is_taken_is_refused_and_as_it_was(fake, own):
    fake.add("Theirs", custom_url={"url": "/taken/", "is_customized": True})
    with pytest.raises(Rejected, match=r"without its custom_url '/taken/': .*is taken"):
        own.create_brands([NewBrand(None, {"name": "A", "custom_url": "/taken/"})])
    assert fake.names() == ["Theirs"]
    made = fake.add("B", page_title="old", custom_url={"url": "/b/", "is_customized": True})
    other = fake.add("C", page_title="old")
    for brand_id in (made, other):
        before = dict(fake.brands[brand_id])
        with pytest.raises(Rejected, match="/taken/"):
            update(own, brand_id, name="New", page_title="new", custom_url="/taken/")
        assert fake.brands[brand_id] == before


@pytest.mark.parametrize(
    ("told", "fields"),
    [
        ("the page_title has 256 characters, and BigCommerce takes 255", {"page_title": "x" * 256}),
        ("the meta_keywords has 'a,b' in it", {"meta_keywords": ["c", "a,b"]}),
        ("the search_keywords has 'a,b' in it", {"search_keywords": ["a,b"]}),
        ("the search_keywords has 256 characters", {"search_keywords": ["x" * 127, "y" * 127]}),
        ("the meta_keywords holds a character", {"meta_keywords": ["\0"]}),
        ("the custom_url has 1,026 characters", {"custom_url": "/x" * 513}),
        ("the custom_url 'a' is no path", {"custom_url": "a"}),
        ("the custom_url '/' is no path", {"custom_url": "/"}),
        ("the custom_url '/ü/' is no path", {"custom_url": "/ü/"}),
        ("the custom_url '//a' is no path", {"custom_url": "//a"}),
    ],
)
def test_what_its_own_fields_could_not_hold_is_refused(fake, own, told, fields):
    assert told in own.refuses({"name": "A", **fields})
    assert fake.log == []


def test_what_is_as_long_as_it_may_be_is_not_refused(own):
    fields = {"page_title": "x" * 255, "search_keywords": ["x" * 200, "y" * 53], "custom_url": "/" + "x" * 256 + "/"}
    assert own.refuses({"name": "A", "meta_keywords": ["x" * 999, "y"], **fields}) is None
    assert create(own, name="A", **fields).fields == {"name": "A", **fields}


@pytest.mark.parametrize(
    ("further", "fields", "told"),
    [
        ({"page_tilte": None}, {}, "no field 'page_tilte'; did you mean `page_title`?"),
        ({"title": None}, {"title": "page_titel"}, "no field 'page_titel'; did you mean `page_title`?"),
        ({"page_title": Kind.LIST}, {}, "the field page_title is list, and BigCommerce's page_title holds text"),
        ({"tags": Kind.TEXT}, {"tags": "meta_keywords"}, "the field tags is text, and BigCommerce's meta_keywords"),
        ({"search_keywords": Kind.JSON}, {}, "search_keywords holds text or list"),
    ],
)
def test_a_field_that_no_brand_has_or_of_another_kind_is_found(fake, further, fields, told):
    with closing(open_bigcommerce(fake, further, fields=fields)) as store:
        with pytest.raises(ConfigError) as wrong:
            store.kinds()
        assert told in wrong.value.message
        assert wrong.value.hint
    assert fake.log == []


@pytest.mark.parametrize(
    ("further", "fields", "told"),
    [
        ({}, {"title": "page_title"}, "`title` is not mapped"),
        ({"name": None}, {"name": "page_title"}, "`name` has its own place"),
        ({"a": Kind.TEXT}, {"a": {"metafield": "n.a", "type": "html"}}, "`a` is html here and text in"),
        ({"a": None, "page_title": None}, {"a": "page_title"}, "two fields go into `page_title`"),
        ({"a": None}, {"a": {"metafield": "n.a", "field": "page_title"}}, "`field` or `metafield`, not both"),
        ({"a": None}, {"a": {"permission_set": "read"}}, "`permission_set` goes with `metafield`"),
        ({"a": None}, {"a": {"metafield": "a"}}, '"namespace.key"'),
        ({"a": None}, {"a": {"metafield": f"{'x' * 65}.a"}}, '"namespace.key"'),
        ({"a": None}, {"a": {"metafield": "x,y.a"}}, '"namespace.key"'),
    ],
)
def test_settings_that_do_not_go_together_are_refused(fake, further, fields, told):
    with pytest.raises(ValueError, match=re.escape(told)):
        open_bigcommerce(fake, further, fields=fields)


# Metafields


def test_metafields_are_created_changed_and_deleted_beside_the_brand(fake, storied):
    assert storied.kinds() == {"story": Kind.TEXT, "founded": Kind.INTEGER}
    made = create(storied, name="A", story="Once", founded=1900)
    assert fake.held(int(made.id)) == {"acme.story": "Once", "acme.founded": "1900"}
    assert {one["permission_set"] for one in fake.metafields.values()} == {"read_and_sf_access"}
    assert writes(fake) == [("POST", "/catalog/brands"), ("POST", "/catalog/brands/metafields")]
    fake.log.clear()
    update(storied, int(made.id), story="Twice", founded=None)
    assert writes(fake) == [("PUT", "/catalog/brands/metafields"), ("DELETE", "/catalog/brands/metafields")]
    assert fake.held(int(made.id)) == {"acme.story": "Twice"}
    fake.log.clear()
    update(storied, int(made.id), story="", founded=7, description="x")
    assert fake.held(int(made.id)) == {"acme.founded": "7"}
    assert [method for method, _ in writes(fake)] == ["PUT", "POST", "DELETE"]
    fake.log.clear()
    update(storied, int(made.id), description="y")
    assert writes(fake) == [("PUT", f"/catalog/brands/{made.id}")]


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("text", "a", "a"),
        ("html", "<p>ü</p>", "<p>ü</p>"),
        ("integer", -5, "-5"),
        ("decimal", "0.5", "0.5"),
        ("boolean", False, "false"),
        ("date", "2026-01-31", "2026-01-31"),
        ("datetime", "2026-01-31T12:30:00.5Z", "2026-01-31T12:30:00.5Z"),
        ("list", ["a, b", ""], '["a, b",""]'),
        ("list", [], "[]"),
        ("json", {"b": [1, 1.5, None, True], "a": "ü"}, '{"b":[1,1.5,null,true],"a":"ü"}'),
        ("json", 7, "7"),
    ],
)
def test_a_metafield_holds_a_value_of_every_kind_as_text(fake, kind, value, text):
    with closing(open_bigcommerce(fake, {"x": None}, fields={"x": {"metafield": "a.b.c", "type": kind}})) as store:
        made = create(store, name="A", x=value)
        assert made.fields["x"] == value
        assert fake.held(int(made.id)) == {"a.b.c": text}
        assert store.refuses({"x": value}) is None


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("integer", "+7.0", 7),
        ("integer", "about 7", "about 7"),
        ("boolean", "TRUE", True),
        ("json", '{"a": 1.0}', {"a": 1}),
        ("json", '"a"', '"a"'),
        ("json", "{", "{"),
        ("list", '["a", 1]', '["a", 1]'),
        ("list", "a, b", "a, b"),
    ],
)
def test_what_somebody_else_has_written_comes_back_exactly_where_it_does_not_fit(fake, kind, text, value):
    made = fake.add("A")
    fake.add_metafield(made, "a.x", text)
    with closing(open_bigcommerce(fake, {"x": None}, fields={"x": {"metafield": "a.x", "type": kind}})) as store:
        (held,) = store.get_brands(["x"], [str(made)])
        assert held.fields == {"x": value}
        if isinstance(value, str):
            update(store, made, x=None)
            update(store, made, x=value)
            assert fake.held(made) == {"a.x": text}


def test_a_metafield_takes_65535_characters_and_no_lone_json_text(fake):
    fields = {"x": {"metafield": "a.x"}, "j": {"metafield": "a.j", "type": "json"}}
    with closing(open_bigcommerce(fake, dict.fromkeys(fields), fields=fields)) as store:
        assert store.refuses({"name": "A", "x": "x" * 65_535, "j": {"a": 1}}) is None
        assert "the x has 65,536 characters" in store.refuses({"x": "x" * 65_536})
        assert "the j has 65,544 characters" in store.refuses({"j": {"a": "x" * 65_536}})
        assert "the x holds a character" in store.refuses({"x": "\0"})
        assert "the j is a lone text" in store.refuses({"j": "a"})


def test_check_counts_the_metafields(fake, storied):
    fake.add_metafield(fake.add("A"), "acme.story", "x")
    assert "its brands hold 1 metafields for story, founded" in [finding.what for finding in storied.check()]


def test_a_listing_reads_all_metafields_once_and_looks_at_no_others(fake):
    fake.metafield_page = 4
    for number in range(9):
        made = fake.add(f"Brand {number}")
        fake.add_metafield(made, "acme.story", f"Story {number}")
        fake.add_metafield(made, "acme.other", "no")
        fake.add_metafield(made, "other.story", "no")
        fake.add_metafield(made, "acme.story", "hidden", "another-client", permission_set="app_only")
    with closing(open_bigcommerce(fake, dict.fromkeys(STORY), fields=STORY, page_size=4)) as store:
        found = [brand for page in store_pages(store, ["name", "story", "founded"]) for brand in page.brands]
    assert [brand.fields for brand in found] == [
        {"name": f"Brand {number}", "story": f"Story {number}", "founded": None} for number in range(9)
    ]
    assert len([asked for asked in fake.log if asked.path == METAFIELDS]) == 3


def test_metafields_that_come_and_go_make_a_listing_start_again(fake, storied):
    fake.metafield_page = 2
    ids = [fake.add(f"Brand {number}") for number in range(5)]
    metafields = [fake.add_metafield(brand_id, "acme.story", f"Story {brand_id}") for brand_id in ids]

    def act(asked):
        if asked.query.get("page") == "2":
            fake.metafields.pop(metafields[0], None)

    fake.act = act
    stories = {brand.id: brand.fields["story"] for brand in storied.find_brands(["story"], ["x"] * 9)}
    assert stories == {str(one): None if one == ids[0] else f"Story {one}" for one in ids}
    fake.act = lambda _asked: fake.add_metafield(fake.add(f"New {fake.made}"), "acme.story", "x")
    with pytest.raises(TryAgainLater, match="change while they are listed"):
        storied.list_brands(["story"])


def test_metafields_are_read_by_brand_or_all_together_whichever_takes_fewer_requests(fake, storied):
    fake.metafield_page = 2
    ids = [str(fake.add(f"Brand {number}")) for number in range(5)]
    for brand_id in ids:
        fake.add_metafield(int(brand_id), "acme.story", f"Story {brand_id}")
    for listed in (False, True):
        if listed:
            storied.list_brands(["story"])
        for count in (1, 2, 5):
            fake.log.clear()
            some = storied.get_brands(["story"], ids[:count])
            assert {one.id: one.fields["story"] for one in some} == {one: f"Story {one}" for one in ids[:count]}
            asked = [one for one in fake.log if one.path.endswith("metafields")]
            assert len(asked) == (min(3, count) if listed else count)
            assert storied.requests_for("read", count) == len(asked) + 1


# Half-written


def test_a_new_brand_whose_metafields_are_refused_is_taken_back(fake, storied):
    fake.instead.extend([None, Answer(422, {"data": [], "errors": [], "meta": {}})])
    with pytest.raises(Rejected, match=r"its metafields: .*422"):
        storied.create_brands([NewBrand(None, {"name": "A", "story": "x"})])
    assert fake.names() == []


def test_an_update_of_which_a_part_is_refused_is_put_back(fake, storied):
    made = fake.add("A", meta_description="old")
    fake.add_metafield(made, "acme.story", "theirs", "another-client", permission_set="read")
    before = dict(fake.brands[made])
    with pytest.raises(Rejected, match=r"its metafields: .*403") as refused:
        update(storied, made, name="B", description="new", story="ours", founded=1900)
    assert "another API account" in str(refused.value.hint)
    assert (fake.brands[made], fake.held(made)) == (before, {"acme.story": "theirs"})
    with pytest.raises(Rejected, match=r"its metafields: .*422"):
        update(storied, made, description="new", story=None)
    assert (fake.brands[made], fake.held(made)) == (before, {"acme.story": "theirs"})


def test_a_metafield_of_another_client_that_lets_others_write_is_changed(fake, storied):
    made = fake.add("A")
    fake.add_metafield(made, "acme.story", "theirs", "another-client", permission_set="write")
    update(storied, made, story="ours")
    assert fake.held(made) == {"acme.story": "ours"}


def test_what_cannot_be_put_back_is_not_told_as_a_refusal(fake, storied):
    made = fake.add("A", meta_description="old")
    fake.add_metafield(made, "acme.story", "theirs", "another-client")

    def act(asked):
        if asked.method == "PUT" and asked.path == METAFIELDS:
            fake.add("OLD")

    fake.act = act
    fake.brands[made]["name"] = "Old"
    with pytest.raises(Unreadable, match=r"403.*putting the brand back is refused, too: another brand has the name"):
        update(storied, made, name="New", story="ours")


def test_of_a_brand_that_goes_meanwhile_nothing_is_written(fake, storied):
    made = fake.add("A")
    fake.act = lambda asked: fake.brands.pop(made, None) if asked.method == "POST" else None
    (held,) = storied.get_brands(["story"], [str(made)])
    assert storied.update_brands([BrandUpdate(held.id, held.fields, {"story": "x"})]) == []
    assert storied.update_brands([BrandUpdate(held.id, held.fields, {"story": "x"})]) == []
    assert storied.update_brands([BrandUpdate(held.id, {}, {"name": "B", "story": "x"})]) == []
    assert (fake.metafields, fake.brands) == ({}, {})


def test_metafields_that_may_have_been_made_or_deleted_already_are_looked_for(fake, storied):
    made = fake.add("A")
    fake.after.append(lambda _: Answer(503, {}))
    with pytest.raises(TryAgainLater, match="an earlier attempt may have made them"):
        update(storied, made, story="x")
    assert fake.held(made) == {"acme.story": "x"}
    fake.after.append(lambda _: Answer(503, {}))
    update(storied, made, story=None)
    assert fake.held(made) == {}


def test_a_token_that_may_not_write_is_a_matter_of_credentials(fake, storied):
    made = fake.add("A")
    fake.instead.extend([None, None, Answer(403, {"status": 403, "title": "no scope", "type": ""})])
    with pytest.raises(CredentialsRefused):
        update(storied, made, story="x")
    fake.problems.clear()  # the specification has no 403 of metafields


@pytest.mark.parametrize("answer", [{}, {"data": []}, {"data": [{"id": 1}]}, []])
def test_an_answer_without_the_metafields_is_not_believed(fake, storied, answer):
    made = fake.add("A")
    fake.instead.extend([None, None, Answer(200, answer)])
    with pytest.raises(Unreadable):
        update(storied, made, story="x")
    fake.instead.append(Answer(200, answer))
    with pytest.raises(Unreadable, match="page of metafields"):
        storied.list_brands(["story"])
    fake.problems.clear()
