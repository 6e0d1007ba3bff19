"""Answers and files made to exhaust whoever reads them: each ends in one clear error, soon, in little memory."""

import gzip
import json
import os
import resource
import subprocess
import sys
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from cms_server import CmsServer
from extent import enough
from fake_contentful import FakeContentful
from fake_server import Answer, Asked
from pytest_httpserver import HTTPServer
from ran import Command, Ran, assert_refused
from shop import Shop
from werkzeug import Response

from brandsync.http.bounded import LARGEST_BODY

pytestmark = pytest.mark.usefixtures("no_retries")

DEEP = 10_000
MEGABYTE = 2**20


@pytest.fixture
def site(httpserver: HTTPServer, shop: Shop) -> HTTPServer:
    shop.set("cms", url=httpserver.url_for("")).set("sync", link="journal")
    return httpserver


def answer(site: HTTPServer, body: bytes, encoding: str | None = None) -> None:
    headers = {"Content-Encoding": encoding} if encoding else {}
    site.expect_request("/brands").respond_with_response(
        Response(body, content_type="application/json", headers=headers)
    )


def file_of(shop: Shop, name: str, content: str, **fields: str) -> str:
    (shop.directory / name).write_text(content, "utf-8")
    shop.sections["cms"] = {"backend": "file", "path": name}
    shop.sections["cms.fields"] = {"name": "name", **fields}
    return str(shop.config)


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_json_that_is_nested_too_deep_is_unreadable(
    brandsync: Command, shop: Shop, site: HTTPServer, opening: str
) -> None:
    closing = "]" if opening == "[" else "}"
    body = opening * DEEP + "1" + closing * DEEP
    answer(site, body.encode())
    assert_refused(brandsync("sync", "--config", str(shop.config)), 1, "not JSON")
    answer_within = f'[{{"id": "a", "name": "A", "metadata": {body}}}]'
    for name in ("brands.json", "brands.jsonl"):
        text = answer_within if name.endswith("json") else answer_within[1:-1]
        ran = brandsync("sync", "--config", file_of(shop, name, text, metadata="metadata"))
        assert_refused(ran, 1, "nesting too deep")


@pytest.mark.parametrize("depth", enough([90, 900], of=[30, 90, 400, 900]))
def test_metadata_that_is_deep_is_stored_whole_or_skipped_with_a_reason(
    brandsync: Command, any_shop: Shop, depth: int
) -> None:
    metadata = json.loads('{"a":' * depth + "1" + "}" * depth)
    any_shop.cms.add({"id": "deep", "name": "Deep", "metadata": metadata, "external_id": None})
    any_shop.cms.add({"id": "plain", "name": "Plain", "metadata": {"a": 1}, "external_id": None})
    any_shop.set("cms.fields", metadata="metadata")
    ran = brandsync("sync", "--output", "json", "--config", str(any_shop.config))
    assert ran.code in {0, 65}, ran.err
    assert "Plain" in any_shop.names().values()
    if ran.code == 0:
        again = brandsync("sync", "--output", "json", "--config", str(any_shop.config))
        assert again.json["counts"]["unchanged"] == 2
    else:
        assert [skipped["cms_id"] for skipped in ran.json["skipped"]] == ["deep"]
    for output in ("rich", "plain", "json"):
        shown = brandsync("runs", "show", "last", "--output", output, "--config", str(any_shop.config))
        assert (shown.code, shown.err) == (0, "")


def bomb(size: int) -> Iterator[bytes]:
    """A list of one very long text, packed a thousand times smaller."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    yield packer.compress(b'[{"id": "a", "name": "') + packer.flush(zlib.Z_FULL_FLUSH)
    much = packer.compress(b"x" * MEGABYTE) + packer.flush(zlib.Z_FULL_FLUSH)  # it is packed once: nothing refers to it
    yield from [much] * (size // MEGABYTE)
    yield packer.compress(b'"}]') + packer.flush()  # the check sum is wrong: nobody gets there


@cache
def large_bomb() -> bytes:
    """Two gigabytes: to pack them takes seconds."""
    return b"".join(bomb(2048 * MEGABYTE))


def limited(shop: Shop, megabytes: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process that may have so much memory."""
    most = megabytes * MEGABYTE
    return subprocess.run(
        [sys.executable, "-m", "brandsync", *arguments, "--config", str(shop.config)],
        cwd=shop.directory,
        env=os.environ,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (most, most)),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.slow
@pytest.mark.parametrize("status", [200, 500])
def test_an_answer_that_unpacks_to_gigabytes_is_refused_before_it_is_in_memory(
    shop: Shop, site: HTTPServer, status: int
) -> None:
    packed = large_bomb()
    assert len(packed) < 4 * MEGABYTE
    site.expect_request("/brands").respond_with_response(
        Response(packed, status, content_type="application/json", headers={"Content-Encoding": "gzip"})
    )
    ran = limited(shop, 1000, "sync")
    assert ran.returncode == 1, ran.stderr
    assert f"answers with more than {LARGEST_BODY // MEGABYTE} MB" in ran.stderr
    assert "hint: ask for smaller pages" in ran.stderr


