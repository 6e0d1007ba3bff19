"""The WooCommerce store by itself: each of the API's traps, against the fake."""

from contextlib import closing

import pytest
from fake_server import Answer
from fake_woocommerce import BRANDS, KEY, LIMIT, READ_ONLY, open_woocommerce

from brandsync.brand import Brand, BrandUpdate, NewBrand
from brandsync.errors import ConfigError, CredentialsRefused, TryAgainLater, Unreadable
from brandsync.stores.interface import PartlyRejected
from brandsync.workflow.pages import store_pages


def new(name, **fields):
    return NewBrand(None, {"name": name, **fields})


def every(store):
    """The names of the whole listing, as the engine reads it."""
    return [brand.fields["name"] for page in store_pages(store, ["name"]) for brand in page.brands]


# Texts


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Axis & Allies", "Axis &amp; Allies"),
        ("A &amp; B", "A &amp;amp; B"),
        ("<b>Bold</b> > 3", "&lt;b&gt;Bold&lt;/b&gt; &gt; 3"),
        ("AC\\DC \\\\ \\' \\", "AC\\DC \\\\ \\' \\"),
        ('Levi\'s "Red"', 'Levi\'s "Red"'),
        ("&lt; &eacute;", "&amp;lt; &amp;eacute;"),
    ],
)
def test_a_name_is_kept_escaped_and_comes_back_as_it_was_given(woo, woocommerce, name, kept):
    (made,) = woocommerce.create_brands([new(name)])
    (changed,) = woocommerce.update_brands([BrandUpdate(made.id, {"name": name}, {"name": name + "!"})])
    woocommerce.update_brands([BrandUpdate(made.id, {"name": name + "!"}, {"name": name})])
    assert (made.fields["name"], changed.fields["name"], woo.names()) == (name, name + "!", [kept])
    assert every(woocommerce) == [name]


def test_a_name_that_a_person_has_given_is_read_unescaped(woo, woocommerce):
    woo.add("Axis & Allies")
    assert woo.names() == ["Axis &amp; Allies"]
    assert every(woocommerce) == ["Axis & Allies"]


def test_what_wordpress_makes_of_a_text_is_told(woocommerce):
    fields = {"handle": "Über Größe 新", "description": '<script>x</script><b>A</b> & "B" \\ <p>C</p>'}
    (made,) = woocommerce.create_brands([new("100%de  A", **fields)])
    description = 'x<b>A</b> &amp; "B" \\ C'
    assert made.fields == {"name": "100 A", "handle": "uber-grose-新", "description": description}
    assert woocommerce.get_brands(["handle", "description"], [made.id])[0].fields == {
        "handle": "uber-grose-新",
        "description": description,
    }


def test_an_empty_description_is_none_and_a_handle_of_none_is_left_to_the_shop(woo, woocommerce):
    (made,) = woocommerce.create_brands([new("A B", handle=None, description=None)])
    assert made.fields == {"name": "A B", "handle": "a-b", "description": None}
    change = BrandUpdate(made.id, {"handle": "a-b", "description": None}, {"handle": None, "description": "x"})
    (changed,) = woocommerce.update_brands([change])
    assert changed.fields == {"handle": "a-b", "description": "x"}
    assert woo.batches("update") == [[{"id": int(made.id), "description": "x"}]]


def test_a_slug_that_is_taken_becomes_another_one_when_it_is_created_and_is_refused_later(woo, woocommerce):
    woo.add("A", slug="taken")
    (made,) = woocommerce.create_brands([new("B", handle="taken")])
    assert made.fields["handle"] == "taken-2"
    with pytest.raises(PartlyRejected, match=r"slug .taken. is already in use .*\(duplicate_term_slug\)"):
        woocommerce.update_brands([BrandUpdate(made.id, {"handle": "taken-2"}, {"handle": "taken"})])


def test_an_image_and_all_that_is_not_ours_stays(woo, woocommerce):
    made = woo.add("A", description="old")
    others = {"image": {"id": 7}, "menu_order": 3}
    woo.brands[made] |= others
    (changed,) = woocommerce.update_brands([BrandUpdate(str(made), {"description": "old"}, {"description": None})])
    assert changed == Brand(str(made), {"description": None})
    assert woo.batches("update") == [[{"id": made, "description": ""}]]
    assert woo.brands[made].items() >= others.items()


# Batches


def test_each_item_of_a_batch_has_an_outcome_of_its_own(woo, woocommerce):
    taken = woo.add("Taken")
    with pytest.raises(PartlyRejected) as partly:
        woocommerce.create_brands([new("A"), new("TAKEN"), new(" "), new("B")])
    assert [brand.fields["name"] for brand in partly.value.done] == ["A", "B"]
    assert {place: str(refused) for place, refused in partly.value.refused.items()} == {
        1: f"brand {taken} has that name or slug, which WooCommerce takes once: A term with the name provided already"
        " exists with this parent.",
        2: "A name is required for this term. (empty_term_name)",
    }
    assert "external id" in str(partly.value.hint)
    assert woo.names() == ["A", "B", "Taken"]


