"""A WooCommerce brand's picture: an attachment of the media library, uploaded once and undone with its brand."""

import hashlib
from collections.abc import Iterator
from contextlib import closing

import pytest
from fake_server import Answer, Asked
from fake_woocommerce import BATCH, FakeWooCommerce, open_woocommerce
from hosted_stores import meanwhile
from pictures import PictureServer, gif, png, svg
from shop import Shop
from wordpress_media import MEDIA, PASSWORD, USER

from brandsync.brand import Brand, BrandUpdate, NewBrand
from brandsync.brand.image import PNG, ImageFile, file_name
from brandsync.brand.kind import Kind
from brandsync.errors import ConfigError, CredentialsRefused, Rejected, TryAgainLater, Unreadable
from brandsync.stores.interface import PartlyRejected
from brandsync.stores.woocommerce import picture

LOGIN = {"username": USER, "application_password": PASSWORD}
IMAGE = {"image": Kind.IMAGE}


@pytest.fixture
def store(woo):
    with closing(open_woocommerce(woo, IMAGE, **LOGIN)) as store:
        yield store


@pytest.fixture
def pictures() -> Iterator[PictureServer]:
    with PictureServer() as server:
        yield server


@pytest.fixture
def gallery(woo_shop: Shop) -> Shop:
    """A shop whose brands have logos."""
    woo_shop.set("cms.fields.image", value="logo", type="image").set("store", **LOGIN)
    return woo_shop.set("safety", max_updates=100, max_deletes=100)


def publish(shop: Shop, logos: dict[str, str | None]) -> None:
    shop.publish(*({"id": key, "name": f"Brand {key}", "logo": logo} for key, logo in logos.items()))


def a_file(content: bytes = b"", brand: str = "acme") -> ImageFile:
    content = content or png(1)
    fingerprint = hashlib.sha256(content).hexdigest()
    return ImageFile(file_name(brand, fingerprint, "png"), PNG, fingerprint, len(content), lambda: content)


def named(start: str, content: bytes, end: str = "png") -> str:
    return f"{start}-{hashlib.sha256(content).hexdigest()[:12]}.{end}"


def shown(woo: FakeWooCommerce) -> dict[str, str | None]:
    """The files that brands show, by the brand's name. A number of no attachment is no file."""
    files = {key: one.name for key, one in woo.library.by_id.items()}
    return {term["name"]: files.get((term["image"] or {}).get("id", 0)) for term in woo.brands.values()}


def uploads(woo: FakeWooCommerce) -> int:
    return sum(asked.method == "POST" and asked.path == MEDIA for asked in woo.log)


def is_upload(asked: Asked) -> bool:
    return asked.method == "POST" and asked.path == MEDIA


def give(store, brand: int, reference: str | None) -> Brand:
    held = store.get_brands(["image"], [str(brand)])[0].fields
    (changed,) = store.update_brands([BrandUpdate(str(brand), held, {"image": reference})])
    assert store.get_brands(["image"], [str(brand)]) == [changed]
    return changed


# One picture


def test_a_picture_is_uploaded_given_to_a_brand_and_taken_away(woo, store):
    brand, content = woo.add("A"), png(1)
    reference = store.upload(a_file(content))
    assert reference == f"1001 {named('acme', content)}"
    assert woo.library.files() == {named("acme", content): content}
    assert woo.log[-1].headers["Content-Type"] == "image/png"
    assert give(store, brand, reference).fields == {"image": reference}
    assert woo.batches("update")[-1] == [{"id": brand, "image": {"id": 1001}}]
    assert store.list_brands(["image"]).brands == [Brand(str(brand), {"image": reference})]
    assert give(store, brand, None).fields == {"image": None}
    assert woo.batches("update")[-1] == [{"id": brand, "image": {"id": 0}}]
    assert woo.brands[brand]["image"] is None


