"""A BigCommerce brand's picture: uploaded to the brand from brandsync's own copy, and undone by another upload."""

import hashlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fake_bigcommerce import CDN, FakeBigCommerce, open_bigcommerce
from fake_server import Answer, Asked
from hosted_stores import meanwhile
from pictures import HTML, PictureServer, gif, png, svg
from shop import Shop

from brandsync.brand import Brand, BrandUpdate, NewBrand
from brandsync.brand.image import PNG, ImageFile, file_name
from brandsync.brand.kind import Kind
from brandsync.errors import ConfigError, Rejected, Unreadable
from brandsync.stores.bigcommerce import picture

LOGO = {"logo": Kind.IMAGE}
FIELDS = {"logo": "image_url"}


@pytest.fixture
def store(fake, tmp_path):
    with closing(open_bigcommerce(fake, LOGO, fields=FIELDS, images=str(tmp_path / "logos"))) as store:
        yield store


@pytest.fixture
def pictures() -> Iterator[PictureServer]:
    with PictureServer() as server:
        yield server


@pytest.fixture
def gallery(big_shop: Shop) -> Shop:
    """A shop whose brands have logos."""
    big_shop.set("cms.fields.logo", value="logo", type="image").set("store", images="logos")
    return big_shop.set("store.fields", **FIELDS).set("safety", max_updates=100, max_deletes=100)


def publish(shop: Shop, logos: dict[str, str | None]) -> None:
    shop.publish(*({"id": key, "name": f"Brand {key}", "logo": logo} for key, logo in logos.items()))


def a_file(content: bytes) -> ImageFile:
    fingerprint = hashlib.sha256(content).hexdigest()
    return ImageFile(file_name("acme", fingerprint, "png"), PNG, fingerprint, len(content), lambda: content)


def named(start: str, content: bytes, end: str = "png") -> str:
    return f"{start}-{hashlib.sha256(content).hexdigest()[:12]}.{end}"


def give(store, brand: int, reference: str | None, before: str | None = None, **others: Any) -> Brand | None:
    update = BrandUpdate(str(brand), {"logo": before, **dict.fromkeys(others)}, {"logo": reference, **others})
    return next(iter(store.update_brands([update])), None)


def copies(shop: Shop) -> dict[str, bytes]:
    directory = shop.directory / "logos"
    return {path.name: path.read_bytes() for path in directory.iterdir()} if directory.exists() else {}


def shown(fake: FakeBigCommerce) -> dict[str, bytes | None]:
    return {brand["name"]: fake.picture(key) for key, brand in fake.brands.items()}


def is_upload(asked: Asked) -> bool:
    return asked.method == "POST" and asked.path.endswith("/image")


def uploads(fake: FakeBigCommerce) -> int:
    return sum(map(is_upload, fake.log))


# What a picture is known by


@pytest.mark.parametrize(
    ("address", "known"),
    [
        ("https://cdn11.bigcommerce.com/s-x/product_images/k/acme-0123456789ab__76009.png", "acme-0123456789ab.png"),
        ("https://cdn11.bigcommerce.com/k/acme-0123456789ab_1545334669__76009.png?c=2", "acme-0123456789ab.png"),
        ("https://cdn11.bigcommerce.com/k/Acme-0123456789AB__1.PNG", "acme-0123456789ab.png"),
        ("acme-0123456789ab.png", "acme-0123456789ab.png"),
        ("https://cdn11.bigcommerce.com/k/group_1545334669__76009.png", "group_1545334669__76009.png"),
        ("group_1545334669__76009.png", "group_1545334669__76009.png"),
        ("https://cdn8.bigcommerce.com/k/screen%20shot__65102.png", "screen%20shot__65102.png"),
        ("https://cdn11.bigcommerce.com/", "https://cdn11.bigcommerce.com/"),
        ("", None),
        (None, None),
    ],
)
def test_a_picture_is_known_by_the_name_of_its_file(address, known):
    assert picture.reference(address) == known
    assert picture.reference(known) == known


def test_a_person_s_picture_that_comes_back_is_like_the_one_before(store):
    keys = [store.comparison_key({"logo": name}) for name in ("a__123.png", "a__123__4567.png", "b__123.png", None)]
    assert (keys[0] == keys[1], len({*keys})) == (True, 3)


# One picture


def test_a_picture_is_given_to_a_brand_and_taken_away(fake, store):
    brand, content = fake.add("A", meta_description="old"), png(1)
    reference = store.upload(a_file(content))
    assert (reference, fake.log) == (named("acme", content), [])
    assert give(store, brand, reference) == Brand(str(brand), {"logo": reference})
    assert fake.picture(brand) == content
    assert [asked.method for asked in fake.log] == ["GET", "POST", "GET"]
    assert store.list_brands(["logo"]).brands == [Brand(str(brand), {"logo": reference})]
    assert give(store, brand, None, reference) == Brand(str(brand), {"logo": None})
    assert (fake.picture(brand), fake.brands[brand]["image_url"]) == (None, "")
    assert fake.requests("PUT") == []


