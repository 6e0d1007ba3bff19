"""Whole runs with further fields into the fake BigCommerce, and deaths between a brand and its metafields."""

from collections.abc import Sequence
from typing import Any

import pytest
from catalogue import DAYS, MANY, STATS, TAGS, TEXTS, TRUTHS, Catalogue, is_held_compared_and_taken_back
from extent import enough
from fake_bigcommerce import BASE, FakeBigCommerce
from fake_server import Answer, Asked
from shop import Shop

METAFIELDS = f"{BASE}/catalog/brands/metafields"
TYPED = {
    "story": "html",
    "founded": "integer",
    "price": "decimal",
    "active": "boolean",
    "day": "date",
    "at": "datetime",
}
LISTED = {"tags": "list", "stats": "json"}
EDITS: dict[str, Any] = {
    "title": "Other",
    "meta_keywords": ["c"],
    "search_keywords": ["z", "y"],
    "custom_url": "/other/",
    "story": "<b>x</b>",
    "founded": 1800,
    "price": "7",
    "active": True,
    "day": "2020-01-01T12:00:00.000Z",
    "at": "2020-01-01T00:00:00+05:00",
    "tags": ["z", ""],
    "stats": {"n": 1.0, "b": 1},
}


def entry(number: int) -> dict[str, Any]:
    return {
        "id": f"e{number}",
        "name": f"Brand {number}",
        "description": None,
        "external_id": None,
        "title": f"Title {number}",
        "meta_keywords": ["a", f"b {number}"],
        "search_keywords": ["x", "y"],
        "custom_url": f"/brand/{number}/",
        "story": f"<p>{number}</p>",
        "founded": 1900 + number,
        "price": f"{number}.50",
        "active": False,
        "day": "2026-02-01",
        "at": "2026-01-01T10:30:00.25+02:00",
        "tags": ["a, b"],
        "stats": {"n": number},
    }


@pytest.fixture
def shop(big_shop: Shop) -> Shop:
    """A shop that maps everything that BigCommerce has, and metafields of every kind."""
    big_shop.set("cms.fields", title="title", meta_keywords="meta_keywords", custom_url="custom_url")
    big_shop.set("cms.fields.search_keywords", value="search_keywords", type="list")
    big_shop.set("store.fields", title="page_title")
    for name, kind in (TYPED | LISTED).items():
        big_shop.set(f"cms.fields.{name}", value=name)
        big_shop.set(f"store.fields.{name}", metafield=f"acme.{name}", type=kind)
    return big_shop.set("safety", max_updates="100%")


def held(fake: FakeBigCommerce) -> dict[str, Any]:
    """All that the store has, without the ids of metafields."""
    return {one["name"]: (dict(one), sorted(fake.held(key).items())) for key, one in fake.brands.items()}


def test_every_field_is_held_compared_and_taken_back(shop, fake):
    edited = {f"e{number}": name for number, name in enumerate(EDITS)}
    empty = {name: value if name in {"id", "name"} else None for name, value in entry(len(edited)).items()}
    shop.publish(*(entry(number) for number in range(len(edited))), empty)
    first = shop.set("safety", max_updates="100%").sync()
    assert (first["exit_code"], first["counts"]["created"]) == (0, len(edited) + 1)
    assert shop.sync()["changes"] == []
    before = held(fake)
    for edits in (EDITS, dict.fromkeys(EDITS)):
        for key, name in edited.items():
            shop.cms.edit(key, **{name: edits[name]})
        done = shop.sync()
        assert {change["cms_id"]: [*change["after"]] for change in done["changes"]} == {
            k: [n] for k, n in edited.items()
        }
        assert (done["exit_code"], shop.sync()["changes"]) == (0, [])
        assert shop.undo(done["run"])["exit_code"] == 0
        assert held(fake) == before
    for number, (key, name) in enumerate(edited.items()):
        shop.cms.edit(key, **{name: entry(number)[name]})
    assert shop.sync()["changes"] == []
    assert shop.undo(first["run"])["exit_code"] == 0
    assert (fake.brands, fake.metafields) == ({}, {})


EDGES: dict[str, list[Any]] = {
    "title": [*TEXTS, "", "x" * 255],
    "meta_keywords": [*TAGS, [], ["x" * 10_000]],
    "search_keywords": [["x" * 127, "y" * 126], [], ["日本語", "Ελληνικά"]],
    "story": [*TEXTS, "", "<p>a\r\n&amp;\t</p>", "ü" * 65_535],
    "founded": [2**63 - 1, -(2**63), 0, "-0", " +12 ", 5.0],
    "price": ["9" * 40 + "." + "9" * 40, "-0.5", "0", "-0.00", 0.1, "1e3"],
    "active": [*TRUTHS],
    "day": [*DAYS, "0001-01-01"],
    "at": [*(f"{day[:10]}T23:59:59.999999Z" for day in DAYS), "0001-01-01T00:00:00Z", "2026-06-30T12:00+14:00"],
    "tags": [*TAGS, [], [""], ["NULL", "null", '"', "{}", "\\", "a,b", " ", "\n"], ["x" * 65_531]],
    "stats": [*STATS, {}, [], 0, False, {"x": "x" * 65_527}],
}
"""Values at the edges of what each place holds."""