@pytest.mark.parametrize("address", ["https://[", "https://cdn.example/", "?", "a"])
def test_a_picture_at_any_address_is_known_by_its_number(address):
    known = picture.shown({"id": 7, "src": address})
    assert known.startswith("7 ")
    assert picture.attachment(known) == 7


@pytest.mark.parametrize("bad", ["2 other.pdf", "99 gone.png", "99", "acme.png", "-1 a.png", "0 a.png", "1e3 a.png"])
def test_what_is_no_picture_of_the_library_is_never_sent_since_it_would_take_the_brand_s_away(woo, store, bad):
    kept = woo.library.add("kept.png")
    woo.library.made = 1
    woo.library.add("other.pdf", mime="application/pdf")
    brand, other = woo.add("A", description="old"), woo.add("B")
    woo.brands[brand]["image"] = {"id": kept.id}
    updates = [
        BrandUpdate(str(brand), {"image": "1001 kept.png"}, {"image": bad, "description": "new"}),
        BrandUpdate(str(other), {"image": None}, {"image": "1001 kept.png"}),
    ]
    with pytest.raises(PartlyRejected, match="is no image in the media library") as partly:
        store.update_brands(updates)
    assert [one.id for one in partly.value.done] == [str(other)]
    assert [*partly.value.refused] == [0]
    assert (woo.brands[brand]["image"], woo.brands[brand]["description"]) == ({"id": kept.id}, "old")
    sent = [item.get("image") for items in woo.batches("update") for item in items]
    assert sent == [{"id": kept.id}]
    with pytest.raises(PartlyRejected, match="is no image in the media library"):
        store.create_brands([NewBrand(None, {"name": "C", "image": bad})])
    assert woo.names() == ["A", "B"]


def test_a_picture_that_is_deleted_just_before_it_is_given_leaves_the_brand_its_old_one(woo, store):
    old, new = woo.library.add("old.png"), woo.library.add("new.png")
    brand = woo.add("A")
    woo.brands[brand]["image"] = {"id": old.id}
    meanwhile(woo, lambda asked: asked.path == BATCH, lambda: woo.library.by_id.pop(new.id))
    update = BrandUpdate(str(brand), {"image": f"{old.id} old.png"}, {"image": f"{new.id} new.png"})
    with pytest.raises(PartlyRejected, match="was deleted from the media library meanwhile"):
        store.update_brands([update])
    assert woo.brands[brand]["image"] == {"id": old.id}


def test_a_brand_that_can_not_get_its_old_picture_back_is_not_told_as_a_refusal(woo, store):
    old, new = woo.library.add("old.png"), woo.library.add("new.png")
    brand = woo.add("A")
    woo.brands[brand]["image"] = {"id": old.id}
    meanwhile(woo, lambda asked: asked.path == BATCH, woo.library.by_id.clear)
    update = BrandUpdate(str(brand), {"image": f"{old.id} old.png"}, {"image": f"{new.id} new.png"})
    with pytest.raises(Unreadable, match="could not be put back: its picture 1001 is no image"):
        store.update_brands([update])


def test_an_attachment_that_was_deleted_from_the_library_is_no_picture(woo, store):
    brand = woo.add("A")
    woo.brands[brand]["image"] = {"id": 77}
    assert store.list_brands(["image"]).brands == [Brand(str(brand), {"image": None})]


def test_a_person_s_picture_keeps_its_name_whatever_its_address(woo, store):
    one = woo.library.add("Straße & Söhne.png")
    brand = woo.add("A")
    woo.brands[brand]["image"] = {"id": one.id}
    woo.library.url = "https://cdn.example/x"
    assert store.list_brands(["image"]).brands[0].fields == {"image": f"{one.id} Straße & Söhne.png"}


# Uploads


def test_a_picture_that_is_there_already_is_not_uploaded_twice(woo, store):
    first = store.upload(a_file())
    assert (store.upload(a_file()), uploads(woo)) == (first, 1)
    other = store.upload(a_file(brand="acm"))
    assert (other, uploads(woo)) == (f"1002 {named('acm', png(1))}", 2)


