"""A Shopify shop's pictures: files that fields of metaobjects refer to."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from fake_server import Asked
from fake_shopify import Answer, FakeShopify, open_shopify, operation
from hosted_stores import ALL_LIMITS, entry, linked, meanwhile
from pictures import PictureServer, png, svg
from shop import Shop

from brandsync.brand import BrandUpdate
from brandsync.brand.image import PNG, ImageFile, ImageType, file_name
from brandsync.brand.kind import Kind
from brandsync.errors import ConfigError, CredentialsRefused, Rejected, TryAgainLater
from brandsync.stores.images import KeepsImages
from brandsync.stores.interface import PartlyRejected
from brandsync.stores.shopify import ShopifyStore, files
from brandsync.stores.shopify.definition import PICTURES

PICTURE = {"type": "file_reference", "validations": {"file_type_options": '["Image"]'}}


@pytest.fixture(autouse=True)
def _no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PAUSES", (0.01, 0.05))
    monkeypatch.setattr(files, "FOUND_WITHIN", 0.3)


@pytest.fixture
def pictures() -> Iterator[PictureServer]:
    with PictureServer() as server:
        yield server


@pytest.fixture
def shown(shopify_shop: FakeShopify) -> FakeShopify:
    """The shop, whose definition has a logo."""
    shopify_shop.define(logo=PICTURE)
    return shopify_shop


@pytest.fixture
def gallery(pipeline_to_shopify: Shop, shown: FakeShopify) -> Shop:  # noqa: ARG001 - the definition must be there
    """A pipeline whose brands have logos."""
    pipeline_to_shopify.set("cms.fields.logo", value="logo", type="image")
    return pipeline_to_shopify.set("safety", **ALL_LIMITS)


@pytest.fixture
def store(shown: FakeShopify) -> Iterator[ShopifyStore]:
    with closing(holding(shown, logo=Kind.IMAGE)) as store:
        yield store


def holding(shop: FakeShopify, **further: Kind | None) -> ShopifyStore:
    with closing(open_shopify(shop)) as store:
        return ShopifyStore(store.settings.holding(further))


def named(start: str, content: bytes, end: str = "png") -> str:
    return f"{start}-{hashlib.sha256(content).hexdigest()[:12]}.{end}"


def file(content: bytes, brand: str = "acme", of: ImageType = PNG) -> ImageFile:
    fingerprint = hashlib.sha256(content).hexdigest()
    return ImageFile(file_name(brand, fingerprint, of.extension), of, fingerprint, len(content), lambda: content)


def publish(shop: Shop, pictures: PictureServer, *contents: bytes | None) -> None:
    for number, content in enumerate(contents):
        address = None if content is None else pictures.put(f"/{number}.png", content)
        shop.publish(entry(str(number), f"Brand {number}", logo=address))


# Whole runs


def test_brands_get_their_logos_and_a_second_run_uploads_nothing(
    gallery: Shop, shown: FakeShopify, pictures: PictureServer
) -> None:
    shown.files.looks = 3
    publish(gallery, pictures, png(1), svg(2), None, png(1))
    result = gallery.sync()
    assert (result["exit_code"], result["counts"]["created"], result["counts"]["images"]) == (0, 4, 3), result
    assert shown.pictures("logo") == {"Brand 0": png(1), "Brand 1": svg(2), "Brand 2": None, "Brand 3": png(1)}
    assert shown.files.contents == {named("brand-0", png(1)): png(1), named("brand-1", svg(2), "svg"): svg(2)}
    assert all(gid.startswith("gid://") and " " not in gid for gid in held(shown) if gid)
    assert linked(gallery, shown)
    shown.log.clear()
    assert gallery.sync(full=True)["changes"] == []
    assert Counter(map(operation, shown.log)) == {"Definition": 1, "Brands": 1}


def held(shop: FakeShopify) -> list[str | None]:
    return [brand["values"].get("logo") for brand in shop.brands.values()]


def test_a_new_logo_is_a_new_file_and_an_undo_goes_back_to_the_old_one_and_leaves_no_other(
    gallery: Shop, shown: FakeShopify, pictures: PictureServer
) -> None:
    publish(gallery, pictures, png(1))
    first = gallery.sync()["run"]
    before = held(shown)
    gallery.cms.edit("0", logo=pictures.put("/b.png", png(2)))
    second = gallery.sync()
    assert (second["counts"]["images"], second["counts"]["updated"]) == (1, 0)
    assert shown.pictures("logo") == {"Brand 0": png(2)}
    assert {*shown.files.contents.values()} == {png(1), png(2)}
    assert gallery.undo(second["run"])["exit_code"] == 0
    assert held(shown) == before
    assert [*shown.files.contents.values()] == [png(1)]
    assert gallery.undo(first)["exit_code"] == 0
    assert (shown.brands, shown.files.contents) == ({}, {})


def test_a_logo_is_taken_away_and_given_back_and_a_deleted_brand_comes_back_with_its_own(
    gallery: Shop, shown: FakeShopify, pictures: PictureServer
) -> None:
    publish(gallery, pictures, png(1), png(2))
    gallery.set("sync", on_missing="delete").sync()
    gallery.cms.edit("0", logo=None)
    gallery.cms.remove("1")
    result = gallery.sync()
    assert result["exit_code"] == 0
    assert shown.pictures("logo") == {"Brand 0": None}
    assert gallery.undo(result["run"])["exit_code"] == 0
    assert shown.pictures("logo") == {"Brand 0": png(1), "Brand 1": png(2)}


def test_an_undo_leaves_a_file_that_somebody_has_put_elsewhere(
    gallery: Shop, shown: FakeShopify, pictures: PictureServer, caplog: pytest.LogCaptureFixture
) -> None:
    publish(gallery, pictures, png(1), png(2))
    run = gallery.sync()["run"]
    (used,) = [gid for gid, one in shown.files.by_id.items() if one["content"] == png(2)]
    shown.files.used.add(used)
    gallery.undo(run)
    assert (shown.brands, [*shown.files.contents.values()]) == ({}, [png(2)])
    assert "stays in the store: something else there uses it" in caplog.text


def test_a_logo_whose_file_is_gone_cannot_be_given_back_and_the_brand_keeps_its_new_one(
    gallery: Shop, shown: FakeShopify, pictures: PictureServer
) -> None:
    publish(gallery, pictures, png(1), png(3))
    gallery.sync()
    for number in range(2):
        gallery.cms.edit(str(number), logo=pictures.put(f"/new-{number}.png", png(10 + number)))
    run = gallery.sync()["run"]
    (gone,) = [gid for gid, one in shown.files.by_id.items() if one["content"] == png(1)]
    shown.files.delete([gone])
    undone = gallery.undo(run)
    assert undone["exit_code"] != 0
    assert shown.pictures("logo") == {"Brand 0": png(10), "Brand 1": png(3)}
    assert "Shopify refuses its logo" in str(undone)


def test_a_persons_own_logo_counts_as_an_edit_in_the_store_and_comes_back(
    gallery: Shop, shown: FakeShopify, pictures: PictureServer
) -> None:
    publish(gallery, pictures, png(1))
    gallery.set("sync", on_conflict="skip").sync()
    (brand,) = shown.brands.values()
    brand["values"]["logo"] = own = shown.files.add("own picture.png", b"own")
    gallery.cms.edit("0", logo=pictures.put("/b.png", png(2)))
    assert [one["reason"] for one in gallery.sync()["skipped"]] == ["conflict"]
    result = gallery.set("sync", on_conflict="cms").sync()
    assert shown.pictures("logo") == {"Brand 0": png(2)}
    assert gallery.undo(result["run"])["exit_code"] == 0
    assert held(shown) == [own]


def test_a_lost_journal_costs_no_second_upload(
    gallery: Shop, shown: FakeShopify, pictures: PictureServer, tmp_path: Any
) -> None:
    publish(gallery, pictures, png(1))
    gallery.sync()
    gallery.set("journal", url=f"sqlite:///{tmp_path}/another.db")
    assert gallery.sync()["counts"]["images"] == 0
    assert len(shown.staging.held) == 1


def test_a_picture_that_shopify_cannot_process_costs_that_picture_alone_and_leaves_no_file(
    gallery: Shop, shown: FakeShopify, pictures: PictureServer
) -> None:
    publish(gallery, pictures, png(1), png(2))
    shown.files.failing[named("brand-0", png(1))] = "INVALID_IMAGE_RESOLUTION"
    result = gallery.sync()
    (skipped,) = result["skipped"]
    assert (result["counts"]["created"], skipped["cms_id"], skipped["reason"]) == (2, "0", "image_refused")
    assert "can't be processed (INVALID_IMAGE_RESOLUTION)" in skipped["detail"]
    assert shown.pictures("logo") == {"Brand 0": None, "Brand 1": png(2)}
    assert [*shown.files.contents.values()] == [png(2)]
    shown.files.failing.clear()
    assert gallery.sync()["counts"]["images"] == 1


def test_the_points_of_a_run_with_pictures_are_told_as_they_are(shown: FakeShopify, store: ShopifyStore) -> None:
    ids = [shown.add(name) for name in "ABC"]
    store.kinds()
    reference = store.upload(file(png(1)))
    left = spent(shown, lambda: store.update_brands([BrandUpdate(one, {}, {"logo": reference}) for one in ids]))
    assert left == store.cost_of("update", 3)
    assert spent(shown, lambda: store.get_brands(["logo"], ids)) == store.cost_of("read", 3)


def spent(shop: FakeShopify, act: Callable[[], object]) -> float:
    shop.log.clear()
    act()
    return sum(asked_cost(one) for one in shop.log)


def asked_cost(asked: Asked) -> float:
    return float(json.loads(asked.answer)["extensions"]["cost"]["requestedQueryCost"])


# Uploads by themselves


def test_an_upload_is_found_again_and_is_removed(shown: FakeShopify, store: ShopifyStore) -> None:
    picture = file(png(1))
    assert isinstance(store, KeepsImages)
    assert store.find_upload(picture.name, picture.fingerprint) is None
    reference = store.upload(picture)
    (gid,) = shown.files.by_id
    assert reference == f"{gid} {picture.name}"
    assert store.find_upload(picture.name, picture.fingerprint) == reference
    assert store.remove_upload(reference)
    assert store.remove_upload(reference)
    assert shown.files.contents == {}
    assert store.find_upload(picture.name, picture.fingerprint) is None


def test_the_file_is_sent_to_another_host_without_the_token(shown: FakeShopify, store: ShopifyStore) -> None:
    store.upload(file(png(1)))
    (sent,) = shown.staging.log
    assert not {"x-shopify-access-token", "authorization"} & {name.lower() for name in sent.headers}
    assert "the_token" not in str(sent.headers)
    assert [*shown.staging.held.values()] == [png(1)]
    assert store.requests == len(shown.log) + 1


@pytest.mark.parametrize("late_clash", [False, True])
def test_a_name_that_is_taken_is_the_same_picture_and_no_second_file_is_made(
    shown: FakeShopify, store: ShopifyStore, late_clash: bool
) -> None:
    first = store.upload(file(png(1)))
    shown.files.late_clash, shown.files.late = late_clash, 2
    assert store.upload(file(png(1))) == first
    assert len(shown.files.by_id) == 1


def test_a_name_that_is_taken_and_not_found_is_tried_again_later(shown: FakeShopify, store: ShopifyStore) -> None:
    store.upload(file(png(1)))
    shown.files.late = 1_000
    with pytest.raises(TryAgainLater, match="its search doesn't find it yet"):
        store.upload(file(png(1)))


def test_a_file_that_is_never_processed_is_an_error_and_is_found(
    shown: FakeShopify, store: ShopifyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "READY_WITHIN", 0.1)
    shown.files.looks = 1_000
    picture = file(png(1))
    with pytest.raises(TryAgainLater, match=r"has not processed acme-.* within"):
        store.upload(picture)
    (gid,) = shown.files.by_id
    found = store.find_upload(picture.name, picture.fingerprint)
    assert found == f"{gid} {picture.name}"
    with pytest.raises(TryAgainLater, match="is being processed"):
        store.remove_upload(found)
    shown.files.by_id[gid]["looks"] = 0
    assert store.upload(picture) == found
    assert store.remove_upload(found)


def test_a_search_that_lags_behind_does_not_keep_a_file_that_nothing_uses(
    shown: FakeShopify, store: ShopifyStore
) -> None:
    reference = store.upload(file(png(1)))
    shown.files.late = 2
    assert store.remove_upload(reference)
    assert shown.files.contents == {}


def test_a_file_that_a_brand_or_something_else_uses_is_not_removed(shown: FakeShopify, store: ShopifyStore) -> None:
    reference, brand = store.upload(file(png(1))), shown.add("A")
    store.update_brands([BrandUpdate(brand, {"logo": None}, {"logo": reference})])
    assert not store.remove_upload(reference)
    store.update_brands([BrandUpdate(brand, {"logo": reference}, {"logo": None})])
    shown.files.used.add(reference.partition(" ")[0])
    assert not store.remove_upload(reference)
    assert len(shown.files.by_id) == 1


def test_a_refused_file_is_refused_with_the_code(shown: FakeShopify, store: ShopifyStore) -> None:
    with pytest.raises(Rejected, match="UNSUPPORTED_IMAGE_FILE_TYPE"):
        store.upload(file(b"II*\0", of=ImageType("image/tiff", "tiff")))
    assert shown.files.contents == {}


def test_no_reference_to_a_file_that_is_gone_is_written(shown: FakeShopify, store: ShopifyStore) -> None:
    reference, brand = store.upload(file(png(1))), shown.add("A")
    store.remove_upload(reference)
    with pytest.raises(PartlyRejected, match="Shopify refuses its logo"):
        store.update_brands([BrandUpdate(brand, {"logo": None}, {"logo": reference})])


def test_a_host_that_refuses_the_parameters_is_tried_again_later(shown: FakeShopify, store: ShopifyStore) -> None:
    shown.staging.instead.append(Answer(403, "<Error>ExpiredToken</Error>", kind="application/xml"))
    with pytest.raises(TryAgainLater, match="the host that Shopify names for files refuses one"):
        store.upload(file(png(1)))
    shown.staging.instead.append(Answer(400, "<Error>EntityTooLarge</Error>", kind="application/xml"))
    with pytest.raises(Rejected, match="refuses it"):
        store.upload(file(png(1)))
    assert shown.files.contents == {}


# Answers that are lost


STEPS = ("Stage", "staging", "CreateFiles", "File", "Update")


@pytest.mark.parametrize("lost", STEPS)
@pytest.mark.parametrize("done", [True, False])
def test_an_answer_that_is_lost_once_is_asked_for_again_and_makes_no_second_file(
    gallery: Shop, shown: FakeShopify, pictures: PictureServer, lost: str, done: bool
) -> None:
    publish(gallery, pictures, png(1))
    gallery.sync()
    gallery.cms.edit("0", logo=pictures.put("/b.png", png(2)))
    lose_answers(shown, lost, done=done, times=1)
    result = gallery.sync()
    assert result["exit_code"] == 0, result
    assert shown.pictures("logo") == {"Brand 0": png(2)}
    assert sorted(shown.files.contents.values()) == sorted([png(1), png(2)])


@pytest.mark.usefixtures("no_retries")
@pytest.mark.parametrize("lost", STEPS)
@pytest.mark.parametrize("done", [True, False])
def test_whichever_answer_is_lost_for_good_no_file_is_left_over_and_the_next_run_is_whole(
    gallery: Shop, shown: FakeShopify, pictures: PictureServer, lost: str, done: bool
) -> None:
    publish(gallery, pictures, png(1), png(2))
    gallery.sync()
    gallery.cms.edit("0", logo=pictures.put("/b.png", png(3)))
    shown.files.looks = 0 if lost == "CreateFiles" else 1
    lose_answers(shown, lost, done=done, times=1)
    result = gallery.sync()
    assert result["status"] == "rolled_back"
    assert shown.pictures("logo") == {"Brand 0": png(1), "Brand 1": png(2)}
    assert gallery.sync()["exit_code"] == 0
    assert shown.pictures("logo") == {"Brand 0": png(3), "Brand 1": png(2)}
    assert sorted(shown.files.contents.values()) == sorted([png(1), png(2), png(3)])
    gallery.undo()
    assert sorted(shown.files.contents.values()) == sorted([png(1), png(2)])


def lose_answers(shop: FakeShopify, wanted: str, *, done: bool, times: int) -> None:
    """Answer the next requests of this kind with an error; ``done``: once they have been carried out."""
    server: Any = shop.staging if wanted == "staging" else shop
    route, left = server.route, [times]

    def lost(one: Asked) -> Answer:
        strikes = left[0] > 0 and (wanted == "staging" or operation(one) == wanted)
        if strikes:
            left[0] -= 1
            if done:
                route(one)
            return Answer(502, {})
        answer: Answer = route(one)
        return answer

    server.route = lost


# The definition and the scopes


def test_a_definition_gets_a_field_for_pictures_alone(shopify_shop: FakeShopify, pipeline_to_shopify: Shop) -> None:
    pipeline_to_shopify.set("cms.fields.logo", value="logo", type="image")
    ended = pipeline_to_shopify.run("init", "shopify-definition")
    assert ended.returncode == 0, ended.stderr
    made = shopify_shop.entries.definitions["brand"]["fields"]["logo"]
    assert (made["type"], made["validations"]) == ("file_reference", [PICTURES])


@pytest.mark.parametrize(
    ("said", "field", "problem"),
    [
        (None, PICTURE, 'which holds pictures: say type = "image" .* or type = "text" where the CMS has the ids'),
        (Kind.LIST, PICTURE, "holds text or image, and the field logo is list"),
        (Kind.IMAGE, "single_line_text_field", "and the field logo is image"),
        (Kind.IMAGE, "product_reference", "holds text, and the field logo is image"),
        (Kind.IMAGE, {**PICTURE, "validations": {"file_type_options": '["Video"]'}}, "holds text, and"),
        (Kind.IMAGE, {**PICTURE, "required": True}, "a brand is made before its picture: let the definition not"),
    ],
)
def test_a_field_that_fits_no_picture_is_refused(
    shopify_shop: FakeShopify, said: Kind | None, field: Any, problem: str
) -> None:
    shopify_shop.define(logo=field)
    with closing(holding(shopify_shop, logo=said)) as store, pytest.raises(ConfigError, match=problem):
        store.kinds()


@pytest.mark.parametrize(
    ("said", "field", "kind"),
    [
        (Kind.IMAGE, PICTURE, Kind.IMAGE),
        (Kind.TEXT, PICTURE, Kind.TEXT),
        (Kind.IMAGE, "file_reference", Kind.IMAGE),
        (None, "file_reference", Kind.TEXT),
    ],
)
def test_a_field_of_files_holds_pictures_or_ids(
    shopify_shop: FakeShopify, said: Kind | None, field: Any, kind: Kind
) -> None:
    shopify_shop.define(logo=field)
    with closing(holding(shopify_shop, logo=said)) as store:
        assert store.kinds() == {"logo": kind}


def test_an_id_that_is_mapped_as_text_stays_an_id_beside_a_picture(shown: FakeShopify) -> None:
    shown.define(logo=PICTURE, banner=PICTURE)
    gid = shown.files.add("a.png")
    brand = shown.add("A", logo=gid, banner=gid)
    with closing(holding(shown, logo=Kind.IMAGE, banner=Kind.TEXT)) as store:
        store.kinds()
        (found,) = store.get_brands(["logo", "banner"], [brand])
        assert found.fields == {"logo": f"{gid} a.png", "banner": gid}


def test_check_asks_for_the_scopes_of_files_where_a_picture_is_mapped(shown: FakeShopify, store: ShopifyStore) -> None:
    assert all(finding.ok for finding in store.check())
    shown.scopes -= {"read_files", "write_files"}
    with pytest.raises(CredentialsRefused, match="lacks the scopes read_files, write_files"):
        [*store.check()]
    with closing(holding(shown)) as without:
        assert all(finding.ok for finding in without.check())


def test_an_upload_without_the_scope_says_which(shown: FakeShopify, store: ShopifyStore) -> None:
    shown.scopes -= {"write_files"}
    with pytest.raises(CredentialsRefused, match="the app may not keep pictures") as refused:
        store.upload(file(png(1)))
    assert "read_files and write_files" in str(refused.value.hint)


# Death


@pytest.mark.slow
@pytest.mark.parametrize("of", ["Stage", "CreateFiles", "File", "Update"])
@pytest.mark.parametrize("mode", ["rollback", "resume"])
def test_a_run_that_is_killed_at_any_step_of_a_picture_leaves_no_file_and_the_next_run_is_whole(
    gallery: Shop, shown: FakeShopify, pictures: PictureServer, of: str, mode: str
) -> None:
    publish(gallery, pictures, png(1))
    gallery.sync()
    gallery.cms.edit("0", logo=pictures.put("/b.png", png(2)))
    process, route = gallery.start("sync"), shown.route

    def deadly(one: Asked) -> Answer:
        answer = route(one)
        if operation(one) == of:
            process.kill()
        return answer

    shown.route = deadly  # type: ignore[method-assign]
    process.communicate()
    assert process.returncode < 0
    shown.route = route  # type: ignore[method-assign]
    for gid in shown.files.by_id:
        shown.files.look(gid)
    assert gallery.recover(mode)["exit_code"] == 0
    if mode == "rollback":
        assert shown.pictures("logo") == {"Brand 0": png(1)}
        assert [*shown.files.contents.values()] == [png(1)]
    assert gallery.sync()["exit_code"] == 0
    assert shown.pictures("logo") == {"Brand 0": png(2)}
    assert sorted(shown.files.contents.values()) == sorted([png(1), png(2)])


def test_a_person_who_deletes_a_file_while_it_is_processed_is_noticed(shown: FakeShopify, store: ShopifyStore) -> None:
    shown.files.looks = 5
    meanwhile(shown, lambda one: operation(one) == "File", shown.files.by_id.clear)
    with pytest.raises(TryAgainLater, match="what became of the file"):
        store.upload(file(png(1)))
