"""Whatever fails, and whatever a server says back: no secret is shown or kept.

One case of each kind is tried wherever tests run. The others are slow: there are very many of them.
"""

import re
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import echoing
import pytest
from cms_server import CmsServer
from cms_wire import Answer, Fault
from connections import each_connection
from databases import MYSQL, POSTGRES, fresh_database
from evidence import BASIC_USER, CORE, SECRET, assert_clean_files, assert_clean_tables, assert_silent, with_password
from extent import EVERY, enough
from fake_distribution import make_distribution
from pytest_httpserver import HTTPServer
from ran import Command, Ran
from shop import Shop, entries

ANY = re.compile(".*")

pytestmark = pytest.mark.usefixtures("no_retries")

OUTPUTS = ("rich", "plain", "json")
CMS: Mapping[str, dict[str, Any]] = {
    "bearer": {"backend": "rest", "token": SECRET},
    "basic": {"backend": "rest", "auth": "basic", "username": BASIC_USER, "password": SECRET},
    "header": {"backend": "rest", "auth": "header", "auth_header": "X-Api-Key", "auth_prefix": "Key", "token": SECRET},
    "header, parameter": {"backend": "rest", "headers": {"X-Api-Key": SECRET}, "params": {"api_key": SECRET}},
    "strapi": {"backend": "strapi", "token": SECRET},
    "directus": {"backend": "directus", "token": SECRET},
    "payload": {"backend": "payload", "api_key": SECRET},
    "wordpress": {"backend": "wordpress", "username": BASIC_USER, "application_password": SECRET},
    "contentful": {"backend": "contentful", "space": "space1", "delivery_token": SECRET},
    "sanity": {"backend": "sanity", "project_id": "p1", "token": SECRET},
    "datocms": {"backend": "datocms", "token": SECRET},
    "storyblok": {"backend": "storyblok", "space": 1, "delivery_token": SECRET},
}
SHOPS: Mapping[str, dict[str, Any]] = {
    "medusa key": {"backend": "medusa", "api_key": f"sk_{SECRET}"},
    "medusa user": {"backend": "medusa", "email": "admin@example.com", "password": SECRET},
    "shopware": {"backend": "shopware", "client_id": "SWIAX", "client_secret": SECRET},
    "shopify token": {"backend": "shopify", "shop": "my-shop.myshopify.com", "access_token": SECRET},
    "shopify app": {
        "backend": "shopify",
        "shop": "my-shop.myshopify.com",
        "client_id": "an-app",
        "client_secret": SECRET,
    },
}
ANSWERS: Mapping[str, echoing.Echo] = {
    **{f"page {status}": echoing.page(status) for status in (200, 400, 401, 403, 404, 429, 500)},
    **{f"text {status}": echoing.text(status) for status in (200, 300, 400, 401, 403, 404, 429, 500)},
    **{f"message {status}": echoing.message(status) for status in (400, 401, 403, 404, 500)},
    "broken JSON": echoing.broken_json,
    "reason": echoing.reason,
    "content type": echoing.kind,
    "redirect to another server": echoing.redirect("https://editor:{0}@other.example/{0}?key={0}#{0}"),
    "redirect to another host of that name": echoing.redirect("https://{0}.example/"),
    "redirect on the same server": echoing.redirect("/{0}?key={0}"),
    "redirect to no URL": echoing.redirect("http://editor:{0}@[::1/{0}"),
    "redirect to no port": echoing.redirect("http://editor:{0}@host:port/{0}"),
    "link to another server": echoing.link("https://editor:{0}@other.example/{0}?key={0}"),
    "link to no URL": echoing.link("http://editor:{0}@[::1/{0}"),
}
WAYS = ("basic", "header, parameter", "medusa user")
"""Each way for a secret to travel: encoded in a header, in a URL, in a body that asks for a token."""
KINDS = ("page 401", "message 400", "redirect to another server")
"""Answers that are told differently: enough of a backend whose secrets travel in such a way, by the same client."""
FORMS = (
    *(*KINDS, "page 200", "text 404", "text 500", "broken JSON", "reason", "content type"),
    *("redirect on the same server", "redirect to no URL", "link to another server"),
)
"""Every form in which an answer is told: the status changes what is said beside it."""


