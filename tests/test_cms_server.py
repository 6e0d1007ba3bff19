import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import real_brands
from cms_server import CmsServer, Entry, Fault


def brands(count: int = 3) -> list[Entry]:
    return [
        {"id": f"b{n}", "name": f"Brånd {n}", "external_id": None, "updated_at": f"2026-01-{n:02}T00:00:00Z"}
        for n in range(1, count + 1)
    ]


def get(cms: CmsServer, path: str = "/brands", **params: Any) -> Any:
    return httpx.get(cms.url + path, params=params).raise_for_status().json()


def ids(entries: list[Entry]) -> list[str]:
    return [entry["id"] for entry in entries]


def test_lists_everything_as_a_bare_list() -> None:
    with CmsServer(brands()) as cms:
        assert get(cms) == brands()


def test_gives_one_entry_and_says_which_it_does_not_have() -> None:
    with CmsServer([{"id": "a/å", "name": "A"}]) as cms:
        assert get(cms, "/brands/a%2F%C3%A5")["name"] == "A"
        assert httpx.get(f"{cms.url}/brands/b").status_code == 404
        assert httpx.get(f"{cms.url}/other").status_code == 404
        assert httpx.delete(f"{cms.url}/brands/a%2F%C3%A5").status_code == 405


def test_a_patch_merges_the_body_and_moves_the_date_on() -> None:
    with CmsServer(brands()) as cms:
        first = httpx.patch(f"{cms.url}/brands/b2", json={"external_id": "X"}).json()
        second = httpx.patch(f"{cms.url}/brands/b2", json={"updated_at": "2001-01-01T00:00:00Z"}).json()
        assert first["external_id"] == "X"
        assert first["name"] == "Brånd 2"
        assert brands()[1]["updated_at"] < first["updated_at"] < second["updated_at"]
        assert cms.entries["b2"] == second
        assert ids(get(cms)) == ["b1", "b2", "b3"]


@pytest.mark.parametrize("body", [b"{", b"[]", b""])
def test_a_patch_that_is_no_object_is_refused(body: bytes) -> None:
    with CmsServer(brands()) as cms:
        assert httpx.patch(f"{cms.url}/brands/b1", content=body).status_code == 400
        assert httpx.patch(f"{cms.url}/brands/b9", content=body).status_code == 404


def test_notes_every_request_down() -> None:
    with CmsServer(brands()) as cms:
        get(cms, limit="2", empty="")
        httpx.patch(f"{cms.url}/brands/b1", json={"external_id": "X"})
        httpx.patch(f"{cms.url}/brands/b1", content=b"{")
        assert cms.log == [
            ("GET", "/brands", {"limit": "2", "empty": ""}, None),
            ("PATCH", "/brands/b1", {}, {"external_id": "X"}),
            ("PATCH", "/brands/b1", {}, b"{"),
        ]
        assert cms.requests == {"GET": 1, "PATCH": 2}


def test_editors_edit_add_and_remove() -> None:
    with CmsServer(brands()) as cms:
        get(cms)
        cms.edit("b1", name="Other")
        cms.add({"id": "b0", "name": "New"})
        cms.remove("b2")
        assert [entry["name"] for entry in get(cms)] == ["Other", "Brånd 3", "New"]
        assert cms.entries["b0"]["updated_at"] > cms.entries["b1"]["updated_at"]
        assert cms.add({"id": "b4", "updated_at": "2026-02-01T00:00:00Z"})["updated_at"] == "2026-02-01T00:00:00Z"


def test_lists_what_changed_since_a_moment() -> None:
    with CmsServer([*brands(), {"id": "undated"}]) as cms:
        assert ids(get(cms, updated_since="2026-01-02T01:00:00+01:00")) == ["b2", "b3"]
        assert ids(get(cms, updated_since="2026-01-02T00:00:00.000001")) == ["b3"]
        cms.edit("b1", name="Other")
        assert ids(get(cms, updated_since="2026-01-02T00:00:00Z")) == ["b2", "b3", "b1"]
        cms.edit("b3", updated_at="2025-01-01T00:00:00Z")
        assert ids(get(cms, updated_since="2026-01-02T00:00:00Z")) == ["b2", "b1"]
        cms.edit("b1", name="Again")
        assert ids(get(cms, updated_since="2026-01-02T00:00:00Z")) == ["b2", "b1"]
        assert httpx.get(f"{cms.url}/brands", params={"updated_since": "yesterday"}).status_code == 400


