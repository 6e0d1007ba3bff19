"""Pictures arrive in a store: each once, undone with its brand, and a bad one costs itself alone."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from pictures import HTML, PictureServer, gif, png, svg
from shop import Shop


@pytest.fixture
def pictures() -> Iterator[PictureServer]:
    with PictureServer() as server:
        yield server


@pytest.fixture
def gallery(shop: Shop) -> Shop:
    """A shop whose brands have logos."""
    shop.set("cms.fields.logo", value="logo", type="image")
    return shop.set("store", images="logos")


def publish(shop: Shop, logos: dict[str, str | None]) -> None:
    shop.publish(*({"id": key, "name": f"Brand {key}", "logo": logo} for key, logo in logos.items()))


def logos(shop: Shop) -> dict[str, str | None]:
    """The files that brands refer to, by the brand's name."""
    return dict(shop.query("SELECT name, logo FROM brand ORDER BY name"))


def files(shop: Shop) -> dict[str, bytes]:
    directory = shop.directory / "logos"
    return {path.name: path.read_bytes() for path in directory.iterdir()} if directory.exists() else {}


def named(start: str, content: bytes, end: str = "png") -> str:
    return f"{start}-{hashlib.sha256(content).hexdigest()[:12]}.{end}"


def test_new_brands_get_their_logos_byte_for_byte(gallery, pictures):
    one, two = png(1), svg(2)
    publish(gallery, {"1": pictures.put("/a.png", one), "2": pictures.put("/b", two), "3": None})
    result = gallery.sync()
    assert (result["exit_code"], result["counts"]["created"], result["counts"]["images"]) == (0, 3, 2)
    names = named("brand-1", one), named("brand-2", two, "svg")
    assert logos(gallery) == {"Brand 1": names[0], "Brand 2": names[1], "Brand 3": None}
    assert files(gallery) == {names[0]: one, names[1]: two}


def test_a_second_run_fetches_and_writes_nothing(gallery, pictures):
    publish(gallery, {"1": pictures.put("/a.png", png(1))})
    gallery.sync()
    asked = dict(pictures.asked)
    result = gallery.sync()
    assert (result["exit_code"], result["changes"], result["counts"]["unchanged"]) == (0, [], 1)
    assert dict(pictures.asked) == asked


def test_a_dry_run_names_the_file_and_writes_nothing(gallery, pictures):
    content = png(1)
    publish(gallery, {"1": pictures.put("/a.png", content)})
    result = gallery.sync(dry_run=True)
    changes = [(change["action"], change["after"].get("logo")) for change in result["changes"]]
    assert changes == [("create", None), ("image", named("brand-1", content))]
    assert files(gallery) == {}
    again = gallery.sync(expect=result["checksum"])
    assert again["exit_code"] == 0


def test_a_new_logo_replaces_the_old_one_which_stays_for_an_undo(gallery, pictures):
    old, new = png(1), png(2)
    publish(gallery, {"1": pictures.put("/a.png", old)})
    gallery.sync()
    gallery.cms.edit("1", logo=pictures.put("/b.png", new))
    result = gallery.sync()
    assert (result["counts"]["images"], result["counts"]["updated"]) == (1, 0)
    assert logos(gallery) == {"Brand 1": named("brand-1", new)}
    undone = gallery.undo()
    assert undone["exit_code"] == 0
    assert logos(gallery) == {"Brand 1": named("brand-1", old)}
    assert files(gallery) == {named("brand-1", old): old}
    assert gallery.sync()["counts"]["images"] == 1
    assert logos(gallery) == {"Brand 1": named("brand-1", new)}


def test_another_address_of_the_same_picture_is_no_change(gallery, pictures):
    publish(gallery, {"1": pictures.put("/a.png", png(1))})
    gallery.sync()
    gallery.cms.edit("1", logo=pictures.put("/moved/a.png", png(1)))
    assert gallery.sync()["changes"] == []
    asked = sum(pictures.asked.values())
    assert gallery.sync()["changes"] == []
    assert sum(pictures.asked.values()) == asked


