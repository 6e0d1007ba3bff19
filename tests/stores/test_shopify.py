"""The Shopify store by itself: what it asks, what it makes of the answers, and each of the API's traps."""

from contextlib import closing

import pytest
from fake_server import Answer
from fake_shopify import CLIENT, SECRET, TOKEN, FakeShopify, open_shopify, operation

from brandsync.brand import Brand, BrandUpdate, NewBrand
from brandsync.errors import ConfigError, CredentialsRefused, TryAgainLater, Unreadable
from brandsync.http import Rate
from brandsync.stores.interface import PartlyRejected
from brandsync.stores.shopify.points import Points
from brandsync.workflow.pages import store_pages

GID = "gid://shopify/Metaobject/"
ALL = ["name", "handle", "description", "logo_url", "website_url", "metadata"]


def new(name, **fields):
    return NewBrand(None, {"name": name, **fields})


def every(store):
    """The names of the whole listing, as the engine reads it."""
    return [brand.fields["name"] for page in store_pages(store, ["name"]) for brand in page.brands]


def errors(code, message="no", **others):
    return Answer(200, {"errors": [{"message": message, "extensions": {"code": code}}], **others})


# Reading


def test_a_metaobject_of_another_type_is_no_brand_and_is_never_written_to(shopify_shop, shopify):
    """Deleting by id would delete whatever has it."""
    shopify_shop.entries.define({"type": "designer", "fieldDefinitions": [{"key": "name", "type": "json"}]})
    other = shopify_shop.entries.create({"type": "designer", "fields": [{"key": "name", "value": "1"}]})["id"]
    brand = shopify_shop.add("A")
    assert [found.id for found in shopify.get_brands(["name"], [other, brand, brand, f"{GID}9"])] == [brand]
    assert shopify.update_brands([BrandUpdate(other, {"name": "A"}, {"name": "B"})]) == []
    assert shopify.delete_brands([Brand(other, {"name": "A"})]) == [other]
    assert other in shopify_shop.entries.by_id
    assert shopify_shop.asked("Update") == shopify_shop.asked("Delete") == []


def test_the_listing_is_read_250_brands_at_once_and_the_definition_comes_with_the_first_of_them(shopify_shop, shopify):
    for number in range(300):
        shopify_shop.add(f"Brand {number}")
    page = shopify.list_brands(["name"])
    assert (len(page.brands), page.total) == (250, 300)
    page = shopify.list_brands(["name"], page.next)
    assert (len(page.brands), page.total, page.next) == (50, None, None)
    assert [asked.json["variables"]["begins"] for asked in shopify_shop.log] == [True, False]


def test_brands_that_come_and_go_between_two_pages_move_no_other(shopify_shop):
    ids = [shopify_shop.add(f"Brand {number}") for number in range(6)]
    with closing(open_shopify(shopify_shop, page_size=2)) as store:

        def act(_asked):
            if len(shopify_shop.log) == 1:
                del shopify_shop.entries.by_id[ids[0]]
                shopify_shop.add("New")

        shopify_shop.act = act
        assert every(store) == [*(f"Brand {number}" for number in range(6)), "New"]


def test_a_page_that_costs_too_much_is_asked_for_in_smaller_ones(shopify_shop, shopify):
    shopify_shop.instead.extend([errors("MAX_COST_EXCEEDED"), Answer(413, "too large")])
    ids = [shopify_shop.add(f"Brand {number}") for number in range(70)]
    assert len(every(shopify)) == 70
    assert [asked.json["variables"]["first"] for asked in shopify_shop.log] == [250, 125, 63, 63]
    shopify_shop.instead.append(errors("MAX_COST_EXCEEDED"))
    assert len(shopify.get_brands(["name"], ids)) == 70


def test_a_value_is_read_as_it_was_written_and_what_is_not_set_is_none(shopify_shop, shopify):
    metadata = {"b": [1, 2.5, None], "a": "ü💶", "": {}}
    fields = {"name": "Ä \\ <b>", "handle": "acme", "description": "a\nb", "logo_url": "https://a.example/ü.png"}
    wanted = {**fields, "website_url": None, "metadata": metadata}
    (made,) = shopify.create_brands([NewBrand(None, wanted)])
    assert made.fields == wanted
    assert shopify.list_brands(ALL).brands == [made]
    assert shopify_shop.brands[made.id]["values"]["metadata"] == '{"b":[1,2.5,null],"a":"ü💶","":{}}'
    shopify_shop.brands[made.id]["values"]["metadata"] = "[1]"
    assert shopify.get_brands(["metadata"], [made.id])[0].fields == {"metadata": [1]}


