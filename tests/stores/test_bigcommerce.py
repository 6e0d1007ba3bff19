"""The BigCommerce store by itself: each of the API's traps, against the fake."""

import json
import time
from contextlib import closing

import pytest
from bigcommerce_specification import Exchange, specification
from fake_bigcommerce import BASE, READ_ONLY, open_bigcommerce

from brandsync.brand import Brand, BrandUpdate, NewBrand
from brandsync.errors import ConfigError, CredentialsRefused, Rejected, TryAgainLater, Unreadable
from brandsync.http import Rate
from brandsync.stores.bigcommerce import BigCommerceStore
from brandsync.stores.bigcommerce.api import checked
from brandsync.stores.bigcommerce.store import MOST, NOBODY
from brandsync.workflow.pages import store_pages

NO_IDS = ["", "0", "-1", "007", "abc", " 1", "1 ", "1\n", "²", "1.0", "1?name=A", "1/../", "?name=A", "1" * 19]


def new(name: str, description: str | None = None) -> NewBrand:
    return NewBrand(None, {"name": name, "description": description})


def every(store):
    """The whole listing, as the engine reads it."""
    return [brand for page in store_pages(store, ["name"]) for brand in page.brands]


def bodies(fake, method):
    return [json.loads(exchange.body) for exchange in fake.requests(method)]


# Ids


@pytest.mark.parametrize("text", NO_IDS, ids=ascii)
def test_what_is_no_id_never_reaches_a_url(fake, bigcommerce, text):
    fake.add("A")
    assert bigcommerce.delete_brands([Brand(text, {"name": "A"})]) == [text]
    assert bigcommerce.uncreate_brands([Brand(text, {"name": "A"})]) == [text]
    assert bigcommerce.update_brands([BrandUpdate(text, {"name": "A"}, {"name": "B"})]) == []
    assert bigcommerce.get_brands(["name"], [text]) == []
    assert (fake.log, fake.names()) == ([], ["A"])


def test_a_deletion_names_one_brand_and_one_that_is_gone_is_gone(fake, bigcommerce):
    ids = [str(fake.add(name)) for name in "AB"]
    brands = [Brand(brand_id, {"name": "A"}) for brand_id in ids]
    assert bigcommerce.delete_brands(brands[:1]) == ids[:1]
    assert bigcommerce.delete_brands(brands[:1]) == ids[:1]
    assert fake.names() == ["B"]
    assert {exchange.path for exchange in fake.requests("DELETE")} == {f"{BASE}/catalog/brands/{ids[0]}"}


def test_an_answer_to_a_deletion_that_is_not_204_is_not_believed(fake, bigcommerce):
    fake.problems.clear()
    brand = Brand(str(fake.add("A")), {"name": "A"})
    fake.instead.append((200, {}))
    with pytest.raises(Unreadable, match="answers 200, and not 204"):
        bigcommerce.delete_brands([brand])
    assert fake.problems.pop().count("200")  # the specification knows no such answer either


def test_a_deletion_that_is_refused_is_told(fake, bigcommerce):
    brand = Brand(str(fake.add("A")), {"name": "A"})
    fake.instead.append((409, {"status": 409, "title": "In use", "type": ""}))
    with pytest.raises(Rejected, match="409 Conflict: In use"):
        bigcommerce.delete_brands([brand])
    fake.problems.clear()  # the specification has no 409 of a deletion
    assert fake.names() == ["A"]


def test_the_api_itself_takes_nothing_for_an_id_that_is_none():
    for text in NO_IDS:
        with pytest.raises(Rejected, match="is no id"):
            checked(text)


def test_brands_are_read_250_ids_at_once(fake, bigcommerce):
    ids = [str(fake.add(f"Brand {number}")) for number in range(251)]
    assert [brand.id for brand in bigcommerce.get_brands(["name"], [*ids, ids[0], "none"])] == ids
    assert [len(exchange.query["id:in"].split(",")) for exchange in fake.log] == [250, 1]


# Creating


@pytest.mark.parametrize("status", [200, 201])
def test_a_creation_may_answer_200_or_201(fake, bigcommerce, status):
    fake.created = status
    (made,) = bigcommerce.create_brands([new("A", "What A is")])
    assert made.fields == {"name": "A", "description": "What A is"}
    assert fake.brands[int(made.id)]["meta_description"] == "What A is"


