"""The page for editors in a real browser: it fits, can be read by all, and nothing that editors wrote runs in it."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from chromium import Browser, Chromium
from extent import AT_NIGHT
from shop import Shop

pytestmark = [pytest.mark.live, AT_NIGHT]

_OVERFLOW = "const all = document.documentElement; return all.scrollWidth - all.clientWidth"
LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><script>fetch("/ran")</script><circle r="9"/></svg>'
ATTACKS = [
    "<script>ran()</script>",
    '"><img src=x onerror="ran()">',
    "</style><style>body{display:none;background:url(http://127.0.0.1:{port}/style)}</style>",
    "</title></head><body onload=ran()><svg onload=ran()>",
    '<iframe srcdoc="<script>parent.ran()</script>"></iframe>',
    '<meta http-equiv="refresh" content="0;url=http://127.0.0.1:{port}/refresh">',
    "<link rel=stylesheet href=http://127.0.0.1:{port}/link><base href=http://127.0.0.1:{port}/>",
    "<form action=http://127.0.0.1:{port}/form><button autofocus onfocus=ran()>",
]
LOGOS = ["javascript:ran()", "data:text/html,<script>ran()</script>", "//127.0.0.1:{port}/slashes", "x' onerror='ran()"]


class Logos(ThreadingHTTPServer):
    """Answers every request with a logo that has a script in it, and remembers what was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Logos

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers.get("Referer")))
        self.send_response(200)
        self.send_header("Content-Type", "image/svg+xml")
        self.end_headers()
        self.wfile.write(LOGO)

    def log_message(self, *arguments: Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def browser(started: Any) -> Iterator[Browser]:
    with started(Chromium).browser() as browser:
        yield browser


@pytest.fixture
def logos() -> Iterator[Logos]:
    with Logos() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def night(shop: Shop, logos: Logos) -> Shop:
    """A shop after two nights: the second created, changed, adopted, deleted and skipped."""
    shop.sections["cms.fields"] = {
        name: name for name in ("name", "description", "logo_url", "website_url", "metadata")
    }
    shop.set("sync", on_missing="delete")
    for number in range(8):
        shop.cms.add(
            {
                "id": f"e{number}",
                "name": f"Brand {number}",
                "description": "Coffee roasted over oak in the old tram depot.",
                "logo_url": f"{logos.url}/{number}.svg",
                "external_id": None,
            }
        )
    shop.sync()
    shop.query("INSERT INTO brand (id, name, created_at, updated_at) VALUES ('hand', 'Zephyr', '', '')")
    long = "https://a-very-long-address.example/with/a/path/that/goes/on/and/on/and/on/and/on/and/on"
    shop.cms.edit("e0", name="Brand 0 & Sons", description="Coffee roasted slowly over beech in the new tram depot.")
    shop.cms.edit("e1", logo_url=f"{logos.url}/new.svg", website_url=long)
    shop.cms.edit("e2", name=" ")
    shop.cms.remove("e3")
    shop.cms.add({"id": "z", "name": "Zephyr", "description": "Frames.", "external_id": None})
    name = "Unbreakable" * 20
    shop.cms.add({"id": "n", "name": name, "description": "One.\nTwo. متن", "metadata": {"a": 1}, "external_id": None})
    assert shop.sync(force=True)["exit_code"] == 65
    return shop


def page(shop: Shop, run: str = "last") -> str:
    """The address of a run's page."""
    file = shop.directory / "page.html"
    assert shop.run("runs", "show", run, "--html", str(file)).returncode == 0
    return file.as_uri()


def sight(browser: Browser) -> None:
    """Have every image loaded, as for a reader who scrolls to the end."""
    seen = "(i.loading = 'eager', i.complete || new Promise(done => i.onload = done))"
    loaded = f"Promise.all([...document.images].map(i => {seen}))"
    browser.devtools("Runtime.evaluate", expression=loaded, awaitPromise=True)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [320, 375, 1280])
