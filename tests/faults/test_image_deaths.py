"""A process that dies at any point of an upload leaves no file too many once the next run is done, and none too few."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from crash_child import Call, run
from pictures import PictureServer, gif, png
from shop import Shop, WatchedCms


class Gallery:
    """A shop with logos, built anew for each death."""

    def __init__(self, directory: Path, pictures: PictureServer) -> None:
        self.directory = directory
        self.directory.mkdir()
        self.pictures = pictures
        self.cms = WatchedCms()
        self.cms.__enter__()
        self.shop = Shop(directory, self.cms, f"sqlite:///{directory}/brands.db")
        self.shop.set("cms.fields.logo", value="logo", type="image").set("store", images="logos")
        self.shop.set("safety", max_updates=100)
        self.contents = {"1": png(1), "2": gif(2), "3": png(1)}
        for key, content in self.contents.items():
            self.shop.publish({"id": key, "name": f"Brand {key}", "logo": pictures.put(f"/{key}", content)})

    def close(self) -> None:
        self.shop.database.close()
        self.cms.__exit__(None, None, None)

    def edit(self, key: str, content: bytes) -> None:
        self.contents[key] = content
        self.cms.edit(key, logo=self.pictures.put(f"/{key}-{len(content)}-{content[-9:].hex()}", content))

    @property
    def files(self) -> dict[str, bytes]:
        directory = self.directory / "logos"
        there = directory.iterdir() if directory.exists() else ()
        return {path.name: path.read_bytes() for path in there}

    @property
    def logos(self) -> dict[str, str | None]:
        return dict(self.shop.query("SELECT cms_id, logo FROM brand"))

    def run(self, command: str, argument: str = "", fatal: int | None = None) -> Any:
        return run(Call(self.shop.config, self.directory, command, argument), fatal)

    def assert_in_line(self, *, older: int = 0) -> None:
        """Each brand has its picture, and each picture is there once. ``older``: pictures that an undo would need."""
        logos, files = self.logos, self.files
        assert logos.keys() == self.contents.keys()
        for key, content in self.contents.items():
            assert files[logos[key] or ""] == content
        assert len(files) == len(set(self.contents.values())) + older
        assert len({hashlib.sha256(content).digest() for content in files.values()}) == len(files)


@pytest.fixture
def pictures() -> Iterator[PictureServer]:
    with PictureServer() as server:
        yield server


def prepared(kind: str, gallery: Gallery) -> tuple[str, str]:
    """Bring a shop to where the command that is to die begins."""
    if kind == "first":
        return "sync", ""
    gallery.run("sync")
    if kind == "undo":
        return "undo", gallery.shop.run_ids()[0]
    gallery.edit("1", png(11))
    gallery.edit("2", gif(22))
    return "sync", ""


OLDER = {"first": 0, "undo": 0, "replaced": 1}
"""How many pictures stay in the end because an undo would need them."""


@pytest.mark.slow
@pytest.mark.parametrize("kind", OLDER)
def test_a_death_at_any_point_leaves_each_picture_there_once(tmp_path, pictures, kind):
    fatal, died = 0, True
    while died:
        gallery = Gallery(tmp_path / f"{kind}-{fatal}", pictures)
        try:
            died = gallery.run(*prepared(kind, gallery), fatal).result is None
            if kind == "undo":
                recovered = gallery.run("recover", "rollback").result
                assert (recovered["exit_code"], recovered["failed"]) == (0, [])
                assert gallery.files.keys() == set(filter(None, gallery.logos.values()))
            assert gallery.run("sync").result["exit_code"] == 0
            gallery.assert_in_line(older=OLDER[kind])
            assert gallery.run("sync").result["changes"] == []
            for one in gallery.shop.run_ids():
                gallery.run("undo", one)
            assert (gallery.logos, gallery.files) == ({}, {})
        finally:
            gallery.close()
        fatal += 1
    assert fatal > 10
