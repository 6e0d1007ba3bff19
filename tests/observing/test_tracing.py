"""Traces: a span for the run, each step and each request, sent to a collector; it never changes how a run ends."""

import json
import re
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import pytest
from cms_wire import Fault
from extent import enough
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from pytest_httpserver import HTTPServer
from shop import Shop, entries
from werkzeug import Request, Response

from brandsync.observing.tracing import span, trace_id

SECRET = "a-token-of-the-cms"
WRONG = [{"OTEL_EXPORTER_OTLP_TIMEOUT": "soon"}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "nowhere"}]
OFF = [{"OTEL_SDK_DISABLED": "true"}, {"OTEL_TRACES_EXPORTER": "none"}]
STEPS = ["retrieve-brands-from-cms", "plan", "create-brands-step", "update-brands-step", "delete-brands-step"]


@dataclass(frozen=True)
class Seen:
    """One span that arrived."""

    name: str
    trace: str
    id: bytes
    parent: bytes
    client: bool
    failed: bool
    attributes: dict[str, Any]


class Collector:
    """A collector of OpenTelemetry: it takes what the vendor's own exporter sends."""

    def __init__(self, server: HTTPServer) -> None:
        self.url = server.url_for("")
        self.bodies: list[bytes] = []
        self.resource: dict[str, Any] = {}
        self.status = 200
        server.expect_request("/v1/traces", method="POST").respond_with_handler(self._take)

    def _take(self, request: Request) -> Response:
        self.bodies.append(request.get_data())
        return Response(status=self.status)

    @property
    def spans(self) -> list[Seen]:
        found = []
        for body in self.bodies:
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                self.resource = _values(resource.resource.attributes)
                found += [_seen(one) for scope in resource.scope_spans for one in scope.spans]
        return found

    def named(self, name: str) -> Seen:
        [found] = [one for one in self.spans if one.name == name]
        return found


def _seen(one: Any) -> Seen:
    attributes = _values(one.attributes)
    return Seen(
        one.name, one.trace_id.hex(), one.span_id, one.parent_span_id, one.kind == 3, one.status.code == 2, attributes
    )


def _values(attributes: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}


@pytest.fixture
def collector(httpserver: HTTPServer) -> Collector:
    return Collector(httpserver)


@pytest.fixture
def traced(shop: Shop) -> Shop:
    shop.publish(*entries(3))
    return shop.set("cms", token=SECRET).set("cms.params", api_key=SECRET)


