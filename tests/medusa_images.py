"""Pictures of brands: entries of the CMS, and whole runs, for the fake shop and for a real Medusa."""

import hashlib
import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import pytest
from pictures import PictureServer, gif, png, svg
from shop import Shop

FAULTS = Path(__file__).parent / "faults"
LARGE = 3_000_000
Logos = Mapping[str, tuple[bytes, str]]
PICTURES: Logos = {
    "1": (png(1), "png"),
    "2": (svg(2), "svg"),
    "3": (gif(3), "gif"),
    "4": (png(4, padding=LARGE), "png"),
}
"""The bytes and the extension of each entry's logo."""
FEW: Logos = {key: PICTURES[key] for key in ("1", "2")}
MODES = ("rollback", "resume")


class Medusa(Protocol):
    """What the tests look at in a shop, which may be a real one or the fake."""

    def logos(self) -> dict[str, str | None]:
        """What brands refer to, by the brand's name."""

    def images(self) -> dict[str, bytes]:
        """The files that the shop's file provider keeps, by their ids."""


def mapped(shop: Shop) -> Shop:
    """A shop whose brands have logos, and nothing else."""
    return shop.set("cms.fields", description=None).set("cms.fields.logo", value="logo", type="image")


def published(shop: Shop, pictures: PictureServer, logos: Logos = PICTURES) -> Shop:
    """A shop whose CMS has a brand for each picture."""
    for key, (content, _) in logos.items():
        shop.cms.add({"id": key, "name": f"Brand {key}", "logo": pictures.put(f"/{key}", content)})
    return mapped(shop)


def named(brand: str, content: bytes, extension: str) -> str:
    """The name under which a brand's picture is uploaded."""
    return f"{brand}-{hashlib.sha256(content).hexdigest()[:12]}.{extension}"


def each_brand_has_its_picture(medusa: Medusa, expected: Logos = PICTURES) -> bool:
    """Each brand refers to one file, whose bytes are the picture's; and there is no other file."""
    logos, files = medusa.logos(), medusa.images()
    contents = {f"Brand {key}": content for key, (content, _) in expected.items()}
    held = {brand: files.get((logo or "").rpartition("/")[2]) for brand, logo in logos.items()}
    return held == contents and len(files) == len(contents)


def every_picture_arrives_once_and_is_taken_back(shop: Shop, pictures: PictureServer, medusa: Medusa) -> None:
    """Upload; nothing the second time; another picture is another file; an undo brings the old one back, and none."""
    created = published(shop, pictures).sync()
    assert (created["exit_code"], created["counts"]["created"], created["counts"]["images"]) == (0, 4, 4)
    assert each_brand_has_its_picture(medusa)
    for key, (content, extension) in PICTURES.items():
        assert (medusa.logos()[f"Brand {key}"] or "").endswith(named(f"brand-{key}", content, extension))
    before = medusa.logos(), medusa.images()
    assert shop.sync()["changes"] == []
    assert (medusa.logos(), medusa.images()) == before

    shop.cms.edit("1", logo=pictures.put("/new", png(9)))
    shop.cms.edit("2", logo=None)
    done = shop.set("safety", max_updates="100%").sync()
    assert done["counts"]["images"] == 2
    logos = medusa.logos()
    assert logos["Brand 2"] is None
    assert (logos["Brand 1"] or "").endswith(named("brand-1", png(9), "png"))
    assert len(medusa.images()) == 5
    assert shop.undo(done["run"])["exit_code"] == 0
    assert (medusa.logos(), medusa.images()) == before

    assert shop.undo(created["run"])["exit_code"] == 0
    assert (medusa.logos(), medusa.images()) == ({}, {})
    shop.cms.edit("1", logo=f"{pictures.url}/1")
    shop.cms.edit("2", logo=f"{pictures.url}/2")
    assert shop.sync()["counts"]["images"] == 4
    assert each_brand_has_its_picture(medusa)


def dying(shop: Shop, command: str, fatal: int | None, argument: str = "") -> Any:
    """Have a process of its own do something, and die at a point; for none, it tells its points."""
    temporary = shop.directory / "temporary"
    temporary.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FAULTS))
        child = importlib.import_module("crash_child")
        return child.run(child.Call(shop.config, temporary, command, argument), fatal)


def a_death_leaves_no_file_and_makes_none_twice(shop: Shop, medusa: Medusa, fatal: int, mode: str) -> None:
    """Die in the first run, of a shop with ``FEW`` pictures; run once more, with a mode of recovery; then undo all."""
    assert dying(shop.set("sync", recover=mode), "sync", fatal).result is None
    after = shop.sync()
    assert (after["exit_code"], after["kept"], after["failed"]) == (0, [], []), after
    assert each_brand_has_its_picture(medusa, FEW)
    assert shop.sync()["changes"] == []
    for run in shop.run_ids():
        shop.undo(run)
    assert (medusa.logos(), medusa.images()) == ({}, {})