@pytest.mark.usefixtures("no_retries")
def test_an_upload_whose_answer_is_lost_is_found(woo, store):
    file = a_file()
    assert store.find_upload(file.name, file.fingerprint) is None
    woo.after.append(lambda _: Answer(500, {}))
    with pytest.raises(TryAgainLater):
        store.upload(file)
    assert store.find_upload(file.name, file.fingerprint) == f"1001 {file.name}"


def test_a_file_of_that_name_that_is_no_picture_is_not_found(woo, store):
    file = a_file()
    woo.library.add(file.name, mime="application/pdf")
    woo.library.add(f"my-{file.name}")
    assert store.find_upload(file.name, file.fingerprint) is None


def test_a_scaled_or_numbered_file_is_found(woo, store):
    file = a_file()
    woo.library.add(file.name.replace(".png", "-scaled.png"))
    assert store.find_upload(file.name, file.fingerprint) == f"1001 {file.name.replace('.png', '-scaled.png')}"


def test_wordpress_refuses_a_picture_with_a_500_which_costs_that_picture(woo, store):
    with pytest.raises(Rejected, match="not allowed to upload this file type"):
        store.upload(a_file(svg(1)))
    assert (woo.library.files(), uploads(woo)) == ({}, 1)


def test_a_picture_of_which_wordpress_can_not_make_smaller_sizes_is_removed_and_refused(woo, store):
    woo.library.fails_at_sizes = True
    with pytest.raises(Rejected, match="failed to make its smaller sizes"):
        store.upload(a_file())
    assert (woo.library.files(), uploads(woo)) == ({}, 1)


def test_an_answer_that_is_no_picture_is_told(woo, store):
    woo.instead.extend([None, Answer(201, {"id": 5})])
    with pytest.raises(Unreadable, match="doesn't answer with the picture"):
        store.upload(a_file())


def test_a_picture_is_removed_unless_something_else_uses_it(woo, store):
    free, attached, used = (
        woo.library.add(f"{name}.png", post=post) for name, post in (("a", None), ("b", 5), ("c", 0))
    )
    brand = woo.add("A")
    woo.brands[brand]["image"] = {"id": used.id}
    references = [f"{one.id} {one.name}" for one in (free, attached, used)]
    assert [store.remove_upload(one) for one in references] == [True, False, False]
    assert [*woo.library.by_id] == [attached.id, used.id]
    assert [store.remove_upload(one) for one in ("4 gone.png", "no id")] == [True, True]
    assert sum("offset" in asked.query for asked in woo.log) == 1


def test_a_picture_that_is_removed_twice_is_harmless(woo, store):
    one = woo.library.add("a.png")
    meanwhile(woo, lambda asked: asked.method == "DELETE", woo.library.by_id.clear)
    assert store.remove_upload(f"{one.id} a.png")
    assert woo.log[-1].status == 404


# Settings and check


@pytest.mark.parametrize(
    ("further", "login", "told"),
    [
        (IMAGE, {}, "a WooCommerce key uploads no pictures"),
        ({"image": None}, LOGIN, "the field image is a brand's picture in WooCommerce, and not its address"),
        ({"image": Kind.TEXT}, LOGIN, "the field image is a brand's picture"),
        ({"logo": Kind.IMAGE}, LOGIN, "no field 'logo'"),
        ({"parent": Kind.IMAGE}, LOGIN, "the field parent is image, and WooCommerce's parent holds integer"),
    ],
)
def test_what_can_not_be_a_picture_is_found_before_anything_is_asked(woo, further, login, told):
    with closing(open_woocommerce(woo, further, **login)) as store, pytest.raises(ConfigError) as wrong:
        store.kinds()
    assert told in wrong.value.message
    hint = str(wrong.value.hint)
    assert "`application_password`" in hint or 'type = "image"' in hint or "`image`" in hint or "leave out" in hint
    assert woo.log == []