def test_a_mark_tells_that_a_picture_changed_at_its_address(gallery, pictures):
    gallery.set("cms.fields.logo", mark="changed")
    publish(gallery, {"1": pictures.put("/a.png", png(1))})
    gallery.sync()
    pictures.put("/a.png", png(2))
    assert gallery.sync()["changes"] == []
    gallery.cms.edit("1", changed="2026-12-01")
    assert gallery.sync()["counts"]["images"] == 1
    assert logos(gallery) == {"Brand 1": named("brand-1", png(2))}


@pytest.mark.parametrize("marks", [("a\0b", "a\0c"), ("x" * 70_000, "y" + "x" * 70_000), ({"n": [1]}, {"n": [2]})])
def test_a_mark_can_be_anything(gallery, pictures, marks):
    gallery.set("cms.fields.logo", mark="changed")
    publish(gallery, {"1": pictures.put("/a.png", png(1))})
    for number, mark in enumerate(marks):
        gallery.cms.edit("1", changed=mark)
        pictures.put("/a.png", png(number))
        assert gallery.sync()["counts"]["images"] == 1
        assert gallery.sync()["changes"] == []


def test_a_logo_that_is_taken_away_is_taken_away_and_comes_back_with_an_undo(gallery, pictures):
    publish(gallery, {"1": pictures.put("/a.png", png(1)), "2": pictures.put("/b.png", png(2))})
    gallery.sync()
    gallery.cms.edit("1", logo=None)
    gallery.sync()
    assert logos(gallery) == {"Brand 1": None, "Brand 2": named("brand-2", png(2))}
    gallery.undo()
    assert logos(gallery)["Brand 1"] == named("brand-1", png(1))
    assert len(files(gallery)) == 2


def test_an_undo_of_everything_leaves_no_file_behind(gallery, pictures):
    publish(gallery, {str(n): pictures.put(f"/{n}.gif", gif(n)) for n in range(5)})
    gallery.sync()
    assert len(files(gallery)) == 5
    gallery.undo()
    assert (logos(gallery), files(gallery)) == ({}, {})
    again = gallery.undo()  # the undo itself: the brands come back, without the pictures that are gone
    assert again["warnings"] == [
        "5 pictures were removed from the store, and don't come back with this undo: the next sync uploads anew"
    ]
    assert set(logos(gallery).values()) == {None}
    assert gallery.sync()["counts"]["images"] == 5
    assert len(files(gallery)) == 5


def test_one_picture_of_many_brands_is_uploaded_once(gallery, pictures):
    publish(gallery, {str(n): pictures.put(f"/{n}.png", png(7)) for n in range(30)})
    gallery.sync()
    assert set(logos(gallery).values()) == {named("brand-0", png(7))}
    assert len(files(gallery)) == 1


BAD: dict[str, Any] = {
    "web page": (HTML, "is a web page"),
    "empty": (b"", "is empty"),
    "cut off": (png(1)[:-20], "is PNG that was cut off"),
    "other": (b"%PDF-1.7 and so on", "is no picture of a kind that stores take"),
}


@pytest.mark.parametrize("bad", BAD)
def test_a_file_that_is_no_picture_costs_that_picture_alone(gallery, pictures, bad):
    content, problem = BAD[bad]
    publish(gallery, {"1": pictures.put("/1.png", content), "2": pictures.put("/2.png", png(2))})
    result = gallery.sync()
    assert (result["exit_code"], result["counts"]["created"], result["counts"]["images"]) == (65, 2, 1)
    (skipped,) = result["skipped"]
    assert (skipped["cms_id"], skipped["reason"]) == ("1", "image_refused")
    assert problem in skipped["detail"]
    assert logos(gallery) == {"Brand 1": None, "Brand 2": named("brand-2", png(2))}


def test_a_picture_that_cannot_be_had_costs_that_picture_alone(gallery, pictures):
    publish(gallery, {"1": f"{pictures.url}/none.png", "2": pictures.put("/2.png", png(2)), "3": "ftp://x/y", "4": ""})
    result = gallery.sync()
    assert (result["exit_code"], result["counts"]["created"], result["counts"]["images"]) == (65, 4, 1)
    assert {one["cms_id"]: one["reason"] for one in result["skipped"]} == {
        "1": "image_unreachable",
        "3": "image_refused",
    }
    pictures.put("/none.png", png(3))
    assert gallery.sync()["counts"]["images"] == 1


