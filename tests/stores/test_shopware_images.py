"""A Shopware shop's pictures: media under ids made of their bytes, which brands and custom fields refer to."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from fake_shopware import Answer, FakeShopware, kind
from hosted_stores import ALL_LIMITS, entry, linked, meanwhile
from opening import opener
from pictures import PictureServer, gif, png, svg
from shop import Shop
from shopware_manufacturers import GERMAN
from shopware_media import FOLDER, USES

from brandsync.brand import BrandUpdate
from brandsync.brand.image import PNG, ImageFile, ImageType, file_name
from brandsync.brand.kind import Kind
from brandsync.errors import ConfigError, CredentialsRefused, Rejected, TryAgainLater
from brandsync.stores.images import KeepsImages
from brandsync.stores.shopware import ShopwareStore

Open = Callable[..., ShopwareStore]
ELSEWHERE = "ab" * 16


@pytest.fixture
def pictures() -> Iterator[PictureServer]:
    with PictureServer() as server:
        yield server


@pytest.fixture
def gallery(ware_shop: Shop, ware: FakeShopware) -> Shop:
    """A pipeline whose brands have logos."""
    ware.logins = 1_000
    ware_shop.set("cms.fields.logo", value="logo", type="image")
    return ware_shop.set("safety", **ALL_LIMITS)


@pytest.fixture
def open_it(ware: FakeShopware) -> Iterator[Open]:
    def held(further: dict[str, Kind | None] | None = None, **settings: Any) -> ShopwareStore:
        section = {"backend": "shopware", **ware.settings(**settings)}
        wanted = {"logo": Kind.IMAGE} if further is None else further
        return ShopwareStore(ShopwareStore.Settings.model_validate(section).holding(wanted))

    with opener(held) as open_it:
        yield open_it


def medium(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def named(start: str, content: bytes, end: str = "png") -> str:
    return f"{start}-{hashlib.sha256(content).hexdigest()[:12]}.{end}"


def file(content: bytes, brand: str = "acme", of: ImageType = PNG) -> ImageFile:
    fingerprint = hashlib.sha256(content).hexdigest()
    return ImageFile(file_name(brand, fingerprint, of.extension), of, fingerprint, len(content), lambda: content)


def publish(shop: Shop, pictures: PictureServer, *contents: bytes | None) -> None:
    for number, content in enumerate(contents):
        address = None if content is None else pictures.put(f"/{number}.png", content)
        shop.publish(entry(str(number), f"Brand {number}", logo=address))


def asked(fake: FakeShopware) -> list[str]:
    """The requests since the last call, without logins."""
    found = [kind(one) for one in fake.log if kind(one) != "login"]
    fake.log.clear()
    return found


# Whole runs


def test_brands_get_their_logos_in_the_folder_of_manufacturers_and_a_second_run_uploads_nothing(
    gallery: Shop, ware: FakeShopware, pictures: PictureServer
) -> None:
    publish(gallery, pictures, png(1), svg(2), None, png(1))
    result = gallery.sync()
    assert (result["exit_code"], result["counts"]["created"], result["counts"]["images"]) == (0, 4, 3), result
    assert ware.logos() == {"Brand 0": png(1), "Brand 1": svg(2), "Brand 2": None, "Brand 3": png(1)}
    assert ware.media.files == {named("brand-0", png(1)): png(1), named("brand-1", svg(2), "svg"): svg(2)}
    assert ware.media.rows.keys() == {medium(png(1)), medium(svg(2))}
    assert {(row["mediaFolderId"], row["private"]) for row in ware.media.rows.values()} == {(FOLDER, False)}
    assert linked(gallery, ware)
    asked(ware)
    assert gallery.sync(full=True)["changes"] == []
    assert asked(ware) == ["list"]


def test_a_new_logo_is_a_new_medium_and_an_undo_goes_back_to_the_old_one_and_leaves_no_other(
    gallery: Shop, ware: FakeShopware, pictures: PictureServer
) -> None:
    publish(gallery, pictures, png(1))
    first = gallery.sync()["run"]
    gallery.cms.edit("0", logo=pictures.put("/b.png", png(2)))
    second = gallery.sync()
    assert (second["counts"]["images"], second["counts"]["updated"]) == (1, 0)
    assert ware.logos() == {"Brand 0": png(2)}
    assert {*ware.media.files.values()} == {png(1), png(2)}
    assert gallery.undo(second["run"])["exit_code"] == 0
    assert ware.logos() == {"Brand 0": png(1)}
    assert [*ware.media.files.values()] == [png(1)]
    assert gallery.undo(first)["exit_code"] == 0
    assert (ware.brands, ware.media.rows) == ({}, {})


def test_a_logo_is_taken_away_and_given_back_and_a_deleted_brand_comes_back_with_its_own(
    gallery: Shop, ware: FakeShopware, pictures: PictureServer
) -> None:
    publish(gallery, pictures, png(1), png(2))
    gallery.set("sync", on_missing="delete").sync()
    gallery.cms.edit("0", logo=None)
    gallery.cms.remove("1")
    result = gallery.sync()
    assert result["exit_code"] == 0
    assert ware.logos() == {"Brand 0": None}
    assert gallery.undo(result["run"])["exit_code"] == 0
    assert ware.logos() == {"Brand 0": png(1), "Brand 1": png(2)}


def test_an_undo_leaves_a_medium_that_somebody_has_put_elsewhere(
    gallery: Shop, ware: FakeShopware, pictures: PictureServer, caplog: pytest.LogCaptureFixture
) -> None:
    publish(gallery, pictures, png(1), png(2))
    run = gallery.sync()["run"]
    ware.media.used["categories"] = {medium(png(2))}
    gallery.undo(run)
    assert ware.brands == {}
    assert [*ware.media.files.values()] == [png(2)]
    assert f"{named('brand-1', png(2))} stays in the store: something else there uses it" in caplog.text


def test_a_logo_whose_medium_is_gone_cannot_be_given_back_and_the_brand_keeps_its_new_one(
    gallery: Shop, ware: FakeShopware, pictures: PictureServer
) -> None:
    publish(gallery, pictures, png(1), png(3))
    gallery.sync()
    for number in range(2):
        gallery.cms.edit(str(number), logo=pictures.put(f"/new-{number}.png", png(10 + number)))
    run = gallery.sync()["run"]
    del ware.media.rows[medium(png(1))]  # bin/console media:delete-unused
    undone = gallery.undo(run)
    assert undone["exit_code"] != 0
    assert ware.logos() == {"Brand 0": png(10), "Brand 1": png(3)}
    assert f"no medium {medium(png(1))} any more" in str(undone)


def test_a_persons_own_logo_counts_as_an_edit_in_the_store(
    gallery: Shop, ware: FakeShopware, pictures: PictureServer
) -> None:
    publish(gallery, pictures, png(1))
    gallery.set("sync", on_conflict="skip").sync()
    ware.media.rows[ELSEWHERE] = {"fileName": "own", "fileExtension": "png", "mimeType": "image/png", "content": b"x"}
    (brand,) = ware.manufacturers.rows.values()
    brand["mediaId"] = ELSEWHERE
    gallery.cms.edit("0", logo=pictures.put("/b.png", png(2)))
    assert [one["reason"] for one in gallery.sync()["skipped"]] == ["conflict"]
    result = gallery.set("sync", on_conflict="cms").sync()
    assert ware.logos() == {"Brand 0": png(2)}
    assert gallery.undo(result["run"])["exit_code"] == 0
    assert brand["mediaId"] == ELSEWHERE


def test_a_lost_journal_costs_no_second_upload(
    gallery: Shop, ware: FakeShopware, pictures: PictureServer, tmp_path: Any
) -> None:
    publish(gallery, pictures, png(1))
    gallery.sync()
    gallery.set("journal", url=f"sqlite:///{tmp_path}/another.db")
    assert gallery.sync()["counts"]["images"] == 0
    assert ware.media.uploads == 1


def test_in_another_language_a_medium_is_made_in_the_shops_own(
    gallery: Shop, ware: FakeShopware, pictures: PictureServer
) -> None:
    publish(gallery, pictures, png(1))
    gallery.set("store", language=GERMAN)
    assert gallery.sync()["exit_code"] == 0
    assert ware.logos() == {"Brand 0": png(1)}


# What is refused


def test_a_name_that_is_taken_costs_that_picture_alone_and_leaves_no_empty_medium(
    gallery: Shop, ware: FakeShopware, pictures: PictureServer
) -> None:
    publish(gallery, pictures, png(1), png(2))
    name = named("brand-0", png(1)).removesuffix(".png")
    ware.media.rows[ELSEWHERE] = {"fileName": name, "fileExtension": "png", "mimeType": "image/png", "content": b"x"}
    result = gallery.sync()
    (skipped,) = result["skipped"]
    assert (result["counts"]["created"], skipped["cms_id"], skipped["reason"]) == (2, "0", "image_refused")
    assert "already exists" in skipped["detail"]
    assert ware.logos() == {"Brand 0": None, "Brand 1": png(2)}
    assert ware.media.rows.keys() == {ELSEWHERE, medium(png(2))}
    del ware.media.rows[ELSEWHERE]
    assert gallery.sync()["counts"]["images"] == 1


def test_a_refused_upload_says_what_to_do(ware: FakeShopware, open_it: Open) -> None:
    store = open_it()
    ware.media.rows[ELSEWHERE] = {"fileName": named("acme", png(1))[:-4], "fileExtension": "png", "mimeType": "x"}
    with pytest.raises(Rejected) as clash:
        store.upload(file(png(1)))
    assert "delete or rename that one" in str(clash.value.hint)
    with pytest.raises(Rejected) as kind_of_file:
        store.upload(file(b"x", of=ImageType("image/x-odd", "odd")))
    assert "shopware.filesystem.allowed_extensions" in str(kind_of_file.value.hint)
    ware.largest_body = 1_000
    with pytest.raises(Rejected) as size:
        store.upload(file(png(2, padding=2_000)))
    assert "larger bodies" in str(size.value.hint)
    assert ware.media.rows.keys() == {ELSEWHERE}


def test_a_medium_whose_file_somebody_has_replaced_is_not_taken_for_the_picture(
    ware: FakeShopware, open_it: Open
) -> None:
    store = open_it()
    store.upload(file(png(1)))
    ware.media.rows[medium(png(1))] |= {"fileSize": 7, "content": b"another"}
    with pytest.raises(Rejected, match="somebody has replaced its file"):
        store.upload(file(png(1)))
    assert ware.media.files == {named("acme", png(1)): b"another"}


def test_a_picture_that_is_another_one_by_now_leaves_no_medium(ware: FakeShopware, open_it: Open) -> None:
    def changed() -> bytes:
        raise Rejected("it holds another picture than when this run was planned")

    known = file(png(1))
    with pytest.raises(Rejected, match="another picture"):
        open_it().upload(ImageFile(known.name, known.type, known.fingerprint, known.size, changed))
    assert ware.media.rows == {}


# Uploads by themselves


def test_an_upload_is_found_again_is_not_repeated_and_is_removed(ware: FakeShopware, open_it: Open) -> None:
    store, picture = open_it(), file(gif(1), of=ImageType("image/gif", "gif"))
    assert isinstance(store, KeepsImages)
    assert store.find_upload(picture.name, picture.fingerprint) is None
    reference = store.upload(picture)
    assert reference == picture.fingerprint[:32]
    assert asked(ware) == ["look", "look", "folder", "medium", "upload"]
    assert store.upload(file(gif(1), "other", of=ImageType("image/gif", "gif"))) == reference
    assert store.find_upload(picture.name, picture.fingerprint) == reference
    assert asked(ware) == ["look", "look"]
    assert store.remove_upload(reference)
    assert store.remove_upload(reference)
    assert ware.media.rows == {}
    store.upload(picture)
    assert [one for one in asked(ware) if one != "look"] == ["remove", "medium", "upload"]


def test_a_shop_without_the_folder_keeps_pictures_outside_of_folders(ware: FakeShopware, open_it: Open) -> None:
    ware.media.has_folder = False
    open_it().upload(file(png(1)))
    assert [row["mediaFolderId"] for row in ware.media.rows.values()] == [None]


@pytest.mark.parametrize("association", ["productMedia", "categories", "cmsBlocks"])
def test_a_medium_that_is_used_is_not_removed(ware: FakeShopware, open_it: Open, association: str) -> None:
    store = open_it()
    reference = store.upload(file(png(1)))
    ware.media.used[association] = {reference}
    assert not store.remove_upload(reference)
    assert len(ware.media.files) == 1


def test_a_medium_that_a_manufacturer_or_an_order_shows_is_not_removed(ware: FakeShopware, open_it: Open) -> None:
    store = open_it()
    reference = store.upload(file(png(1)))
    brand = ware.add("A")
    ware.manufacturers.rows[brand]["mediaId"] = reference
    assert not store.remove_upload(reference)
    ware.manufacturers.rows[brand]["mediaId"] = None
    ware.media.ordered.add(reference)
    assert not store.remove_upload(reference)
    assert len(ware.media.files) == 1


def test_without_the_right_to_see_what_uses_it_a_medium_stays_and_it_says_why(
    ware: FakeShopware, open_it: Open
) -> None:
    store = open_it()
    reference = store.upload(file(png(1)))
    ware.privileges -= {"category:read"}
    with pytest.raises(Rejected, match=r"may not see whether something else uses it.*category:read") as refused:
        store.remove_upload(reference)
    assert "cms_page:read" in str(refused.value.hint)
    assert len(ware.media.files) == 1


def test_brands_with_different_logos_are_not_taken_for_each_other(open_it: Open) -> None:
    store = open_it()
    one, other, none, empty = (store.comparison_key({"logo": held}) for held in ("ab" * 16, "cd" * 16, None, ""))
    assert one not in {other, none}
    assert none == empty


def test_no_reference_to_a_medium_that_is_gone_is_written(ware: FakeShopware, open_it: Open) -> None:
    store, brand = open_it(), ware.add("A")
    with pytest.raises(Rejected, match=r"no medium abab.* any more"):
        store.update_brands([BrandUpdate(brand, {"logo": None}, {"logo": ELSEWHERE})])
    with pytest.raises(Rejected, match="no medium https"):
        store.update_brands([BrandUpdate(brand, {"logo": None}, {"logo": "https://a.example/x.png"})])
    assert asked(ware) == ["look"]


# Answers that are lost


@pytest.mark.usefixtures("no_retries")
@pytest.mark.parametrize("lost", ["look", "folder", "medium", "upload", "update"])
@pytest.mark.parametrize("done", [True, False])
def test_whichever_answer_is_lost_no_file_is_left_over_and_the_next_run_is_whole(
    gallery: Shop, ware: FakeShopware, pictures: PictureServer, lost: str, done: bool
) -> None:
    publish(gallery, pictures, png(1), png(2))
    gallery.sync()
    gallery.cms.edit("0", logo=pictures.put("/b.png", png(3)))
    if done:
        lose_the_answer_to(ware, lost)
    else:
        meanwhile(ware, lambda one: kind(one) == lost, lambda: ware.instead.appendleft(Answer(502, {})))
    result = gallery.sync()
    if lost == "upload" and done:  # it looks at once, and finds the file
        assert (result["exit_code"], ware.logos()["Brand 0"]) == (0, png(3))
    else:
        assert result["status"] == "rolled_back"
        assert ware.logos() == {"Brand 0": png(1), "Brand 1": png(2)}
        assert ware.media.rows.keys() == {medium(png(1)), medium(png(2))}
    assert gallery.sync()["exit_code"] == 0
    assert ware.logos() == {"Brand 0": png(3), "Brand 1": png(2)}
    assert len(ware.media.rows) == 3


@pytest.mark.usefixtures("no_retries")
def test_a_removal_whose_answer_is_lost_is_made_again_by_the_next_run_and_the_picture_comes_back_after_it(
    gallery: Shop, ware: FakeShopware, pictures: PictureServer
) -> None:
    publish(gallery, pictures, png(1))
    run = gallery.sync()["run"]
    lose_the_answer_to(ware, "remove")
    gallery.undo(run)
    assert ware.media.rows == {}
    gallery.sync()
    assert gallery.sync()["exit_code"] == 0
    assert ware.logos() == {"Brand 0": png(1)}


def lose_the_answer_to(fake: FakeShopware, wanted: str) -> None:
    """Carry out the next request of this kind, and answer it with an error."""
    route = fake.route

    def lost(one: Any) -> Answer:
        answer = route(one)
        if kind(one) != wanted:
            return answer
        fake.route = route  # type: ignore[method-assign]
        return Answer(502, {})

    fake.route = lost  # type: ignore[method-assign]


@pytest.mark.usefixtures("no_retries")
def test_an_upload_that_fails_is_an_error_and_its_empty_medium_is_found(ware: FakeShopware, open_it: Open) -> None:
    store, picture = open_it(), file(png(1))
    meanwhile(ware, lambda one: kind(one) == "upload", lambda: ware.instead.append(Answer(502, {})))
    with pytest.raises(TryAgainLater):
        store.upload(picture)
    reference = store.find_upload(picture.name, picture.fingerprint)
    assert reference
    assert ware.media.files == {}
    assert store.upload(picture) == reference
    assert ware.media.files == {picture.name: png(1)}


# Where pictures go


def test_a_custom_field_of_media_holds_a_picture_beside_the_logo(
    gallery: Shop, ware: FakeShopware, pictures: PictureServer
) -> None:
    ware.define("acme_banner", "media", config={"componentName": "sw-media-field"})
    gallery.set("cms.fields.acme_banner", value="banner", type="image").set("store.fields", logo="mediaId")
    gallery.publish(
        entry("0", "Brand 0", logo=pictures.put("/a.png", png(1)), banner=pictures.put("/banner.png", png(2)))
    )
    result = gallery.sync()
    assert result["exit_code"] == 0, result
    (brand,) = ware.manufacturers.rows
    assert ware.logos() == {"Brand 0": png(1)}
    assert ware.custom(brand) == {"acme_banner": medium(png(2))}
    gallery.cms.edit("0", banner=None)
    second = gallery.sync()["run"]
    assert (ware.logos(), ware.custom(brand)) == ({"Brand 0": png(1)}, {"acme_banner": None})
    assert gallery.undo(second)["exit_code"] == 0
    assert ware.custom(brand) == {"acme_banner": medium(png(2))}
    assert gallery.undo(result["run"])["exit_code"] == 0
    assert (ware.brands, ware.media.rows) == ({}, {})


@pytest.mark.parametrize(
    ("further", "fields", "logo"),
    [
        ({"logo": Kind.IMAGE}, {}, "logo"),
        ({"emblem": Kind.IMAGE, "founded": None}, {}, "emblem"),
        ({"a": Kind.IMAGE, "b": Kind.IMAGE}, {"b": "mediaId"}, "b"),
        ({"a": Kind.IMAGE}, {"a": "customFields"}, None),
        ({"a": Kind.IMAGE, "b": Kind.IMAGE}, {}, None),
        ({}, {}, None),
    ],
)
def test_the_only_picture_is_the_logo_unless_the_settings_say_otherwise(
    open_it: Open, further: Any, fields: Any, logo: str | None
) -> None:
    assert open_it(further, fields=fields).settings.logo == logo


@pytest.mark.parametrize(
    ("further", "fields", "problem"),
    [
        ({"a": Kind.IMAGE, "b": Kind.IMAGE}, {"a": "mediaId", "b": "mediaId"}, "`a` and `b` are both mediaId"),
        ({"a": None}, {"a": "mediaId"}, "`a` is no image in .cms.fields., with type"),
        ({}, {"a": "mediaId"}, "`a` is no image"),
        ({"a": Kind.IMAGE}, {"a": "link"}, "mediaId"),
    ],
)
def test_what_can_be_no_logo_is_refused(open_it: Open, further: Any, fields: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        open_it(further, fields=fields)


def test_a_custom_field_of_another_type_takes_no_picture(ware: FakeShopware, open_it: Open) -> None:
    for name, of in (("a", "text"), ("b", "json")):
        ware.define(name, of)
    with closing(open_it({"a": Kind.IMAGE, "b": Kind.IMAGE})) as store, pytest.raises(ConfigError) as wrong:
        store.kinds()
    assert wrong.value.message.count("and the field is image") == 2


# Rights


def test_check_names_what_pictures_lack(ware: FakeShopware, open_it: Open) -> None:
    ware.privileges |= {"integration:read", "acl_role:read"}
    assert all(finding.ok for finding in open_it().check())
    ware.privileges -= {"media:create", "media:delete", "category:read"}
    found = {finding.what: finding for finding in open_it().check()}
    assert not found["the integration may not keep pictures: it lacks media:create, media:delete"].ok
    (left,) = [what for what in found if what.startswith("an undo leaves")]
    assert (found[left].ok, left.endswith("shows with category:read")) == (True, True)


def test_check_tries_what_it_can_where_it_may_not_see_its_role(ware: FakeShopware, open_it: Open) -> None:
    ware.privileges -= {"media_default_folder:read"}
    (problem,) = [finding for finding in open_it().check() if not finding.ok]
    assert "media_default_folder:read" in problem.what
    assert "media:create" in str(problem.fix)


def test_check_asks_for_no_right_to_media_where_no_picture_is_mapped(ware: FakeShopware, open_it: Open) -> None:
    ware.privileges -= {*USES, "media:read", "media:create"} - {"product_manufacturer:read"}
    assert all(finding.ok for finding in open_it({}).check())
    assert "look" not in asked(ware)


def test_an_upload_without_the_right_to_it_ends_the_run_and_says_which(ware: FakeShopware, open_it: Open) -> None:
    ware.privileges -= {"media:create"}
    with pytest.raises(CredentialsRefused, match=r"may not keep pictures.*media:create") as refused:
        open_it().upload(file(png(1)))
    assert "media:delete" in str(refused.value.hint)


# Death


@pytest.mark.slow
@pytest.mark.parametrize("of", ["medium", "upload", "update"])
@pytest.mark.parametrize("mode", ["rollback", "resume"])
def test_a_run_that_is_killed_at_any_write_of_a_picture_leaves_no_file_and_the_next_run_is_whole(
    gallery: Shop, ware: FakeShopware, pictures: PictureServer, of: str, mode: str
) -> None:
    publish(gallery, pictures, png(1))
    gallery.sync()
    gallery.cms.edit("0", logo=pictures.put("/b.png", png(2)))
    process, route = gallery.start("sync"), ware.route

    def deadly(one: Any) -> Answer:
        answer = route(one)
        if kind(one) == of:
            process.kill()
        return answer

    ware.route = deadly  # type: ignore[method-assign]
    process.communicate()
    assert process.returncode < 0
    ware.route = route  # type: ignore[method-assign]
    assert gallery.recover(mode)["exit_code"] == 0
    if mode == "rollback":
        assert ware.logos() == {"Brand 0": png(1)}
        assert [*ware.media.rows] == [medium(png(1))]
    assert gallery.sync()["exit_code"] == 0
    assert ware.logos() == {"Brand 0": png(2)}
    assert {*ware.media.files.values()} == {png(1), png(2)}