def test_a_definition_that_lacks_a_mapped_field_is_told_before_anything_is_written(shopify_shop, shopify):
    shopify_shop.define("name", "description", metadata="single_line_text_field")
    assert shopify.list_brands(["name", "description"]).brands == []
    with pytest.raises(ConfigError, match="has no field 'logo_url'") as refused:
        shopify.list_brands(["name", "logo_url"])
    assert "brandsync init shopify-definition" in refused.value.hint
    with pytest.raises(ConfigError, match="is of the type single_line_text_field, and not json"):
        shopify.list_brands(["name", "metadata"])
    shopify_shop.entries.definitions.clear()
    with pytest.raises(ConfigError, match="no metaobject definition of the type 'brand'"):
        shopify.list_brands(["name"])


def test_brands_that_lack_what_their_definition_has_come_to_require_are_not_listed_and_that_is_told(
    shopify_shop, shopify, caplog
):
    """By their ids they are still to be had."""
    ids = [shopify_shop.add("A"), shopify_shop.add("B", description="d")]
    assert every(shopify) == ["A", "B"]
    assert caplog.text == ""
    shopify_shop.entries.definitions["brand"]["fields"]["description"]["required"] = True
    assert every(shopify) == ["B"]
    assert "lists 1 of 2 brands: those that lack what the definition requires are left out" in caplog.text
    assert [brand.id for brand in shopify.get_brands(["name"], ids)] == ids


# Writing


def test_fifty_brands_are_created_changed_and_deleted_by_a_request_each(shopify_shop, shopify):
    made = shopify.create_brands([new(f"Brand {number}", handle=f"b-{number}") for number in range(50)])
    assert [brand.fields["handle"] for brand in made] == [f"b-{number}" for number in range(50)]
    updates = [BrandUpdate(brand.id, brand.fields, {"name": f"New {n}"}) for n, brand in enumerate(made)]
    shopify.get_brands(["name"], [brand.id for brand in made])
    assert [brand.fields for brand in shopify.update_brands(updates)] == [{"name": f"New {n}"} for n in range(50)]
    shopify.get_brands(["name"], [brand.id for brand in made])
    assert len(shopify.delete_brands(made)) == 50
    kinds = [operation(asked) for asked in shopify_shop.log]
    assert kinds == ["Definition", "Create", "BrandsOfIds", "Update", "BrandsOfIds", "Delete"]


def test_an_update_changes_what_it_names_and_clears_what_is_none(shopify_shop, shopify):
    """``values`` would replace everything; a brand always has a handle, and keeps its own."""
    brand = shopify_shop.add("A", "a", description="d", logo_url="https://a.example/", metadata="{}")
    (written,) = shopify.update_brands([BrandUpdate(brand, {}, {"description": None, "handle": None, "name": "B"})])
    assert written.fields == {"description": None, "handle": "a", "name": "B"}
    held = shopify_shop.brands[brand]
    assert (held["handle"], held["values"]) == (
        "a",
        {"name": "B", "logo_url": "https://a.example/", "metadata": "{}"},
    )


def test_a_new_brand_of_a_definition_with_drafts_is_active_and_a_draft_that_is_there_stays_one(shopify_shop, shopify):
    shopify_shop.define(publishable=True)
    draft = shopify_shop.add("Theirs")
    shopify.list_brands(["name"])
    (made,) = shopify.create_brands([new("Ours")])
    shopify.update_brands([BrandUpdate(draft, {"name": "Theirs"}, {"name": "Renamed"})])
    assert {entry["values"]["name"]: entry["status"] for entry in shopify_shop.brands.values()} == {
        "Renamed": "DRAFT",
        "Ours": "ACTIVE",
    }
    assert made.id in shopify_shop.brands