def test_a_name_that_is_taken_is_rejected_and_nothing_is_adopted(fake, bigcommerce):
    fake.add("Acme")
    with pytest.raises(Rejected, match="another brand has the name 'ACME', which BigCommerce takes once") as refused:
        bigcommerce.create_brands([new("ACME")])
    assert "external id" in str(refused.value.hint)
    assert fake.names() == ["Acme"]


def test_a_name_that_is_taken_when_the_creation_is_repeated_may_be_our_own(fake, bigcommerce):
    """A 503 says that nothing was done, and a proxy may say it all the same."""
    fake.after.append(lambda _: (503, {}))
    with pytest.raises(TryAgainLater, match=r"409.*an earlier attempt may have made it"):
        bigcommerce.create_brands([new("Acme")])
    assert (fake.names(), len(fake.requests("POST"))) == (["Acme"], 2)


def test_a_brand_that_is_not_valid_is_rejected_with_its_name_and_field(fake, bigcommerce):
    made = fake.add("A")
    for write in (
        lambda: bigcommerce.create_brands([new("x" * 256)]),
        lambda: bigcommerce.update_brands([BrandUpdate(str(made), {"name": "A"}, {"name": "x" * 256})]),
    ):
        with pytest.raises(Rejected, match=r"brand 'x+…': .*422.*\(name: the length is wrong\)"):
            write()
    assert fake.names() == ["A"]


@pytest.mark.parametrize("tells", [True, False])
def test_a_brand_whose_url_could_not_be_saved_is_a_brand(fake, bigcommerce, caplog, tells):
    """207: the specification's ``MultiStatus``, with or without the brand in it."""
    errors = {"status": 207, "title": "Multi-status", "type": "", "errors": {"custom_url": "is taken"}}
    fake.after.append(lambda done: (207, {"data": [done[1]["data"]] if tells else [], "errors": errors, "meta": {}}))
    (made,) = bigcommerce.create_brands([new("A", "What A is")])
    assert made == Brand(str(fake.made), {"name": "A", "description": "What A is"})
    assert "custom_url" in caplog.text
    fake.after.append(lambda done: (207, {"data": [done[1]["data"]] if tells else [], "errors": errors, "meta": {}}))
    (changed,) = bigcommerce.update_brands([BrandUpdate(made.id, {"name": "A"}, {"name": "B"})])
    assert (changed, fake.names()) == (Brand(made.id, {"name": "B"}), ["B"])


def test_a_207_whose_brand_nobody_has_is_not_taken_for_a_creation(fake, bigcommerce):
    fake.instead.append((207, {"data": [], "meta": {}}))
    with pytest.raises(TryAgainLater, match="207, and 0 brands have the name"):
        bigcommerce.create_brands([new("A")])


def test_an_answer_without_the_brand_is_not_believed(fake, bigcommerce):
    fake.instead.append((200, {"data": {}, "meta": {}}))
    with pytest.raises(Unreadable, match="without the brand"):
        bigcommerce.create_brands([new("A")])
    fake.instead.append((200, {"data": [], "meta": {}}))
    with pytest.raises(Unreadable, match="a page of brands"):
        bigcommerce.list_brands(["name"])


# Updating


def test_a_change_sends_the_name_as_it_is_now_and_what_changes_and_nothing_else(fake, bigcommerce):
    """The name is required; empty ``meta_keywords`` read back as [""], and are never sent."""
    made = str(fake.add("A", meta_description="old", page_title="A page", search_keywords="a,b"))
    before = dict(fake.brands[int(made)])
    assert before["meta_keywords"] == [""]
    (read,) = bigcommerce.get_brands(["description"], [made])
    (changed,) = bigcommerce.update_brands([BrandUpdate(made, read.fields, {"description": None})])
    assert changed == Brand(made, {"description": None})
    assert bodies(fake, "PUT") == [{"name": "A", "meta_description": ""}]
    assert fake.brands[int(made)] == before | {"meta_description": ""}
    assert len(fake.log) == 2


def test_a_name_that_was_read_once_serves_one_change(fake, bigcommerce):
    made = str(fake.add("A"))
    bigcommerce.get_brands(["name"], [made])
    for text in ("one", "two"):
        bigcommerce.update_brands([BrandUpdate(made, {"description": None}, {"description": text})])
        fake.brands[int(made)]["name"] = "B"
    bigcommerce.update_brands([BrandUpdate(made, {"name": "B"}, {"name": "C"})])
    bigcommerce.update_brands([BrandUpdate(made, {"description": "two"}, {"description": "three"})])
    assert [body["name"] for body in bodies(fake, "PUT")] == ["A", "B", "C", "C"]


