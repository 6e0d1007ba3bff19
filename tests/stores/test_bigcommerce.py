"""The BigCommerce store by itself: each of the API's traps, against the fake."""

import json
from contextlib import closing

import pytest
from fake_bigcommerce import BASE, open_bigcommerce
from fake_server import Answer

from brandsync.brand import Brand, BrandUpdate, NewBrand
from brandsync.errors import ConfigError, CredentialsRefused, Rejected, TryAgainLater, Unreadable


def new(name: str, description: str | None = None) -> NewBrand:
    return NewBrand(None, {"name": name, "description": description})


def bodies(fake, method):
    return [json.loads(asked.body) for asked in fake.requests(method)]


# Deleting


def test_a_deletion_names_one_brand_and_one_that_is_gone_is_gone(fake, bigcommerce):
    ids = [str(fake.add(name)) for name in "AB"]
    brands = [Brand(brand_id, {"name": "A"}) for brand_id in ids]
    assert bigcommerce.delete_brands(brands[:1]) == ids[:1]
    assert bigcommerce.delete_brands(brands[:1]) == ids[:1]
    assert fake.names() == ["B"]
    assert {asked.path for asked in fake.requests("DELETE")} == {f"{BASE}/catalog/brands/{ids[0]}"}


def test_an_answer_to_a_deletion_that_is_not_204_is_not_believed(fake, bigcommerce):
    fake.problems.clear()
    brand = Brand(str(fake.add("A")), {"name": "A"})
    fake.instead.append(Answer(200, {}))
    with pytest.raises(Unreadable, match="answers 200, and not 204"):
        bigcommerce.delete_brands([brand])
    fake.problems.clear()  # the specification knows no such answer either


def test_a_deletion_that_is_refused_is_told(fake, bigcommerce):
    brand = Brand(str(fake.add("A")), {"name": "A"})
    fake.instead.append(Answer(409, {"status": 409, "title": "In use", "type": ""}))
    with pytest.raises(Rejected, match="409 Conflict: In use"):
        bigcommerce.delete_brands([brand])
    fake.problems.clear()  # the specification has no 409 of a deletion
    assert fake.names() == ["A"]


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
    fake.after.append(lambda _: Answer(503, {}))
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
def test_a_brand_beyond_the_limit_is_rejected_and_the_token_is_not_blamed(fake, bigcommerce, tells):
    fake.add("A")
    fake.most = 1
    if not tells:  # the store then tells how many brands it has
        pagination = {"total": 30_000, "count": 1, "per_page": 1, "current_page": 1, "total_pages": 30_000}
        listed = {"data": [{"id": 1, "name": "A"}], "meta": {"pagination": pagination}}
        forbidden = {"status": 403, "title": "Forbidden", "type": "about:blank"}
        fake.instead.extend([Answer(403, forbidden), Answer(200, listed)])
    with pytest.raises(Rejected, match=r"brand 'B': the store takes no more brands.* 30,000: .*403") as refused:
        bigcommerce.create_brands([new("B")])
    assert "delete brands" in str(refused.value.hint)


def test_a_403_below_the_limit_is_a_matter_of_the_token(fake, bigcommerce):
    fake.instead.append(Answer(403, {"status": 403, "title": "Forbidden", "type": "about:blank"}))
    with pytest.raises(CredentialsRefused, match="403") as refused:
        bigcommerce.create_brands([new("B")])
    assert "access_token" in str(refused.value.hint)


@pytest.mark.parametrize("tells", [True, False])
def test_a_brand_whose_url_could_not_be_saved_is_a_brand(fake, bigcommerce, caplog, tells):
    """207: the specification's ``MultiStatus``, with or without the brand in it."""
    errors = {"status": 207, "title": "Multi-status", "type": "", "errors": {"custom_url": "is taken"}}

    def partly(done: Answer) -> Answer:
        return Answer(207, {"data": [done.value["data"]] if tells else [], "errors": errors, "meta": {}})

    fake.after.append(partly)
    (made,) = bigcommerce.create_brands([new("A", "What A is")])
    assert made == Brand(str(fake.made), {"name": "A", "description": "What A is"})
    assert "custom_url" in caplog.text
    fake.after.append(partly)
    (changed,) = bigcommerce.update_brands([BrandUpdate(made.id, {"name": "A"}, {"name": "B"})])
    assert (changed, fake.names()) == (Brand(made.id, {"name": "B"}), ["B"])


def test_a_207_whose_brand_nobody_has_is_not_taken_for_a_creation(fake, bigcommerce):
    fake.instead.append(Answer(207, {"data": [], "meta": {}}))
    with pytest.raises(TryAgainLater, match="207, and 0 brands have the name"):
        bigcommerce.create_brands([new("A")])


def test_an_answer_without_the_brand_is_not_believed(fake, bigcommerce):
    fake.instead.append(Answer(200, {"data": {}, "meta": {}}))
    with pytest.raises(Unreadable, match="without the brand"):
        bigcommerce.create_brands([new("A")])
    fake.instead.append(Answer(200, {"data": [], "meta": {}}))
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
    fake.instead.append(Answer(404, {"status": 404, "title": "Not found", "type": ""}))
    with closing(open_bigcommerce(fake)) as store, pytest.raises(ConfigError) as wrong:
        list(store.check())
    assert "store_hash" in str(wrong.value.hint)
    fake.problems.clear()  # the specification has no 404 of a listing


def test_of_a_brand_that_is_gone_nothing_is_sent_that_would_make_it_anew(fake, bigcommerce):
    assert bigcommerce.update_brands([BrandUpdate("7", {"description": None}, {"description": "x"})]) == []
    assert bigcommerce.update_brands([BrandUpdate("7", {"name": "A"}, {"name": "B"})]) == []
    assert (fake.requests("POST"), fake.names()) == ([], [])