def test_a_picture_that_a_brand_shows_already_is_not_uploaded_again(fake, store):
    brand, reference = fake.add("A"), store.upload(a_file(png(1)))
    for _ in range(2):
        give(store, brand, reference)
    assert uploads(fake) == 1


def test_a_brand_that_is_gone_gets_none(fake, store):
    reference = store.upload(a_file(png(1)))
    assert give(store, 7, reference) is None
    brand = fake.add("A")
    meanwhile(fake, is_upload, fake.brands.clear)
    assert give(store, brand, reference) is None


def test_a_picture_and_other_fields_are_written_together(fake, store):
    reference = store.upload(a_file(png(1)))
    (made,) = store.create_brands([NewBrand(None, {"name": "A", "logo": reference, "description": "x"})])
    assert made.fields == {"name": "A", "logo": reference, "description": "x"}
    assert fake.picture(int(made.id)) == png(1)
    assert "logo" in store.written_later()
    changed = give(store, int(made.id), None, reference, description="y")
    assert changed == Brand(made.id, {"description": "y", "logo": None})


def test_a_new_brand_whose_picture_is_refused_is_not_left_behind(fake, store):
    with pytest.raises(Rejected, match="is not in the directory"):
        store.create_brands([NewBrand(None, {"name": "A", "logo": "gone-0123456789ab.png"})])
    assert fake.brands == {}


def test_what_a_process_that_died_has_left_of_a_copy_is_removed_when_it_is_looked_for(store):
    file, other = a_file(png(1)), store.upload(a_file(png(2)))
    directory = Path(store.settings.images)
    (directory / f".{file.name}.abc.part").write_bytes(b"half")
    assert store.find_upload(file.name, file.fingerprint) is None
    assert [path.name for path in directory.iterdir()] == [other]


@pytest.mark.parametrize("content", [b"", HTML, png(1)[:-20]])
def test_a_copy_that_was_damaged_is_not_uploaded(fake, store, content):
    brand, reference = fake.add("A"), store.upload(a_file(png(1)))
    (Path(store.settings.images) / reference).write_bytes(content)
    with pytest.raises(Rejected, match="in the directory of pictures is"):
        give(store, brand, reference)
    assert uploads(fake) == 0


def test_a_brand_whose_other_fields_are_refused_keeps_its_picture(fake, store):
    brand, other = fake.add("A"), fake.add("B")
    old, new = (store.upload(a_file(png(n))) for n in (1, 2))
    give(store, brand, old)
    with pytest.raises(Rejected, match="another brand has the name"):
        give(store, brand, new, old, name="B")
    assert (fake.picture(brand), fake.picture(other)) == (png(1), None)
    meanwhile(fake, lambda asked: asked.method == "PUT", (Path(store.settings.images) / old).unlink)
    with pytest.raises(Unreadable, match="its picture could not be put back: its picture"):
        give(store, brand, new, old, name="B")


def test_a_picture_that_bigcommerce_refuses_leaves_the_brand_as_it_was(fake, store):
    brand, old, new = fake.add("A"), png(1), png(2)
    fake.show(brand, "by-hand.png", old)
    fake.replaces = False
    with pytest.raises(Rejected, match="The brand has an image"):
        give(store, brand, store.upload(a_file(new)), "by-hand__102.png")
    assert fake.picture(brand) == old


@pytest.mark.parametrize("lost", [Answer(500, {}), Answer(422, {"status": 422, "title": "twice", "type": "x"})])
def test_an_upload_whose_answer_is_lost_is_repeated_or_found_to_be_done(fake, store, lost):
    """It may be repeated: the same picture again changes nothing but its address."""
    brand, reference = fake.add("A"), store.upload(a_file(png(1)))
    fake.after.append(lambda _: lost)
    assert give(store, brand, reference) == Brand(str(brand), {"logo": reference})
    assert fake.picture(brand) == png(1)


def test_a_person_s_picture_is_saved_before_it_is_replaced_and_comes_back(fake, store):
    brand, theirs = fake.add("A"), gif(1)
    name = picture.reference(fake.show(brand, "Theirs.gif", theirs))
    reference = store.upload(a_file(png(1)))
    give(store, brand, reference, name)
    assert fake.picture(brand) == png(1)
    back = give(store, brand, name, reference)
    assert fake.picture(brand) == theirs
    assert picture.likeness(back.fields["logo"]) == picture.likeness(name) == "theirs.gif"


