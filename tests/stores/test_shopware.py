"""The Shopware store by itself: what it writes, and each of the API's traps, against the fake."""

from contextlib import closing

import pytest
from fake_shopware import ENTITY, GERMAN, SYSTEM, Answer, kind, open_shopware
from shopware_custom_fields import BLANK

from brandsync.brand import Brand, BrandUpdate, NewBrand
from brandsync.errors import ConfigError, Rejected, TryAgainLater, Unreadable
from brandsync.stores.shopware.api import IDS

GONE = "0" * 32
NO_IDS = [
    "",
    "0",
    "A" * 32,
    "a" * 31,
    "a" * 33,
    "a" * 32 + "\n",
    "g" * 32,
    "0198-" * 6 + "ab",
    "²" * 32,
    "../" + "a" * 29,
]


def new(store, name, **fields):
    return NewBrand(store.new_id(), {"name": name, **fields})


def kinds(fake):
    """What has been asked for, in order."""
    return [kind(asked) for asked in fake.log]


def payloads(fake, of, key="write"):
    """What was sent in syncs of one kind."""
    sent = (operation for asked in fake.asked(of) for operation in asked.json)
    return [operation["payload"] for operation in sent if operation["key"] == key]


# Ids


def test_what_is_no_id_never_reaches_the_shop(ware, shopware):
    """Among the keys of a deletion, an id that isn't one would be an error of the whole batch."""
    for text in NO_IDS:
        assert shopware.delete_brands([Brand(text, {"name": "A"})]) == [text]
        assert shopware.update_brands([BrandUpdate(text, {"name": "A"}, {"name": "B"})]) == []
        assert shopware.get_brands(["name"], [text]) == []
        with pytest.raises(Rejected, match="is no id"):
            shopware.create_brands([NewBrand(text, {"name": "A"})])
        with pytest.raises(Rejected, match="is no id"):
            IDS.checked(text)
    assert ware.log == []


def test_ids_are_chosen_as_shopware_has_them_and_sort_by_their_time(shopware):
    ids = [shopware.new_id() for _ in range(3)]
    assert [IDS.checked(brand_id) for brand_id in ids] == ids
    assert len({*ids}) == 3
    assert ids[0][:8] == ids[2][:8]


def test_brands_are_read_500_ids_at_once(ware, shopware):
    ids = [ware.add(f"Brand {number}") for number in range(501)]
    assert {brand.id for brand in shopware.get_brands(["name"], [*ids, ids[0], "none", GONE])} == {*ids}
    assert [len(asked.json["ids"]) for asked in ware.asked("read")] == [500, 2]


# Creating


def test_brands_are_created_in_one_request_and_read_in_another(ware, shopware):
    brands = [new(shopware, f"Brand {number}", description="<p>A</p>", website_url=None) for number in range(500)]
    made = shopware.create_brands(brands)
    assert [(brand.id, brand.fields) for brand in made] == [(brand.id, brand.fields) for brand in brands]
    assert kinds(ware) == ["login", "create", "read"]
    assert ware.asked("create")[0].headers["single-operation"] == "1"


def test_a_creation_whose_answer_is_lost_is_sent_again_and_makes_one_brand(ware, shopware):
    ware.after.append(lambda _: Answer(500, {}))
    (made,) = shopware.create_brands([new(shopware, "A")])
    assert made.fields == {"name": "A"}
    assert kinds(ware) == ["login", "create", "create", "read"]
    assert ware.names() == ["A"]


def test_a_brand_that_is_deleted_as_soon_as_it_is_made_is_told(ware, shopware):
    ware.act = lambda asked: ware.manufacturers.rows.clear() if kind(asked) == "read" else None
    with pytest.raises(TryAgainLater, match="was created, and is gone again"):
        shopware.create_brands([new(shopware, "A")])


# Updating


def test_a_change_sends_what_changes_and_nothing_else(ware, shopware):
    made = ware.add("A", description="<p>old</p>", link="https://a.example", customFields={"x": 1})
    ware.manufacturers.rows[made]["mediaId"] = "f" * 32
    ware.edit(made, GERMAN, name="A (de)")
    before = ware.manufacturers.shown(made, GERMAN)
    (changed,) = shopware.update_brands([BrandUpdate(made, {"description": "<p>old</p>"}, {"description": None})])
    assert changed == Brand(made, {"description": None})
    assert payloads(ware, "update") == [[{"id": made, "description": None}]]
    assert kinds(ware) == ["login", "update", "read"]
    after = ware.manufacturers.shown(made, GERMAN)
    assert after == before | {"translated": before["translated"] | {"description": None}}


