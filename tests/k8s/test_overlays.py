"""Each overlay's pods, run with the overlay's own files: but for the addresses of CMS, store and journal."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest
from cms_server import CmsServer, Entry
from databases import fresh_database, run
from manifests import Manifests
from pytest_httpserver import HTTPServer
from ran import Command, Ran, command
from werkzeug import Request, Response

pytestmark = pytest.mark.usefixtures("kubectl")


@pytest.fixture
def brandsync(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command, in this process."""
    return command(monkeypatch, capsys)


class Countries(CmsServer):
    """A CMS that holds the entries of several countries, and lists those of one."""

    def listed(self, query: dict[str, str]) -> list[Entry]:
        return [entry for entry in super().listed(query) if entry["country"] == query["country"]]


@contextmanager
def found_by_pods(overlay: str, **secrets: str) -> Iterator[tuple[Manifests, Path]]:
    """What a pod of the overlay finds in its environment and its files, with these secrets instead of the example's."""
    manifests = Manifests.of(overlay)
    manifests.secret["stringData"].update(secrets)
    with manifests.mounted() as root, patch.dict(os.environ, manifests.variables(root)):
        yield manifests, root


def night(brandsync: Command, manifests: Manifests) -> list[Ran]:
    """How each pod of one night ends."""
    ended = []
    for index in range(manifests.job.get("completions", 1)):
        with patch.dict(os.environ, {"JOB_COMPLETION_INDEX": str(index)}):
            ended.append(brandsync(*manifests.command[1:]))
    return ended


def test_the_pods_of_the_pipelines_overlay_sync_all_three_shops_and_none_is_idle(
    brandsync: Command, tmp_path: Path
) -> None:
    countries = ("at", "de", "fr")
    entries = [{"id": country, "name": f"Acme {country}", "country": country} for country in countries]
    store, journal = f"sqlite:///{tmp_path}/shop.db", f"sqlite:///{tmp_path}/journal.db"
    with Countries(entries) as cms:
        urls = {"BRANDSYNC_CMS__URL": cms.url, "BRANDSYNC_STORE__URL": store, "BRANDSYNC_JOURNAL__URL": journal}
        with found_by_pods("pipelines", **urls) as (manifests, _):
            first, second = night(brandsync, manifests), night(brandsync, manifests)
    assert [pod.code for pod in first + second] == [0] * 4, first
    assert [pod.out.count(": 1 brand created") for pod in first] == [2, 1]
    assert [pod.out.count("unchanged=1") for pod in second] == [2, 1]
    for country in countries:
        assert run(store, f"SELECT name FROM brand_{country}") == [(f"Acme {country}",)]


def test_the_pod_of_the_postgresql_overlay_keeps_its_journal_there(
    brandsync: Command, cms: CmsServer, tmp_path: Path
) -> None:
    cms.entries["a"] = {"id": "a", "name": "Acme"}
    with fresh_database("postgresql", tmp_path) as shop, fresh_database("postgresql", tmp_path) as journal:
        urls = {"BRANDSYNC_CMS__URL": cms.url, "BRANDSYNC_STORE__URL": shop, "BRANDSYNC_JOURNAL__URL": journal}
        with found_by_pods("postgresql", **urls) as (manifests, root):
            (pod,) = night(brandsync, manifests)
            said = json.loads((root / "dev" / "termination-log").read_text("utf-8"))
        assert (pod.code, pod.err, said["exit_code"]) == (0, "", 0)
        assert run(shop, "SELECT name FROM brand") == [("Acme",)]
        assert run(journal, "SELECT status FROM brandsync_run") == [("done",)]


def test_the_pod_of_the_sqlite_overlay_keeps_its_journal_on_its_volume(brandsync: Command, cms: CmsServer) -> None:
    cms.entries["a"] = {"id": "a", "name": "Acme"}
    with HTTPServer() as shop:
        brands = guide(shop)
        urls = {"BRANDSYNC_CMS__URL": cms.url, "BRANDSYNC_STORE__URL": shop.url_for("").rstrip("/")}
        with found_by_pods("sqlite", **urls) as (manifests, root):
            volume = f"sqlite:///{root}/var/lib/brandsync/journal.db"
            os.environ["BRANDSYNC_JOURNAL__URL"] = volume
            (first,), (second,) = night(brandsync, manifests), night(brandsync, manifests)
            kept = run(volume, "SELECT status FROM brandsync_run")
    assert (first.code, second.code) == (0, 0), first.err
    assert "unchanged=1" in second.out
    assert kept == [("done",), ("done",)]
    assert brands == [{"id": "brand_1", "name": "Acme"}]


def guide(server: HTTPServer) -> list[dict[str, str]]:
    """A Medusa with the guide's two routes; returns its brands."""
    brands: list[dict[str, str]] = []

    def answer(request: Request) -> Response:
        if request.path != "/admin/brands":
            return Response(status=404)
        if request.method == "OPTIONS":
            return Response(headers={"Allow": "GET, POST"})
        if request.method == "POST":
            brands.append({"id": f"brand_{len(brands) + 1}", **request.get_json()})
            return Response(json.dumps({"brand": brands[-1]}), content_type="application/json")
        listed = {"brands": brands, "count": len(brands), "offset": 0, "limit": 1000}
        return Response(json.dumps(listed), content_type="application/json")

    server.expect_request(re.compile(".*")).respond_with_handler(answer)
    return brands