def test_an_answer_that_is_packed_in_many_layers_is_unreadable(
    brandsync: Command, shop: Shop, site: HTTPServer
) -> None:
    body = b"[]"
    for _ in range(20):
        body = gzip.compress(body)
    answer(site, body, ", ".join(["gzip"] * 20))
    ran = brandsync("sync", "--config", str(shop.config))
    assert ran.code in {0, 1, 4, 75}
    assert "a bug in" not in ran.err


def test_an_answer_that_is_not_packed_as_it_says_is_told(brandsync: Command, shop: Shop, site: HTTPServer) -> None:
    answer(site, b"not gzip", "gzip")
    assert_refused(brandsync("sync", "--config", str(shop.config)), 75, "decompressing")


LAUGHS = "\n".join(
    ["a: &a [lol,lol,lol,lol,lol,lol,lol,lol,lol]"]
    + [f"{key}: &{key} [{','.join([f'*{before}'] * 9)}]" for before, key in zip("abcdefgh", "bcdefghi", strict=True)]
)
"""A billion laughs: 9⁹ texts in nine lines."""


def laughing(entry: str) -> str:
    indented = "\n".join(f"  {line}" for line in LAUGHS.splitlines())
    return f"bomb: &bomb\n{indented}\nbrands:\n- {{id: good, name: Good}}\n- {entry}\n"


def laughed(shop: Shop, entry: str) -> Ran:
    (shop.directory / "brands.yaml").write_text(laughing(entry), "utf-8")
    shop.sections["cms"] = {"backend": "file", "path": "brands.yaml", "items": "brands"}
    shop.sections["cms.fields"] = {"name": "name", "metadata": "metadata"}
    done = limited(shop, 700, "sync", "--output", "json")
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.mark.slow
@pytest.mark.parametrize("entry", ["{id: bad, name: *bomb}", "{id: bad, name: Bad, metadata: *bomb}"])
def test_a_billion_laughs_are_skipped_with_a_reason(shop: Shop, entry: str) -> None:
    ran = laughed(shop, entry)
    assert ran.code == 65, ran.err
    (skipped,) = ran.json["skipped"]
    assert skipped["cms_id"] == "bad"
    assert "text was expected" in skipped["detail"] or "more than 16 MB" in skipped["detail"]
    assert list(shop.names().values()) == ["Good"]


@pytest.mark.slow
@pytest.mark.parametrize("path", ["text(bomb)", "html(bomb)", "to_string(bomb)", "bomb[][][][][][][][] | [0]"])
def test_a_billion_laughs_are_skipped_whatever_function_reads_them(shop: Shop, path: str) -> None:
    (shop.directory / "brands.yaml").write_text(laughing("{id: bad, name: Bad, bomb: *bomb}"), "utf-8")
    shop.sections["cms"] = {"backend": "file", "path": "brands.yaml", "items": "brands"}
    shop.sections["cms.fields"] = {"name": "name", "description": path}
    done = limited(shop, 700, "sync", "--output", "json")
    ran = Ran(done.returncode, done.stdout, done.stderr)
    assert ran.code == 65, ran.err
    assert "repeats itself" in ran.json["skipped"][0]["detail"]
    assert list(shop.names().values()) == ["Good"]


@pytest.mark.slow
def test_a_document_that_holds_itself_is_skipped_with_a_reason(shop: Shop) -> None:
    ran = laughed(shop, "&me {id: bad, name: Bad, metadata: *me}")
    assert ran.code == 65, ran.err
    assert "more than 16 MB" in ran.json["skipped"][0]["detail"]


@pytest.mark.slow
def test_yaml_that_is_nested_too_deep_is_unreadable(shop: Shop) -> None:
    file_of(shop, "brands.yaml", "[" * 200_000 + "]" * 200_000)
    ran = limited(shop, 2000, "sync")
    assert ran.returncode == 1, ran.stderr
    assert "Traceback" not in ran.stderr
    assert "brands.yaml" in ran.stderr


def test_a_number_too_long_is_unreadable(brandsync: Command, shop: Shop, site: HTTPServer) -> None:
    answer(site, b'[{"id": ' + b"9" * 10_000 + b', "name": "A"}]')
    assert_refused(brandsync("sync", "--config", str(shop.config)), 1, "not JSON")


def test_an_answer_of_a_form_that_no_api_promises_is_unreadable(brandsync: Command, sqlite_url: str) -> None:
    with FakeContentful() as contentful, CmsServer() as cms, Shop(Path.cwd(), cms, sqlite_url) as shop:
        settings = contentful.settings()
        right = contentful.answer

        def wrong(asked: Asked) -> Answer:
            is_type = "content_types/" in asked.path
            return Answer(200, {"fields": [{"id": "external_id", "type": []}]}) if is_type else right(asked)

        contentful.answer = wrong  # type: ignore[method-assign]
        shop.sections["cms"] = {"backend": "contentful", **settings, "external_id": "external_id"}
        ran = brandsync("check", "--config", str(shop.config))
    assert ran.code == 1
    assert "an answer of the CMS is not what its API promises" in ran.out
