"""The ``strapi`` backend with Strapi 5: what editors have not published is never published, lost or shown."""

import logging
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pytest
import real_brands
from cms_listing import all_entries
from extent import AT_NIGHT
from live_fixtures import emptied
from opening import opener
from pydantic import ValidationError
from pytest_httpserver import HTTPServer
from strapi import Strapi
from werkzeug import Request, Response

from brandsync.backend import Finding
from brandsync.brand import CmsBrand, ExternalId
from brandsync.cms.by_id import LookUp
from brandsync.cms.looked_into import nested_keys
from brandsync.cms.mapping import EntryMapping
from brandsync.cms.strapi import StrapiCms, documents
from brandsync.errors import ConfigError, CredentialsRefused, Rejected

pytestmark = [pytest.mark.live, pytest.mark.slow]

_log = logging.getLogger(__name__)

GONE = "abcdefghijklmnopqrstuvwx"
Open = Callable[..., StrapiCms]
Row = dict[str, Any]


live = emptied(Strapi)


@pytest.fixture
def open_cms(live: Strapi) -> Iterator[Open]:
    """Opens the CMS, with other settings where a test names them."""

    def open_it(**settings: Any) -> StrapiCms:
        return StrapiCms(StrapiCms.Settings.model_validate(live.settings() | settings))

    with opener(open_it) as opened:
        yield opened


@pytest.fixture
def cms(open_cms: Open) -> StrapiCms:
    return open_cms()


def seed(live: Strapi, count: int = 3) -> list[str]:
    """Real brands; their ids in the order of the listing."""
    found = real_brands.load()[:count]
    return sorted(live.seed([{"name": brand["name"], "description": brand["description"]} for brand in found]))


def ids_of(entries: list[Row]) -> list[str]:
    return [entry["documentId"] for entry in entries]


def links(ids: list[str], external_id: str | None = "brand") -> list[ExternalId]:
    return [ExternalId(cms_id, external_id and f"{external_id} {cms_id}") for cms_id in ids]


def rows_of(live: Strapi, cms_id: str) -> list[Row]:
    return [row for row in live.rows() if row["document_id"] == cms_id]


def failures(cms: StrapiCms) -> list[Finding]:
    return [finding for finding in cms.check() if not finding.ok]


# The listing.


def test_two_thousand_real_brands_come_once_each_in_the_largest_pages_there_are(live: Strapi, cms: StrapiCms) -> None:
    ids = seed(live, 2_000)
    assert cms.retrieve_brands().total == 2_000
    started = time.monotonic()
    entries = all_entries(cms)
    _log.info("2,000 brands listed in %.2f s", time.monotonic() - started)
    assert ids_of(entries) == ids
    assert cms.requests == 1 + 20, "Strapi allows 100 entries a page here, of the 1,000 that are asked for"


def test_nothing_is_lost_while_editors_delete_and_publish_during_the_listing(live: Strapi, open_cms: Open) -> None:
    ids = seed(live, 60)
    cms = open_cms(page_size=7)
    page = cms.retrieve_brands()
    entries = list(page.entries)
    deleted = []
    while page.next:
        if len(entries) < 50:
            deleted.append(entries[-1]["documentId"])
            live.delete(deleted[-1])
            live.edit(ids[0], name="Published again")
            live.seed([{"name": "Published meanwhile"}])
        page = cms.retrieve_brands(page.next)
        entries += page.entries
    found = ids_of(entries)
    assert len(deleted) >= 6
    assert set(ids) <= set(found)
    assert len(found) == len(set(found))


def test_drafts_are_never_listed(live: Strapi, cms: StrapiCms) -> None:
    shown, drafted, unpublished = seed(live)
    live.new_draft(name="Never published")
    live.save_draft(drafted, name="Not to be seen")
    live.unpublish(unpublished)
    assert ids_of(all_entries(cms)) == [shown, drafted]
    assert "Not to be seen" not in {entry["name"] for entry in all_entries(cms)}


def test_a_draft_that_is_published_late_has_changed_since_it_was_saved(live: Strapi, cms: StrapiCms) -> None:
    waiting, edited, _ = seed(live)
    live.save_draft(waiting, name="Saved long ago")
    time.sleep(0.05)
    since = datetime.now(UTC)
    assert all_entries(cms, since) == []
    live.publish(waiting)
    live.edit(edited, name="Edited")
    found = all_entries(cms, since)
    assert ids_of(found) == [waiting, edited]
    brand = EntryMapping(cms.settings).read(found[0])
    assert isinstance(brand, CmsBrand)
    assert datetime.fromisoformat(brand.updated_at or "") >= since - timedelta(milliseconds=1)
    assert datetime.fromisoformat(found[0]["updatedAt"]) < since, "what makes it a trap"