def test_it_fits_has_enough_contrast_and_no_flaw_that_axe_knows(
    browser: Browser, night: Shop, width: int, dark: bool
) -> None:
    browser.open(page(night), width=width, dark=dark)
    sight(browser)
    browser.run("document.querySelector('details').open = true")
    assert browser.run(_OVERFLOW) == 0
    found = browser.violations()
    assert [(flaw["id"], flaw["nodes"][0]["html"]) for flaw in found] == []
    assert browser.console() == []
    background = browser.run("return getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, background[4:-1].split(","))) < 200) is dark


@pytest.mark.parametrize("kind", ["undone", "undo", "failed"])
def test_a_page_of_every_kind_of_run_fits_and_has_no_flaw(browser: Browser, night: Shop, kind: str) -> None:
    if kind == "failed":
        night.cms.entries.clear()
        assert night.sync()["exit_code"] == 4
    else:
        night.query("UPDATE brand SET name = 'edited' WHERE name LIKE 'Brand 0%'")
        assert night.undo(force=True)["exit_code"] == 65
    browser.open(page(night, night.run_ids()[1 if kind == "undone" else 0]), width=320)
    assert browser.run(_OVERFLOW) == 0
    assert browser.violations() == []
    assert browser.console() == []


def test_a_screen_reader_finds_landmarks_headings_tables_and_pictures(browser: Browser, night: Shop) -> None:
    browser.open(page(night))
    tree = browser.tree()
    roles = [role for role, _ in tree]
    for landmark in ("banner", "main", "contentinfo"):
        assert roles.count(landmark) == 1
    headings = [name for role, name in tree if role == "heading"]
    assert headings[0] == "1 brand needs your attention"
    assert {"What needs you (1)", "Created (1)", "Changed (2)", "Connected (1)", "Deleted (1)"} <= set(headings)
    assert ("table", "Brand 0 & Sons: before and after") in tree
    assert ("image", "Logo of Brand 1") in tree
    assert ("image", "Brands changed by each update") in tree
    assert {"deletion", "insertion"} <= set(roles)


def test_before_and_after_stand_side_by_side_and_what_differs_stands_out(browser: Browser, night: Shop) -> None:
    browser.open(page(night), width=320)
    told = "[m.tagName, m.textContent.trim(), getComputedStyle(m).textDecorationLine]"
    marks = browser.run(f"return [...document.querySelectorAll('del, ins')].map(m => {told})")
    found = [tuple(mark) for mark in marks]
    assert ("DEL", "oak", "line-through") in found
    assert ("INS", "beech", "underline") in found
    cells = "[...document.querySelector('#update ~ ul td').parentElement.cells]"
    before, after = browser.run(f"return {cells}.map(cell => cell.getBoundingClientRect().toJSON())")
    assert before["top"] == after["top"]
    assert before["right"] <= after["left"] + 1
    assert min(before["width"], after["width"]) > 100


def test_logos_are_seen_and_the_server_does_not_learn_who_looks(browser: Browser, night: Shop, logos: Logos) -> None:
    browser.open(page(night))
    sight(browser)
    assert browser.run("return [...document.images].every(i => i.naturalWidth > 0)")
    assert sorted(logos.asked) == [("/1.svg", None), ("/3.svg", None), ("/new.svg", None)]


def test_what_editors_write_does_not_run_and_asks_nobody_for_anything(
    browser: Browser, shop: Shop, logos: Logos
) -> None:
    shop.sections["cms.fields"] = {name: name for name in ("name", "description", "logo_url", "website_url")}
    port = str(logos.server_port)
    attacks = [text.replace("{port}", port) for text in ATTACKS]
    for number, text in enumerate(attacks):
        logo = LOGOS[number % len(LOGOS)].replace("{port}", port)
        shop.cms.add(
            {"id": text, "name": text, "description": text, "logo_url": logo, "website_url": text, "external_id": None}
        )
    shop.cms.add({"id": "good", "name": "Good", "logo_url": f"{logos.url}/good.svg", "external_id": None})
    shop.cms.add({"id": f"bad {attacks[0]}", "name": " ", "external_id": None})
    assert shop.sync()["counts"]["created"] == len(ATTACKS) + 1
    address = page(shop)
    browser.devtools("Page.enable")
    made = browser.devtools(
        "Page.addScriptToEvaluateOnNewDocument", source="window.runs = 0; window.ran = () => { window.runs += 1 }"
    )
    try:
        browser.open(address)
        sight(browser)
        assert browser.run("return window.runs") == 0
        assert browser.run("return location.href") == address
        assert (
            browser.run(
                "return document.querySelectorAll('script, iframe, form, link, base, [onload], [onerror]').length"
            )
            == 0
        )
        assert browser.run("return document.body.innerText").count(attacks[0]) >= 3
        assert browser.console() == []
        assert logos.asked == [("/good.svg", None)]
        assert set(browser.requests()) == {address, f"{logos.url}/good.svg"}
    finally:
        browser.devtools("Page.removeScriptToEvaluateOnNewDocument", identifier=made["identifier"])


def test_the_policy_itself_holds_where_markup_would_get_through(browser: Browser, night: Shop) -> None:
    """A page whose escaping were broken: the browser still runs nothing and loads nothing but pictures."""
    file = Path(page(night).removeprefix("file://"))
    hole = f'<script>document.title = "ran"</script><p onclick="x" style="color: red" id="hole">x</p>{ATTACKS[2]}'
    file.write_text(file.read_text("utf-8").replace("<main>", f"<main>{hole.replace('{port}', '1')}"), "utf-8")
    browser.open(file.as_uri())
    assert browser.run("return document.title") != "ran"
    assert browser.run("return getComputedStyle(document.body).display") == "block"
    assert browser.run("return getComputedStyle(document.getElementById('hole')).color") != "rgb(255, 0, 0)"
    assert sum("Content Security Policy" in line for line in browser.console()) >= 3