def test_a_picture_that_is_too_large_is_refused(gallery, pictures):
    gallery.set("images", largest="100KB")
    publish(gallery, {"1": pictures.put("/1.png", png(1, padding=200_000))})
    (skipped,) = gallery.sync()["skipped"]
    assert "more than 0.1 MB" in skipped["detail"]


def test_redirects_lead_to_other_servers_without_the_credentials(gallery, pictures):
    gallery.set("cms", token="secret-token")
    with PictureServer() as other:
        there = other.put("/far.png", png(1))
        pictures.files["/near.png"] = (302, {"Location": there}, b"")
        publish(gallery, {"1": f"{pictures.url}/near.png"})
        assert gallery.sync()["counts"]["images"] == 1
        assert "Authorization" not in {*other.headers["/far.png"], *pictures.headers["/near.png"]}


def test_a_person_s_logo_in_the_store_is_a_conflict_like_any_other(gallery, pictures):
    publish(gallery, {"1": pictures.put("/a.png", png(1))})
    gallery.sync()
    gallery.execute("UPDATE brand SET logo = 'by-hand.png'")
    assert gallery.set("sync", on_conflict="store").sync()["changes"] == []
    gallery.cms.edit("1", description="New")
    result = gallery.set("sync", on_conflict="skip").sync()
    assert (result["counts"]["updated"], result["counts"]["unchanged"]) == (1, 0)
    assert [one["reason"] for one in result["skipped"]] == ["conflict"]
    assert gallery.set("sync", on_conflict="cms").sync()["counts"]["images"] == 1
    assert logos(gallery) == {"Brand 1": named("brand-1", png(1))}
    assert len(files(gallery)) == 1


def test_a_lost_journal_costs_no_second_upload(gallery, pictures):
    gallery.set("journal", url="sqlite:///journal.db")
    publish(gallery, {"1": pictures.put("/a.png", png(1))})
    gallery.sync()
    for path in gallery.directory.glob("journal.db*"):
        path.unlink()
    assert gallery.sync()["counts"]["images"] == 0
    assert len(files(gallery)) == 1


def test_a_brand_that_is_deleted_comes_back_with_its_logo(gallery, pictures):
    gallery.set("sync", on_missing="delete").set("safety", max_deletes=5)
    publish(gallery, {"1": pictures.put("/a.png", png(1)), "2": pictures.put("/b.png", png(2))})
    gallery.sync()
    del gallery.cms.entries["1"]
    assert gallery.sync()["counts"]["deleted"] == 1
    assert list(logos(gallery)) == ["Brand 2"]
    gallery.undo()
    assert logos(gallery)["Brand 1"] == named("brand-1", png(1))


def test_a_picture_that_the_store_refuses_for_its_brand_is_taken_away_again(gallery, pictures):
    publish(gallery, {"1": pictures.put("/1.png", png(1)), "2": pictures.put("/2.png", png(2))})
    gallery.sync(full=True)
    gallery.execute(
        "CREATE TRIGGER no BEFORE UPDATE ON brand WHEN new.logo <> old.logo AND old.name = 'Brand 1'"
        " BEGIN SELECT RAISE(FAIL, 'the logo is locked'); END"
    )
    gallery.cms.edit("1", logo=pictures.put("/11.png", png(11)), description="New")
    gallery.cms.edit("2", logo=pictures.put("/22.png", png(22)))
    result = gallery.sync()
    assert (result["exit_code"], result["counts"]["updated"], result["counts"]["images"]) == (65, 1, 1)
    (skipped,) = result["skipped"]
    assert (skipped["cms_id"], skipped["reason"]) == ("1", "image_refused")
    assert "the logo is locked" in skipped["detail"]
    assert logos(gallery) == {"Brand 1": named("brand-1", png(1)), "Brand 2": named("brand-2", png(22))}
    assert files(gallery).keys() == {*logos(gallery).values(), named("brand-2", png(2))}