def test_pages_by_number() -> None:
    with CmsServer(brands(5), paging="page", envelope="data.items", total="body", page_size=2) as cms:
        assert get(cms) == {"data": {"items": brands(5)[:2]}, "total": 5}
        assert get(cms, page=3)["data"]["items"] == brands(5)[4:]
        assert get(cms, page=4)["data"]["items"] == []
        assert get(cms, page=2, limit=3)["data"]["items"] == brands(5)[3:]


def test_pages_by_offset_and_cuts_a_large_limit() -> None:
    with CmsServer(brands(5), paging="offset", total="header", max_page_size=2) as cms:
        answer = httpx.get(f"{cms.url}/brands", params={"offset": 1, "limit": 1000})
        assert answer.json() == brands(5)[1:3]
        assert answer.headers["X-Total-Count"] == "5"


@pytest.mark.parametrize("params", [{"page": 0}, {"page": "x"}, {"limit": 0}, {"limit": -1}])
def test_a_page_that_cannot_be_is_refused(params: dict[str, Any]) -> None:
    with CmsServer(brands(), paging="page") as cms:
        assert httpx.get(f"{cms.url}/brands", params=params).status_code == 400


def test_pages_by_cursor() -> None:
    with CmsServer(brands(5), paging="cursor", envelope="data", page_size=2) as cms:
        pages = [get(cms)]
        while pages[-1]["next"]:
            pages.append(get(cms, cursor=pages[-1]["next"]))
        assert [ids(page["data"]) for page in pages] == [["b1", "b2"], ["b3", "b4"], ["b5"]]
        assert httpx.get(f"{cms.url}/brands", params={"cursor": "made up"}).status_code == 400


def test_pages_by_link_header_and_keeps_the_other_parameters() -> None:
    with CmsServer(brands(3), paging="link") as cms:
        first = httpx.get(f"{cms.url}/brands", params={"limit": 2, "updated_since": "2026-01-01T00:00:00+00:00"})
        second = httpx.get(first.links["next"]["url"])
        assert ids(first.json() + second.json()) == ["b1", "b2", "b3"]
        assert "next" not in second.links


@pytest.mark.parametrize("options", [{"paging": "cursor"}, {"total": "body"}])
def test_a_bare_list_has_no_room_for_more(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="needs an envelope"):
        CmsServer(**options)


@pytest.mark.parametrize(
    ("token", "reading", "writing"), [(None, 401, 401), ("wrong", 401, 401), ("all", 200, 200), ("read", 200, 403)]
)
def test_asks_for_a_token(token: str | None, reading: int, writing: int) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with CmsServer(brands(), token="all", read_only_token="read") as cms:
        assert httpx.get(f"{cms.url}/brands", headers=headers).status_code == reading
        assert httpx.patch(f"{cms.url}/brands/b1", headers=headers, json={}).status_code == writing