def test_changes_are_paged_too(live: Strapi, open_cms: Open) -> None:
    ids = seed(live, 20)
    since = datetime.now(UTC) - timedelta(minutes=1)
    cms = open_cms(page_size=6)
    assert ids_of(all_entries(cms, since)) == ids
    assert all_entries(cms, since + timedelta(hours=1)) == []


def test_a_logo_is_in_the_answer_with_its_whole_address(live: Strapi, open_cms: Open) -> None:
    ids = seed(live)
    live.edit(ids[0], logo=live.picture("/uploads/logo.png"))
    cms = open_cms(fields=dict(live.fields))
    brand, bare, _ = (EntryMapping(cms.settings).read(entry) for entry in all_entries(cms))
    assert isinstance(brand, CmsBrand)
    assert isinstance(bare, CmsBrand)
    assert brand.fields["logo_url"] == f"{live.url}/uploads/logo.png"
    assert bare.fields["logo_url"] is None


def test_rich_text_in_blocks_becomes_text(live: Strapi, open_cms: Open) -> None:
    cms_id = seed(live, 1)[0]
    live.edit(
        cms_id, story=[{"type": "paragraph", "children": [{"type": "text", "text": "Since 1900.", "bold": True}]}]
    )
    cms = open_cms(fields={"name": "name", "description": "text(story)"})
    brand = EntryMapping(cms.settings).read(all_entries(cms)[0])
    assert isinstance(brand, CmsBrand)
    assert brand.fields["description"] == "Since 1900."


def test_the_address_may_end_in_the_prefix_of_the_api(live: Strapi, open_cms: Open) -> None:
    ids = seed(live)
    cms = open_cms(url=f"{live.url}/api/")
    assert ids_of(all_entries(cms)) == ids
    assert cms.where() == f"{live.url}/api/brands"


# What hangs on an entry.

MAKER = "api::maker.maker"
MADE = {"name": "name", "description": "maker.name", "logo_url": "absolute(logo.url)"}


def test_an_entry_that_it_is_related_to_has_changed_since_a_moment(live: Strapi, open_cms: Open) -> None:
    ids = seed(live)
    maker = live.document("create", type=MAKER, data={"name": "Maker"})["documentId"]
    live.edit(ids[1], maker=maker)
    time.sleep(0.05)
    since = datetime.now(UTC)
    cms = open_cms(fields=MADE)
    assert all_entries(cms, since) == []
    live.document("update", type=MAKER, documentId=maker, data={"name": "Renamed"})
    (found,) = all_entries(cms, since)
    assert (found["documentId"], found["maker"]["name"]) == (ids[1], "Renamed")
    assert datetime.fromisoformat(found["updatedAt"]) < since, "what makes it a trap"
    assert cms.documents.related() == ["logo", "maker"]


def test_what_changes_behind_an_entry_unseen_is_told(live: Strapi, open_cms: Open) -> None:
    ids = seed(live)
    maker = live.document("create", type=MAKER, data={"name": "Maker"})["documentId"]
    live.edit(ids[1], maker=maker, logo=live.picture("/uploads/logo.png"))
    time.sleep(0.05)
    since = datetime.now(UTC)
    live.document("delete", type=MAKER, documentId=maker)
    cms = open_cms(fields=MADE)
    assert all_entries(cms, since) == [], "nothing in Strapi tells that it is gone"
    assert "`description` (maker.name) and `logo_url` (absolute(logo.url))" in (cms.unseen_changes() or "")
    assert open_cms(fields={"name": "name", "description": "text(story)"}).unseen_changes() is None


def test_a_relation_that_the_token_may_not_read_is_told_and_stops_no_listing(live: Strapi, open_cms: Open) -> None:
    ids = seed(live)
    maker = live.document("create", type=MAKER, data={"name": "Maker"})["documentId"]
    for cms_id in ids:
        live.edit(cms_id, maker=maker)
    allowed, refused = (open_cms(fields=MADE, token=live.facts["tokens"][token]) for token in ("least", "reading"))
    assert not [finding for finding in allowed.check() if "`maker`" in (finding.fix or "")]
    (told,) = [finding for finding in refused.check() if "`maker`" in (finding.fix or "")]
    assert told.ok
    assert "`description` (maker.name) is empty in all 3 entries" in told.what
    assert '"find"' in (told.fix or "")
    assert refused.documents.related() == ["logo"]
    assert ids_of(all_entries(refused, datetime.now(UTC) - timedelta(minutes=1))) == ids