def test_a_store_without_an_application_password_writes_no_picture_either(woo):
    with closing(open_woocommerce(woo)) as store, pytest.raises(ConfigError, match="an application password"):
        store.update_brands([BrandUpdate(str(woo.add("A")), {"image": None}, {"image": "1 a.png"})])
    assert woo.log == []


def test_check_tells_whether_pictures_may_be_uploaded(woo, store):
    assert [found.what for found in store.check()][-1] == "brandsync may upload pictures, and remove them again"
    woo.library.rights = {"upload_files": False, "read": True}
    found = [*store.check()][-1]
    assert (found.ok, found.what) == (False, "brandsync lacks the rights delete_posts and upload_files in WordPress")
    with closing(open_woocommerce(woo, IMAGE, **{**LOGIN, "application_password": "wrong"})) as other:
        with pytest.raises(CredentialsRefused) as refused:
            [*other.check()]
        assert "`application_password`" in str(refused.value.hint)
    with closing(open_woocommerce(woo)) as other:
        woo.log.clear()
        assert all(found.ok for found in other.check())
        assert not any("wp/v2" in asked.path for asked in woo.log)


# Whole runs


def test_new_brands_get_their_logos_and_the_next_run_uploads_nothing(gallery, woo, pictures):
    one, two = png(1), gif(2)
    publish(gallery, {"1": pictures.put("/a.png", one), "2": pictures.put("/b", two), "3": None})
    result = gallery.sync()
    assert (result["exit_code"], result["counts"]["created"], result["counts"]["images"]) == (0, 3, 2)
    names = named("brand-1", one), named("brand-2", two, "gif")
    assert shown(woo) == {"Brand 1": names[0], "Brand 2": names[1], "Brand 3": None}
    assert woo.library.files() == {names[0]: one, names[1]: two}
    woo.log.clear()
    asked = dict(pictures.asked)
    again = gallery.sync()
    assert (again["exit_code"], again["changes"], dict(pictures.asked)) == (0, [], asked)
    assert all(asked.method == "GET" for asked in woo.log)


def test_a_new_logo_replaces_the_old_one_and_an_undo_brings_that_back(gallery, woo, pictures):
    old, new = png(1), png(2)
    publish(gallery, {"1": pictures.put("/a.png", old)})
    gallery.sync()
    before = {key: dict(term) for key, term in woo.brands.items()}
    gallery.cms.edit("1", logo=pictures.put("/b.png", new))
    assert gallery.sync()["counts"]["images"] == 1
    assert shown(woo) == {"Brand 1": named("brand-1", new)}
    assert gallery.undo()["exit_code"] == 0
    assert woo.brands == before
    assert woo.library.files() == {named("brand-1", old): old}


def test_a_logo_that_is_taken_away_comes_back_with_an_undo(gallery, woo, pictures):
    publish(gallery, {"1": pictures.put("/a.png", png(1))})
    gallery.sync()
    gallery.cms.edit("1", logo=None)
    assert gallery.sync()["counts"]["images"] == 1
    assert shown(woo) == {"Brand 1": None}
    gallery.undo()
    assert shown(woo) == {"Brand 1": named("brand-1", png(1))}


def test_a_person_s_picture_comes_back_with_an_undo(gallery, woo, pictures):
    theirs = woo.library.add("by-hand.png")
    brand = woo.add("Brand 1")
    woo.brands[brand]["image"] = {"id": theirs.id}
    publish(gallery, {"1": pictures.put("/a.png", png(1))})
    gallery.sync()
    assert shown(woo) == {"Brand 1": named("brand-1", png(1))}
    assert gallery.undo()["exit_code"] == 0
    assert (shown(woo), [*woo.library.files()]) == ({"Brand 1": "by-hand.png"}, ["by-hand.png"])


def test_an_undo_of_everything_leaves_no_file_behind(gallery, woo, pictures):
    publish(gallery, {str(n): pictures.put(f"/{n}.png", png(n)) for n in range(25)})
    gallery.sync()
    assert len(woo.library.files()) == 25
    assert gallery.undo()["exit_code"] == 0
    assert (woo.brands, woo.library.files()) == ({}, {})