@pytest.mark.slow
def test_every_field_of_a_large_catalogue_is_held_compared_and_taken_back(shop, fake):
    catalogue = Catalogue(entry, EDGES, EDITS, never_filled={"custom_url"})
    for name in ("Theirs", catalogue.entry(4)["name"]):
        brand_id = fake.add(name, page_title="Old", meta_keywords=["old"])
        fake.add_metafield(brand_id, "acme.story", "old")
        fake.add_metafield(brand_id, "acme.stats", '{"erp":1,"n":5}')
        fake.add_metafield(brand_id, "other.story", "not ours", "another-client")
    is_held_compared_and_taken_back(shop, catalogue, enough(100, of=MANY), lambda: held(fake), fake=fake, adopted=1)


def test_a_brand_that_is_deleted_and_comes_back_has_its_fields(shop, fake):
    shop.publish(entry(0), entry(1))
    shop.set("sync", on_missing="delete").set("safety", max_deletes="100%").sync()
    before = {name: fields | {"id": 0} for name, (fields, _) in held(fake).items()}
    shop.cms.remove("e1")
    assert shop.sync()["counts"]["deleted"] == 1
    assert shop.undo()["exit_code"] == 0
    assert {name: fields | {"id": 0} for name, (fields, _) in held(fake).items()} == before
    assert [len(fake.held(key)) for key in fake.brands] == [8, 8]


def test_an_update_of_a_brands_url_says_that_undoing_it_is_inexact(shop, fake):
    fake.add("Brand 0")
    shop.publish(entry(0) | {"custom_url": None})
    shop.sync()
    shop.cms.edit("e0", custom_url="/mine/")
    (told,) = shop.sync(dry_run=True)["warnings"]
    assert "what this run updates cannot be taken back exactly: a brand whose custom_url" in told
    done = shop.sync()
    assert shop.undo(done["run"])["exit_code"] == 0
    assert fake.brands[101]["custom_url"] == {"url": "/mine/", "is_customized": False}


def test_a_field_that_bigcommerce_lacks_is_found_before_anything_is_read(shop, fake):
    shop.publish(entry(0))
    shop.set("cms.fields", page_tilte="title")
    refused = shop.sync()
    assert (refused["exit_code"], fake.log) == (78, [])
    assert "did you mean `page_title`?" in refused["error"]


def test_a_dry_run_tells_how_many_requests_it_takes_at_most(shop, fake):
    shop.publish(*map(entry, range(3)))
    assert shop.sync(dry_run=True)["requests_needed"] == 6
    fake.log.clear()
    shop.sync()
    assert len([one for one in fake.log if one.method != "GET"]) == 6
    for number in range(3):
        shop.cms.edit(f"e{number}", story="new", title="new", founded=None)
    needed = shop.sync(dry_run=True)["requests_needed"]
    fake.log.clear()
    shop.sync()
    listing = 2
    assert len(fake.log) - listing == 1 + 1 + 3 * 3
    assert needed == 1 + 1 + 3 * 4


# Refused, lost, dead


def test_an_entry_whose_metafield_is_refused_leaves_nothing_and_the_others_go_on(shop, fake):
    shop.publish(entry(0), entry(1))
    shop.set("sync", keep_going=True)

    def refused(_done: Answer) -> Answer:
        fake.metafields.clear()
        return Answer(422, {"data": [], "errors": [], "meta": {}})

    fake.after.extend([lambda done: done, refused])
    result = shop.sync()
    assert (result["exit_code"], result["counts"]["created"]) == (65, 1)
    assert fake.names() == ["Brand 1"]


@pytest.mark.usefixtures("no_retries")
@pytest.mark.parametrize("is_done", [True, False])
def test_metafields_whose_answer_is_lost_are_taken_back_with_their_new_brand(shop, fake, is_done):
    shop.publish(entry(0), entry(1))

    def lost(_done: Answer) -> Answer:
        if not is_done:
            fake.metafields.clear()
        return Answer(500, {})

    fake.after.extend([lambda done: done, lost])
    assert shop.sync()["status"] == "rolled_back"
    assert (fake.brands, fake.metafields) == ({}, {})
    assert shop.sync()["status"] == "done"
    assert [len(fake.held(key)) for key in fake.brands] == [8, 8]


