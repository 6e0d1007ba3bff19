"""Whatever is wrong with the CMS: one clear error, the right exit code, and nothing changed or given away."""

import copy
import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cms_server import CmsServer, Fault
from cms_wire import Answer
from extent import enough
from ran import CANARY, Command, assert_nothing_leaked, assert_refused, command
from shop import Shop, entries

pytestmark = pytest.mark.usefixtures("no_retries")

TOKEN = f"token-{CANARY}"
GOOD = [{"id": "e0", "name": "Brand 0"}, {"id": "e1", "name": "Brand 1"}]


@pytest.fixture
def cms() -> Iterator[CmsServer]:
    with CmsServer(token=TOKEN) as server:
        yield server


@pytest.fixture
def brandsync(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return command(monkeypatch, capsys)


@pytest.fixture
def synced(shop: Shop) -> Shop:
    """A shop with secrets wherever there can be one, that has synced, and has an update and a creation to make."""
    shop.set("cms", token=TOKEN)
    shop.set("cms.headers", **{"X-Shop": f"header-{CANARY}"}).set("cms.params", api_key=f"parameter-{CANARY}")
    shop.publish(*entries(5))
    assert shop.sync()["exit_code"] == 0
    shop.cms.edit("e1", name="First")
    shop.cms.add({"id": "new", "name": "New"})
    return shop


def state(shop: Shop) -> tuple[Any, ...]:
    """Both sides, and what the journal knows of their links."""
    tables = ("brand", "brandsync_link")
    return (*(shop.query(f"SELECT * FROM {table}") for table in tables), copy.deepcopy(dict(shop.cms.entries)))


def fault(kind: Any, **where: Any) -> Callable[[Shop], None]:
    def arrange(shop: Shop) -> None:
        shop.cms.faults = [Fault(kind, **where)]

    return arrange


def setting(**settings: Any) -> Callable[[Shop], None]:
    def arrange(shop: Shop) -> None:
        shop.set("cms", **settings)

    return arrange


def refused_connection(shop: Shop) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    shop.set("cms", url=f"http://127.0.0.1:{port}")


def body(text: bytes, content_type: str = "application/json") -> Callable[[Shop], None]:
    """A CMS that answers this, whatever it is asked."""

    def arrange(shop: Shop) -> None:
        answer = Answer(text.decode("latin-1"), 200, {"Content-Type": content_type})
        shop.cms.answer = lambda _request: answer  # type: ignore[method-assign]

    return arrange


CMS = {
    "a wrong token": (setting(token=f"wrong-{CANARY}"), 77, ["401"]),
    "no token": (setting(token=None), 77, ["401"]),
    "HTML instead of JSON": (fault("html"), 1, ["/brands"]),
    "truncated JSON under the right length": (fault("truncated_json"), 1, ["/brands"]),
    "a body cut midway": (fault("truncate"), 75, ["/brands"]),
    "a page that is null": (fault("null"), 1, ["null", "/brands"]),
    "a text where the list should be": (body(b"brands"), 1, ["/brands"]),
    "a listing that isn't there": (setting(path="/brand"), 78, ["404", "/brand"]),
    "an envelope that isn't there": (setting(items="data.brands"), 78, ["data.brands"]),
    "a host that doesn't exist": (setting(url="http://cms.invalid"), 78, ["cms.invalid", "check the host"]),
    "a connection refused": (refused_connection, 75, ["127.0.0.1"]),
    "a connection reset": (fault("reset"), 75, ["/brands"]),
    "an error of the server": (fault("status", status=500), 75, ["500"]),
    "a server that is overloaded": (fault("status", status=503), 75, ["503"]),
    "too many requests": (fault("status", status=429), 75, ["429"]),
    "a token that ends before the write": (fault("status", method="PATCH", status=401), 77, ["401"]),
    "a write-back that is refused": (fault("status", method="PATCH", status=422), 1, ["422"]),
    "a write-back that fails": (fault("status", method="PATCH", status=502), 75, ["502"]),
}


CASES = [(what, output) for output in ("plain", "json") for what in CMS]
IN_JSON = ("a wrong token", "a write-back that is refused")
"""The error goes to stderr alike in every form: one run that read, and one that was rolled back."""


@pytest.mark.parametrize(
    ("what", "output"), enough([case for case in CASES if case[1] == "plain" or case[0] in IN_JSON], of=CASES)
)
def test_a_cms_that_is_wrong_changes_nothing(brandsync: Command, synced: Shop, what: str, output: str) -> None:
    arrange, code, says = CMS[what]
    before = state(synced)
    arrange(synced)
    ran = brandsync("sync", "--output", output, "--config", str(synced.config))
    assert_refused(ran, code, *says)
    after = state(synced)
    if "write" in what:  # the CMS dates its entries: the id that was written and taken back has moved that
        assert [row[:3] for row in after[0]] == [row[:3] for row in before[0]]
        assert synced.external_ids()["new"] is None
    else:
        assert after == before
    assert_nothing_leaked(synced.directory)


READ = [what for what in CMS if "write" not in what]
TOLD = ["a wrong token", "HTML instead of JSON", "a listing that isn't there", "a connection refused"]
"""One of each exit code: a check says what a run says."""


@pytest.mark.parametrize("what", enough(TOLD, of=READ))
def test_a_check_says_the_same_and_leaks_nothing(brandsync: Command, synced: Shop, what: str) -> None:
    arrange, code, says = CMS[what]
    before = state(synced)
    arrange(synced)
    ran = brandsync("check", "--config", str(synced.config))
    assert ran.code == code
    (line,) = [line for line in ran.lines if line.startswith("✗  cms  ")]
    assert all(fragment in line for fragment in says)
    assert CANARY not in ran.out + ran.err
    assert state(synced) == before


def test_an_object_where_the_list_should_be_names_the_setting(brandsync: Command, shop: Shop) -> None:
    with CmsServer(GOOD, envelope="data") as cms:
        ran = brandsync("sync", "--config", str(shop.set("cms", url=cms.url).config))
    assert_refused(ran, 78, "object", 'set items = "data" in [cms]')
    assert not shop.query("SELECT name FROM sqlite_master WHERE name = 'brand'")


# A file as the CMS.


@pytest.fixture
def with_file(shop: Shop, tmp_path: Path) -> Shop:
    """A shop that has synced a file once."""
    shop.sections["cms"] = {"backend": "file", "path": "brands.json"}
    (tmp_path / "brands.json").write_text(json.dumps(GOOD), "utf-8")
    shop.set("cms.fields", description=None)
    assert shop.sync()["exit_code"] == 0
    return shop


FILES: dict[str, tuple[str, bytes | None, int, list[str]]] = {
    "a missing file": ("gone.json", None, 78, ["gone.json", "does not exist"]),
    "a directory": (".", None, 78, ["format"]),
    "a directory called .json": ("folder.json", None, 78, ["folder.json", "is a directory"]),
    "a file below a file": ("brands.json/x.json", None, 78, ["does not exist"]),
    "not UTF-8": ("b.json", '[{"id": "ä"}]'.encode("latin-1"), 1, ["b.json", "not UTF-8"]),
    "an empty file": ("b.json", b"", 1, ["b.json"]),
    "half a JSON file": ("b.json", b'[{"id": "e0", "name": "Br', 1, ["b.json"]),
    "JSON that is an object": ("b.json", b'{"brands": []}', 78, ["b.json", 'set items = "brands"']),
    "JSON that nests too deep": ("b.json", b"[" * 100_000, 1, ["b.json"]),
    "a bad JSON line": ("b.jsonl", b'{"id": "e0", "name": "x"}\n{"id": }\n', 1, ["b.jsonl", "line 2"]),
    "a JSON line not in UTF-8": ("b.jsonl", b'{"id": "e0", "name": "\xff"}\n', 1, ["b.jsonl"]),
    "a CSV row too long": ("b.csv", b"id,name\ne0,a,b,c\n", 1, ["b.csv", "line 2"]),
    "a CSV file not in UTF-8": ("b.csv", b"id,name\ne0,\xff\n", 1, ["b.csv", "UTF-8"]),
    "a CSV file that ends in a quote": ("b.csv", b'id,name\ne0,"Brand', 1, ["b.csv"]),
    "a CSV file of two separators": ("b.csv", b"id;name,x\ne0;A\n", 1, ["b.csv", "line 1", "sep="]),
    "a CSV file of two line ends": ("b.csv", b"id,name\re0,A\r\ne1,B\r\n", 1, ["b.csv", "line 3", "line break"]),
    "UTF-16 without a mark": ("b.csv", "id,name\ne0,A\n".encode("utf-16-le"), 1, ["b.csv", "UTF-8"]),
    "YAML with a list that is none": ("b.yaml", b"!Ref brands", 1, ["b.yaml", "line 1, column 1", "!Ref"]),
    "YAML with a key twice": ("b.yaml", b"brands: []\nbrands: [{id: e0}]", 1, ["b.yaml", "line 2, column 1", "twice"]),
    "JSON with a key twice": ("b.json", b'{"brands": [],\n"brands": [{"id": "e0"}]}', 1, ["b.json", "line 2", "twice"]),
    "bad YAML": ("b.yaml", b"- id: [", 1, ["b.yaml"]),
    "YAML that makes a Python object": ("b.yaml", b"!!python/object/apply:os.system ['true']", 1, ["b.yaml"]),
}


@pytest.mark.parametrize("what", FILES)
def test_a_file_that_is_wrong_changes_nothing(brandsync: Command, with_file: Shop, tmp_path: Path, what: str) -> None:
    name, content, code, says = FILES[what]
    if content is not None:
        (tmp_path / name).write_bytes(content)
    elif name == "folder.json":
        (tmp_path / name).mkdir()
    before = state(with_file)
    ran = brandsync("sync", "--config", str(with_file.set("cms", path=name).config))
    assert_refused(ran, code, *says)
    assert state(with_file) == before