def test_a_deleted_brand_comes_back_with_its_picture(gallery, woo, pictures):
    gallery.set("sync", on_missing="delete")
    publish(gallery, {"1": pictures.put("/a.png", png(1)), "2": pictures.put("/b.png", png(2))})
    gallery.sync()
    del gallery.cms.entries["1"]
    assert gallery.sync()["counts"]["deleted"] == 1
    gallery.undo()
    assert shown(woo)["Brand 1"] == named("brand-1", png(1))


def test_a_lost_journal_costs_no_second_upload(gallery, woo, pictures):
    publish(gallery, {"1": pictures.put("/a.png", png(1))})
    gallery.set("journal", url="sqlite:///journal.db").sync()
    for path in gallery.directory.glob("journal.db*"):
        path.unlink()
    woo.log.clear()
    assert gallery.sync()["counts"]["images"] == 0
    assert uploads(woo) == 0


def test_a_picture_that_wordpress_refuses_costs_itself_alone(gallery, woo, pictures):
    publish(
        gallery,
        {"1": pictures.put("/a.png", png(1)), "2": pictures.put("/b.png", png(2)), "3": pictures.put("/c", svg())},
    )
    error = {"code": "rest_upload_sideload_error", "message": "no", "data": {"status": 500}}
    meanwhile(woo, is_upload, lambda: woo.instead.append(Answer(500, error)))
    result = gallery.sync()
    assert (result["exit_code"], result["counts"]["created"], result["counts"]["images"]) == (65, 3, 1)
    assert [one["reason"] for one in result["skipped"]] == ["image_refused"] * 2
    assert len(woo.library.files()) == 1
    assert gallery.sync()["counts"]["images"] == 1
    assert len(woo.library.files()) == 2


@pytest.mark.usefixtures("no_retries")
def test_an_upload_whose_answer_is_lost_takes_the_run_back_and_leaves_no_file(gallery, woo, pictures):
    publish(gallery, {"1": pictures.put("/a.png", png(1))})
    woo.after.extend([lambda answer: answer, lambda _: Answer(502, {})])
    result = gallery.sync()
    assert (result["status"], woo.brands, woo.library.files()) == ("rolled_back", {}, {})
    assert uploads(woo) == 1
    assert gallery.sync()["exit_code"] == 0
    assert [*shown(woo).values()] == [*woo.library.files()] == [named("brand-1", png(1))]


@pytest.mark.usefixtures("no_retries")
def test_an_update_whose_answer_is_lost_is_taken_back(gallery, woo, pictures):
    old, new = png(1), png(2)
    publish(gallery, {"1": pictures.put("/a.png", old)})
    gallery.sync()
    gallery.cms.edit("1", logo=pictures.put("/b.png", new))
    woo.after.extend([lambda answer: answer, lambda _: Answer(502, {})])
    assert gallery.sync()["status"] == "rolled_back"
    assert shown(woo) == {"Brand 1": named("brand-1", old)}
    assert woo.library.files() == {named("brand-1", old): old}


def test_a_picture_that_somebody_deletes_from_the_library_is_uploaded_again(gallery, woo, pictures):
    publish(gallery, {"1": pictures.put("/a.png", png(1))})
    gallery.sync()
    woo.library.by_id.clear()
    told = gallery.sync()
    assert (told["exit_code"], told["counts"]["images"]) == (0, 1)
    assert shown(woo) == {"Brand 1": named("brand-1", png(1))}
    assert gallery.sync()["changes"] == []


def test_a_mapped_picture_without_an_application_password_ends_a_run_before_anything_is_read(gallery, woo):
    result = gallery.set("store", username=None, application_password=None).sync()
    assert (result["exit_code"], woo.log) == (78, [])
    assert "an application password" in result["error"]
