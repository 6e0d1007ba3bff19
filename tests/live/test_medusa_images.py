"""Pictures in a real Medusa: whole runs, what its static server then gives, and deaths on the way."""

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from cms_server import CmsServer
from fake_medusa import FakeMedusa
from medusa import Medusa
from medusa_images import (
    FEW,
    MODES,
    PICTURES,
    a_death_leaves_no_file_and_makes_none_twice,
    dying,
    each_brand_has_its_picture,
    every_picture_arrives_once_and_is_taken_back,
    published,
)
from opening import served
from pictures import PictureServer, png
from shop import Shop
from waiting import until

from brandsync.stores.medusa import MedusaStore
from brandsync.testing import ImageConformance

pytest_plugins = ("medusa_fixtures",)
pytestmark = [pytest.mark.live, pytest.mark.slow]

pictures = served(PictureServer)
NAME = "a-" + "0" * 12 + ".png"


@pytest.fixture
def shop(cms: CmsServer, sqlite_url: str, tmp_path: Path, medusa_shop: Medusa) -> Iterator[Shop]:
    with Shop(tmp_path, cms, sqlite_url) as shop:
        shop.sections["store"] = medusa_shop.settings()
        yield shop.set("journal", url=sqlite_url)


class TestMedusaImages(ImageConformance):
    backend: ClassVar = MedusaStore
    image_field: ClassVar = "logo"

    @pytest.fixture
    def settings(self, medusa_shop: Medusa) -> dict[str, Any]:
        return medusa_shop.settings()


def asked(base: str, method: str, key: str, content: bytes = b"", **query: str) -> httpx.Response:
    headers = {"Content-Type": "image/png"} if content else {}
    path = f"{base}/admin/brands/images"
    return httpx.request(method, path, params=query, content=content, headers=headers, auth=(key, ""), timeout=60)


def test_every_picture_arrives_once_and_is_taken_back(shop: Shop, pictures: PictureServer, medusa_shop: Medusa) -> None:
    every_picture_arrives_once_and_is_taken_back(shop, pictures, medusa_shop)
    for key, (content, _) in PICTURES.items():
        answer = httpx.get(medusa_shop.logos()[f"Brand {key}"] or "")
        assert (answer.status_code, answer.content) == (200, content)


def test_after_deaths_around_an_upload_one_more_run_leaves_no_file_and_makes_none_twice(
    shop: Shop, pictures: PictureServer, medusa_shop: Medusa
) -> None:
    points = dying(published(shop, pictures, FEW), "sync", None).points
    uploads = [number for number, point in enumerate(points) if point.startswith("PUT /admin/brands/images")]
    for fatal in range(uploads[0], uploads[-1] + 4):
        medusa_shop.reset()
        for path in shop.directory.glob("*.db*"):
            path.unlink()
        for entry in shop.cms.entries.values():
            entry["external_id"] = None
        a_death_leaves_no_file_and_makes_none_twice(shop, medusa_shop, fatal, MODES[fatal % 2])


@pytest.mark.parametrize("mode", MODES)
def test_an_upload_that_the_shop_still_works_on_is_waited_for_after_a_death(
    shop: Shop, pictures: PictureServer, medusa_shop: Medusa, mode: str
) -> None:
    content, _ = PICTURES["1"]
    name = f"brand-1-{hashlib.sha256(content).hexdigest()[:12]}.png"
    published(shop.set("sync", recover=mode), pictures, {"1": PICTURES["1"]})
    with medusa_shop.sql() as sql:
        sql.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"brandsync_image {name}"])
        process = shop.start("sync")
        until(lambda: waiting(medusa_shop) == 1)
        process.kill()
        process.communicate()
        after = shop.start("sync")
        until(lambda: waiting(medusa_shop) == 2)
        assert medusa_shop.images() == {}
    out, err = after.communicate(timeout=60)
    assert after.returncode == 0, out + err
    assert each_brand_has_its_picture(medusa_shop, {"1": PICTURES["1"]})


def waiting(medusa: Medusa) -> int:
    """How many requests wait for another one that works on the same picture."""
    with medusa.sql() as sql:
        count = "SELECT count(*) AS waiting FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        found: int = sql.execute(count).fetchone()["waiting"]
        return found


