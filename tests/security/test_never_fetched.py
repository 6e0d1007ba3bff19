"""Addresses in content are text: nothing is fetched from them, and no file is opened that they name.

But for pictures: a run fetches those that are mapped as images, and ``check`` looks at one ``logo_url``."""

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from ran import Command
from shop import Shop


class Canary:
    """A port that counts who comes."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self.visitors = 0
        self.thread = threading.Thread(target=self._count)
        self.thread.start()

    def _count(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.visitors += 1
            connection.close()

    def close(self) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join()


@pytest.fixture
def canary() -> Iterator[Canary]:
    found = Canary()
    yield found
    found.close()


def addresses(canary: Canary) -> dict[str, str]:
    where = f"127.0.0.1:{canary.port}"
    return {
        "name": f"http://{where}/name",
        "description": f'<img src="http://{where}/x.png"> <script src="http://{where}/x.js"></script> ![](http://{where}/)',
        "logo_url": f"http://{where}/logo.png",
        "website_url": f"http://{where}/",
        "handle": f"//{where}/handle",
    }


def test_nothing_in_content_is_fetched(brandsync: Command, shop: Shop, canary: Canary) -> None:
    fields = addresses(canary)
    shop.cms.add({"id": "a", "external_id": None, **fields})
    paths = {name: name for name in fields}
    shop.sections["cms.fields"] = paths | {"description": "html(description)", "logo_url": "absolute(logo_url)"}
    for arguments in (["sync", "--dry-run"], ["sync"], ["runs", "show", "last"], ["undo", "last"], ["sync"]):
        assert brandsync(*arguments, "--output", "rich", "--config", str(shop.config)).code == 0
    assert brandsync("runs", "show", "last", "--html", "page.html", "--config", str(shop.config)).code == 0
    assert fields["logo_url"] in Path("page.html").read_text("utf-8")
    assert shop.query("SELECT logo_url, handle FROM brand") == [(fields["logo_url"], fields["handle"])]
    assert canary.visitors == 0
    ran = brandsync("check", "--config", str(shop.config))
    assert (ran.code, canary.visitors) == (78, 1)
    assert "the picture in `logo_url` of entry a can't be seen by visitors" in ran.out


def test_a_file_of_brands_leads_to_no_other_file_or_server(
    brandsync: Command, shop: Shop, canary: Canary, tmp_path: Path
) -> None:
    (tmp_path / "secret.json").write_text('[{"id": "s", "name": "found"}]', "utf-8")
    leads = {**addresses(canary), "$ref": "secret.json", "include": "!include secret.json", "next": "secret.json"}
    (tmp_path / "brands.json").write_text(json.dumps([{"id": "a", **leads}]), "utf-8")
    shop.sections["cms"] = {"backend": "file", "path": "brands.json"}
    shop.sections["cms.fields"] = {name: name for name in addresses(canary)}
    assert brandsync("sync", "--config", str(shop.config)).code == 0
    assert [row[0] for row in shop.query("SELECT name FROM brand")] == [leads["name"]]
    assert canary.visitors == 0


@pytest.mark.parametrize(
    "tag", ["!include secret.json", "!!python/object/apply:os.system ['touch hit']", "!!python/name:os.system"]
)
def test_a_tag_in_yaml_costs_its_entry_and_runs_nothing(
    brandsync: Command, shop: Shop, tmp_path: Path, tag: str
) -> None:
    (tmp_path / "secret.json").write_text("[]", "utf-8")
    (tmp_path / "brands.yaml").write_text(f"- id: a\n  name: {tag}\n", "utf-8")
    shop.sections["cms"] = {"backend": "file", "path": "brands.yaml"}
    ran = brandsync("sync", "--config", str(shop.config))
    assert ran.code == 65
    assert "`name` is unreadable (line 2, column 9 of the file: " in ran.out
    assert not (tmp_path / "hit").exists()


@pytest.mark.parametrize(
    "handle", ["../../etc/passwd", "/etc/passwd", "..\\..\\x", "a/../b", "%2e%2e%2f", "~root", "a\r\nX: y"]
)
def test_a_handle_that_looks_like_a_path_is_text(brandsync: Command, shop: Shop, handle: str) -> None:
    shop.cms.add({"id": "a", "name": "A", "handle": handle})
    shop.set("cms.fields", handle="handle").set("sync", match_on="handle")
    before = {path.name for path in shop.directory.iterdir()}
    assert brandsync("sync", "--config", str(shop.config)).code == 0
    assert shop.query("SELECT handle FROM brand") == [(handle,)]
    assert {path.name for path in shop.directory.iterdir()} - before <= {"shop.toml", "brands.db"}