def answered(credentials: Mapping[str, Any]) -> list[Any]:
    """Which of these meet which answers: the quickest alone wherever tests run."""
    return [
        pytest.param(settings, answer, marks=[] if settings == "basic" and answer in KINDS else [pytest.mark.slow])
        for settings in credentials
        for answer in enough(_telling(settings), of=tuple(ANSWERS))
    ]


def _telling(settings: str) -> tuple[str, ...]:
    if settings == "basic":
        return tuple(ANSWERS)
    return FORMS if settings in WAYS else KINDS


def rest_slow(cases: Iterable[str], quick: str) -> list[Any]:
    """Mark all of these cases slow but the quick one."""
    found = list(cases)
    assert quick in found
    return [pytest.param(case, marks=[] if case == quick else [pytest.mark.slow]) for case in found]


def shown(brandsync: Command, config: Path) -> Iterator[Ran]:
    """How every command that talks to somebody ends, and a run in every form."""
    for output in OUTPUTS:
        yield brandsync("--verbose", "sync", "--output", output, "--config", str(config))
    for arguments in (["check"], ["sync", "--dry-run"], ["runs", "show", "last"], ["recover"]):
        yield brandsync("--verbose", *arguments, "--config", str(config))


def told(brandsync: Command, config: Path, *, all_shown: bool = EVERY) -> Iterator[Ran]:
    """How the two that fail first end, once each: what the others say of the same failure, one case has shown."""
    if all_shown:
        yield from shown(brandsync, config)
        return
    yield brandsync("--verbose", "check", "--config", str(config))
    yield brandsync("--verbose", "sync", "--output", "json", "--config", str(config))


def write(directory: Path, sections: Mapping[str, Mapping[str, Any]], cms: CmsServer) -> Shop:
    """A configuration of these sections."""
    shop = Shop(directory, cms, f"sqlite:///{directory}/brands.db")
    for name, settings in sections.items():
        plain = {key: value for key, value in settings.items() if not isinstance(value, dict)}
        shop.sections[name] = plain
        for key, value in settings.items():
            if isinstance(value, dict):
                shop.sections[f"{name}.{key}"] = value
    return shop


@pytest.mark.parametrize(("settings", "answer"), answered(CMS))
def test_no_answer_of_a_cms_brings_a_secret_out(
    brandsync: Command, httpserver: HTTPServer, cms: CmsServer, tmp_path: Path, *, settings: str, answer: str
) -> None:
    httpserver.expect_request(ANY).respond_with_handler(ANSWERS[answer])
    sections = {"cms": {"url": httpserver.url_for("/"), **CMS[settings]}, "cms.fields": {"name": "name"}}
    sections["cms"] |= {"paging": "link"} if CMS[settings]["backend"] == "rest" else {}
    with write(tmp_path, sections, cms) as shop:
        for ran in told(brandsync, shop.config):
            assert_silent(ran)
        assert httpserver.log
        assert_clean_files(tmp_path, shop.config)


@pytest.mark.parametrize(("settings", "answer"), answered(SHOPS))
def test_no_answer_of_a_shop_brings_a_secret_out(
    brandsync: Command, httpserver: HTTPServer, cms: CmsServer, tmp_path: Path, *, settings: str, answer: str
) -> None:
    httpserver.expect_request(ANY).respond_with_handler(ANSWERS[answer])
    cms.add(entries(1)[0])
    with write(tmp_path, {"store": {"url": httpserver.url_for("/"), **SHOPS[settings]}}, cms) as shop:
        shop.sections["cms.fields"] = {"name": "name"}
        for ran in told(brandsync, shop.config):
            assert_silent(ran)
        assert httpserver.log
        assert_clean_files(tmp_path, shop.config)


def test_a_line_that_is_no_http_does_not_bring_the_token_out(
    brandsync: Command, cms: CmsServer, tmp_path: Path
) -> None:
    with repeating() as url, write(tmp_path, {"cms": {"url": url, **CMS["bearer"]}}, cms) as shop:
        for ran in shown(brandsync, shop.config):
            assert_silent(ran)


@contextmanager
def repeating() -> Iterator[str]:
    """A server that sends back what it receives, for a status line."""

    def talk(connection: socket.socket) -> None:
        line = next(line for line in connection.recv(65536).split(b"\r\n") if b"uthorization" in line)
        connection.sendall(b"HTTP/9 " + line + b"\r\n\r\n")

    with each_connection(talk) as port:
        yield f"http://127.0.0.1:{port}"


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port: int = unused.getsockname()[1]
    return port