def test_the_route_answers_as_the_fake_does(medusa_shop: Medusa) -> None:
    content = png(1)
    key = {"name": NAME, "sha256": hashlib.sha256(content).hexdigest()}
    other = {"name": NAME, "sha256": hashlib.sha256(b"other").hexdigest()}

    def told(base: str, secret: str, insert: Callable[[str], None]) -> list[Any]:
        ask = [asked(base, "GET", secret, **key), asked(base, "PUT", secret, content, **other)]
        made = asked(base, "PUT", secret, content, **key)
        image = made.json()["image"]
        ask += [made, asked(base, "PUT", secret, content, **key), asked(base, "GET", secret, **key)]
        insert(image["url"])
        ask += [asked(base, "DELETE", secret, url=image["url"]), asked(base, "DELETE", secret, url="http://x/y.png")]
        assert image["url"].endswith(f"/{image['id']}")
        assert image["id"].endswith(f"-{NAME}")
        return [(one.status_code, one.text.replace(image["url"], "URL").replace(image["id"], "ID")) for one in ask]

    real = told(
        medusa_shop.url,
        medusa_shop.facts["secret_key"],
        lambda url: medusa_shop.insert({"id": "b1", "name": "B", "handle": url, "deleted_at": "2026-01-01"}),
    )
    with FakeMedusa() as fake:
        brand = {**dict.fromkeys(fake.model), "id": "b1", "name": "B", "deleted_at": "2026-01-01"}
        faked = told(fake.url, "sk_x", lambda url: fake.brands.update(b1={**brand, "handle": url}))
    spaceless = [[(status, text.replace(" ", "")) for status, text in one] for one in (real, faked)]
    assert spaceless[0] == spaceless[1]
    assert [status for status, _ in real] == [200, 400, 200, 200, 200, 200, 200]


def test_a_shop_that_has_never_kept_a_picture_has_none_to_find_or_remove(medusa_shop: Medusa) -> None:
    secret = medusa_shop.facts["secret_key"]
    found = asked(medusa_shop.url, "GET", secret, name=NAME, sha256="0" * 64)
    removed = asked(medusa_shop.url, "DELETE", secret, url="http://x/y.png")
    assert (found.json(), removed.json()["deleted"]) == ({"image": None}, True)


def test_many_requests_for_one_picture_make_one_file(medusa_shop: Medusa) -> None:
    content = png(5, padding=1_000_000)
    key = {"name": NAME, "sha256": hashlib.sha256(content).hexdigest()}
    secret = medusa_shop.facts["secret_key"]
    with ThreadPoolExecutor(6) as pool:
        answers = [pool.submit(asked, medusa_shop.url, "PUT", secret, content, **key) for _ in range(6)]
        images = [answer.result().json() for answer in answers]
    assert all(image == images[0] for image in images)
    assert [*medusa_shop.images().values()] == [content]


def test_a_picture_that_is_too_large_or_has_another_name_than_ours_is_refused(medusa_shop: Medusa) -> None:
    content = bytes(50 * 1024 * 1024 + 1)
    key = {"name": NAME, "sha256": hashlib.sha256(content).hexdigest()}
    secret = medusa_shop.facts["secret_key"]
    assert asked(medusa_shop.url, "PUT", secret, content, **key).status_code == 413
    for name in ("../x.png", "a/b.png", "x", "", "a\0.png"):
        assert asked(medusa_shop.url, "PUT", secret, b"x", **(key | {"name": name})).status_code == 400
    assert medusa_shop.images() == {}


def test_where_the_record_of_a_file_cannot_be_written_the_file_goes_again(medusa_shop: Medusa) -> None:
    secret = medusa_shop.facts["secret_key"]
    first, second = png(1), png(2)
    asked(medusa_shop.url, "PUT", secret, first, name=NAME, sha256=hashlib.sha256(first).hexdigest())
    with medusa_shop.sql() as sql:
        sql.execute("ALTER TABLE brandsync_image ADD CHECK (name = 'none') NOT VALID")
    key = {"name": NAME, "sha256": hashlib.sha256(second).hexdigest()}
    assert asked(medusa_shop.url, "PUT", secret, second, **key).status_code >= 400
    assert [*medusa_shop.images().values()] == [first]