@pytest.mark.parametrize("address", ["http://[", "/product_images/a.png", "ftp://x/a.png"])
def test_an_address_that_is_none_is_told(fake, store, address):
    brand = fake.add("A", image_url=address)
    with pytest.raises(Rejected, match="could not be saved for an undo"):
        give(store, brand, None, picture.reference(address))
    assert fake.brands[brand]["image_url"] == address


@pytest.mark.parametrize("wanted", [True, False])
@pytest.mark.parametrize("content", [None, HTML])
def test_a_picture_that_can_not_be_saved_is_not_replaced(fake, store, wanted, content):
    brand = fake.add("A")
    name = picture.reference(address := fake.show(brand, "theirs.png", png(1)))
    path = address.removeprefix(fake.url)
    fake.files = {path: content} if content else {}
    with pytest.raises(Rejected, match="could not be saved for an undo"):
        give(store, brand, store.upload(a_file(png(2))) if wanted else None, name)
    assert fake.brands[brand]["image_url"] == address


def test_the_token_is_not_sent_to_the_cdn(fake, store):
    brand = fake.add("A")
    name = picture.reference(fake.show(brand, "theirs.png", png(1)))
    give(store, brand, None, name)
    (fetched,) = [asked for asked in fake.log if asked.path.startswith(CDN)]
    assert "X-Auth-Token" not in {**fetched.headers}


# Settings and check


@pytest.mark.parametrize(
    ("further", "others", "told"),
    [
        (LOGO, {"fields": FIELDS}, "an undo needs brandsync's own copies"),
        ({"logo": None}, {"fields": FIELDS, "images": "x"}, "is a brand's picture in BigCommerce, and not its address"),
        ({"logo": Kind.TEXT}, {"fields": FIELDS, "images": "x"}, "BigCommerce's image_url holds image"),
        (LOGO, {"images": "x"}, "a BigCommerce brand has no field 'logo'"),
        (LOGO, {"fields": {"logo": {"metafield": "a.b"}}, "images": "x"}, "a metafield holds none"),
        ({"page_title": Kind.IMAGE}, {"images": "x"}, "BigCommerce's page_title holds text"),
    ],
)
def test_what_can_not_be_a_picture_is_found_before_anything_is_asked(fake, further, others, told):
    with closing(open_bigcommerce(fake, further, **others)) as store, pytest.raises(ConfigError) as wrong:
        store.kinds()
    assert told in wrong.value.message
    assert wrong.value.hint
    assert fake.log == []


def test_check_tells_whether_copies_can_be_kept(store, tmp_path):
    told = [found.what for found in store.check()]
    assert f"pictures can be written to {tmp_path / 'logos'}" in told
    assert "a picture that an undo brings back has another address in BigCommerce" in told
    (tmp_path / "logos").write_text("a file")
    assert not all(found.ok for found in store.check())


# Whole runs


def test_new_brands_get_their_logos_and_the_next_run_uploads_nothing(gallery, fake, pictures):
    one, two = png(1), gif(2)
    publish(gallery, {"1": pictures.put("/a.png", one), "2": pictures.put("/b", two), "3": None})
    result = gallery.sync()
    assert (result["exit_code"], result["counts"]["created"], result["counts"]["images"]) == (0, 3, 2)
    assert shown(fake) == {"Brand 1": one, "Brand 2": two, "Brand 3": None}
    fake.log.clear()
    asked = dict(pictures.asked)
    again = gallery.sync()
    assert (again["exit_code"], again["changes"], dict(pictures.asked)) == (0, [], asked)
    assert all(asked.method == "GET" for asked in fake.log)


def test_a_new_logo_replaces_the_old_one_and_undos_go_back_and_forth(gallery, fake, pictures):
    old, new = png(1), png(2)
    publish(gallery, {"1": pictures.put("/a.png", old)})
    first = gallery.sync()
    gallery.cms.edit("1", logo=pictures.put("/b.png", new))
    second = gallery.sync()
    assert (second["counts"]["images"], shown(fake)) == (1, {"Brand 1": new})
    assert gallery.undo(second["run"])["exit_code"] == 0
    assert (shown(fake), copies(gallery)) == ({"Brand 1": old}, {named("brand-1", old): old})
    assert gallery.undo(first["run"])["exit_code"] == 0
    assert (fake.brands, fake.files, copies(gallery)) == ({}, {}, {})


