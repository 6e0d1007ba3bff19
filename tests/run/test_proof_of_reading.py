"""What one listing says is proved before it counts: entries that are gone, ids that several have, short listings."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cms_server import CmsServer
from cms_wire import Answer, Request
from ran import Command, command
from shop import Shop, entries


class RestlessCms(CmsServer):
    """A CMS whose editors work between the pages: each act is done before the nth request for a page."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.acts: dict[int, Callable[[], object]] = {}
        self.pages = 0
        self.boast = 0
        """By how much the total is too high."""
        self.instead: list[list[Any]] = []
        """The pages of the next listings, instead of what there is; an empty one follows each."""
        self.under_way: list[Any] = []

    def answer(self, request: Request) -> Answer:
        if (request.method, request.path) == ("GET", "/brands"):
            self.pages += 1
            self.acts.pop(self.pages, lambda: None)()
        answer = super().answer(request)
        if self.boast:
            answer.value["total"] += self.boast
        if (request.method, request.path) == ("GET", "/brands") and (self.instead or self.under_way):
            return Answer(self._instead(int(request.query["page"])))
        return answer

    def _instead(self, number: int) -> Any:
        if number == 1:
            self.under_way = self.instead.pop(0)
        return {"data": [], "total": self.under_way[0]["total"], **dict(enumerate(self.under_way, 1)).get(number, {})}

    def meanwhile(self, page: int, *acts: Callable[[], object]) -> None:
        """Act before the nth page from now."""
        self.pages = 0
        self.acts[page] = lambda: [act() for act in acts]