def test_changes_of_several_fields_are_one_request(ware, shopware):
    ids = [ware.add(name) for name in "AB"]
    updates = [
        BrandUpdate(ids[0], {"name": "A"}, {"name": "A2"}),
        BrandUpdate(
            ids[1], {"description": None, "website_url": None}, {"description": "B", "website_url": "b.example"}
        ),
    ]
    written = {brand.id: brand.fields for brand in shopware.update_brands(updates)}
    assert written == {ids[0]: {"name": "A2"}, ids[1]: {"description": "B", "website_url": "b.example"}}
    assert kinds(ware) == ["login", "update", "read"]


@pytest.mark.parametrize("after", [{"name": "New"}, {"website_url": "x.example"}, {"name": "New", "description": "x"}])
def test_a_brand_that_is_gone_is_not_made_anew_and_the_others_are_changed(ware, shopware, after):
    """Half a brand under the old id: that is what an upsert alone would make."""
    ids = [ware.add(name) for name in "ABC"]
    del ware.manufacturers.rows[ids[1]]
    written = shopware.update_brands([BrandUpdate(key, dict.fromkeys(after), after) for key in ids])
    assert [(brand.id, brand.fields) for brand in written] == [(ids[0], after), (ids[2], after)]
    assert {*ware.manufacturers.rows} == {ids[0], ids[2]}
    assert kinds(ware) == ["login", "update", "read", "update", "read"]
    assert ware.manufacturers.syncs == 1


def test_brands_that_go_one_after_another_while_they_are_changed_stay_gone(ware, shopware):
    ids = [ware.add(name) for name in "ABC"]

    def act(asked):
        if kind(asked) == "update" and len(ware.manufacturers.rows) > 1:
            del ware.manufacturers.rows[min(ware.manufacturers.rows)]

    ware.act = act
    written = shopware.update_brands([BrandUpdate(key, {"name": "?"}, {"name": "New"}) for key in ids])
    assert [brand.id for brand in written] == [max(ids)]
    assert ware.names() == ["New"]


def test_brands_that_are_all_gone_are_not_asked_for_again(ware, shopware):
    assert shopware.update_brands([BrandUpdate(GONE, {"name": "A"}, {"name": "B"})]) == []
    assert kinds(ware) == ["login", "update", "read"]


def test_of_a_brand_that_goes_just_after_its_change_nothing_is_told(ware, shopware):
    made = ware.add("A")
    ware.act = lambda asked: ware.manufacturers.rows.clear() if kind(asked) == "read" else None
    assert shopware.update_brands([BrandUpdate(made, {"name": "A"}, {"name": "B"})]) == []


# What is refused


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": "x" * 256}, "name: This value is too long. It should have 255 characters or less."),
        ({"name": ""}, "name: This value should not be blank."),
        ({"name": "<b></b>"}, "name: This value should not be blank."),
        ({"description": "<script>x</script>"}, "description: This value should not be blank."),
        ({"website_url": "x" * 256}, "link: This value is too long"),
    ],
)
def test_one_brand_that_is_refused_is_named_and_none_is_written(ware, shopware, fields, told):
    made = [ware.add(name) for name in "AB"]
    brands = [new(shopware, "C"), new(shopware, "D", description=None, website_url=None)]
    with pytest.raises(Rejected) as refused:
        shopware.create_brands([brands[0], NewBrand(brands[1].id, {**brands[1].fields, **fields})])
    assert f"{brands[1].id}" in str(refused.value)
    assert told in str(refused.value)
    updates = [
        BrandUpdate(made[0], {"name": "A"}, {"name": "new"}),
        BrandUpdate(made[1], dict.fromkeys(fields), fields),
    ]
    with pytest.raises(Rejected) as refused:
        shopware.update_brands(updates)
    assert f"{made[1]}" in str(refused.value)
    assert told in str(refused.value)
    assert ware.manufacturers.syncs == 0
    assert ware.names() == ["A", "B"]


def test_a_text_of_nothing_but_markup_is_told_with_what_became_of_it(shopware):
    with pytest.raises(Rejected, match="brand 'A' ") as refused:
        shopware.create_brands([new(shopware, "A", description="<style>x</style>")])
    assert "scripts out of descriptions" in str(refused.value.hint)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ({"detail": "Der Wert ist leer.", "template": BLANK[1]}, "Der Wert ist leer."),
        ({"template": BLANK[1]}, "This value should not be blank."),
        ({}, BLANK[0]),
    ],
)
def test_a_blank_text_is_known_by_its_code_whatever_the_language_of_the_shop(ware, shopware, error, told):
    """Source: ``WriteConstraintViolationException::getErrors``; Symfony translates the message, and not its code."""
    ware.instead.append(Answer(400, {"errors": [{"code": BLANK[0], **error, "source": {"pointer": "/write/0/name"}}]}))
    with pytest.raises(Rejected) as refused:
        shopware.create_brands([new(shopware, "A")])
    assert refused.value.message.endswith(f", name: {told}")
    assert "here nothing is left" in str(refused.value.hint)