def test_a_store_that_is_not_there_is_a_matter_of_the_configuration(fake):
    fake.instead.append((404, {"status": 404, "title": "Not found", "type": ""}))
    with closing(open_bigcommerce(fake)) as store, pytest.raises(ConfigError) as wrong:
        list(store.check())
    assert "store_hash" in str(wrong.value.hint)
    fake.problems.clear()  # the specification has no 404 of a listing


def test_of_a_brand_that_is_gone_nothing_is_sent_that_would_make_it_anew(fake, bigcommerce):
    assert bigcommerce.update_brands([BrandUpdate("7", {"description": None}, {"description": "x"})]) == []
    assert bigcommerce.update_brands([BrandUpdate("7", {"name": "A"}, {"name": "B"})]) == []
    assert (fake.requests("POST"), fake.names()) == ([], [])


# Listing


def test_a_listing_takes_pages_of_250_and_asks_for_no_more_than_it_needs(fake, bigcommerce):
    for number in range(251):
        fake.add(f"Brand {number}")
    assert len(list(bigcommerce.find_brands(["description"], ["Brand 250"]))) == 251
    assert [exchange.query for exchange in fake.log] == [
        {"page": page, "limit": "250", "include_fields": "name,meta_description"} for page in ("1", "2")
    ]


def test_a_listing_is_whole_where_the_store_gives_fewer_at_once_than_it_was_asked_for(fake, bigcommerce):
    fake.largest_page = 4
    for number in range(11):
        fake.add(f"Brand {number}")
    assert [brand.fields["name"] for brand in every(bigcommerce)] == [f"Brand {number}" for number in range(11)]


def test_an_empty_page_in_the_middle_is_not_believed(fake, bigcommerce):
    pagination = {"total": 900, "total_pages": 4}
    fake.instead.append((200, {"data": [], "meta": {"pagination": pagination}}))
    with pytest.raises(Unreadable, match=r"page 1 of 4 .* is empty"):
        every(bigcommerce)


def test_a_brand_that_moves_to_an_earlier_page_is_listed_all_the_same(fake):
    ids = [fake.add(f"Brand {number}") for number in range(7)]

    def act(_method, _path):
        if len(fake.requests("GET")) == 1:
            fake.brands.pop(ids[0], None)

    fake.act = act
    with closing(open_bigcommerce(fake, page_size=3)) as store:
        found = {brand.id for brand in every(store)}
    assert found >= {str(brand_id) for brand_id in ids[1:]}


def test_a_listing_that_never_holds_still_is_given_up(fake):
    for number in range(3):
        fake.add(f"Brand {number}")
    fake.act = lambda _method, _path: fake.add(f"New {fake.made}")
    with closing(open_bigcommerce(fake, page_size=2)) as store, pytest.raises(TryAgainLater, match="change while"):
        every(store)


def test_a_brand_is_looked_up_by_its_name_where_that_takes_fewer_requests(fake):
    ids = [fake.add(f"Brand {number}") for number in range(9)]
    with closing(open_bigcommerce(fake, page_size=3)) as store:
        found = {brand.id: brand.fields for brand in store.find_brands(["name"], ["brand 8"])}
        assert found[str(ids[8])] == {"name": "Brand 8"}
        assert [exchange.query.get("name") for exchange in fake.log] == [None, "brand 8"]
        fake.log.clear()
        assert len(list(store.find_brands(["name"], ["Brand 7", "Brand 8"]))) == 9
        assert [exchange.query.get("page") for exchange in fake.log] == ["1", "2", "3"]


# The rate limit


@pytest.mark.parametrize("refusals", [1, 3])
def test_a_429_without_headers_is_waited_for(fake, bigcommerce, refusals):
    fake.instead.extend([(429, {})] * refusals)
    bigcommerce.create_brands([new("A")])
    assert (fake.names(), len(fake.requests("POST"))) == (["A"], refusals + 1)


def test_a_429_is_waited_for_as_long_as_its_header_says(fake, bigcommerce):
    fake.quota, fake.window = 1, 0.5
    bigcommerce.list_brands(["name"])
    with closing(open_bigcommerce(fake)) as other:  # knows nothing of the quota yet
        began = time.monotonic()
        other.create_brands([new("A")])
        assert time.monotonic() - began > 0.3
    assert [exchange.status for exchange in fake.requests("POST")] == [429, 200]
    assert bigcommerce.rate == Rate(1, 0.5)


# What is told


