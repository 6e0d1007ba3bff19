"""Pictures in a Medusa shop: whole runs into the fake shop, answers that get lost, and deaths at every point."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, ClassVar

import pytest
from cms_server import CmsServer
from fake_medusa import FakeMedusa
from fake_server import Answer
from medusa_images import (
    FEW,
    MODES,
    a_death_leaves_no_file_and_makes_none_twice,
    dying,
    each_brand_has_its_picture,
    every_picture_arrives_once_and_is_taken_back,
    mapped,
    published,
)
from opening import served
from pictures import PictureServer, png
from shop import Shop

from brandsync.brand.image import PNG, ImageFile
from brandsync.brand.kind import Kind
from brandsync.errors import ConfigError, Unreadable
from brandsync.stores.images import KeepsImages
from brandsync.stores.medusa import MedusaStore
from brandsync.stores.medusa.batch_routes import Manifest
from brandsync.testing import ImageConformance

pictures = served(PictureServer)


class WatchedMedusa(FakeMedusa):
    """The fake shop, and what the tests look at."""

    def logos(self) -> dict[str, str | None]:
        return {brand["name"]: brand["logo"] for brand in self.alive()}

    def images(self) -> dict[str, bytes]:
        return dict(self.files)


medusa = served(WatchedMedusa)


@pytest.fixture
def shop(cms: CmsServer, sqlite_url: str, tmp_path: Path, medusa: WatchedMedusa) -> Iterator[Shop]:
    with Shop(tmp_path, cms, sqlite_url) as shop:
        shop.sections["store"] = {"backend": "medusa", **medusa.settings()}
        yield shop.set("journal", url=sqlite_url)


class TestMedusaImages(ImageConformance):
    backend: ClassVar = MedusaStore
    image_field: ClassVar = "logo"

    @pytest.fixture
    def settings(self, medusa: WatchedMedusa) -> dict[str, Any]:
        return medusa.settings(backend="medusa")


def opened(medusa: FakeMedusa, further: dict[str, Kind | None]) -> Any:
    return closing(MedusaStore(MedusaStore.Settings.model_validate(medusa.settings(backend="medusa")).holding(further)))


def test_every_picture_arrives_once_and_is_taken_back(shop, pictures, medusa) -> None:
    every_picture_arrives_once_and_is_taken_back(shop, pictures, medusa)


def lost(_: Answer) -> Answer:
    return Answer(502, "lost", kind="text/html")


@pytest.mark.parametrize("times", [1, 2])
def test_an_upload_whose_answer_is_lost_is_repeated_and_makes_no_second_file(shop, pictures, medusa, times) -> None:
    left = [lost] * times
    medusa.act = lambda asked: medusa.after.append(left.pop()) if asked.method == "PUT" and left else None
    done = published(shop, pictures).sync()
    assert (done["exit_code"], done["counts"]["images"]) == (0, 4)
    assert len([asked for asked in medusa.log if asked.method == "PUT"]) == 4 + times
    assert each_brand_has_its_picture(medusa)


def test_uploads_whose_answers_cannot_be_read_are_found_and_removed(shop, pictures, medusa) -> None:
    broken = Answer(200, "<html>", kind="text/html")
    medusa.act = lambda asked: medusa.after.append(lambda _: broken) if asked.method == "PUT" else None
    done = published(shop, pictures).sync()
    assert (done["exit_code"], done["failed"]) == (1, [])
    assert [asked.method for asked in medusa.log if asked.path.endswith("/images")].count("DELETE") == 4
    assert (medusa.logos(), medusa.images()) == ({}, {})
    medusa.act = lambda _: None
    assert shop.sync()["counts"]["images"] == 4
    assert each_brand_has_its_picture(medusa)


@pytest.mark.slow
def test_after_a_death_at_any_point_one_more_run_leaves_no_file_and_makes_none_twice(
    shop, pictures, medusa, record_property
) -> None:
    points = dying(published(shop, pictures, FEW), "sync", None).points
    uploads = [number for number, point in enumerate(points) if point.startswith("PUT /admin/brands/images")]
    assert len(uploads) == 2 * len(FEW)
    for fatal in range(uploads[0] - 2, len(points)):
        for kept in (medusa.brands, medusa.files, medusa.records):
            kept.clear()
        for path in shop.directory.glob("*.db*"):
            path.unlink()
        for entry in shop.cms.entries.values():
            entry["external_id"] = None
        a_death_leaves_no_file_and_makes_none_twice(shop, medusa, fatal, MODES[fatal % 2])
    record_property("tried", f"pictures in Medusa: killed at {len(points) - uploads[0] + 2} points")


@pytest.mark.slow
def test_a_death_in_an_undo_leaves_no_file(shop, pictures, medusa) -> None:
    run = published(shop, pictures, FEW).sync()["run"]
    points = dying(shop, "undo", None, run).points
    assert medusa.images() == {}
    removals = [number for number, point in enumerate(points) if point.startswith("DELETE /admin/brands/images")]
    assert len(removals) == 2 * len(FEW)
    for fatal in removals:
        run = shop.sync()["run"]
        assert each_brand_has_its_picture(medusa, FEW)
        dying(shop, "undo", fatal, run)
        shop.recover()
        shop.undo(run)
        assert (medusa.logos(), medusa.images()) == ({}, {}), points[fatal]


def test_a_lost_journal_costs_no_second_upload(shop, pictures, medusa) -> None:
    published(shop, pictures).sync()
    for path in shop.directory.glob("*.db*"):
        path.unlink()
    assert shop.sync()["counts"]["images"] == 0
    assert each_brand_has_its_picture(medusa)


def test_a_picture_that_another_brand_refers_to_is_not_removed(shop, pictures, medusa) -> None:
    run = published(shop, pictures).sync()["run"]
    theirs = {"id": "theirs", "name": "Theirs", "logo": medusa.logos()["Brand 1"], "deleted_at": None}
    medusa.brands["theirs"] = {**dict.fromkeys(medusa.model), **theirs}
    shop.undo(run)
    assert [*medusa.images().values()] == [png(1)]
    assert [*medusa.logos()] == ["Theirs"]


def test_a_picture_that_a_proxy_refuses_costs_that_picture_alone(shop, pictures, medusa) -> None:
    refused = [Answer(413, "<html>413 Request Entity Too Large</html>", kind="text/html")]
    medusa.act = lambda asked: medusa.instead.append(refused.pop()) if asked.method == "PUT" and refused else None
    done = published(shop, pictures).sync()
    assert (done["exit_code"], done["counts"]["images"], len(medusa.images())) == (65, 3, 3)
    assert [skipped["reason"] for skipped in done["skipped"]] == ["image_refused"]
    assert shop.sync()["counts"]["images"] == 1
    assert each_brand_has_its_picture(medusa)


def test_a_file_provider_that_drops_the_name_keeps_no_file(shop, pictures, medusa) -> None:
    def renamed(_: Answer) -> Answer:
        (record,) = medusa.records.values()
        record["url"] = "http://cdn.example.com/x1"
        return Answer(200, {"image": dict(record)})

    shop.cms.add({"id": "1", "name": "Brand 1", "logo": pictures.put("/1", png(1))})
    medusa.act = lambda asked: medusa.after.append(renamed) if asked.method == "PUT" else None
    done = mapped(shop).sync()
    assert (done["exit_code"], done["counts"]["created"]) == (65, 1)
    assert "without the file's name" in done["skipped"][0]["detail"]
    assert (medusa.images(), medusa.logos()) == ({}, {"Brand 1": None})


@pytest.mark.parametrize(
    "answer", [[], {}, {"image": {}}, {"image": {"url": 5}}, {"image": {"url": ""}}, {"image": None}]
)
def test_an_upload_that_is_answered_with_no_address_is_unreadable(medusa, answer) -> None:
    medusa.act = lambda asked: medusa.instead.append(Answer(200, answer)) if asked.method == "PUT" else None
    with opened(medusa, {"logo": Kind.IMAGE}) as store, pytest.raises(Unreadable, match="PUT /admin/brands/images"):
        store.upload(ImageFile("a-000000000000.png", PNG, "0" * 64, 1, lambda: b"x"))


def test_older_routes_keep_no_pictures_and_work_as_before_without(shop, pictures, medusa) -> None:
    medusa.version = 1
    done = published(shop, pictures).sync()
    assert (done["exit_code"], medusa.brands) == (78, {})
    assert "`logo` is an image, and the shop's routes are older ones, which keep no pictures" in done["error"]
    assert "`brandsync init medusa-routes DIR`" in done["hint"]
    del shop.sections["cms.fields.logo"]
    assert shop.sync()["counts"]["created"] == 4


@pytest.mark.parametrize(
    ("attribute", "says"),
    [
        ({"type": "number"}, "of the type number, which holds integer, and the field is image"),
        ({"nullable": False}, "`logo` of the shop's data model is never null"),
        ({"nullable": False, "default": True}, "`logo` of the shop's data model is never null"),
    ],
)
def test_an_attribute_that_holds_no_reference_is_named(medusa, attribute, says) -> None:
    medusa.model["logo"] |= attribute
    with opened(medusa, {"logo": Kind.IMAGE}) as store, pytest.raises(ConfigError, match=says):
        store.kinds()


def test_the_store_tells_what_it_takes_without_a_question_to_the_shop(medusa) -> None:
    with opened(medusa, {"logo": Kind.IMAGE}) as store:
        assert isinstance(store, KeepsImages)
        assert (store.images.largest, medusa.log) == (None, [])
        assert store.kinds() == {"logo": Kind.IMAGE}
        assert store.images.largest == 50 * 1024 * 1024
        told = [finding.what for finding in store.check() if finding.ok]
    assert "the shop's file provider keeps pictures, of 52,428,800 bytes at most" in told


def test_a_route_of_another_version_is_named() -> None:
    told: dict[str, Any] = {"version": 1, "fields": ["name"], "max_batch": 1, "body_limit": 1}
    with pytest.raises(ConfigError, match="pictures is of version 2"):
        Manifest.read({"batch": {**told, "images": {"version": 2}}})
    for broken in ([], "yes", {}, {"version": 1}, {"version": 1, "max_bytes": None}):
        with pytest.raises(Unreadable, match="what a batch takes"):
            Manifest.read({"batch": {**told, "images": broken}})