def test_of_updates_one_is_written_one_is_gone_and_one_refused(woo, woocommerce):
    ids = [str(woo.add(name)) for name in "ABC"]
    del woo.brands[int(ids[1])]
    names = {ids[0]: "new", ids[1]: "gone", ids[2]: ""}
    with pytest.raises(PartlyRejected) as partly:
        woocommerce.update_brands([BrandUpdate(key, {"name": "?"}, {"name": name}) for key, name in names.items()])
    assert [(brand.id, brand.fields) for brand in partly.value.done] == [(ids[0], {"name": "new"})]
    assert [*partly.value.refused] == [2]
    assert woo.names() == ["C", "new"]


@pytest.mark.parametrize(
    "code", ["invalid_taxonomy", "woocommerce_rest_cannot_delete", "woocommerce_rest_term_invalid"]
)
def test_a_brand_that_is_gone_is_known_as_such_whatever_a_version_calls_it(woo, woocommerce, code):
    """Not every version looks whether a batch's brands are there, and then stumbles over those that aren't."""
    error = {"id": 7, "error": {"code": code, "message": "?", "data": None}}
    woo.instead.extend([Answer(200, {"update": [error]}), None, Answer(200, {"delete": [error]}), None])
    assert woocommerce.update_brands([BrandUpdate("7", {"name": "A"}, {"name": "B"})]) == []
    assert woocommerce.delete_brands([Brand("7", {"name": "A"})]) == ["7"]


def test_of_deletions_one_that_is_gone_is_gone_and_one_that_is_refused_is_not(woo, woocommerce):
    ids = [str(woo.add(name)) for name in "ABC"]
    brands = [Brand(key, {"name": "?"}) for key in ids]
    del woo.brands[int(ids[1])]
    assert woocommerce.delete_brands(brands[:2]) == ids[:2]
    error = {"code": "woocommerce_rest_cannot_delete", "message": "The resource cannot be deleted.", "data": None}
    woo.instead.append(Answer(200, {"delete": [{"id": int(ids[2]), "error": error}]}))
    with pytest.raises(PartlyRejected, match="cannot be deleted") as partly:
        woocommerce.delete_brands(brands[2:])
    assert (list(partly.value.done), [*partly.value.refused], woo.names()) == ([], [0], ["C"])


def test_a_batch_that_is_too_large_for_the_web_server_is_sent_in_halves(woo, woocommerce):
    woo.largest_body = 3_000
    brands = [new(f"Brand {number}", description="x" * 500) for number in range(16)]
    made = woocommerce.create_brands(brands)
    assert [brand.fields["name"] for brand in made] == [brand.fields["name"] for brand in brands]
    assert [(len(items)) for items in woo.batches("create")] == [16, 8, 4, 4, 8, 4, 4]
    with pytest.raises(PartlyRejected, match="413"):
        woocommerce.create_brands([new("A", description="x" * 4_000), new("B")])
    assert "B" in woo.names()


def test_a_batch_is_never_larger_than_woocommerce_takes(woo, woocommerce):
    assert woocommerce.capabilities.batch == LIMIT
    assert len(woocommerce.create_brands([new(f"Brand {number}") for number in range(LIMIT)])) == LIMIT
    assert [asked.status for asked in woo.log] == [200]


@pytest.mark.parametrize("answer", [[], {}, {"create": []}, {"create": [{"id": 0, "name": "A"}]}, {"create": [7]}, "x"])
def test_a_batch_that_does_not_say_what_became_of_each_is_not_believed(woo, woocommerce, answer):
    woo.instead.append(Answer(200, answer))
    with pytest.raises(Unreadable):
        woocommerce.create_brands([new("A")])


def test_a_name_that_is_taken_when_the_creation_is_repeated_may_be_our_own(woo, woocommerce):
    """A 503 says that nothing was done, and a proxy may say it all the same."""
    woo.after.append(lambda _: Answer(503, {}))
    with pytest.raises(TryAgainLater, match="an earlier attempt may have made the brand"):
        woocommerce.create_brands([new("Acme")])
    assert (woo.names(), len(woo.batches("create"))) == (["Acme"], 2)