def test_compresses_when_asked() -> None:
    with CmsServer(brands(50)) as cms, httpx.Client(base_url=cms.url) as client:
        asked = client.get("/brands", headers={"Accept-Encoding": "gzip"})
        plain = client.get("/brands", headers={"Accept-Encoding": "identity"})
        assert asked.headers["Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in plain.headers
        assert asked.json() == plain.json()


def test_serves_many_threads_on_kept_connections() -> None:
    with CmsServer(brands(80)) as cms, httpx.Client(base_url=cms.url) as client:

        def link(part: range) -> None:
            for n in part:
                client.patch(f"/brands/b{n}", json={"external_id": str(n)})

        threads = [threading.Thread(target=link, args=(range(first, 81, 8),)) for first in range(1, 9)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [entry["external_id"] for entry in get(cms)] == [str(n) for n in range(1, 81)]
        assert len(cms.connections) <= 8 + 1


def test_a_request_may_arrive_in_pieces_and_two_at_once() -> None:
    import socket  # noqa: PLC0415 - the one test below HTTP

    patch = b'PATCH /brands/b1 HTTP/1.1\r\nContent-Length: 10\r\n\r\n{"name":1}'
    with CmsServer(brands()) as cms, socket.create_connection(("127.0.0.1", int(cms.url.rsplit(":")[-1]))) as client:
        client.sendall(patch[:30])
        client.sendall(patch[30:-3])
        client.sendall(patch[-3:] + b"GET /brands/b1 HTTP/1.1\r\nConnection: close\r\n\r\n")
        with client.makefile("rb") as answers:
            assert answers.read().count(b'"name":1') == 2


def test_comes_back_at_the_same_address_with_what_it_had() -> None:
    cms = CmsServer(brands())
    with cms:
        cms.edit("b1", name="Other")
        url = cms.url
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
    with cms:
        assert httpx.get(f"{url}/brands/b1").json()["name"] == "Other"


# Faults


def test_a_reset_does_nothing_and_a_late_one_does_it_unanswered() -> None:
    with CmsServer(brands()) as cms:
        cms.faults = [Fault("reset", path="/brands/b1"), Fault("reset_after", path="/brands/b2")]
        for key in ("b1", "b2"):
            with pytest.raises(httpx.ReadError):
                httpx.patch(f"{cms.url}/brands/{key}", json={"external_id": "X"})
        assert [entry["external_id"] for entry in cms.entries.values()] == [None, "X", None]


def test_a_late_answer_was_carried_out() -> None:
    with CmsServer(brands()) as cms, httpx.Client(base_url=cms.url) as client:
        cms.faults = [Fault("timeout", seconds=0.05, nth=1), Fault("timeout")]
        assert client.patch("/brands/b1", json={"name": "Late"}).json()["name"] == "Late"
        with pytest.raises(httpx.ReadTimeout):
            client.patch("/brands/b1", json={"name": "Later"}, timeout=httpx.Timeout(5, read=0.05))
        assert cms.entries["b1"]["name"] == "Later"


def test_an_answer_after_the_client_left_harms_nobody() -> None:
    with CmsServer(brands()) as cms:
        cms.faults = [Fault("timeout", seconds=0.1, nth=1)]
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{cms.url}/brands", timeout=httpx.Timeout(5, read=0.01))
        cms.faults = [Fault("timeout", seconds=0.15, nth=1)]
        assert get(cms) == brands()


def test_a_body_can_be_cut_short() -> None:
    with CmsServer(brands()) as cms:
        cms.faults = [Fault("truncate", nth=1), Fault("truncated_json")]
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
            httpx.get(f"{cms.url}/brands")
        with pytest.raises(json.JSONDecodeError):
            get(cms)


def test_something_else_than_brands_can_come() -> None:
    with CmsServer(brands()) as cms:
        cms.faults = [
            Fault("html", nth=1),
            Fault("null", nth=1),
            Fault("status", status=429, headers={"Retry-After": "2"}),
        ]
        html, null, busy = (httpx.get(f"{cms.url}/brands") for _ in range(3))
        assert html.headers["Content-Type"] == "text/html"
        assert html.text.startswith("<!doctype html>")
        assert (null.status_code, null.text) == (200, "null")
        assert (busy.status_code, busy.headers["Retry-After"]) == (429, "2")


@pytest.mark.parametrize(
    ("fault", "statuses"),
    [
        (Fault("status", status=520), [520, 520, 520, 520]),
        (Fault("status", count=2), [503, 503, 200, 200]),
        (Fault("status", nth=2), [200, 503, 200, 200]),
        (Fault("status", nth=2, count=2), [200, 503, 503, 200]),
        (Fault("status", probability=0), [200, 200, 200, 200]),
        (Fault("status", method="PATCH"), [200, 200, 200, 200]),
        (Fault("status", method="GET", path="/brands/"), [200, 200, 200, 200]),
    ],
)
def test_a_fault_strikes_the_requests_it_names(fault: Fault, statuses: list[int]) -> None:
    with CmsServer(brands()) as cms:
        cms.faults = [fault]
        assert [httpx.get(f"{cms.url}/brands").status_code for _ in range(4)] == statuses


# As a program


@contextmanager
def program(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, str(Path(__file__).with_name("cms_server.py")), "--print-url", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.send_signal(signal.SIGTERM)


def test_as_a_program_it_keeps_its_state_shows_it_and_saves_it(tmp_path: Path) -> None:
    (tmp_path / "brands.json").write_text(json.dumps(brands()))
    with program("--file", str(tmp_path / "brands.json"), "--save", str(tmp_path / "saved.json")) as (process, url):
        httpx.post(f"{url}/_fault", json=[{"kind": "reset_after", "method": "PATCH", "nth": 1}])
        with pytest.raises(httpx.ReadError):
            httpx.patch(f"{url}/brands/b1", json={"external_id": "X"})
        state = httpx.get(f"{url}/_state").json()
        assert state[0]["external_id"] == "X"
        assert httpx.get(f"{url}/_requests").json() == {"PATCH": 1}
        assert httpx.get(f"{url}/_other").status_code == 404
    assert process.returncode == 0
    assert json.loads((tmp_path / "saved.json").read_text("utf-8")) == state


def test_as_a_program_it_takes_its_options(tmp_path: Path) -> None:
    (tmp_path / "brands.json").write_text(json.dumps(brands()))
    options = ["--envelope", "data", "--paging", "page", "--page-size", "2", "--total", "body", "--token", "secret"]
    with program("--file", str(tmp_path / "brands.json"), *options) as (_, url):
        assert httpx.get(f"{url}/brands").status_code == 401
        answer = httpx.get(f"{url}/brands", headers={"Authorization": "Bearer secret"}).json()
        assert answer == {"data": brands()[:2], "total": 3}


# Real brands


@pytest.fixture(scope="module")
def real() -> list[Entry]:
    if reason := real_brands.available():
        pytest.skip(reason)
    return real_brands.load()


def test_serves_real_brands(real: list[Entry]) -> None:
    with program("--nsi", "--paging", "page", "--envelope", "data", "--total", "body") as (_, url):
        page = httpx.get(f"{url}/brands", params={"page": 20, "limit": 1000}).json()
        assert page == {"data": real[19_000:], "total": 19_119}


def program_named_npm(directory: Path, script: str) -> None:
    npm = directory / "npm"
    npm.write_text(f"#!/bin/sh\n{script}\n")
    npm.chmod(0o755)


def test_two_processes_that_want_the_real_brands_fetch_them_once(tmp_path: Path, real: list[Entry]) -> None:
    program_named_npm(tmp_path, f"echo called >>{tmp_path}/calls; cp {real_brands._PACKAGE.tarball()} .")
    code = "import real_brands; print(real_brands.load()[0]['id'])"
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "PYTHONPATH": str(Path(__file__).parent),
        "BRANDSYNC_TEST_CACHE": str(tmp_path / "cache"),
    }
    command = [sys.executable, "-c", code]
    started = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate()[0].strip() for process in started] == [real[0]["id"]] * 2
    assert (tmp_path / "calls").read_text() == "called\n"
    assert [path.suffix for path in (tmp_path / "cache").iterdir() if path.suffix != ".lock"] == [".tgz"]


def test_says_why_there_are_no_real_brands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRANDSYNC_TEST_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert real_brands.available.__wrapped__() == "npm is not installed"
    program_named_npm(tmp_path, "echo npm error code E404 >&2; exit 1")
    assert "E404" in str(real_brands.available.__wrapped__())