def test_check_tells_what_the_store_has_and_that_the_token_may_write(fake, bigcommerce):
    fake.quota = 150
    fake.add("A")
    told = [finding.what for finding in bigcommerce.check()]
    assert told[0].endswith("answers: it holds 1 of at most 30,000 brands")
    assert told[-1].startswith("the store takes 150 requests in 30 s")
    assert fake.names() == ["A"]


def test_check_writes_nothing_even_where_the_id_of_nobody_is_somebodys(fake, bigcommerce):
    fake.made = int(NOBODY) - 1
    fake.add("A")
    assert all(finding.ok for finding in bigcommerce.check())
    assert fake.requests("PUT") == []


def test_check_names_the_scope_that_a_token_lacks(fake):
    with closing(open_bigcommerce(fake, access_token=READ_ONLY)) as store:
        with pytest.raises(CredentialsRefused, match="may read brands and not write them") as refused:
            list(store.check())
        assert "Products: modify (store_v2_products)" in str(refused.value.hint)
    with closing(open_bigcommerce(fake, access_token="wrong")) as store:
        with pytest.raises(CredentialsRefused) as refused:
            list(store.check())
        assert "access_token" in str(refused.value.hint)
        assert "Products: modify" in str(refused.value.hint)


def test_a_write_that_is_refused_for_what_it_sends_shows_that_the_token_may_write(fake, bigcommerce):
    fake.instead.extend([None, None, (422, {"status": 422, "title": "Invalid", "type": "", "errors": {}})])
    assert [finding.ok for finding in bigcommerce.check()] == [True, True]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": "x" * 256}, "the name has 256 characters, and BigCommerce takes 255"),
        ({"name": "A", "description": "x" * 65_536}, "the description has 65,536"),
        ({"name": "A\0"}, "the name holds a character"),
        ({"name": "A", "description": "\ud800"}, "the description holds a character"),
    ],
)
def test_what_no_store_could_hold_is_refused_while_planning(fake, bigcommerce, fields, told):
    assert told in bigcommerce.refuses(fields)
    assert bigcommerce.refuses({"name": "x" * 255, "description": "x" * 65_535}) is None
    assert fake.log == []


def test_what_it_declares_is_what_the_documents_say(bigcommerce):
    can = bigcommerce.capabilities
    assert (can.fields, can.most_brands, MOST) == ({"name", "description"}, 30_000, 30_000)
    assert not can.chooses_ids
    assert not can.compare_and_set
    assert "new id" in can.inexact["delete"]


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ({"store_hash": "../x"}, "letters and digits"),
        ({"access_token": " "}, "is empty"),
        ({"page_size": 251}, "less than or equal to 250"),
    ],
)
def test_a_setting_that_cannot_be_right_is_refused(fake, section, problem):
    with pytest.raises(ValueError, match=problem):
        BigCommerceStore.Settings.model_validate({"backend": "bigcommerce", **fake.settings(), **section})


# The judge


def exchange(method="POST", path="/catalog/brands", body=b"{}", status=200, answer=b"{}", **query):
    made = Exchange(method, f"{BASE}{path}", query, {"Accept": "*/*", "Content-Type": "application/json"}, body)
    made.headers["X-Auth-Token"] = "t"
    made.status, made.answer = status, answer
    return made


@pytest.mark.skipif(specification() is None, reason="the vendor's specification isn't beside this checkout")
@pytest.mark.parametrize(
    "wrong",
    [
        exchange(body=b"{}"),
        exchange(body=b'{"name": 1}'),
        exchange(body=b'{"name": "A"}', answer=b'{"data": {"id": "7", "name": "A"}}'),
        exchange(body=b'{"name": "A"}', status=418),
        exchange("GET", body=b"", name_like="A"),
        exchange("GET", body=b"", page="first"),
        exchange("GET", "/catalog/brands/abc", body=b""),
        exchange("DELETE", body=b"", status=204, answer=b""),
        exchange("DELETE", "/catalog/brands/7", body=b"", status=204, answer=b"{}"),
    ],
    ids=str,
)
def test_the_specification_finds_fault_with_what_is_wrong(wrong):
    assert specification().problem(wrong)


@pytest.mark.skipif(specification() is None, reason="the vendor's specification isn't beside this checkout")
def test_the_specification_finds_no_fault_with_what_is_right():
    right = exchange(
        body=b'{"name": "A"}', answer=b'{"data": {"id": 7, "name": "A", "meta_keywords": [""]}, "meta": {}}'
    )
    assert specification().problem(right) is None