def test_a_brand_that_could_not_be_created_gets_no_picture_and_leaves_none(gallery, pictures):
    gallery.set("sync", keep_going=True)
    publish(gallery, {"1": None})
    gallery.sync()
    gallery.execute(
        "CREATE TRIGGER no BEFORE INSERT ON brand WHEN new.name = 'Brand 2' BEGIN SELECT RAISE(FAIL, 'no'); END"
    )
    publish(gallery, {"2": pictures.put("/2.png", png(2)), "3": pictures.put("/3.png", png(3))})
    result = gallery.sync()
    assert (result["counts"]["created"], result["counts"]["images"]) == (1, 1)
    assert [one["reason"] for one in result["skipped"]] == ["rejected"]
    assert files(gallery) == {named("brand-3", png(3)): png(3)}


def test_an_incremental_run_sees_a_new_logo(gallery, pictures):
    gallery.set("cms", changed_since_param="updated_since")
    publish(gallery, {str(n): pictures.put(f"/{n}.png", png(n)) for n in range(3)})
    for _ in range(2):  # the first run writes external ids, which are changes too
        for number in range(3):
            gallery.cms.edit(str(number), updated_at="2026-01-01T00:00:00Z")
        gallery.sync()
    gallery.cms.edit("1", logo=pictures.put("/11.png", png(11)), updated_at="2026-02-01T00:00:00Z")
    gallery.cms.log.clear()
    assert gallery.sync()["counts"]["images"] == 1
    assert all("updated_since" in query for method, _, query, _ in gallery.cms.log if method == "GET")
    assert logos(gallery)["Brand 1"] == named("brand-1", png(11))


def test_a_dry_run_of_an_undo_names_the_pictures_and_changes_nothing(gallery, pictures):
    publish(gallery, {"1": pictures.put("/a.png", png(1))})
    gallery.sync()
    gallery.cms.edit("1", logo=pictures.put("/b.png", png(2)))
    gallery.sync()
    (change,) = gallery.preview_undo()["changes"]
    assert (change["before"], change["after"]) == (
        {"logo": named("brand-1", png(2))},
        {"logo": named("brand-1", png(1))},
    )
    assert len(files(gallery)) == 2


@pytest.mark.slow
def test_logos_arrive_on_each_database(any_shop, pictures):
    any_shop.set("cms.fields.logo", value="logo", type="image").set("store", images="logos")
    publish(any_shop, {str(n): pictures.put(f"/{n}.png", png(n)) for n in range(3)})
    assert any_shop.sync()["counts"]["images"] == 3
    assert any_shop.sync()["changes"] == []
    any_shop.cms.edit("1", logo=pictures.put("/11.png", png(11)))
    assert any_shop.sync()["counts"]["images"] == 1
    assert any_shop.undo()["exit_code"] == 0
    assert files(any_shop).keys() == set(logos(any_shop).values())
    assert len(files(any_shop)) == 3


def test_a_store_without_a_directory_takes_no_pictures(gallery):
    gallery.set("store", images=None)
    with pytest.raises(Exception, match="is an image: say in \\[store\\] where pictures go"):
        gallery.loaded()


def test_an_empty_text_in_the_store_is_no_picture_and_is_no_edit(gallery, pictures):
    publish(gallery, {"1": None, "2": None})
    gallery.sync()
    gallery.execute("UPDATE brand SET logo = ''")
    assert gallery.sync()["changes"] == []
    gallery.cms.edit("1", logo=pictures.put("/1.png", png(1)))
    result = gallery.sync()
    assert (result["exit_code"], result["counts"]["images"]) == (0, 1)
    gallery.undo()
    assert set(logos(gallery).values()) == {""}


