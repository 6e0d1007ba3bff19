"""Who hears of a run: people where its state has changed, and programs each time. That never changes how it ends."""

import email
import email.policy
import json
import logging
import socket
import socketserver
import sys
import threading
from collections.abc import Callable, Iterator

import pytest
from cms_wire import Fault
from heard import SECRET, Heard
from pytest_httpserver import HTTPServer
from ran import command
from shop import Shop, entries

from brandsync.database import connect
from brandsync.journal import Lease

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # apprise imports a deprecated module

Night = Callable[..., str]
"""``night(65, "--dry-run")``."""


@pytest.fixture
def heard(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Heard:
    monkeypatch.setattr(logging.getLogger("werkzeug"), "disabled", True)  # it logs addresses, in this process
    return Heard(httpserver)


@pytest.fixture
def told(shop: Shop, heard: Heard) -> Shop:
    """A shop that tells everybody."""
    shop.publish(*entries(3))
    return shop.set(
        "notify",
        urls=[heard.address],
        ping=f"{heard.url}ping/{SECRET}",
        metrics_file="brandsync.prom",
        pushgateway=heard.url.rstrip("/"),
        termination_message="ended.json",
    )


@pytest.fixture
def night(told: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Night:
    """A run that ends with this code; what it says on stderr."""
    brandsync = command(monkeypatch, capsys)

    def run(code: int, *options: str) -> str:
        ended = brandsync("sync", *options, "--config", str(told.config))
        assert ended.code == code, ended.err + ended.out
        assert SECRET not in ended.err + ended.out
        return ended.err

    return run


def test_people_hear_once_of_a_failure_and_once_that_it_is_over(told: Shop, night: Night, heard: Heard) -> None:
    night(0)
    assert heard.notices == []
    for _ in range(2):
        told.cms.faults.append(Fault("status", status=401))
        night(77)
        told.cms.faults.clear()
    [failure] = heard.notices
    assert failure["title"] == "brandsync: shop failed"
    assert failure["type"] == "failure"
    assert "exit code 77, run " in failure["message"]
    assert "401" in failure["message"]

    for _ in range(2):
        night(0)
    assert [notice["title"] for notice in heard.notices[1:]] == ["brandsync: shop is in order again"]
    assert heard.notices[1]["type"] == "success"


def test_people_hear_once_of_skipped_brands_and_which(told: Shop, night: Night, heard: Heard) -> None:
    for number in range(12):
        told.cms.add({"id": f"blank{number}", "name": " "})
    for _ in range(2):
        night(65)
    [notice] = heard.notices
    assert (notice["title"], notice["type"]) == ("brandsync: shop skips brands", "warning")
    assert "3 created" in notice["message"]
    assert "skipped blank0: the entry's `name` is blank; give it one in the CMS" in notice["message"]
    assert "and 2 more" in notice["message"]


def test_a_run_that_could_not_even_begin_is_told_too(told: Shop, night: Night, heard: Heard) -> None:
    told.set("cms.fields", metadata="metadata").set("store", table="maker").set("store.columns", name="name")
    night(78)
    assert [notice["title"] for notice in heard.notices] == ["brandsync: shop failed"]
    assert [end for end, _ in heard.pings] == ["start", "78"]


def test_a_run_that_finds_another_at_work_tells_no_people(told: Shop, night: Night, heard: Heard) -> None:
    night(0)
    database = connect(told.database_url)
    lease = Lease(database, "shop", "OTHER")
    lease.acquire()
    try:
        night(75)
    finally:
        lease.release()
        database.close()
    assert heard.notices == []
    assert heard.pings[-1][0] == "75"


def test_a_check_hears_of_the_start_and_of_the_exit_code_of_each_run(told: Shop, night: Night, heard: Heard) -> None:
    night(0)
    told.cms.add({"id": "blank", "name": " "})
    night(65)
    assert [end for end, _ in heard.pings] == ["start", "0", "start", "65"]
    first, also_first, second, _ = (run for _, run in heard.pings)
    assert first == also_first != second


def test_prometheus_finds_the_latest_run_in_a_file_and_in_its_gateway(told: Shop, night: Night, heard: Heard) -> None:
    night(0)
    text = (told.directory / "brandsync.prom").read_text()
    assert 'brandsync_exit_code{pipeline="shop"} 0.0' in text
    assert 'brandsync_brands{outcome="created",pipeline="shop"} 3.0' in text
    assert "brandsync_last_success_timestamp_seconds" in text
    assert heard.pushed == [("/metrics/job/brandsync/pipeline/shop", heard.pushed[0][1])]
    assert 'brandsync_brands{outcome="created",pipeline="shop"} 3.0' in heard.pushed[0][1]


def test_kubernetes_finds_one_line_of_json(told: Shop, night: Night) -> None:
    told.cms.faults.append(Fault("status", status=401))
    night(77)
    [line] = (told.directory / "ended.json").read_text().splitlines()
    message = json.loads(line)
    assert (message["pipeline"], message["status"], message["exit_code"]) == ("shop", "failed", 77)
    assert "401" in message["error"]


def test_a_dry_run_tells_nobody(told: Shop, night: Night, heard: Heard) -> None:
    night(0, "--dry-run")
    assert heard.requests == []
    assert not (told.directory / "brandsync.prom").exists()


def test_nobody_who_cannot_be_told_changes_how_a_run_ends(told: Shop, night: Night) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    told.set(
        "notify",
        urls=[f"json://127.0.0.1:{port}/{SECRET}", f"nonsense://{SECRET}"],
        ping=f"http://127.0.0.1:{port}/{SECRET}",
        metrics_file="missing/brandsync.prom",
        pushgateway=f"http://127.0.0.1:{port}",
        termination_message="missing/ended.json",
    )
    told.cms.add({"id": "blank", "name": " "})
    warnings = night(65)
    for what in ("urls", "ping", "metrics_file", "pushgateway", "termination_message"):
        assert f"warning: [notify] {what}: " in warnings
    for what in ("ping: the ping was not taken", "pushgateway: nothing could be told"):
        assert f"[notify] {what}: Connection refused\n" in warnings
    assert "[notify] termination_message: nothing could be told: No such file or directory\n" in warnings
    assert len(told.names()) == 3


def test_a_server_that_refuses_is_a_warning(night: Night, heard: Heard) -> None:
    heard.status = 500
    assert "the ping was not taken: it answers 500" in night(0)


@pytest.mark.parametrize(("module", "package"), [("apprise", "apprise"), ("prometheus_client", "prometheus-client")])
def test_what_is_not_installed_is_named(told: Shop, night: Night, monkeypatch, module: str, package: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)  # to import it fails
    monkeypatch.delitem(sys.modules, "brandsync.monitoring.metrics", raising=False)
    told.cms.add({"id": "blank", "name": " "})
    assert f"`pip install '{package}>=" in night(65)


UNKNOWN = ("slak://{}/b/c", "tgram://{}/1", "discord://{}", "twilio://{}:{}@1/2", "ntfy://{}:{}@", "no-scheme-{}")


def test_an_address_that_nobody_understands_is_told_by_its_number_alone(told: Shop, night: Night) -> None:
    told.set("notify", urls=[address.format(SECRET, SECRET) for address in UNKNOWN], ping=None, pushgateway=None)
    told.cms.faults = [Fault("status", status=404)]
    said = night(78)
    assert "apprise doesn't understand the address number 1" in said


def test_what_editors_and_servers_write_is_no_markup_in_a_mail(told: Shop, night: Night, mails: list[bytes]) -> None:
    told.cms.entries.clear()
    told.cms.add({"id": '<img src="http://evil.example">\x1b[2J\u202e', "name": 5})
    night(65)
    (mail,) = (email.message_from_bytes(content, policy=email.policy.default) for content in mails)
    parts = {part.get_content_type(): part.get_content() for part in mail.walk() if not part.is_multipart()}
    assert "skipped <img" in parts["text/plain"]
    assert "\\x1b[2J\\u202e" in parts["text/plain"]
    assert "<img" not in parts.get("text/html", "")


@pytest.fixture
def mails(told: Shop) -> Iterator[list[bytes]]:
    """The mails that a server has taken, to which the shop's notices go."""
    taken: list[bytes] = []

    class Mailbox(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 ready\r\n")
            while line := self.rfile.readline():
                if line.upper().startswith(b"DATA"):
                    self.wfile.write(b"354 go\r\n")
                    taken.append(b"".join(iter(self.rfile.readline, b".\r\n")))
                self.wfile.write(b"250 ok\r\n")

    with socketserver.TCPServer(("127.0.0.1", 0), Mailbox) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        port = server.server_address[1]
        address = f"mailto://127.0.0.1:{port}?from=a@example.com&to=b@example.com&mode=insecure&format=html"
        told.set("notify", urls=[address], ping=None, pushgateway=None)
        yield taken
        server.shutdown()