def run(shop: Shop, url: str, *arguments: str, code: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
    ended = shop.run(*(arguments or ("sync",)), OTEL_EXPORTER_OTLP_ENDPOINT=url, **environment)
    assert ended.returncode == code, ended.stderr + ended.stdout
    assert "Traceback" not in ended.stderr
    return ended


def test_a_run_is_one_trace_with_a_span_for_each_step_and_each_request(traced: Shop, collector: Collector) -> None:
    result = json.loads(run(traced, collector.url, "sync", "--output", "json").stdout)
    spans = collector.spans
    assert len({one.trace for one in spans}) == 1
    whole = collector.named("sync")
    assert whole.parent == b""
    assert whole.attributes["brandsync.pipeline"] == "shop"
    assert whole.attributes["brandsync.run"] == result["run"]
    assert whole.attributes["brandsync.status"] == "done"
    assert whole.attributes["brandsync.created"] == 3
    assert [one.name for one in spans if one.parent == whole.id] == STEPS
    requests = [one for one in spans if one.client]
    assert len(requests) == result["requests"]
    assert not [one for one in spans if one.failed]

    above = {one.id: one.name for one in spans}
    assert {(one.name, above[one.parent]) for one in requests} == {
        ("GET", "retrieve-brands-from-cms"),
        ("PATCH", "create-brands-step"),
    }
    [listing] = [one for one in requests if one.name == "GET"]
    assert listing.attributes == {
        "http.request.method": "GET",
        "url.full": f"{traced.cms.url}/brands",
        "server.address": "127.0.0.1",
        "server.port": int(traced.cms.url.rpartition(":")[2]),
        "http.response.status_code": 200,
    }
    assert (collector.resource["service.name"], "service.version" in collector.resource) == ("brandsync", True)


def test_no_secret_is_in_a_trace(traced: Shop, collector: Collector) -> None:
    traced.cms.faults.append(Fault("status", status=401))
    run(traced, collector.url, code=77)
    assert collector.bodies
    assert not [body for body in collector.bodies if SECRET.encode() in body]


def test_a_rollback_and_a_recovery_are_spans_and_what_failed_is_marked(traced: Shop, collector: Collector) -> None:
    traced.cms.faults.append(Fault("status", method="PATCH", status=422))
    run(traced, collector.url, code=1)
    whole = collector.named("sync")
    assert whole.failed
    assert (whole.attributes["error.type"], whole.attributes["brandsync.status"]) == ("rolled_back", "rolled_back")
    assert collector.named("rollback").attributes["brandsync.undone"] == 3
    assert collector.named("create-brands-step").failed
    refused = [one.attributes["http.response.status_code"] for one in collector.spans if one.name == "PATCH"]
    assert 422 in refused


def test_an_undo_is_traced_too(traced: Shop, collector: Collector) -> None:
    traced.sync()
    run(traced, collector.url, "undo", "last")
    undo = collector.named("undo")
    assert [one.name for one in collector.spans if one.parent == undo.id] == ["plan", "undo-brands-step"]


def test_lines_of_the_log_name_the_trace(traced: Shop, collector: Collector) -> None:
    ended = run(traced, collector.url, "--log-format", "json", "--verbose", "sync")
    whole = collector.named("sync")
    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    assert {line["trace_id"] for line in lines if line["logger"] == "brandsync.observing.tracing"} == {whole.trace}


@pytest.mark.slow
def test_a_collector_that_is_broken_or_gone_changes_nothing_but_warns(traced: Shop, collector: Collector) -> None:
    collector.status = 500
    run(traced, collector.url, OTEL_EXPORTER_OTLP_TIMEOUT="1")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        ended = run(traced, f"http://127.0.0.1:{nobody.getsockname()[1]}", OTEL_EXPORTER_OTLP_TIMEOUT="1")
    told = [line for line in ended.stderr.splitlines() if not line.startswith("progress: ")]  # of a slow machine
    assert told == ["warning: the collector of OpenTelemetry did not take all spans of this run"]
    assert ended.stdout.splitlines()[-1].startswith("Synced brands from CMS: 0 brands created")


@pytest.mark.slow
def test_a_collector_that_never_answers_keeps_no_run_for_ever_and_a_signal_meanwhile_changes_nothing(
    traced: Shop,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with traced.start("sync", OTEL_EXPORTER_OTLP_ENDPOINT=url) as process:
            heard, _ = silent.accept()
            with heard:
                heard.recv(1)
                process.send_signal(signal.SIGTERM)
                output, errors = process.communicate(timeout=300)
    assert (process.returncode, errors.count("warning: ")) == (0, 1)
    assert "Synced brands from CMS: 3 brands created" in output


@pytest.mark.slow
def test_without_its_packages_one_warning_says_how_to_have_them(traced: Shop, collector: Collector) -> None:
    hidden = traced.directory / "hidden" / "opentelemetry"
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").write_text("raise ImportError")
    ended = run(traced, collector.url, PYTHONPATH=str(hidden.parent))
    assert re.findall(r"^warning: .*pip install 'opentelemetry-sdk.*$", ended.stderr, re.MULTILINE)
    assert collector.bodies == []


@pytest.mark.slow
@pytest.mark.parametrize("wrong", enough(WRONG[:1], of=WRONG))
def test_an_environment_that_is_wrong_changes_nothing_but_warns(traced: Shop, wrong: dict[str, str]) -> None:
    ended = traced.run("sync", **{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"} | wrong)
    assert ended.returncode == 0
    assert ended.stderr.count("warning: ") == len(ended.stderr.splitlines()) == 1


@pytest.mark.slow
@pytest.mark.parametrize("off", enough(OFF[:1], of=OFF))
def test_traces_can_be_switched_off(traced: Shop, collector: Collector, off: dict[str, str]) -> None:
    run(traced, collector.url, **off)
    assert collector.bodies == []


@pytest.mark.slow
def test_nothing_of_opentelemetry_is_imported_where_no_collector_is_named(traced: Shop) -> None:
    code = (
        "import sys; sys.argv = ['brandsync', 'sync', '--config', sys.argv[1]]\n"
        "from brandsync.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: print(end.code, [name for name in sys.modules if 'opentelemetry' in name])"
    )
    ran = subprocess.run([sys.executable, "-c", code, traced.config], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "0 []"


def test_without_a_tracer_a_span_is_nothing() -> None:
    with span("a", {"b": 1}) as told:
        assert (told, trace_id()) == ({"b": 1}, None)