@pytest.mark.parametrize(
    "body",
    [
        {"errors": [{"detail": "Something", "source": {"pointer": "/write/7/name"}}]},
        {"errors": [{"detail": "Something", "source": {"pointer": 7}}]},
        {"errors": [{"detail": "Something", "source": None}]},
        {"errors": [{"detail": "Something"}, "x"]},
    ],
)
def test_a_refusal_that_names_no_brand_is_told_as_the_shop_says_it(ware, shopware, body):
    shopware.list_brands(["name"])
    ware.instead.append(Answer(400, body))
    with pytest.raises(Rejected, match="400 Bad Request: Something"):
        shopware.create_brands([new(shopware, "A")])


def test_a_refusal_that_nobody_can_read_is_a_refusal(ware, shopware):
    shopware.list_brands(["name"])
    for body in ("", "x", "[]", '{"errors": 7}', "<h1>Bad Request</h1>"):
        ware.instead.append(Answer(400, body, kind="text/html"))
        with pytest.raises(Rejected, match="400 Bad Request"):
            shopware.create_brands([new(shopware, "A")])


def test_a_batch_that_is_too_large_for_the_web_server_names_the_setting(ware, shopware):
    ware.largest_body = 1_000
    with pytest.raises(ConfigError) as wrong:
        shopware.create_brands([new(shopware, "A", description="x" * 1_000)])
    assert "`batch`" in str(wrong.value.hint)
    with closing(open_shopware(ware, batch=7)) as store:
        assert store.capabilities.batch == 7


def test_an_answer_that_does_not_say_what_was_done_is_not_believed(ware, shopware):
    made = ware.add("A")
    shopware.list_brands(["name"])
    for answer in ([], {}, {"data": []}, '"x"', {"data": [], "deleted": []}, 7):
        for write in (
            lambda: shopware.create_brands([new(shopware, "B")]),
            lambda: shopware.update_brands([BrandUpdate(made, {"name": "A"}, {"name": "B"})]),
            lambda: shopware.delete_brands([Brand(made, {"name": "A"})]),
        ):
            ware.instead.append(Answer(200, answer))
            with pytest.raises(Unreadable):
                write()
    assert ware.names() == ["A"]


# Deleting


def test_a_deletion_tells_what_is_gone_and_what_was(ware, shopware):
    ids = [ware.add(name) for name in "ABC"]
    ware.manufacturers.products = {"product": ids[0]}
    brands = [Brand(key, {"name": "?"}) for key in (ids[0], GONE, "none", ids[1])]
    assert shopware.delete_brands(brands) == [ids[0], GONE, "none", ids[1]]
    assert ware.names() == ["C"]
    assert ware.manufacturers.products == {"product": None}
    assert kinds(ware) == ["login", "delete"]
    assert shopware.delete_brands(brands[:1]) == [ids[0]]


def test_a_brand_of_which_a_deletion_says_nothing_is_not_taken_for_gone(ware, shopware):
    ids = [ware.add(name) for name in "AB"]
    for told in ({ENTITY: ids[:1]}, {ENTITY: [*ids[:1], {"id": ids[1]}, 7]}):
        ware.after.append(lambda done, told=told: Answer(200, {**done.value, "deleted": told}))
        assert shopware.delete_brands([Brand(key, {"name": "?"}) for key in ids]) == ids[:1]
        ware.add("B", brand_id=ids[1])


def test_a_brand_that_is_restored_has_its_old_id_and_not_its_products(ware, shopware):
    made = ware.add("A", description="x")
    ware.manufacturers.products = {"product": made}
    (brand,) = shopware.get_brands(["name", "description"], [made])
    shopware.delete_brands([brand])
    assert shopware.create_brands([NewBrand(brand.id, brand.fields)]) == [brand]
    assert ware.manufacturers.products == {"product": None}
    assert "its products" in shopware.capabilities.inexact["delete"]


# Texts


@pytest.mark.parametrize(
    ("given", "held"),
    [
        ("A", "A"),
        (" A  B ", " A  B "),
        ("Marks & Spencer &amp; <b>Sons</b>", "Marks & Spencer &amp; Sons"),
        ("a < b > c", "a < b > c"),
        ("I <3 you", "I "),
        ("ü" * 255, "ü" * 255),
    ],
)
def test_a_name_and_a_link_lose_their_tags_and_nothing_else(shopware, given, held):
    (made,) = shopware.create_brands([new(shopware, given, website_url=given)])
    assert made.fields == {"name": held, "website_url": held}
    alike = [shopware.comparison_key(fields) for fields in (made.fields, {"name": given, "website_url": given})]
    assert alike[0] == alike[1]