def killed_at(shop: Shop, fake: FakeBigCommerce, *, after: bool, command: Sequence[str] = ("sync",)) -> None:
    """Run the command, which dies before or after its first write of metafields is carried out."""
    running: list[Any] = []

    def die(asked: Asked) -> None:
        if asked.path == METAFIELDS and asked.method != "GET":
            running[0].kill()
            running[0].wait()
            if not after:
                fake.instead.append(Answer(503, {}))

    with fake.lock:
        running.append(shop.start(*command))
        fake.act = die
    running[0].communicate()
    fake.act = lambda _asked: None
    fake.instead.clear()


@pytest.mark.parametrize("mode", ["rollback", "resume"])
@pytest.mark.parametrize("after", [True, False])
def test_a_creation_that_dies_between_a_brand_and_its_metafields_is_settled(shop, fake, mode, after):
    shop.publish(entry(0), entry(1))
    killed_at(shop, fake, after=after)
    assert (fake.names(), bool(fake.metafields)) == (["Brand 0"], after)
    recovered = shop.recover(mode)
    assert recovered["exit_code"] == 0
    if mode == "rollback":
        assert (fake.brands, fake.metafields) == ({}, {})
    result = shop.sync()
    assert result["exit_code"] == 0
    assert [len(fake.held(key)) for key in fake.brands] == [8, 8]
    assert shop.external_ids() == {"e0": str(min(fake.brands)), "e1": str(max(fake.brands))}
    assert shop.sync()["changes"] == []


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["rollback", "resume"])
@pytest.mark.parametrize("after", [True, False])
def test_an_update_that_dies_between_a_brand_and_its_metafields_is_settled(shop, fake, mode, after):
    shop.publish(entry(0), entry(1))
    shop.sync()
    before = held(fake)
    edited = {name: value for name, value in EDITS.items() if name != "custom_url"}
    shop.cms.edit("e0", name="New", **edited)
    killed_at(shop, fake, after=after)
    assert ("New" in fake.names(), held(fake)["Brand 1"]) == (True, before["Brand 1"])
    assert shop.recover(mode)["exit_code"] == 0
    if mode == "rollback":
        assert held(fake) == before
    assert shop.sync()["exit_code"] == 0
    assert dict(held(fake)["New"][1])["acme.story"] == "<b>x</b>"
    assert shop.sync()["changes"] == []


def test_what_a_person_has_written_into_a_half_created_brand_stays(shop, fake):
    shop.publish(entry(0))
    killed_at(shop, fake, after=False)
    fake.add_metafield(101, "acme.story", "a person's", "another-client")
    shop.recover()
    assert fake.held(101) == {"acme.story": "a person's"}


@pytest.mark.slow
@pytest.mark.parametrize("after", [True, False])
def test_an_undo_that_dies_between_a_brand_and_its_metafields_is_settled(shop, fake, after):
    shop.publish(entry(0), entry(1))
    shop.set("sync", on_missing="delete").set("safety", max_deletes="100%").sync()
    shop.cms.remove("e1")
    deletion = shop.sync()
    assert deletion["counts"]["deleted"] == 1
    killed_at(shop, fake, after=after, command=("undo", deletion["run"]))
    assert fake.names() == ["Brand 0", "Brand 1"]
    assert shop.recover()["exit_code"] == 0
    assert fake.names() == ["Brand 0"]
    assert shop.undo(deletion["run"])["exit_code"] == 0
    assert [len(fake.held(key)) for key in fake.brands] == [8, 8]


@pytest.mark.slow
@pytest.mark.parametrize("after", [True, False])
def test_a_rollback_that_dies_with_a_brand_half_restored_names_it(shop, fake, after):
    shop.publish(entry(0), entry(1), entry(2))
    shop.set("sync", on_missing="delete").set("safety", max_deletes="100%").sync()
    refused = next(key for key, brand in fake.brands.items() if brand["name"] == "Brand 2")
    running: list[Any] = []

    def act(asked: Asked) -> None:
        if asked.method == "DELETE" and asked.path.endswith(f"/{refused}"):
            fake.instead.append(Answer(409, {"status": 409, "title": "In use", "type": ""}))
        if asked.method == "POST" and asked.path == METAFIELDS:
            running[0].kill()
            running[0].wait()
            if not after:
                fake.instead.append(Answer(503, {}))

    shop.cms.remove("e1")
    shop.cms.remove("e2")
    with fake.lock:
        running.append(shop.start("sync"))
        fake.act = act
    running[0].communicate()
    fake.act = lambda _asked: None
    fake.instead.clear()
    fake.problems.clear()  # the specification has no 409 of a deletion
    assert fake.names() == ["Brand 0", "Brand 1", "Brand 2"]
    result = shop.recover()
    if after:
        assert (result["exit_code"], result["kept"]) == (0, [])
    else:
        (kept,) = result["kept"]
        assert (result["exit_code"], kept["cms_id"], kept["found"]["story"]) == (65, "e1", None)