# Writing external ids.


def test_an_external_id_is_written_and_nothing_else_changes(live: Strapi, cms: StrapiCms) -> None:
    ids = seed(live)
    before = live.rows()
    assert cms.links.write(links(ids[:2])) == []
    after = live.rows()
    assert {row["document_id"]: row["external_id"] for row in after} == {
        ids[0]: f"brand {ids[0]}",
        ids[1]: f"brand {ids[1]}",
        ids[2]: None,
    }
    assert len(after) == len(before)
    volatile = {"id", "updated_at", "published_at", "external_id"}
    assert [{**row, **dict.fromkeys(volatile)} for row in after] == [
        {**row, **dict.fromkeys(volatile)} for row in before
    ]
    assert cms.links.pending(ids) == set()


def test_an_external_id_can_be_cleared(live: Strapi, cms: StrapiCms) -> None:
    ids = seed(live)
    cms.links.write(links(ids))
    assert cms.links.write(links(ids, None)) == []
    assert {row["external_id"] for row in live.rows()} == {None}


def test_writing_again_writes_nothing(live: Strapi, cms: StrapiCms) -> None:
    ids = seed(live)
    cms.links.write(links(ids))
    before = live.rows()
    assert cms.links.write(links(ids)) == []
    assert live.rows() == before


def test_pending_drafts_unpublished_entries_and_new_ones_stay_as_they_are(live: Strapi, cms: StrapiCms) -> None:
    drafted, unpublished, free = seed(live)
    live.save_draft(drafted, name="Not to be seen", description=None)
    live.unpublish(unpublished)
    new = live.new_draft(name="Never published")
    before = live.rows()
    left = cms.links.write(links([drafted, free, unpublished, new]))
    assert sorted(left) == sorted([drafted, unpublished, new])
    assert [row for row in live.rows() if row["document_id"] != free] == [
        row for row in before if row["document_id"] != free
    ]
    assert {row["external_id"] for row in rows_of(live, free)} == {f"brand {free}"}


def test_a_plain_write_would_have_published_the_draft(live: Strapi) -> None:
    drafted = seed(live, 1)[0]
    live.save_draft(drafted, name="Not to be seen")
    new = live.new_draft(name="Never published")
    for cms_id in (drafted, new):
        put(live, cms_id, {"external_id": "brand"})
    assert {entry["name"] for entry in live.published().values()} == {"Not to be seen", "Never published"}


def put(live: Strapi, cms_id: str, data: Row) -> None:
    headers = {"Authorization": f"Bearer {live.facts['tokens']['least']}"}
    httpx.put(f"{live.url}/api/brands/{cms_id}", json={"data": data}, headers=headers).raise_for_status()


def test_a_pending_draft_is_never_cleared_either_and_is_linked_once_it_is_published(
    live: Strapi, cms: StrapiCms
) -> None:
    ids = seed(live)
    cms.links.write(links(ids))
    live.save_draft(ids[0], name="Not to be seen")
    before = rows_of(live, ids[0])
    assert cms.links.write(links(ids, None)) == [ids[0]]
    assert rows_of(live, ids[0]) == before
    live.publish(ids[0])
    assert cms.links.write(links(ids, None)) == []
    assert {row["external_id"] for row in live.rows()} == {None}


def test_a_draft_that_only_has_another_logo_waits(live: Strapi, cms: StrapiCms) -> None:
    cms_id = seed(live, 1)[0]
    live.save_draft(cms_id, logo=live.picture("/uploads/logo.png"))
    assert cms.links.pending([cms_id]) == {cms_id}
    assert cms.links.write(links([cms_id])) == [cms_id]


def test_pending_drafts_are_found_among_more_ids_than_one_filter_takes(live: Strapi, cms: StrapiCms) -> None:
    ids = seed(live, 250)
    pending = {ids[0], ids[120], ids[249]}
    for cms_id in pending:
        live.save_draft(cms_id, name="Not to be seen")
    live.unpublish(ids[50])
    asked = cms.requests
    assert cms.links.pending([*ids, GONE]) == pending | {ids[50]}
    assert cms.requests - asked == 6