def test_what_is_refused_of_a_batch_is_told_and_the_others_are_written(shopify_shop, shopify):
    theirs = shopify_shop.add("Theirs", "taken")
    with pytest.raises(PartlyRejected) as refused:
        shopify.create_brands([new("A"), new(None), new("B", logo_url="/logo.png"), new("C", handle="a b")])
    assert [brand.fields["name"] for brand in refused.value.done] == ["A"]
    told = {number: error.message for number, error in refused.value.refused.items()}
    assert told[1] == "Shopify refuses its name: Name can't be blank (OBJECT_FIELD_REQUIRED)"
    assert "empty scheme (protocol)" in told[2]
    assert "Handle is invalid" in told[3]
    brand = refused.value.done[0].id
    updates = [BrandUpdate(brand, {}, {"handle": "TAKEN"}), BrandUpdate(theirs, {}, {"name": "Renamed"})]
    with pytest.raises(PartlyRejected, match="already been taken") as taken:
        shopify.update_brands(updates)
    assert ([*taken.value.refused], [one.id for one in taken.value.done]) == ([0], [theirs])


def test_a_handle_that_somebody_took_meanwhile_is_told_as_another_one(shopify_shop, shopify, caplog):
    """Shopify refuses no new brand for its handle: it gives it another one, and the person's brand stays."""
    shopify_shop.add("Theirs", "acme")
    (made,) = shopify.create_brands([new("Ours", handle="Acme")])
    assert made.fields == {"name": "Ours", "handle": "acme-1"}
    assert "was to have the handle 'Acme', and has 'acme-1'" in caplog.text
    assert shopify_shop.names() == ["Ours", "Theirs"]


def test_what_is_gone_meanwhile_is_no_error_and_what_is_referred_to_is_refused(shopify_shop, shopify):
    ids = [shopify_shop.add(name) for name in "ABC"]
    shopify.get_brands(["name"], ids)
    del shopify_shop.entries.by_id[ids[0]]
    updates = [BrandUpdate(brand, {}, {"name": "New"}) for brand in ids]
    assert [brand.id for brand in shopify.update_brands(updates)] == ids[1:]
    shopify.get_brands(["name"], ids[1:])
    del shopify_shop.entries.by_id[ids[1]]

    def referred_to(done):
        done.value["data"]["m1"] = {"deletedId": None, "userErrors": [{"code": "REFERENCE_EXISTS_ERROR"}]}
        return done

    shopify_shop.after.append(referred_to)
    with pytest.raises(PartlyRejected, match="REFERENCE_EXISTS_ERROR") as refused:
        shopify.delete_brands([Brand(brand, {}) for brand in ids[1:]])
    assert (refused.value.done, [*refused.value.refused]) == ([ids[1]], [1])


def test_a_batch_that_is_too_much_is_sent_in_halves_and_a_brand_that_is_is_refused(shopify_shop, shopify):
    shopify.list_brands(["name"])
    shopify_shop.instead.extend([Answer(413, "too large"), errors("MAX_COST_EXCEEDED"), Answer(413, "too large")])
    with pytest.raises(PartlyRejected, match="refuses a single brand for its size") as refused:
        shopify.create_brands([new(name) for name in "ABCD"])
    assert [brand.fields["name"] for brand in refused.value.done] == ["B", "C", "D"]
    assert shopify_shop.names() == ["B", "C", "D"]


def test_the_guard_is_asked_before_a_write_and_before_nothing_else(shopify_shop, shopify):
    asked = []
    shopify.guard_writes(lambda: asked.append(len(shopify_shop.log)))
    brand = shopify_shop.add("A")
    list(shopify.check())
    shopify.list_brands(["name"])
    shopify.get_brands(["name"], [brand])
    assert asked == []
    shopify.delete_brands([Brand(brand, {"name": "A"})])
    assert set(asked) == {len(shopify_shop.log) - 1}


# Answers that are lost, or no answers


@pytest.mark.usefixtures("no_retries")
def test_a_creation_whose_answer_is_lost_is_not_asked_for_again(shopify_shop, shopify):
    shopify.list_brands(["name"])
    shopify_shop.after.append(lambda _: Answer(502, "<h1>Bad Gateway</h1>", kind="text/html"))
    with pytest.raises(TryAgainLater):
        shopify.create_brands([new("A")])
    assert (shopify_shop.names(), len(shopify_shop.asked("Create"))) == (["A"], 1)


