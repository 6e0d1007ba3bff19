"""What people and programs are told of pictures: before a run, after it, and of each one."""

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from page_reading import Element, read_page
from pictures import PictureServer, png
from ran import Command, command
from shop import Shop

from brandsync.backend import Rate
from brandsync.brand.image import PNG
from brandsync.stores.images import ImageLimits
from brandsync.testing.memory_cms import MemoryCms
from brandsync.testing.memory_store import MemoryShop, MemoryStore
from brandsync.workflow.requests import Needed, RequestCount, Uploads


@pytest.fixture
def brandsync(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command itself."""
    return command(monkeypatch, capsys)


@pytest.fixture
def pictures() -> Iterator[PictureServer]:
    with PictureServer() as server:
        yield server


@pytest.fixture
def gallery(shop: Shop, pictures: PictureServer) -> Shop:
    """Two brands with one logo, and a third with another."""
    shop.set("cms.fields.logo", value="logo", type="image").set("store", images="logos")
    same, other = pictures.put("/a.png", png(1, padding=3_000)), pictures.put("/b.png", png(2, padding=1_000_000))
    logos = {"e1": same, "e2": same, "e3": other}
    shop.publish(*({"id": key, "name": key.upper(), "external_id": None, "logo": url} for key, url in logos.items()))
    return shop


def sizes(*files: bytes) -> int:
    return sum(map(len, files))


def test_a_dry_run_tells_how_many_pictures_it_would_upload_and_how_many_bytes(gallery: Shop) -> None:
    planned = gallery.sync(dry_run=True)
    assert planned["counts"]["images"] == 3
    assert planned["uploads_needed"] == 2
    assert planned["upload_bytes_needed"] == sizes(png(1, padding=3_000), png(2, padding=1_000_000))
    done = gallery.sync()
    assert (done["counts"]["images"], done["uploads_needed"], done["upload_bytes_needed"]) == (3, None, None)
    planned = gallery.sync(dry_run=True)
    assert (planned["uploads_needed"], planned["upload_bytes_needed"]) == (0, 0)


def test_a_picture_that_the_store_has_got_before_is_no_upload(gallery: Shop, pictures: PictureServer) -> None:
    gallery.sync()
    gallery.cms.edit("e1", logo=f"{pictures.url}/b.png")
    planned = gallery.sync(dry_run=True)
    assert (planned["counts"]["images"], planned["uploads_needed"]) == (1, 0)
    files = {*(gallery.directory / "logos").iterdir()}
    assert gallery.sync()["counts"]["images"] == 1
    assert {*(gallery.directory / "logos").iterdir()} == files


def test_plain_lines_name_the_field_both_files_and_the_size(
    gallery: Shop, pictures: PictureServer, brandsync: Command
) -> None:
    gallery.sync()
    ((old,),) = gallery.query("SELECT logo FROM brand WHERE name = 'E1'")
    gallery.cms.edit("e1", logo=pictures.put("/c.png", png(3, padding=40_000)))
    ran = brandsync("sync", "--dry-run", "--output", "plain", "--config", str(gallery.config))
    (line,) = (line for line in ran.lines if line.startswith("image  "))
    new = line.partition(' -> "')[2].partition('"')[0]
    assert line.split("  ")[:2] == ["image", "e1"]
    assert line.endswith(f'logo="{old}" -> "{new}" (40 kB)')
    assert new.startswith("e1-")
    assert ran.last.startswith(
        "Dry run: 0 brands would be created and 0 brands updated."
        " The pictures of 1 brand would change: 1 new file of 40 kB. Checksum "
    )
    assert brandsync("sync", "--config", str(gallery.config)).last == (
        "Synced brands from CMS: 0 brands created and 0 brands updated. The pictures of 1 brand changed."
    )
    assert "1 with changed pictures" in brandsync("check", "--config", str(gallery.config)).out
    gallery.cms.edit("e1", logo=None)
    ran = brandsync("sync", "--dry-run", "--output", "plain", "--config", str(gallery.config))
    assert any(line.endswith(f'logo="{new}" -> null') for line in ran.lines)
    assert "The pictures of 1 brand would change. Checksum " in ran.last


def test_tables_show_the_field_both_files_and_the_size(
    gallery: Shop, brandsync: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    ran = brandsync("sync", "--dry-run", "--output", "rich", "--config", str(gallery.config))
    row = next(line for line in ran.lines if "image" in line and "e3" in line)
    assert "logo" in row
    assert "null → " in row
    assert '.png" (1.0 MB)' in row


def test_a_run_without_pictures_says_nothing_of_them(shop: Shop, brandsync: Command) -> None:
    shop.publish({"id": "e1", "name": "A", "external_id": None})
    planned = brandsync("sync", "--dry-run", "--config", str(shop.config))
    assert "picture" not in planned.out
    assert brandsync("sync", "--config", str(shop.config)).last == (
        "Synced brands from CMS: 1 brand created and 0 brands updated."
    )


def page(brandsync: Command, shop: Shop, run: str = "last") -> Element:
    return read_page(brandsync("runs", "show", run, "--html", "-", "--config", str(shop.config)).out)


def sources(section: Element) -> list[str]:
    return [image.attributes["src"] for image in section.all("img")]


def test_editors_see_the_pictures_of_the_cms_beside_the_store_s_old_ones(
    gallery: Shop, pictures: PictureServer, brandsync: Command
) -> None:
    gallery.set("store", images_url="https://shop.example/logos/").sync()
    first = page(brandsync, gallery)
    assert sources(first.section("create")) == [f"{pictures.url}/a.png"] * 2 + [f"{pictures.url}/b.png"]
    gallery.cms.edit("e1", logo=pictures.put("/c.png", png(3)))
    ((old,),) = gallery.query("SELECT logo FROM brand WHERE name = 'E1'")
    gallery.sync()
    second = page(brandsync, gallery)
    assert second.section("update").one("h3").text == "E1"
    assert sources(second.section("update")) == [old, f"{pictures.url}/c.png"]
    gallery.undo()
    ((back,),) = gallery.query("SELECT logo FROM brand WHERE name = 'E1'")
    assert back == old
    assert f"{pictures.url}/a.png" in sources(page(brandsync, gallery).section("update"))


def test_editors_are_told_which_picture_of_which_brand_needs_them_and_what_to_do(
    gallery: Shop, pictures: PictureServer, brandsync: Command
) -> None:
    pictures.put("/a.png", b"<!doctype html>")
    del pictures.files["/b.png"]
    assert gallery.sync()["exit_code"] == 65
    needed = page(brandsync, gallery).section("skipped")
    assert [heading.text for heading in needed.all("h3")] == ["E1", "E2", "E3"]
    assert 'Its "logo" is a web page' in needed.text
    assert "A picture of this brand can't be used in the shop." in needed.text
    assert 'Its "logo" can\'t be fetched: ' in needed.text
    assert "Open the picture in the CMS" in needed.text


class Counting(MemoryStore):
    """A store that knows what its requests are, and keeps pictures."""

    images: ClassVar[ImageLimits] = ImageLimits(types=[PNG], requests=2)
    rate = Rate(1, 1.0)

    def requests_for(self, action: str, brands: int) -> int:
        return {"create": 1, "update": 3}[action] * brands

    upload = find_upload = remove_upload = lambda *_: None


class Unknowing(Counting):
    """A store that doesn't know what an upload takes."""

    images: ClassVar[ImageLimits] = ImageLimits(types=[PNG])


class Paying(Counting):
    """A store whose requests cost points."""

    def cost_of(self, action: str, brands: int) -> float:
        return 10.0 * brands


@pytest.mark.parametrize(
    ("kind", "uploads", "needed"),
    [
        (Counting, 4, Needed(14, Rate(1, 1.0))),
        (Unknowing, 4, None),
        (Unknowing, 0, Needed(6, Rate(1, 1.0))),
        (Paying, 4, Needed(14, None)),
        (Paying, 0, Needed(6, Rate(1, 1.0), 20.0)),
    ],
)
def test_the_requests_of_uploads_count_where_the_store_can_tell(kind: Any, uploads: int, needed: Needed | None) -> None:
    count = RequestCount(kind.of(MemoryShop()), MemoryCms(MemoryCms.Settings(backend="memory")))
    count.uploads = Uploads(uploads, 9)
    count.write("update", 2)
    assert count.store == needed