def test_one_picture_of_many_brands_and_an_undo_of_everything_that_leaves_no_file(gallery, fake, pictures):
    publish(gallery, {str(n): pictures.put(f"/{n}.png", png(n // 10)) for n in range(30)})
    gallery.sync()
    assert len(copies(gallery)) == 3
    assert {*shown(fake).values()} == {png(0), png(1), png(2)}
    assert gallery.undo()["exit_code"] == 0
    assert (fake.brands, copies(gallery)) == ({}, {})


def test_a_logo_that_is_taken_away_comes_back_with_an_undo(gallery, fake, pictures):
    publish(gallery, {"1": pictures.put("/a.png", png(1))})
    gallery.sync()
    gallery.cms.edit("1", logo=None)
    assert gallery.sync()["counts"]["images"] == 1
    assert shown(fake) == {"Brand 1": None}
    gallery.undo()
    assert shown(fake) == {"Brand 1": png(1)}


def test_a_person_s_picture_comes_back_with_an_undo_of_an_adoption(gallery, fake, pictures):
    brand = fake.add("Brand 1")
    fake.show(brand, "theirs.png", png(9))
    publish(gallery, {"1": pictures.put("/a.png", png(1))})
    done = gallery.sync()
    assert (done["counts"]["adopted"], shown(fake)) == (1, {"Brand 1": png(1)})
    assert gallery.undo()["exit_code"] == 0
    assert shown(fake) == {"Brand 1": png(9)}


def test_a_deleted_brand_comes_back_with_its_picture(gallery, fake, pictures):
    gallery.set("sync", on_missing="delete")
    publish(gallery, {"1": pictures.put("/a.png", png(1)), "2": pictures.put("/b.png", png(2))})
    gallery.sync()
    del gallery.cms.entries["1"]
    assert gallery.sync()["counts"]["deleted"] == 1
    gallery.undo()
    assert shown(fake) == {"Brand 2": png(2), "Brand 1": png(1)}


def test_a_lost_journal_costs_no_second_upload(gallery, fake, pictures):
    publish(gallery, {"1": pictures.put("/a.png", png(1))})
    gallery.set("journal", url="sqlite:///journal.db").sync()
    for path in gallery.directory.glob("journal.db*"):
        path.unlink()
    fake.log.clear()
    assert gallery.sync()["counts"]["images"] == 0
    assert uploads(fake) == 0


def test_lost_copies_cost_no_picture_that_a_brand_has(gallery, fake, pictures):
    old, new = png(1), png(2)
    publish(gallery, {"1": pictures.put("/a.png", old)})
    gallery.sync()
    (gallery.directory / "logos" / named("brand-1", old)).unlink()
    gallery.cms.edit("1", logo=pictures.put("/b.png", new))
    assert gallery.sync()["counts"]["images"] == 1
    gallery.undo()
    assert shown(fake) == {"Brand 1": old}


def test_pictures_that_are_refused_cost_themselves_alone(gallery, fake, pictures):
    publish(
        gallery,
        {"1": pictures.put("/a.png", png(1)), "2": pictures.put("/b.png", png(2)), "3": pictures.put("/c", svg())},
    )
    refusal = {"status": 422, "title": "Image was not valid", "type": "x"}
    meanwhile(fake, is_upload, lambda: fake.instead.append(Answer(422, refusal)))
    result = gallery.sync()
    assert (result["exit_code"], result["counts"]["created"], result["counts"]["images"]) == (65, 3, 1)
    assert {one["cms_id"]: one["reason"] for one in result["skipped"]} == dict.fromkeys(["1", "3"], "image_refused")
    assert [*shown(fake).values()] == [None, png(2), None]
    assert gallery.sync()["counts"]["images"] == 1
    assert [*shown(fake).values()] == [png(1), png(2), None]


@pytest.mark.usefixtures("no_retries")
@pytest.mark.parametrize("arrives", [True, False])
def test_an_upload_whose_answer_is_lost_takes_the_run_back(gallery, fake, pictures, arrives):
    old, new = png(1), png(2)
    publish(gallery, {"1": pictures.put("/a.png", old)})
    gallery.sync()
    gallery.cms.edit("1", logo=pictures.put("/b.png", new))
    if arrives:
        fake.after.append(lambda _: Answer(500, {}))
    else:
        meanwhile(fake, is_upload, lambda: fake.instead.append(Answer(500, {})))
    assert gallery.sync()["status"] == "rolled_back"
    assert (shown(fake), copies(gallery)) == ({"Brand 1": old}, {named("brand-1", old): old})
    assert gallery.sync()["counts"]["images"] == 1
    assert shown(fake) == {"Brand 1": new}


@pytest.mark.usefixtures("no_retries")
def test_a_new_brand_whose_upload_is_lost_is_taken_back_with_its_picture(gallery, fake, pictures):
    publish(gallery, {"1": pictures.put("/a.png", png(1))})
    fake.after.extend([lambda answer: answer, lambda _: Answer(500, {})])
    assert gallery.sync()["status"] == "rolled_back"
    assert (fake.brands, copies(gallery)) == ({}, {})
