"""A process that dies while it gives pictures to a hosted store leaves each there once, and none that nobody needs."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from crash_child import Call, run
from extent import enough
from fake_bigcommerce import FakeBigCommerce
from fake_woocommerce import FakeWooCommerce
from pictures import PictureServer, gif, png
from shop import Shop, WatchedCms
from wordpress_media import PASSWORD, USER


class WooGallery:
    """A WooCommerce shop with logos."""

    server = FakeWooCommerce
    field = "image"

    def __init__(self, shop: Shop, fake: Any) -> None:
        self.fake = fake
        login = {"username": USER, "application_password": PASSWORD}
        shop.sections["store"] = {"backend": "woocommerce", **fake.settings(**login)}

    def shown(self) -> dict[str, bytes | None]:
        """What brands show, by name."""
        files = {key: one.content for key, one in self.fake.library.by_id.items()}
        return {one["name"]: files.get((one["image"] or {}).get("id", 0)) for one in self.fake.brands.values()}

    def kept(self) -> list[bytes]:
        """What the store, or the directory, holds."""
        return [*self.fake.library.files().values()]


class BigGallery:
    """A BigCommerce store with logos."""

    server = FakeBigCommerce
    field = "image_url"

    def __init__(self, shop: Shop, fake: Any) -> None:
        self.fake = fake
        self.directory = shop.directory / "logos"
        shop.sections["store"] = {"backend": "bigcommerce", **fake.settings(images=str(self.directory))}

    def shown(self) -> dict[str, bytes | None]:
        """What brands show, by name."""
        return {brand["name"]: self.fake.picture(key) for key, brand in self.fake.brands.items()}

    def kept(self) -> list[bytes]:
        """What the store, or the directory, holds."""
        return [path.read_bytes() for path in self.directory.iterdir()] if self.directory.exists() else []


@pytest.fixture
def pictures() -> Iterator[PictureServer]:
    with PictureServer() as server:
        yield server


def _dies(kind: str, gallery_of: type[Any], directory: Path, pictures: PictureServer, fatal: int) -> bool:
    """One death and what comes after it; returns whether it died."""
    contents = {"1": png(1), "2": gif(2), "3": png(1)}
    directory.mkdir()
    with WatchedCms() as cms, gallery_of.server() as fake:
        shop = Shop(directory, cms, f"sqlite:///{directory}/journal.db")
        gallery = gallery_of(shop, fake)
        shop.set("cms.fields", description=None).set(f"cms.fields.{gallery.field}", value="logo", type="image")
        shop.set("journal", url=f"sqlite:///{directory}/journal.db").set("safety", max_updates=100)

        def call(command: str, argument: str = "", at: int | None = None) -> Any:
            return run(Call(shop.config, directory, command, argument), at).result

        def publish(key: str, content: bytes) -> None:
            contents[key] = content
            logo = pictures.put(f"/{key}-{hashlib.sha256(content).hexdigest()}", content)
            if key in cms.entries:
                cms.edit(key, logo=logo)
            else:
                shop.publish({"id": key, "name": f"Brand {key}", "logo": logo})

        for key, content in list(contents.items()):
            publish(key, content)
        if kind != "first":
            call("sync")
        if kind == "replaced":
            publish("1", png(11))
        died = call(*(("undo", shop.run_ids()[0]) if kind == "undo" else ("sync", "")), fatal) is None
        if kind == "undo":
            call("recover", "rollback")
        assert call("sync")["exit_code"] == 0
        assert gallery.shown() == {f"Brand {key}": content for key, content in contents.items()}
        assert len(gallery.kept()) == len({*gallery.kept()}) == len({*contents.values()})
        assert call("sync")["changes"] == []
        for one in shop.run_ids():
            call("undo", one)
        assert (gallery.shown(), gallery.kept()) == ({}, [])
        shop.database.close()
    return died


KINDS = ("first", "replaced", "undo")
EACH = enough(5, of=1)
"""A run dies at each fifth of its points, or at each."""


@pytest.mark.slow
@pytest.mark.parametrize("gallery", [WooGallery, BigGallery])
@pytest.mark.parametrize("kind", KINDS)
def test_a_death_at_any_point_leaves_each_picture_there_once(tmp_path, pictures, kind, gallery):
    fatal = KINDS.index(kind)
    while _dies(kind, gallery, tmp_path / f"{kind}-{fatal}", pictures, fatal):
        fatal += EACH
    assert fatal > 10