def test_a_page_smaller_than_a_batch_hides_no_draft(live: Strapi, open_cms: Open) -> None:
    ids = seed(live, 40)
    live.save_draft(ids[39], name="Not to be seen")
    cms = open_cms(page_size=9)
    assert cms.links.pending(ids) == {ids[39]}
    assert cms.links.write(links(ids)) == [ids[39]]
    assert sum(row["external_id"] is not None for row in live.rows()) == 2 * 39


def test_a_filter_that_strapi_drops_is_noticed(live: Strapi, cms: StrapiCms, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = seed(live, 130)
    monkeypatch.setattr(documents, "AT_ONCE", 101)
    monkeypatch.setattr(documents, "LookUp", partial(LookUp, longest=20_000))
    before = live.rows()
    with pytest.raises(ConfigError) as caught:
        cms.links.write(links(ids[20:121]))
    assert "arrayLimit" in (caught.value.hint or "")
    assert live.rows() == before


def test_an_entry_that_is_gone_is_rejected_before_anything_is_written(live: Strapi, cms: StrapiCms) -> None:
    ids = seed(live)
    live.delete(ids[1])
    before = live.rows()
    with pytest.raises(Rejected, match=ids[1]):
        cms.links.write(links(ids))
    assert live.rows() == before


def test_a_draft_that_is_saved_while_the_batch_is_written_waits(live: Strapi, cms: StrapiCms) -> None:
    ids = seed(live, 100)
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(cms.links.write, links(ids))
        while not rows_of(live, ids[0])[0]["external_id"]:
            time.sleep(0.01)
        live.save_draft(ids[-1], name="Not to be seen")
        live.unpublish(ids[-2])
        before = [rows_of(live, cms_id) for cms_id in ids[-2:]]
        assert sorted(writing.result()) == ids[-2:]
    assert [rows_of(live, cms_id) for cms_id in ids[-2:]] == before


def test_a_number_field_takes_numbers_and_refuses_other_ids(live: Strapi, open_cms: Open) -> None:
    cms_id = seed(live, 1)[0]
    cms = open_cms(external_id="shop_number")
    assert cms.links.write([ExternalId(cms_id, "17")]) == []
    before = live.rows()
    assert cms.links.write([ExternalId(cms_id, "17")]) == []
    assert live.rows() == before
    with pytest.raises(Rejected, match=cms_id):
        cms.links.write([ExternalId(cms_id, "01HZX")])


def test_a_type_without_drafts_is_written_at_once(live: Strapi, open_cms: Open) -> None:
    made = live.document("create", type="api::maker.maker", data={"name": "Maker"})["documentId"]
    cms = open_cms(collection="makers")
    assert cms.links.write(links([made])) == []
    found = all_entries(cms, datetime.now(UTC) - timedelta(minutes=1))
    assert [(entry["name"], entry["external_id"]) for entry in found] == [("Maker", f"brand {made}")]
    assert cms.links.pending([made]) == set()
    assert failures(cms) == []


@AT_NIGHT
def test_the_rate_of_writing_external_ids(live: Strapi, cms: StrapiCms) -> None:
    ids = seed(live, 500)
    size, threads = cms.links.batch, cms.links.threads
    batches = [links(ids[start : start + size]) for start in range(0, len(ids), size)]
    begun = time.monotonic()
    with ThreadPoolExecutor(threads) as pool:
        assert list(pool.map(cms.links.write, batches)) == [[]] * len(batches)
    _log.info("%.0f external ids a second with %d threads", len(ids) / (time.monotonic() - begun), threads)
    assert {cms_id: entry["external_id"] for cms_id, entry in live.published().items()} == {
        link.cms_id: link.external_id for batch in batches for link in batch
    }
    assert cms.requests == len(batches) * 2 + len(ids) * 3


# Between the look and the write.


class Between:
    """Stands between brandsync and Strapi, and lets a test act when a write comes by."""

    def __init__(self, server: HTTPServer, live: Strapi) -> None:
        self.live = live
        self.url = server.url_for("")
        self.writes = 0
        self.acts: list[Callable[[], object]] = []
        """What happens before the writes, the first one first."""
        self.lost: list[int] = []
        """The statuses that stand in for the answers of the first writes."""
        self.dropped: list[int] = []
        """The statuses with which the first writes are turned away."""
        server.expect_request(re.compile(".*")).respond_with_handler(self._pass_on)

    def _pass_on(self, request: Request) -> Response:
        writes = request.method == "PUT"
        self.writes += writes
        if writes and self.acts:
            self.acts.pop(0)()
        if writes and self.dropped:
            return Response(status=self.dropped.pop(0))
        headers = {name: request.headers[name] for name in ("Authorization", "Content-Type") if name in request.headers}
        url = f"{self.live.url}{request.full_path}"
        answer = httpx.request(request.method, url, headers=headers, content=request.get_data())
        status = self.lost.pop(0) if writes and self.lost else answer.status_code
        return Response(answer.content, status, content_type=answer.headers["content-type"])


@pytest.fixture
def between(httpserver: HTTPServer, live: Strapi) -> Between:
    return Between(httpserver, live)


def test_an_edit_at_the_very_moment_of_the_write_is_told_of(
    live: Strapi, between: Between, open_cms: Open, caplog: pytest.LogCaptureFixture
) -> None:
    ids = seed(live)
    between.acts.append(lambda: live.save_draft(ids[0], name="Saved at that moment"))
    assert open_cms(url=between.url).links.write(links(ids)) == []
    (warning,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert ids[0] in warning
    assert live.published()[ids[0]]["name"] == "Saved at that moment"


def test_a_write_that_failed_is_not_repeated_over_a_draft_saved_meanwhile(
    live: Strapi, between: Between, open_cms: Open
) -> None:
    cms_id = seed(live, 1)[0]
    between.acts.append(lambda: live.save_draft(cms_id, name="Not to be seen"))
    between.dropped.append(503)
    assert open_cms(url=between.url).links.write(links([cms_id])) == [cms_id]
    assert between.writes == 1
    assert [row["name"] == "Not to be seen" for row in rows_of(live, cms_id)] == [True, False]
    assert {row["external_id"] for row in live.rows()} == {None}


def test_a_write_whose_answer_was_lost_is_recognised_and_not_repeated(
    live: Strapi, between: Between, open_cms: Open
) -> None:
    ids = seed(live, 2)
    between.lost.append(502)
    assert open_cms(url=between.url).links.write(links(ids)) == []
    assert between.writes == 2
    assert {row["external_id"] for row in rows_of(live, ids[0])} == {f"brand {ids[0]}"}


def test_a_write_that_failed_in_passing_is_repeated(live: Strapi, between: Between, open_cms: Open) -> None:
    cms_id = seed(live, 1)[0]
    between.dropped += [503, 500]
    cms = open_cms(url=between.url)
    assert cms.links.write(links([cms_id])) == []
    assert between.writes == 3
    assert {row["external_id"] for row in live.rows()} == {f"brand {cms_id}"}
    assert cms.requests == 2 + 3 * 3


# Locales.


def test_a_locale_is_read_and_written_alone(live: Strapi, open_cms: Open) -> None:
    english_only, both, _ = seed(live)
    live.document("update", documentId=both, locale="de", data={"name": "Auf Deutsch"}, status="published")
    live.document("update", documentId=english_only, locale="de", data={"name": "Ein Entwurf"})
    before = live.rows()
    cms = open_cms(locale="de")
    assert [entry["name"] for entry in all_entries(cms)] == ["Auf Deutsch"]
    assert cms.links.write(links([both, english_only])) == [english_only]
    ours = [row for row in live.rows() if row["document_id"] == both and row["locale"] == "de"]
    assert [row["external_id"] for row in ours] == [f"brand {both}"] * 2
    assert [row for row in live.rows() if row not in ours] == [
        row for row in before if not (row["document_id"] == both and row["locale"] == "de")
    ]
    assert cms.where().endswith("/api/brands?locale=de")


def test_an_entry_that_a_locale_lacks_is_not_made_there(live: Strapi, open_cms: Open) -> None:
    ids = seed(live)
    before = live.rows()
    with pytest.raises(Rejected):
        open_cms(locale="de").links.write(links(ids))
    assert live.rows() == before


def test_a_field_that_locales_share_hides_no_draft_of_another_one(live: Strapi, open_cms: Open) -> None:
    cms_id = seed(live, 1)[0]
    live.document("update", documentId=cms_id, locale="de", data={"name": "Gezeigt"}, status="published")
    live.document("update", documentId=cms_id, locale="de", data={"name": "Noch nicht"})
    time.sleep(0.05)
    assert open_cms(external_id="shared_id").links.write(links([cms_id])) == []
    german = [row for row in live.rows() if row["locale"] == "de"]
    draft, shown = sorted(german, key=lambda row: row["published_at"] is not None)
    assert shown["updated_at"] > draft["updated_at"], "by their times alone the draft looks published"
    cms = open_cms(locale="de")
    assert cms.links.pending([cms_id]) == {cms_id}
    assert cms.links.write(links([cms_id])) == [cms_id]
    assert [row for row in live.rows() if row["locale"] == "de"] == german


def test_a_locale_that_strapi_does_not_know_is_found_by_the_check(live: Strapi, open_cms: Open) -> None:
    seed(live)
    (failure,) = failures(open_cms(locale="fr"))
    assert "`locale`" in (failure.fix or "")


@pytest.mark.parametrize("wrong", [{"locale": "*"}, {"external_id": "seo.id"}, {"id": "id"}, {"collection": "a/b"}])
def test_settings_that_strapi_cannot_honour_are_refused(open_cms: Open, wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        open_cms(**wrong)


# Credentials, permissions and names.


def test_the_least_privilege_is_enough_and_asking_for_it_writes_nothing(live: Strapi, cms: StrapiCms) -> None:
    seed(live)
    before = live.rows()
    assert cms.links.refusal() is None
    assert failures(cms) == []
    assert live.rows() == before


@pytest.mark.parametrize("token", ["reading", "read_only"])
def test_a_token_that_only_reads_is_found_out_before_the_first_write(live: Strapi, open_cms: Open, token: str) -> None:
    ids = seed(live)
    cms = open_cms(token=live.facts["tokens"][token])
    before = live.rows()
    assert ids_of(all_entries(cms)) == ids
    assert '"update"' in (cms.links.refusal() or "")
    assert [finding.fix for finding in failures(cms)] == [
        'or keep links in the journal alone: link = "journal" in [sync]'
    ]
    with pytest.raises(CredentialsRefused):
        cms.links.write(links(ids))
    assert live.rows() == before


@pytest.mark.parametrize("token", [None, "not a token at all"])
def test_a_wrong_token_is_named_and_not_shown(open_cms: Open, token: str | None) -> None:
    with pytest.raises(CredentialsRefused) as caught:
        open_cms(token=token).retrieve_brands()
    assert "`token`" in (caught.value.hint or "")
    assert "401" in caught.value.message
    assert "not a token at all" not in f"{caught.value} {caught.value.hint}"


def test_a_token_that_may_not_read_says_which_permission_it_lacks(live: Strapi, open_cms: Open) -> None:
    with pytest.raises(CredentialsRefused) as caught:
        open_cms(token=live.facts["tokens"]["writing"]).retrieve_brands()
    assert '"find"' in (caught.value.hint or "")


def test_the_singular_name_of_the_type_is_pointed_out(open_cms: Open) -> None:
    with pytest.raises(ConfigError) as caught:
        open_cms(collection="brand").retrieve_brands()
    assert "API ID (Plural)" in (caught.value.hint or "")


def test_a_missing_field_for_external_ids_is_found_before_the_first_write(live: Strapi, open_cms: Open) -> None:
    seed(live)
    cms = open_cms(external_id="shop_id")
    with pytest.raises(ConfigError, match="Invalid key shop_id") as caught:
        cms.links.refusal()
    assert "`shop_id`" in (caught.value.hint or "")
    assert any("Invalid key shop_id" in finding.what for finding in failures(cms))


def test_what_cannot_be_populated_is_pointed_out(open_cms: Open) -> None:
    with pytest.raises(ConfigError, match="Invalid key story") as caught:
        open_cms(fields={"name": "story[0].children[0].text"}).retrieve_brands()
    assert "`populate`" in (caught.value.hint or "")
    assert open_cms(fields={"name": "story[0].children[0].text"}, populate=[]).retrieve_brands().entries == []


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("name", set()),
        ("text(story)", set()),
        ("absolute(logo.url)", {"logo"}),
        ("logo.formats.small.url || logo.url", {"logo"}),
        ("logos[0].url", {"logos"}),
        ("links[?kind == 'web'].url | [0]", {"links"}),
        ("{country: country.name, since: founded}", {"country"}),
        ("join(', ', tags[].name)", {"tags"}),
        ("max([updatedAt, publishedAt][?@])", set()),
    ],
)
def test_what_a_path_looks_into_is_populated(path: str, keys: set[str]) -> None:
    assert nested_keys(path) == keys