def test_a_failure_in_passing_is_repeated_where_that_is_harmless(shopify_shop, shopify):
    brand = shopify_shop.add("A")
    shopify_shop.instead.append(errors("INTERNAL_SERVER_ERROR"))
    assert every(shopify) == ["A"]
    shopify_shop.instead.extend([None, errors("INTERNAL_SERVER_ERROR")])
    assert shopify.delete_brands([Brand(brand, {"name": "A"})]) == [brand]
    shopify_shop.instead.append(errors("INTERNAL_SERVER_ERROR"))
    with pytest.raises(TryAgainLater):
        shopify.create_brands([new("B")])
    assert len(shopify_shop.asked("Create")) == 1


@pytest.mark.parametrize("code", ["INTERNAL_ERROR", "INTERNAL_SERVER_ERROR"])
def test_of_a_mutation_that_failed_by_itself_nobody_knows_what_became(shopify_shop, shopify, code):
    shopify.list_brands(["name"])

    def failed(done):
        if code == "INTERNAL_ERROR":
            done.value["data"]["m1"] = {"metaobject": None, "userErrors": [{"code": code, "message": "Unexpected"}]}
            return done
        return Answer(200, {"data": {"m0": done.value["data"]["m0"], "m1": None}, **errors(code).value})

    shopify_shop.after.append(failed)
    with pytest.raises(TryAgainLater):
        shopify.create_brands([new("A"), new("B")])


WRONG = [
    "<html>not JSON</html>",
    [],
    {},
    {"data": []},
    {"data": {}},
    {"errors": "no"},
    {"errors": [None]},
    {"errors": [{"message": 7, "extensions": "x"}]},
    {"data": {"nodes": 1, "metaobjects": 1, "m0": 1}},
    {"data": {"nodes": [1], "metaobjects": {"nodes": [{}], "pageInfo": {}}, "m0": {"userErrors": 1}}},
    {"data": {"nodes": [{"id": "x"}], "metaobjects": {"nodes": [], "pageInfo": {"hasNextPage": 1, "endCursor": "x"}}}},
    {"data": {"metaobjectDefinitionByType": {"id": 1}, "m0": {"userErrors": [], "metaobject": {"id": "x"}}}},
]


@pytest.mark.parametrize("value", WRONG, ids=str)
def test_an_answer_that_is_none_is_told_as_such(shopify_shop, shopify, value):
    brand = shopify_shop.add("A")
    calls = [
        lambda: shopify.get_brands(["name"], [brand]),
        lambda: shopify.list_brands(["name"]),
        lambda: shopify.create_brands([new("B")]),
    ]
    kind = "text/html" if isinstance(value, str) else "application/json"
    for call in calls:
        shopify._definition = None
        shopify_shop.instead.extend([None] * (call is calls[2]))  # the definition, which is read before
        shopify_shop.instead.append(Answer(200, value, kind=kind))
        with pytest.raises((Unreadable, ConfigError)) as told:
            call()
        assert "Traceback" not in str(told.value)
        shopify_shop.instead.clear()


@pytest.mark.parametrize(
    ("answer", "error", "told"),
    [
        (Answer(404, {"errors": "Not Found"}), ConfigError, "Not Found"),
        (Answer(402, {"errors": "Unavailable Shop"}), ConfigError, "Unavailable Shop"),
        (errors("SHOP_INACTIVE", "closed"), ConfigError, "closed"),
        (errors("ACCESS_DENIED", "Access denied"), CredentialsRefused, "Access denied"),
        (errors("undefinedField", "Field 'x' doesn't exist"), Unreadable, "Field 'x' doesn't exist"),
        (Answer(403, {"errors": "[API] This action requires merchant approval"}), CredentialsRefused, "approval"),
    ],
)
def test_an_error_of_shopifys_is_told_with_what_to_do(shopify_shop, shopify, answer, error, told):
    shopify_shop.instead.append(answer)
    with pytest.raises(error, match=told) as refused:
        shopify.list_brands(["name"])
    assert refused.value.hint


# Credentials


def test_a_token_that_is_refused_is_told_with_its_setting_and_never_shown(shopify_shop):
    with closing(open_shopify(shopify_shop, access_token="shpat_wrong")) as store:
        shopify_shop.refusal = lambda asked: Answer(
            401, {"errors": f"[API] no {asked.headers['X-Shopify-Access-Token']}"}
        )
        with pytest.raises(CredentialsRefused) as refused:
            store.list_brands(["name"])
    assert "`access_token`" in refused.value.hint
    assert "shpat_wrong" not in f"{refused.value}{refused.value.hint}"