def test_an_undo_of_a_creation_keeps_a_brand_whose_logo_a_person_has_changed(gallery, pictures):
    publish(gallery, {"1": pictures.put("/1.png", png(1)), "2": pictures.put("/2.png", png(2))})
    gallery.sync()
    gallery.execute("UPDATE brand SET logo = 'by-hand.png' WHERE name = 'Brand 1'")
    assert {kept["cms_id"] for kept in gallery.preview_undo()["kept"]} == {"1"}
    undone = gallery.undo()
    assert (undone["exit_code"], {kept["cms_id"] for kept in undone["kept"]}) == (65, {"1"})
    assert logos(gallery) == {"Brand 1": "by-hand.png"}
    assert gallery.sync(force=True)["counts"]["created"] == 1


def test_a_brand_keeps_its_entrys_place_while_its_logo_is_a_persons(gallery, pictures):
    gallery.set("sync", on_missing="delete", on_conflict="store").set("safety", max_deletes=5)
    publish(gallery, {"1": pictures.put("/1.png", png(1)), "2": pictures.put("/2.png", png(2))})
    gallery.sync()
    gallery.execute("UPDATE brand SET logo = 'by-hand.png' WHERE name = 'Brand 1'")
    del gallery.cms.entries["1"]
    result = gallery.sync()
    assert (result["counts"]["deleted"], [one["reason"] for one in result["skipped"]]) == (0, ["conflict"])
    assert logos(gallery)["Brand 1"] == "by-hand.png"


def test_a_brand_whose_logo_cannot_be_let_go_is_not_deleted(gallery, pictures):
    gallery.set("sync", on_missing="delete").set("safety", max_deletes=5)
    publish(gallery, {"1": pictures.put("/1.png", png(1)), "2": None})
    gallery.sync()
    gallery.execute("CREATE TRIGGER no BEFORE UPDATE ON brand BEGIN SELECT RAISE(FAIL, 'locked'); END")
    del gallery.cms.entries["1"]
    result = gallery.sync()
    assert (result["exit_code"], result["counts"]["deleted"]) == (65, 0)
    assert logos(gallery)["Brand 1"] == named("brand-1", png(1))


def test_a_picture_stays_while_another_runs_undo_needs_it(gallery, pictures):
    one, other = pictures.put("/1.png", png(1)), pictures.put("/2.png", png(2))
    publish(gallery, {"1": one})
    first = gallery.sync()["run"]
    publish(gallery, {"2": one})
    gallery.sync()
    gallery.cms.edit("2", logo=other)
    third = gallery.sync()["run"]
    gallery.undo(first)
    assert gallery.undo(third)["exit_code"] == 0
    assert logos(gallery) == {"Brand 2": named("brand-1", png(1))}
    assert files(gallery) == {named("brand-1", png(1)): png(1)}


def test_a_persons_logo_is_a_conflict_after_an_undo_too(gallery, pictures):
    gallery.set("sync", on_conflict="skip")
    publish(gallery, {"1": pictures.put("/1.png", png(1))})
    gallery.sync()
    gallery.cms.edit("1", logo=pictures.put("/2.png", png(2)))
    gallery.sync()
    gallery.undo()
    gallery.execute("UPDATE brand SET logo = 'by-hand.png'")
    assert [one["reason"] for one in gallery.sync()["skipped"]] == ["conflict"]
    assert logos(gallery) == {"Brand 1": "by-hand.png"}


def test_two_pipelines_with_one_directory_take_no_file_from_each_other(gallery, pictures):
    publish(gallery, {"1": pictures.put("/1.png", png(1))})
    gallery.sync()
    gallery.sections = {"": {"name": "other"}, **gallery.sections}
    gallery.set("store", table="brand_too").set("cms", external_id="other_id")
    assert gallery.sync()["counts"]["images"] == 1
    assert gallery.undo()["exit_code"] == 0
    assert files(gallery) == {named("brand-1", png(1)): png(1)}


def test_a_file_that_somebody_has_deleted_is_uploaded_again_for_the_next_brand(gallery, pictures):
    address = pictures.put("/1.png", png(1))
    publish(gallery, {"1": address})
    gallery.sync()
    (gallery.directory / "logos" / named("brand-1", png(1))).unlink()
    publish(gallery, {"2": address})
    gallery.sync()
    assert logos(gallery)["Brand 2"] in files(gallery)