FAULTS: Mapping[str, list[Fault]] = {
    "reset": [Fault("reset")],
    "reset after": [Fault("reset_after")],
    "truncated": [Fault("truncate")],
    "truncated JSON": [Fault("truncated_json")],
    "no time": [Fault("timeout", seconds=30)],
    "write-back reset": [Fault("reset", method="PATCH")],
    "write-back refused": [Fault("status", method="PATCH", status=403)],
}


@pytest.mark.parametrize("fault", rest_slow(FAULTS, "write-back refused"))
def test_a_cms_that_breaks_off_brings_no_secret_out(brandsync: Command, shop: Shop, fault: str) -> None:
    shop.cms.add(entries(1)[0])
    shop.cms.faults = FAULTS[fault]
    shop.set("cms", token=SECRET, timeout="0.3s")
    for ran in told(brandsync, shop.config, all_shown=EVERY or fault == "write-back refused"):
        assert_silent(ran)
    assert_clean_files(shop.directory, shop.config)


@pytest.mark.parametrize(
    "url", ["http://nowhere.invalid", "http://127.0.0.1:{}", "https://127.0.0.1:{}", "https://tls"]
)
def test_a_cms_that_cannot_be_reached_brings_no_secret_out(
    brandsync: Command, cms: CmsServer, tmp_path: Path, url: str
) -> None:
    where = cms.url.replace("http:", "https:") if url == "https://tls" else url.format(closed_port())
    for settings in enough(["basic", "contentful"], of=list(CMS)):
        with write(tmp_path, {"cms": {"url": where, "timeout": "0.3s", **CMS[settings]}}, cms) as shop:
            shop.sections["cms.fields"] = {"name": "name"}
            for ran in told(brandsync, shop.config):
                assert_silent(ran)
                assert "a bug in" not in ran.err


@pytest.mark.slow
@pytest.mark.parametrize("settings", CMS)
def test_no_cms_that_cannot_be_reached_brings_its_own_secret_out(
    brandsync: Command, cms: CmsServer, tmp_path: Path, settings: str
) -> None:
    with write(tmp_path, {"cms": {"url": f"http://127.0.0.1:{closed_port()}", **CMS[settings]}}, cms) as shop:
        shop.sections["cms.fields"] = {"name": "name"}
        for ran in told(brandsync, shop.config):
            assert_silent(ran)
            assert "a bug in" not in ran.err


DATABASES: Mapping[str, str] = {
    "no PostgreSQL": "postgresql://shop@127.0.0.1:{port}/shop",
    "no MySQL": "mysql://shop@127.0.0.1:{port}/shop",
    "no such host": "postgresql://shop@nowhere.invalid/shop",
    "no such host, MySQL": "mysql://shop@nowhere.invalid/shop",
    "no such user": "{postgres}/postgres",
    "no such user, MySQL": "{mysql}/mysql",
    "no TLS": "postgresql://postgres@127.0.0.1:5432/postgres?sslmode=require",
    "no such option": "postgresql://postgres@127.0.0.1:5432/postgres?nonsense=1",
    "no such mode": "postgresql://postgres@127.0.0.1:5432/postgres?sslmode=nonsense",
}