def app(fake: FakeShopify, **settings):
    return open_shopify(fake, access_token=None, client_id=CLIENT, client_secret=SECRET, **settings)


def test_an_app_gets_a_token_for_a_day_and_uses_it_until_it_is_about_to_end(shopify_shop):
    shopify_shop.tokens.clear()
    with closing(app(shopify_shop)) as store:
        store.list_brands(["name"])
        store.list_brands(["name"])
        assert [asked.path.rpartition("/")[2] for asked in shopify_shop.log] == ["access_token", *["graphql.json"] * 2]
        assert store.requests == 3
        store._api.graphql._signed._until = 0.0
        store.list_brands(["name"])
        assert shopify_shop.tokens == {"shpat_granted_0", "shpat_granted_1"}


def test_a_token_that_was_got_is_never_shown(shopify_shop):
    with closing(app(shopify_shop)) as store:
        store.list_brands(["name"])
        shopify_shop.instead.append(errors("X", f"{next(iter(shopify_shop.tokens - {TOKEN}))} and {SECRET}"))
        with pytest.raises(Unreadable) as told:
            store.list_brands(["name"])
    assert str(told.value).endswith(": *** and ***")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(400, {"error": "app_not_installed", "error_description": SECRET}), CredentialsRefused),
        (Answer(200, {"access_token": "a\nb"}), Unreadable),
        (Answer(200, []), Unreadable),
        (Answer(200, {"access_token": ""}), Unreadable),
    ],
)
def test_an_app_that_gets_no_token_is_told(shopify_shop, answer, error):
    shopify_shop.instead.append(answer)
    with closing(app(shopify_shop)) as store, pytest.raises(error) as refused:
        store.list_brands(["name"])
    assert refused.value.hint
    assert SECRET not in f"{refused.value}"


# Points


def test_points_are_waited_for_before_they_are_spent(shopify_shop, shopify):
    """A bucket of 600 points, of which 2,000 come back in a second; four batches take 2,200."""
    shopify_shop.most, shopify_shop.restored = 600.0, 2_000.0
    shopify_shop.spend(600.0)
    assert shopify.rate is None
    for start in range(0, 200, 50):
        shopify.create_brands([new(f"Brand {number}") for number in range(start, start + 50)])
    assert shopify_shop.throttled == 0
    assert shopify.rate == Rate(2_000, 1.0, "point")


def test_where_others_have_spent_the_points_it_waits_and_asks_again(shopify_shop, shopify):
    shopify.list_brands(["name"])
    shopify_shop.restored = 100.0
    shopify_shop.spend(2_000.0)
    shopify.list_brands(["name"])
    shopify_shop.spend(0.0)
    shopify.create_brands([new("A"), new("B")])
    assert (shopify_shop.throttled, shopify_shop.names()) == (1, ["A", "B"])
    shopify_shop.throttled = 0


def test_a_run_that_is_asked_to_stop_waits_no_longer(shopify_shop, shopify):
    shopify_shop.restored = 0.001
    shopify_shop.spend(40.0)
    shopify.list_brands(["name"])
    shopify.stop_when(lambda: True)
    with pytest.raises(TryAgainLater, match="asked to stop"):
        shopify.list_brands(["name"])


def test_what_a_request_really_costs_is_learnt():
    points = Points()
    status = {"maximumAvailable": 100, "currentlyAvailable": 60, "restoreRate": 1}
    assert points.take("page", 35, lambda: False) == 35
    points.learn("page", 35, 35, {"requestedQueryCost": 70, "throttleStatus": status})
    assert points.take("page", 20, lambda: False) == 40
    points.learn("page", 20, 40, {"requestedQueryCost": 40, "throttleStatus": status})
    assert points.wait_for(70) == pytest.approx(10, abs=0.5)
    assert points.wait_for(1_000) == pytest.approx(40, abs=0.5)  # a full bucket is all that there will ever be
    for nonsense in (None, [], {"throttleStatus": {"maximumAvailable": "x"}}, {"requestedQueryCost": True}):
        points.learn("other", 1, 0, nonsense)
    assert points.per_second == 1