@pytest.mark.parametrize("kind", ["update", "delete"])
def test_changes_and_deletions_are_repeated_where_no_answer_comes(woo, woocommerce, kind):
    made = str(woo.add("A"))
    woo.after.append(lambda _: Answer(500, {}))
    if kind == "update":
        woocommerce.update_brands([BrandUpdate(made, {"name": "A"}, {"name": "B"})])
        assert woo.names() == ["B"]
    else:
        assert woocommerce.delete_brands([Brand(made, {"name": "A"})]) == [made]
        assert woo.names() == []
    assert len(woo.batches(kind)) == 2


# Listing


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 199, 200, 250])
def test_a_listing_is_complete_and_asks_for_no_more_than_it_needs(woo, woocommerce, count):
    for number in range(count):
        woo.add(f"Brand {number}")
    assert every(woocommerce) == [f"Brand {number}" for number in range(count)]
    assert len(woo.log) == max(1, -(-(count - 1) // 99))
    assert {(asked.query["orderby"], asked.query["per_page"]) for asked in woo.log} == {("id", "100")}
    assert {asked.query["_fields"] for asked in woo.log} == {"id,name"}


@pytest.mark.parametrize("gone", [[0], [0, 1, 2], [0, 1, 2, 3], [2, 3], [0, 1, 2, 3, 4, 5, 6, 7, 8]])
@pytest.mark.parametrize("after", [1, 2, 3])
def test_brands_that_come_and_go_meanwhile_hide_none_that_stays(woo, gone, after):
    """One that is added for each that is deleted leaves the total as it was."""
    ids = [woo.add(f"Brand {number}") for number in range(12)]

    def act(_asked):
        if len(woo.log) == after:
            for number in gone:
                woo.brands.pop(ids[number], None)
                woo.add(f"New {number}")

    woo.act = act
    with closing(open_woocommerce(woo, page_size=3)) as store:
        found = every(store)
    stay = [f"Brand {number}" for number in range(12) if number not in gone]
    assert set(found) >= {*stay, *(f"New {number}" for number in gone)}
    assert len(found) == len(set(found))


def test_a_listing_that_is_not_one_is_not_believed(woo, woocommerce):
    total = {"X-WP-Total": "1"}
    for answer in (Answer(200, []), Answer(200, {}, total), Answer(200, [{"id": "1", "name": "A"}], total)):
        woo.instead.append(answer)
        with pytest.raises(Unreadable, match="a page of brands"):
            woocommerce.list_brands(["name"])


def test_a_brand_is_searched_for_by_its_name_where_that_takes_fewer_requests(woo):
    for number in range(9):
        woo.add(f"M & {number}")
    with closing(open_woocommerce(woo, page_size=3)) as store:
        found = [brand.fields for brand in store.find_brands(["name"], ["M & 8", "nobody's"])]
        assert found == [{"name": "M & 8"}]
        assert [asked.query.get("search") for asked in woo.log] == [None, "M &amp; 8", "nobody's"]
        woo.log.clear()
        assert len(list(store.find_brands(["name"], ["M & 7", "M & 8", "M & 9"]))) == 9
        assert {asked.query.get("search") for asked in woo.log} == {None}


def test_where_a_search_finds_too_many_the_whole_listing_is_read(woo, woocommerce):
    for number in range(250):
        woo.add(f"Brand {number}")
    assert len(list(woocommerce.find_brands(["name"], ["Brand"]))) == 250


# What is told


def test_check_tells_what_the_shop_has_and_that_the_key_may_write(woo, woocommerce):
    woo.add("A")
    told = [finding.what for finding in woocommerce.check()]
    assert told == [f"{woo.url} answers: it holds 1 brand", "the key may write: a batch of nothing is accepted"]
    assert woo.names() == ["A"]


@pytest.mark.parametrize(
    ("key", "secret", "told"),
    [
        (READ_ONLY, None, "may read brands and not write them.*does not have write permissions"),
        ("wrong", None, "401 .*cannot list resources"),
        (KEY, "wrong", "Consumer secret is invalid"),
    ],
)
def test_credentials_that_are_refused_name_the_permission(woo, key, secret, told):
    settings = {"consumer_key": key} | ({"consumer_secret": secret} if secret else {})
    with closing(open_woocommerce(woo, **settings)) as store:
        with pytest.raises(CredentialsRefused, match=told) as refused:
            list(store.check())
        assert "Read/Write" in str(refused.value.hint)
        assert "cs_" not in str(refused.value)


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ({"has_brands": False}, "since 9.4"),
        ({"has_brands": False, "namespaces": ["wp/v2"]}, "WooCommerce isn't active"),
        ({"has_permalinks": False}, "anything but Plain"),
    ],
)
def test_a_shop_without_the_route_is_told_why(woo, woocommerce, state, told):
    vars(woo).update(state)
    with pytest.raises(ConfigError) as wrong:
        list(woocommerce.check())
    assert told in str(wrong.value.hint)
    assert BRANDS in str(wrong.value)