REFUSING = [(database, section) for database in DATABASES for section in ("store", "journal")]
REFUSING_JOURNALS = ("no PostgreSQL", "no such user", "no such option")
"""A journal's database is reached as a store's is."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("database", "section"),
    enough([case for case in REFUSING if case[1] == "store" or case[0] in REFUSING_JOURNALS], of=REFUSING),
)
def test_a_database_that_refuses_brings_no_password_out(
    brandsync: Command, shop: Shop, database: str, section: str
) -> None:
    servers = {"postgres": POSTGRES, "mysql": MYSQL}
    nobody = {name: re.sub(r"://.*@(.*)/.*", r"://nobody@\1", url) for name, url in servers.items()}
    url = DATABASES[database].format(port=closed_port(), **nobody)
    shop.cms.add(entries(1)[0])
    shop.set(section, url=with_password(url))
    for ran in told(brandsync, shop.config, all_shown=EVERY or database == "no PostgreSQL"):
        assert_silent(ran)
        assert "a bug in" not in ran.err
    assert_clean_files(shop.directory, shop.config)


WRONG_URLS = (
    "postgresql://shop:{0}@host@db.example/shop",
    "postgresql://shop:pass@{0}@db.example/shop",
    "postgresql://shop:pass@word/{0}@db.example/shop",
    "mysql://shop:pass@{0}@db.example/shop",
    "postgresql://shop:{0}",
    "postgresql://shop:{0}@/",
    "oracle://shop:{0}@db.example/shop",
    "mysql://shop@db.example/shop?nonsense=1&password={0}",
    "sqlite://shop:{0}@db.example/shop",
)


@pytest.mark.parametrize("url", rest_slow(WRONG_URLS, WRONG_URLS[0]))
def test_a_url_that_is_wrong_around_its_password_is_not_shown(brandsync: Command, shop: Shop, url: str) -> None:
    shop.set("store", url=url.format(CORE))
    for ran in told(brandsync, shop.config, all_shown=EVERY or url == WRONG_URLS[0]):
        assert ran.code in {75, 78}
        assert_silent(ran)


@pytest.mark.slow
def test_a_database_that_goes_in_the_middle_of_a_run_brings_no_password_out(
    brandsync: Command, shop: Shop, tmp_path: Path
) -> None:
    with fresh_database("postgresql", tmp_path) as url:
        shop.set("store", url=with_password(url)).set("sync", link="journal")
        shop.publish(*entries(3))
        assert brandsync("sync", "--config", str(shop.config)).code == 0
        assert_clean_tables(url)
    for ran in shown(brandsync, shop.config):
        assert_silent(ran)


BUG = """
from brandsync.cms.interface import Cms, CmsLinks, CmsPage, CmsSettings
from pydantic import SecretStr

class LeakyLinks(CmsLinks):
    def __init__(self, crash):
        self.crash = crash
    def write(self, links):
        self.crash("write")
        return ()
    def refusal(self):
        self.crash("refusal")

class Leaky(Cms):
    class Settings(CmsSettings):
        token: SecretStr
        at: str
    def __init__(self, settings):
        super().__init__(settings)
        self.links = LeakyLinks(self.crash)
        self.crash("init")
    def crash(self, at):
        if self.settings.at == at:
            secret = self.settings.token.get_secret_value()
            raise RuntimeError(f"the token is {secret}") from ValueError(secret)
    def retrieve_brands(self, cursor=None, since=None):
        self.crash("retrieve")
        return CmsPage([{"id": "a", "name": "A"}])
    def where(self):
        self.crash("where")
        return "here"
    def check(self):
        self.crash("check")
        return iter(())
    def close(self):
        self.crash("close")