@pytest.fixture
def brandsync(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command, in this process."""
    return command(monkeypatch, capsys)


@pytest.fixture
def cms() -> Iterator[RestlessCms]:
    with RestlessCms(entries(25), envelope="data", paging="page", page_size=10) as cms:
        yield cms


@pytest.fixture
def shop(cms, tmp_path) -> Iterator[Shop]:
    """A shop with 25 brands that are linked in the journal; what is gone is deleted."""
    with Shop(tmp_path, cms, f"sqlite:///{tmp_path}/shop.db") as shop:
        shop.set("cms", items="data", paging="page", page_size=10)
        shop.set("sync", link="journal", on_missing="delete")
        assert shop.sync()["counts"]["created"] == 25
        yield shop


def counts(result: dict[str, Any], *names: str) -> list[int]:
    return [result["counts"][name] for name in names]


def test_an_entry_that_slipped_past_one_listing_is_no_missing_entry(shop, cms):
    cms.meanwhile(2, lambda: cms.remove("e0"))  # e10 moves to the first page, which has been read
    result = shop.sync()
    assert counts(result, "retrieved", "unchanged", "deleted", "missing", "skipped") == [25, 25, 0, 0, 0]
    assert counts(shop.sync(), "deleted", "missing") == [1, 1]
    assert len(shop.query("SELECT id FROM brand")) == 24


def test_an_entry_that_came_meanwhile_does_not_hide_one_that_slipped_past(shop, cms):
    shop.set("cms", total="total")
    cms.options = type(cms.options)(envelope="data", paging="page", page_size=10, total="body")
    cms.meanwhile(2, lambda: cms.remove("e0"), lambda: cms.add({"id": "z", "name": "New"}))
    assert counts(shop.sync(), "created", "deleted", "missing") == [1, 0, 0]


def test_an_entry_that_slipped_past_keeps_its_brand_from_one_of_its_name(shop, cms):
    cms.meanwhile(2, lambda: cms.remove("e0"), lambda: cms.add({"id": "twin", "name": cms.entries["e10"]["name"]}))
    result = shop.sync()
    assert counts(result, "created", "adopted", "deleted") == [1, 0, 0]


def test_what_slipped_past_is_synced_as_the_second_look_finds_it(shop, cms):
    cms.meanwhile(2, lambda: cms.remove("e0"), lambda: cms.edit("e10", name="Renamed"))
    assert counts(shop.sync(), "updated", "deleted") == [1, 0]
    assert ("Renamed",) in shop.query("SELECT name FROM brand")


SHORT = {
    "some, of more": ({"data": entries(5), "total": 25}, "listed 5: 20 are missing"),
    "none, of more": ({"data": [], "total": 25}, "the CMS listed nothing"),
    "none": ({"data": [], "total": 0}, "the CMS listed nothing"),
}


def page(*listed: dict[str, Any], total: int) -> dict[str, Any]:
    return {"data": listed, "total": total}


@pytest.mark.parametrize("answer", SHORT)
def test_a_second_listing_that_is_known_to_be_short_proves_no_absence(shop, cms, answer):
    second, reason = SHORT[answer]
    there = [entry for entry in entries(25) if entry["id"] != "e10"]  # which slips past the first listing
    first = [page(*there[start : start + 10], total=24) for start in (0, 10, 20)]
    shop.set("cms", total="total")
    cms.instead = [first, [second]]
    result = shop.sync()
    assert (result["exit_code"], *counts(result, "deleted", "missing")) == (65, 0, 0)
    (skipped,) = result["skipped"]
    assert skipped["reason"] == "not_listed"
    assert "the second listing" in skipped["detail"]
    assert reason in skipped["detail"]
    cms.instead = [first, first]
    assert counts(shop.sync(), "deleted", "missing") == [1, 1]


ONE, TWO = {"id": "e1", "name": "One"}, {"id": "e1", "name": "Two"}


def test_entries_of_one_id_stay_skipped_where_the_second_listing_is_short(shop, cms):
    shop.set("cms", total="total")
    cms.instead = [[page(ONE, TWO, total=2)], [page(TWO, total=2)]]
    result = shop.sync(force=True)
    reasons = {skipped["cms_id"]: skipped["reason"] for skipped in result["skipped"]}
    assert reasons == {"": "not_listed", "e1": "duplicate_id"}
    assert counts(result, "retrieved", "updated", "deleted", "skipped") == [1, 0, 0, 1]


def test_a_copied_row_does_not_stand_for_one_that_was_pushed_out(shop, cms):
    shop.set("cms", total="total")
    listed = entries(4)[1:]
    cms.instead = [[page(listed[0], *listed, total=4)]] * 2
    result = shop.sync(force=True)
    assert (result["exit_code"], *counts(result, "retrieved", "deleted")) == (65, 3, 0)
    assert [skipped["detail"] for skipped in result["skipped"]] == [
        "the CMS says that it has 4 entries, and listed 3: 1 is missing"
    ]


def test_a_total_that_no_setting_names_is_held_to_the_entries_that_differ(shop, cms):
    there = [entry for entry in entries(25) if entry["id"] != "e10"]
    pages = [page(*there[:10], total=25), page(there[0], *there[10:], total=25)]
    cms.instead = [pages, pages]
    result = shop.sync()
    assert (result["exit_code"], *counts(result, "retrieved", "deleted")) == (65, 24, 0)
    assert result["skipped"][0]["detail"] == "the CMS says that it has 25 entries, and listed 24: 1 is missing"


@pytest.mark.parametrize("apart", [True, False])
def test_entries_of_one_id_count_for_the_total_as_many_as_they_are(shop, cms, apart):
    rest = entries(10)[2:]
    listing = [page(ONE, *rest, total=10), page(TWO, total=10)] if apart else [page(ONE, TWO, *rest, total=10)]
    shop.set("cms", total="total").set("sync", on_missing="ignore")
    cms.instead = [listing, listing]
    result = shop.sync(force=True)
    assert [skipped["reason"] for skipped in result["skipped"]] == ["duplicate_id", "duplicate_id"]


def test_an_entry_that_seems_to_be_gone_may_be_one_whose_id_cannot_be_read(shop, cms):
    cms.entries["e3"]["id"] = None
    assert counts(shop.sync(), "missing", "deleted", "skipped") == [1, 0, 1]
    cms.entries["e3"]["id"] = "e3"
    cms.remove("e4")
    assert counts(shop.sync(), "missing", "deleted", "skipped") == [1, 1, 0]


@pytest.mark.parametrize("on_missing", ["ignore", "delete"])
def test_entries_that_vanished_are_counted_whatever_becomes_of_their_brands(shop, cms, on_missing):
    shop.set("sync", on_missing=on_missing)
    for gone in ("e3", "e4"):
        cms.remove(gone)
    dry, result = shop.sync(dry_run=True), shop.sync()
    for told in (dry, result):
        assert counts(told, "missing", "deleted") == [2, 2 if on_missing == "delete" else 0]


def test_the_brands_of_vanished_entries_are_told_of_each_time(shop, cms, brandsync):
    shop.set("sync", on_missing="ignore")
    cms.remove("e3")
    for _ in range(2):
        ran = brandsync("sync", "--config", str(shop.config))
        assert "1 brand in the store has no entry in the CMS any more." in ran.lines


def test_one_entry_that_comes_twice_alike_is_one_entry(shop, cms):
    cms.meanwhile(2, lambda: cms.entries.update({"e9z": cms.entries["e9"]}))
    assert counts(shop.sync(), "retrieved", "skipped", "updated") == [25, 0, 0]


def test_an_entry_that_an_editor_saves_between_two_pages_is_one_entry(shop, cms):
    def insert_and_edit():
        cms.entries = type(cms.entries)([{"id": "new", "name": "First"}, *cms.entries.values()])
        cms.edit("e9", name="Edited")

    cms.meanwhile(2, insert_and_edit)
    result = shop.sync()
    assert counts(result, "updated", "skipped", "deleted") == [1, 0, 0]
    assert ("Edited",) in shop.query("SELECT name FROM brand")


FILES = {
    "brands.csv": "id,name,text\n1.23E+17,Acme,a\n1.23E+17,Umbra,b\n2,Fjord,c\n",
    "brands.json": '[{"id": "1", "name": "Acme"}, {"id": 1, "name": "Umbra"}, {"id": "2", "name": "Fjord"}]',
    "brands.yaml": "- {id: 0123, name: Acme}\n- {id: 83, name: Umbra}\n- {id: 2, name: Fjord}\n",
    "brands.jsonl": '{"id": "1", "name": "Acme"}\n{"id": "1", "name": "Umbra"}\n{"id": "2", "name": "Fjord"}\n',
}


def from_file(shop: Shop, name: str, text: str) -> Shop:
    (shop.directory / name).write_text(text)
    shop.sections["cms"] = {"backend": "file", "path": name}
    shop.sections["cms.fields"] = {"name": "name"}
    return shop


@pytest.fixture
def empty(tmp_path) -> Iterator[Shop]:
    """A shop that nothing has been synced to."""
    with CmsServer() as cms, Shop(tmp_path, cms, f"sqlite:///{tmp_path}/shop.db") as shop:
        yield shop


@pytest.mark.parametrize("name", FILES)
def test_different_entries_of_one_id_are_all_skipped_by_name_and_the_others_go_on(empty, name):
    result = from_file(empty, name, FILES[name]).sync()
    assert (result["status"], result["exit_code"]) == ("skipped_some", 65)
    assert counts(result, "retrieved", "created", "skipped") == [3, 1, 2]
    assert {skipped["reason"] for skipped in result["skipped"]} == {"duplicate_id"}
    details = [skipped["detail"] for skipped in result["skipped"]]
    assert ['"Acme"' in details[0], '"Umbra"' in details[1]] == [True, True]


def test_a_copied_row_is_one_entry_and_so_is_one_that_differs_in_what_is_not_mapped(empty):
    text = "id,name,note\n1,Acme,a\n1,Acme,a\n2,Fjord,b\n2,Fjord,c\n"
    result = from_file(empty, "brands.csv", text).sync()
    assert counts(result, "retrieved", "created", "skipped") == [2, 2, 0]


def test_entries_of_one_id_keep_the_brand_that_one_of_them_has(empty):
    from_file(empty, "brands.json", '[{"id": "1", "name": "Acme"}, {"id": "2", "name": "Fjord"}]').sync()
    empty.set("sync", on_missing="delete")
    text = '[{"id": "1", "name": "Acme"}, {"id": "1", "name": "Umbra"}, {"id": "2", "name": "Fjord"}]'
    assert counts(from_file(empty, "brands.json", text).sync(), "deleted", "missing", "unchanged", "skipped") == [
        0, 0, 1, 2,
    ]  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_check_names_an_id_that_different_entries_have(empty, name, brandsync):
    ran = brandsync("check", "--config", str(from_file(empty, name, FILES[name]).config))
    assert ran.code == 78
    assert "different entries have the id" in ran.out


def test_each_entry_without_an_id_is_accounted_for(empty):
    result = from_file(empty, "b.json", '[{"name": "A"}, {"name": "A"}, {"name": ""}, {"id": "1", "name": "B"}]').sync()
    assert counts(result, "retrieved", "created", "skipped") == [4, 1, 3]


def test_a_listing_that_is_known_to_be_short_says_how_many_are_missing_and_deletes_nothing(shop, cms):
    shop.set("cms", total="total")
    cms.options = type(cms.options)(envelope="data", paging="page", page_size=10, total="body")
    assert shop.sync()["exit_code"] == 0
    cms.remove("e3")
    cms.boast = 7
    result = shop.sync()
    assert (result["status"], result["exit_code"]) == ("skipped_some", 65)
    assert counts(result, "deleted", "missing", "skipped") == [0, 0, 0]
    (told,) = result["skipped"]
    assert (told["reason"], told["detail"]) == (
        "not_listed",
        "the CMS says that it has 31 entries, and listed 24: 7 are missing",
    )
    assert shop.query("SELECT complete FROM brandsync_run ORDER BY id DESC LIMIT 1") == [(0,)]


def foreign(cms: RestlessCms, *ids: str) -> None:
    for entry in ids:
        cms.edit(entry, external_id=f"staging-{entry}")


def test_a_cms_that_holds_another_stores_ids_is_refused_with_the_way_out(shop, cms, brandsync):
    foreign(cms, *(f"e{number}" for number in range(13)))
    dry, result = shop.sync(dry_run=True), shop.sync()
    assert (result["status"], result["exit_code"]) == ("refused", 4)
    assert "13 of the 25 entries hold an external id that the store doesn't know" in result["error"]
    assert dry["error"] == result["error"]
    assert brandsync("check", "--config", str(shop.config)).code == 78
    shop.set("cms", external_id="external_id_of_production")  # as the hint says
    assert shop.sync()["exit_code"] == 0


def test_a_few_ids_that_the_store_does_not_have_are_skipped_as_ever(shop, cms, brandsync):
    foreign(cms, *(f"e{number}" for number in range(12)))
    result = shop.sync()
    assert (result["exit_code"], len(result["skipped"])) == (65, 12)
    assert brandsync("check", "--config", str(shop.config)).code == 0


def test_an_undo_of_the_first_run_is_not_held_to_the_one_brand_that_was_linked(empty):
    empty.cms.add({"id": "there", "name": "There", "external_id": None})
    assert counts(empty.sync(), "created") == [1]
    for table in ("link", "run", "entry"):  # another machine's journal knew of it
        empty.execute(f"DELETE FROM brandsync_{table}")
    empty.publish(*entries(12))
    assert counts(empty.sync(), "created", "unchanged") == [12, 1]
    assert empty.preview_undo()["error"] is None
    assert (empty.undo()["exit_code"], len(empty.query("SELECT 1 FROM brand"))) == (0, 1)


def test_a_sync_after_an_undo_that_kept_one_brand_may_create_everything_again(empty):
    empty.publish(*entries(12))
    empty.sync()
    empty.execute("UPDATE brand SET name = 'by a person' WHERE name = 'Brand 3'")
    assert counts(empty.undo(), "deleted") == [11]
    result = empty.sync()
    assert (result["error"], result["counts"]["created"]) == (None, 11)


def test_a_dry_run_asks_for_what_the_run_will_ask_for(shop, cms):
    shop.set("cms", changed_since_param="updated_since")
    for entry in list(cms.entries):
        cms.edit(entry, updated_at="2026-01-01T00:00:00Z")
    shop.sync()
    cms.edit("e3", name="Renamed", updated_at="2026-02-01T00:00:00Z")
    shop.sync()
    cms.edit("e4", name="Renamed too", updated_at="2026-03-01T00:00:00Z")
    asked = []
    for dry_run in (True, False):
        cms.log.clear()
        result = shop.sync(dry_run=dry_run)
        asked.append(
            ([query.get("updated_since") for method, _, query, _ in cms.log if method == "GET"], result["checksum"])
        )
    assert asked[0] == asked[1]


@pytest.mark.parametrize("before", [lambda shop: shop.recover(), lambda shop: shop.undo()])
def test_a_dry_run_reads_everything_when_the_run_will(shop, cms, before):
    shop.set("cms", changed_since_param="updated_since")
    cms.edit("e3", name="Renamed", updated_at="2026-02-01T00:00:00Z")
    shop.sync()
    cms.edit("e4", name="Renamed", updated_at="2026-03-01T00:00:00Z")
    shop.sync()
    before(shop)
    results = [shop.sync(dry_run=dry_run) for dry_run in (True, False)]
    assert results[0]["checksum"] == results[1]["checksum"]
    assert results[0]["counts"]["retrieved"] == results[1]["counts"]["retrieved"]


def test_a_dry_run_tells_that_the_run_will_refuse_another_cms(shop):
    with CmsServer(entries(25)) as other:
        shop.sections["cms"] = {"backend": "rest", "url": other.url}
        dry, result = shop.sync(dry_run=True), shop.sync()
    assert result["exit_code"] == 4
    assert dry["error"] == result["error"]


def test_another_cms_or_store_is_refused_until_somebody_says_that_it_is_meant(shop):
    shop.sync()
    with CmsServer(entries(25)) as other:
        shop.sections["cms"] = {"backend": "rest", "url": other.url}
        assert [shop.sync()["exit_code"] for _ in range(3)] == [4, 4, 4]
        assert shop.sync(force=True)["exit_code"] == 0
        assert shop.sync()["exit_code"] == 0


def test_a_run_that_wrote_nothing_says_nothing_about_the_next_one(shop):
    shop.sync()
    right = shop.sections["cms"]
    shop.sections["cms"] = {**right, "url": "http://127.0.0.1:9"}
    assert shop.sync()["exit_code"] == 75
    shop.sections["cms"] = right
    assert shop.sync()["exit_code"] == 0


def test_a_field_that_all_entries_have_lost_is_warned_of_before_and_while_it_is_emptied(shop, cms):
    shop.sync()
    for entry in list(cms.entries):
        cms.edit(entry, description=None)
    dry, result = shop.sync(dry_run=True, force=True), shop.sync(force=True)
    assert dry["warnings"] == result["warnings"]
    (warning,) = result["warnings"]
    assert "no entry of the CMS has a value of description, which empties it in 25 of the store's brands" in warning
    assert shop.sync()["warnings"] == []


def test_a_field_that_some_entries_still_have_is_not_warned_of(shop, cms):
    shop.sync()
    cms.edit("e3", description=None)
    result = shop.sync()
    assert (result["counts"]["updated"], result["warnings"]) == (1, [])