@pytest.mark.parametrize(
    ("given", "held"),
    [
        ("<p>A &amp; B</p>", "<p>A &amp; B</p>"),
        ("A & B", "A &amp; B"),
        ("&eacute;&quot;", 'é"'),
        ("<p>A<br>B", "<p>A<br />B</p>"),
        ('<p onclick="x()">A</p><script>x()</script><video>B</video>', "<p>A</p>B"),
        ('<a href="https://a.example">A</a>', '<a href="https://a.example">A</a>'),
        ("", None),
    ],
)
def test_a_description_is_purified_and_its_words_stay(shopware, given, held):
    (made,) = shopware.create_brands([new(shopware, "A", description=given)])
    assert made.fields["description"] == held
    alike = [shopware.comparison_key({"description": text}) for text in (given, held)]
    assert alike[0] == alike[1]


def test_other_texts_are_not_alike(shopware):
    others = [{"name": "A"}, {"name": "B"}, {"name": "A", "description": "x"}, {"name": "A", "description": "y"}]
    assert len({shopware.comparison_key(fields) for fields in others}) == 4


# Another language


def test_a_language_has_texts_of_its_own_and_the_shops_own_stay(ware):
    with closing(open_shopware(ware, language=GERMAN)) as store:
        (made,) = store.create_brands([new(store, "Groß", description="Neu", website_url="a.example")])
        assert made.fields == {"name": "Groß", "description": "Neu", "website_url": "a.example"}
        row = ware.manufacturers.rows[made.id]
        assert row["translations"][SYSTEM]["name"] == "Groß"  # Shopware asks for one
        assert row["translations"][SYSTEM]["description"] is None
        before = dict(row["translations"][SYSTEM])
        store.update_brands([BrandUpdate(made.id, {"name": "Groß"}, {"name": "Größer", "description": None})])
        assert store.get_brands(["name", "description"], [made.id])[0].fields == {"name": "Größer", "description": None}
        assert ware.manufacturers.rows[made.id]["translations"][SYSTEM] == before
    assert {asked.headers.get("sw-language-id") for asked in ware.log} == {GERMAN}


def test_a_brand_without_a_name_in_a_language_is_known_by_the_one_that_the_shop_shows(ware):
    """Else every brand that isn't translated yet would be created again."""
    made = ware.add("Acme", description="English")
    with closing(open_shopware(ware, language=GERMAN)) as store:
        assert store.list_brands(["name", "description"]).brands == [Brand(made, {"name": "Acme", "description": None})]
        store.update_brands([BrandUpdate(made, {"website_url": None}, {"website_url": "a.example"})])
        assert GERMAN not in ware.manufacturers.rows[made]["translations"]
        assert "language" in store.capabilities.inexact["update"]
    with closing(open_shopware(ware)) as store:
        assert "update" not in store.capabilities.inexact


def test_a_brand_that_is_gone_is_not_made_anew_in_another_language(ware):
    with closing(open_shopware(ware, language=GERMAN)) as store:
        assert store.update_brands([BrandUpdate(GONE, {"name": "A"}, {"name": "B"})]) == []
    assert ware.manufacturers.rows == {}


def test_a_brand_that_is_refused_in_another_language_is_named_too(ware):
    with (
        closing(open_shopware(ware, language=GERMAN)) as store,
        pytest.raises(Rejected, match=r"brand 'Groß' .*too long"),
    ):
        store.create_brands([new(store, "Groß", website_url="x" * 256)])


def test_a_language_that_the_shop_does_not_have_is_named(ware):
    with closing(open_shopware(ware, language="e" * 32)) as store:
        for call in (
            lambda: store.list_brands(["name"]),
            lambda: store.create_brands([new(store, "A")]),
        ):
            with pytest.raises(ConfigError, match="Could not find language") as wrong:
                call()
            assert "`language`" in str(wrong.value.hint)


def test_an_id_is_read_in_any_spelling_of_a_uuid(shopware) -> None:
    plain = "0189f5a1b2c37d4e8f90a1b2c3d4e5f6"
    spellings = (plain.upper(), "0189f5a1-b2c3-7d4e-8f90-a1b2c3d4e5f6", "{0189F5A1-B2C3-7D4E-8F90-A1B2C3D4E5F6}")
    assert {shopware.canonical_id(text) for text in spellings} == {plain}
    assert shopware.canonical_id("other") == "other"
