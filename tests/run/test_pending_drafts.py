"""External ids that can't be written now: an editor's draft is pending, or the token may only read."""

import json
from pathlib import Path
from typing import Any

import pytest
from cms_server import CmsServer, Fault
from fake_distribution import make_distribution
from shop import Shop, entries

DRAFTING = """
from brandsync.cms.rest.backend import RestCms
from brandsync.cms.rest.links import Links

class DraftingLinks(Links):
    def pending(self, cms_ids):
        return {key for key in cms_ids if self._http.json("GET", f"/brands/{key}")[0].get("draft")}

    def write(self, links):
        later = self.pending([link.cms_id for link in links])
        super().write([link for link in links if link.cms_id not in later])
        return later

    def refusal(self):
        reads = self._settings.headers.get("X-Role")
        return "the token may only read: permit it to update" if reads else None

class DraftingCms(RestCms):
    def __init__(self, settings):
        super().__init__(settings)
        self.links = DraftingLinks(self.http, settings)
"""


@pytest.fixture
def drafting(shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shop:
    """A shop whose CMS has drafts: an entry with a ``draft`` takes no external id."""
    place = tmp_path / "site"
    place.mkdir()
    make_distribution(
        place, "drafting", {"brandsync.cms": {"drafting": "drafting:DraftingCms"}}, {"drafting": DRAFTING}
    )
    monkeypatch.syspath_prepend(str(place))
    monkeypatch.setenv("PYTHONPATH", str(place))
    return shop.set("cms", backend="drafting")


def edit(cms: CmsServer, key: str, **fields: object) -> None:
    cms.entries[key] |= fields


def start_with_a_draft(shop: Shop) -> None:
    for entry in entries(3):
        shop.cms.entries[entry["id"]] = entry
    edit(shop.cms, "e1", draft=True)


def test_a_brand_whose_entry_has_a_draft_is_created_and_its_link_is_written_when_it_can_be(drafting: Shop) -> None:
    start_with_a_draft(drafting)
    first = drafting.sync()
    assert (first["exit_code"], first["counts"]["created"]) == (0, 3)
    assert [drafting.external_ids()[key] is None for key in ("e0", "e1", "e2")] == [False, True, False]

    patched = drafting.cms.requests["PATCH"]
    again = drafting.sync()
    assert (again["counts"]["unchanged"], again["counts"]["adopted"], again["changes"]) == (3, 0, [])
    assert drafting.cms.requests["PATCH"] == patched == 2

    edit(drafting.cms, "e1", draft=False)
    assert drafting.run("sync", "--dry-run", "--exit-code").returncode == 3
    preview = drafting.sync(dry_run=True)
    linked = drafting.sync(expect=preview["checksum"])
    for result in (preview, linked):
        assert [(change["action"], change["cms_id"]) for change in result["changes"]] == [("link", "e1")]
        assert (result["counts"]["unchanged"], result["counts"]["adopted"]) == (3, 0)
    assert drafting.is_in_line()


def test_an_edit_of_an_entry_with_a_draft_still_reaches_the_store(drafting: Shop) -> None:
    start_with_a_draft(drafting)
    drafting.sync()
    edit(drafting.cms, "e1", description="New")
    result = drafting.sync()
    assert (result["counts"]["updated"], result["counts"]["adopted"]) == (1, 0)
    assert drafting.query("SELECT count(*) FROM brand WHERE description = 'New'") == [(1,)]


def test_an_undo_leaves_the_external_id_of_an_entry_that_has_a_draft_by_now_to_a_later_run(drafting: Shop) -> None:
    start_with_a_draft(drafting)
    drafting.sync()
    edit(drafting.cms, "e0", draft=True)
    undone = drafting.undo()
    assert (undone["status"], undone["exit_code"], undone["kept"], drafting.names()) == ("done", 0, [], {})
    assert [warning for warning in undone["warnings"] if "1 external id waits" in warning]
    assert [key for key, value in drafting.external_ids().items() if value] == ["e0"]
    again = drafting.sync()
    assert (again["exit_code"], again["counts"]["created"], drafting.sync()["changes"]) == (0, 3, [])
    edit(drafting.cms, "e0", draft=False)
    edit(drafting.cms, "e1", draft=False)
    result = drafting.sync()
    assert sorted((change["action"], change["cms_id"]) for change in result["changes"]) == [
        ("link", "e0"),
        ("link", "e1"),
    ]
    assert drafting.is_in_line()
    assert drafting.sync()["changes"] == []


def test_a_stale_external_id_of_an_entry_that_gets_no_brand_is_cleared_once_its_draft_is_published(
    drafting: Shop,
) -> None:
    start_with_a_draft(drafting)
    drafting.sync()
    edit(drafting.cms, "e0", draft=True)
    drafting.undo()
    before = drafting.external_ids()
    edit(drafting.cms, "e0", name=" ")
    waiting = drafting.sync()
    assert [(skipped["cms_id"], skipped["reason"]) for skipped in waiting["skipped"]] == [("e0", "invalid")]
    assert drafting.external_ids()["e0"] == before["e0"]
    edit(drafting.cms, "e0", draft=False)
    preview = drafting.sync(dry_run=True)
    cleared = drafting.sync(expect=preview["checksum"])
    for result in (preview, cleared):
        changes = [(change["action"], change["cms_id"], change["brand_id"]) for change in result["changes"]]
        assert changes == [("unlink", "e0", before["e0"])]
    assert drafting.external_ids()["e0"] is None
    assert drafting.sync()["changes"] == []
    assert drafting.undo(cleared["run"])["exit_code"] == 0
    assert drafting.external_ids()["e0"] == before["e0"]


@pytest.mark.usefixtures("no_retries")
def test_a_rollback_leaves_the_external_id_of_an_entry_that_has_a_draft_by_now_to_a_later_run(drafting: Shop) -> None:
    for entry in entries(2):
        drafting.cms.entries[entry["id"]] = entry

    class EditorSaves(Fault):
        """While the second external id is written, which fails, an editor changes the first entry."""

        def strikes(self, request: Any, chance: Any) -> bool:
            if super().strikes(request, chance):
                edit(drafting.cms, "e0", draft=True)
                return True
            return False

    drafting.cms.faults = [EditorSaves("status", "PATCH", "/brands/e1", status=500)]
    result = drafting.sync()
    drafting.cms.faults = []
    assert (result["status"], result["kept"], result["failed"], drafting.names()) == ("rolled_back", [], [], {})
    assert [key for key, value in drafting.external_ids().items() if value] == ["e0"]
    assert "1 external id waits" in result["warnings"][0]
    assert drafting.sync()["exit_code"] == 0
    edit(drafting.cms, "e0", draft=False)
    assert drafting.sync()["exit_code"] == 0
    assert drafting.is_in_line()


def test_an_undo_of_an_adoption_whose_entry_has_a_draft_by_now_keeps_nothing(drafting: Shop) -> None:
    drafting.cms.entries["e9"] = {**entries(1)[0], "id": "e9", "name": "Other"}
    drafting.sync()
    drafting.execute(
        "INSERT INTO brand (id, name, created_at, updated_at) VALUES ('theirs', 'brand 0', '2026', '2026')"
    )
    drafting.cms.entries["e0"] = {**entries(1)[0], "name": "brand 0", "description": None}
    assert drafting.sync()["counts"]["adopted"] == 1
    edit(drafting.cms, "e0", draft=True)
    undone = drafting.undo()
    assert (undone["exit_code"], undone["kept"], drafting.names()["theirs"]) == (0, [], "brand 0")
    assert "1 external id waits" in undone["warnings"][0]
    edit(drafting.cms, "e0", draft=False)
    assert drafting.sync()["exit_code"] == 0
    assert drafting.is_in_line()


def test_a_token_that_may_only_read_leaves_the_links_in_the_journal_and_is_told_of_once(drafting: Shop) -> None:
    start_with_a_draft(drafting)
    drafting.set("cms.headers", **{"X-Role": "reader"})
    first = drafting.run("sync", "--output", "json")
    assert first.returncode == 0, first.stderr
    assert first.stderr.count("the token may only read") == 1
    assert json.loads(first.stdout)["counts"]["created"] == 3
    assert set(drafting.external_ids().values()) == {None}
    again = json.loads(drafting.run("sync", "--output", "json").stdout)
    assert (again["counts"]["unchanged"], again["changes"]) == (3, [])