"""


@pytest.mark.parametrize(
    "at", rest_slow(["init", "retrieve", "write", "refusal", "where", "check", "close"], "retrieve")
)
def test_a_crash_in_a_backend_is_told_without_what_it_says(
    brandsync: Command, shop: Shop, at: str, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    site = tmp_path_factory.mktemp("site")
    make_distribution(site, "leaky-cms", {"brandsync.cms": {"leaky": f"leaky_{at}:Leaky"}}, {f"leaky_{at}": BUG})
    monkeypatch.syspath_prepend(site)
    shop.sections["cms"] = {"backend": "leaky", "token": SECRET, "at": at}
    shop.sections["cms.fields"] = {"name": "name"}
    codes = set()
    for ran in told(brandsync, shop.config, all_shown=EVERY or at == "retrieve"):
        assert_silent(ran)
        assert "Traceback" not in ran.err
        codes.add(ran.code)
    assert 70 in codes
    assert_clean_files(shop.directory, shop.config)


BROKEN: Mapping[str, str | bytes] = {
    "toml, no string": f"[cms]\ntoken = {CORE}\n",
    "toml, no end": f'[cms]\ntoken = "{CORE}\n',
    "toml, twice": f'[cms]\ntoken = "{CORE}"\ntoken = "{CORE}"\n',
    "toml, a table": f'[cms]\nbackend = "rest"\n[cms.token]\nvalue = "{CORE}"\n',
    "toml, a list": f'[cms]\nbackend = "rest"\ntoken = ["{CORE}"]\n',
    "toml, in the URL": f'[cms]\nbackend = "rest"\nurl = "https://editor:{CORE}@cms.example.com/?key={CORE}"\n',
    "toml, another encoding": f'[cms]\ntoken = "{CORE}\xff"\n'.encode("latin-1"),
}


@pytest.mark.parametrize("mistake", rest_slow(BROKEN, "toml, no string"))
def test_a_configuration_that_is_wrong_is_told_without_its_secrets(
    brandsync: Command, tmp_path: Path, mistake: str
) -> None:
    content = BROKEN[mistake]
    file = tmp_path / "shop.toml"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    for ran in told(brandsync, file, all_shown=EVERY or mistake == "toml, no string"):
        assert ran.code == 78
        assert_silent(ran)


@pytest.mark.parametrize("place", rest_slow([".env", "secrets", "environment"], "environment"))
def test_variables_that_are_wrong_are_told_without_what_they_hold(
    brandsync: Command, shop: Shop, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = {"CMS__TOKEN__X": CORE, "CMS__HEADERS": f'["{CORE}', "STORE__URL": f"ftp://u:{CORE}@h", "CMS__TOKN": CORE}
    if place == ".env":
        (shop.directory / ".env").write_text("".join(f"BRANDSYNC_{k}={v}\n{CORE} {CORE}\n" for k, v in wrong.items()))
    elif place == "secrets":
        monkeypatch.setenv("BRANDSYNC_SECRETS_DIR", str(shop.directory / "s"))
        (shop.directory / "s").mkdir()
        for name, value in wrong.items():
            (shop.directory / "s" / f"BRANDSYNC_{name}").write_text(value)
    else:
        for name, value in wrong.items():
            monkeypatch.setenv(f"BRANDSYNC_{name}", value)
    for ran in told(brandsync, shop.config):
        assert ran.code == 78
        assert_silent(ran)


PROXIES = (f"ftp://u:{CORE}@h", f"http://u:{CORE}@[::1", f"socks5://u:{CORE}@h", f"u:{CORE}@h")


@pytest.mark.parametrize("proxy", rest_slow(PROXIES, PROXIES[0]))
def test_a_proxy_that_is_wrong_is_told_without_its_password(
    brandsync: Command, shop: Shop, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    for ran in told(brandsync, shop.config):
        assert_silent(ran)
        assert "a bug in" not in ran.err


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_certificates_of_the_environment_that_are_not_there_are_named(
    brandsync: Command, shop: Shop, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.cms.add(entries(1)[0])
    monkeypatch.setenv(variable, "/nowhere")
    ran = brandsync("sync", "--config", str(shop.config))
    assert "a bug in" not in ran.err
    assert (ran.code, "SSL_CERT_FILE" in ran.err) == ((78, True) if variable == "SSL_CERT_FILE" else (0, False))


ECHOES: Mapping[str, tuple[dict[str, Any], Any]] = {
    "a key of the answer": ({}, lambda token: {token: 1}),
    "a key beside the list": ({"items": "d"}, lambda token: {"d": {token: []}}),
    "the name of a list": ({}, lambda token: {token: []}),
    "an id": ({}, lambda token: [{"id": token, "name": 5}]),
    "a name": ({}, lambda token: [{"id": "1", "name": token, "external_id": token}]),
    "a cursor": ({"items": "d", "paging": "cursor", "next_cursor": "abs(n)"}, lambda token: {"d": [], "n": token}),
    "a link": ({"items": "d", "paging": "link", "next_cursor": "n"}, lambda token: {"d": [], "n": f"http://{token}"}),
    "a total": ({"items": "d", "total": "n"}, lambda token: {"d": [], "n": {token: token}}),
    "a key that is cut": ({}, lambda token: {"x" * (60 - len(token) // 2) + token: 1}),
}


@pytest.mark.parametrize("output", enough(("plain",), of=OUTPUTS))
@pytest.mark.parametrize("place", ECHOES)
def test_a_token_is_not_shown_wherever_the_cms_puts_it(
    brandsync: Command, shop: Shop, *, place: str, output: str
) -> None:
    settings, answer = ECHOES[place]
    shop.set("cms", token=SECRET, **settings).set("sync", link="journal")
    shop.cms.answer = lambda _: Answer(answer(SECRET))  # type: ignore[method-assign]
    for arguments in (["check"], ["sync", "--dry-run"], ["sync"], ["runs"], ["runs", "show", "last"]):
        assert_silent(brandsync(*arguments, "--output", output, "--config", str(shop.config)))
    if place != "a name":  # which is data, and kept as it is
        assert_clean_files(shop.directory, shop.config)
