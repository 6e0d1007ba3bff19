"""Files are fetched from any server, within limits, and no server sees the credentials of another."""

import io
import socket
from collections.abc import Iterator

import pytest
from pictures import PictureServer, png, svg

from brandsync.cms.downloads import Downloads, NotFetched
from brandsync.errors import Interrupted
from brandsync.http import Endpoint


@pytest.fixture
def pictures() -> Iterator[PictureServer]:
    with PictureServer() as server:
        yield server


def fetched(address: str, own: Endpoint | None = None, *, as_visitor: bool = False, **options: object) -> bytes:
    settings = {"largest": 1_000_000, "timeout": 2.0, "private": True} | options
    downloads = Downloads(own, **settings)  # type: ignore[arg-type]
    file = io.BytesIO()
    try:
        downloads.fetch(address, file, as_visitor=as_visitor)
    finally:
        downloads.close()
    return file.getvalue()


def test_a_file_arrives_as_it_is(pictures):
    assert fetched(pictures.put("/a", png(1))) == png(1)


def test_the_cms_gets_its_own_credentials_and_a_visitor_has_none(pictures):
    own = Endpoint(f"{pictures.url}/api", headers={"Authorization": "Bearer abc"})
    address = pictures.put("/assets/1", png(1))
    fetched(address, own)
    assert pictures.headers["/assets/1"]["Authorization"] == "Bearer abc"
    fetched(address, own, as_visitor=True)
    assert "Authorization" not in pictures.headers["/assets/1"]


def test_a_redirect_to_another_server_takes_no_credentials_along(pictures):
    with PictureServer() as other:
        pictures.files["/1"] = (302, {"Location": other.put("/far", png(1))}, b"")
        own = Endpoint(pictures.url, headers={"Authorization": "Bearer abc"}, auth=("me", "secret"))
        assert fetched(f"{pictures.url}/1", own) == png(1)
        assert "Authorization" not in other.headers["/far"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_relative_redirects_are_followed(pictures, status):
    pictures.put("/there/b.png", png(2))
    pictures.files["/here/a.png"] = (status, {"Location": "../there/b.png"}, b"")
    assert fetched(f"{pictures.url}/here/a.png") == png(2)


@pytest.mark.parametrize("location", ["/a", "file:///etc/passwd", "ftp://example.com/x", "http://["])
def test_redirects_in_a_circle_or_to_nowhere_are_not_followed(pictures, location):
    pictures.files["/a"] = (302, {"Location": location}, b"")
    with pytest.raises(NotFetched):
        fetched(f"{pictures.url}/a")
    assert pictures.asked["/a"] <= 6


def test_what_is_larger_than_allowed_is_not_read_to_its_end(pictures):
    with pytest.raises(NotFetched, match=r"more than 1 MB"):
        fetched(pictures.put("/a", bytes(3_000_000)))


def test_a_page_says_that_it_is_not_there(pictures):
    with pytest.raises(NotFetched, match="404"):
        fetched(f"{pictures.url}/none.png")


def test_an_svg_that_is_packed_is_unpacked(pictures):
    import gzip  # noqa: PLC0415 - nothing else here packs

    pictures.files["/a.svg"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(svg(1)))
    assert fetched(f"{pictures.url}/a.svg") == svg(1)


def test_addresses_of_an_own_network_can_be_closed(pictures):
    address = pictures.put("/a", png(1))
    with pytest.raises(NotFetched, match="not public"):
        fetched(address, private=False)
    assert pictures.asked["/a"] == 0


def test_a_redirect_leads_to_no_closed_address_either(pictures):
    with PictureServer() as other:
        pictures.files["/a"] = (302, {"Location": other.put("/b", png(1))}, b"")
        with pytest.raises(NotFetched, match="not public"):
            fetched(f"{pictures.url}/a", private=False)
        assert other.asked["/b"] == 0


@pytest.mark.slow
def test_a_server_that_never_answers_is_given_up_after_some_files():
    with socket.create_server(("127.0.0.1", 0)) as mute:
        downloads = Downloads(None, largest=1000, timeout=0.2, private=True)
        problems = []
        for number in range(6):
            with pytest.raises(NotFetched) as found:
                downloads.fetch(f"http://127.0.0.1:{mute.getsockname()[1]}/{number}", io.BytesIO())
            problems.append(str(found.value))
        downloads.close()
    assert ["is not asked again" in problem for problem in problems] == [False] * 3 + [True] * 3


def test_a_run_that_is_asked_to_stop_waits_for_no_file():
    with socket.create_server(("127.0.0.1", 0)) as mute:
        downloads = Downloads(None, largest=1000, timeout=60, private=True)
        downloads.stop_when(lambda: True)
        with pytest.raises(Interrupted):
            downloads.fetch(f"http://127.0.0.1:{mute.getsockname()[1]}/a", io.BytesIO())
        downloads.close()
