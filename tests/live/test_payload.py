"""The ``payload`` backend with Payload 3."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import real_brands
from cms_listing import all_entries
from extent import AT_NIGHT, enough
from live_fixtures import emptied
from opening import opener
from payload import Payload

from brandsync.backend import Finding
from brandsync.brand import CmsBrand, ExternalId
from brandsync.cms.mapping import EntryMapping
from brandsync.cms.payload import PayloadCms
from brandsync.errors import ConfigError, CredentialsRefused, Rejected

pytestmark = [pytest.mark.live, pytest.mark.slow]

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
    "a5f645400000000049454e44ae426082"
)
Open = Callable[..., PayloadCms]


live = emptied(Payload)


@pytest.fixture
def open_cms(live: Payload) -> Iterator[Open]:
    """Opens the CMS, with other settings or another user's key where a test names them."""

    def open_it(role: str = "brandsync", **settings: Any) -> PayloadCms:
        given = live.settings() | {"api_key": live.facts[role], "fields": dict(live.fields)} | settings
        return PayloadCms(PayloadCms.Settings.model_validate(given))

    with opener(open_it) as opened:
        yield opened


@pytest.fixture
def cms(open_cms: Open) -> PayloadCms:
    return open_cms()


def brands(count: int) -> list[dict[str, Any]]:
    found = real_brands.load()[:count]
    return [{"name": brand["name"], "description": brand["description"]} for brand in found]


def ids_of(entries: list[Any]) -> list[str]:
    return [str(entry["id"]) for entry in entries]


def everything(live: Payload, cms_id: str) -> Any:
    """All there is of an entry: the live row, what editors see, and every version."""
    paths = (f"/brands/{cms_id}?depth=0", f"/brands/{cms_id}?depth=0&draft=true")
    return [live.call("GET", path) for path in paths], live.versions(cms_id)


def failed(findings: Iterator[Finding]) -> list[Finding]:
    return [finding for finding in findings if not finding.ok]


# What hangs on an entry


def test_a_file_behind_an_entry_has_changed_since_a_moment(live: Payload, cms: PayloadCms) -> None:
    logo, other = live.upload("logo.png", PIXEL), live.upload("other.png", PIXEL)
    (first,), (second,) = live.seed(brands(1), logo=logo), live.seed(brands(1), logo=other)
    time.sleep(0.1)
    since = datetime.now(UTC)
    assert all_entries(cms, since) == []
    live.call("PATCH", f"/media/{logo}", {"alt": "Renamed"}, role="editor")
    (found,) = all_entries(cms, since)
    assert (str(found["id"]), found["logo"]["alt"]) == (first, "Renamed")
    live.edit(second, name="Edited")
    assert ids_of(all_entries(cms, since)) == [first, second]


def test_a_file_that_is_deleted_is_told_to_be_unseen(live: Payload, open_cms: Open) -> None:
    logo = live.upload("logo.png", PIXEL)
    live.seed(brands(1), logo=logo)
    time.sleep(0.1)
    since = datetime.now(UTC)
    cms = open_cms()
    assert cms.unseen_changes() == "that a file or an entry is deleted behind `logo_url` (absolute(logo.url))"
    live.call("DELETE", f"/media/{logo}", role="editor")
    assert all_entries(cms, since) == []
    assert all_entries(cms)[0]["logo"] is None
    assert open_cms(depth=0).unseen_changes() is None


def test_a_path_that_payload_cannot_be_asked_by_stops_no_listing(live: Payload, open_cms: Open) -> None:
    ids = live.seed([{"name": "Acme", "description": "Text", "website_url": None}])
    cms = open_cms(fields={"name": "name", "description": "description.root.children[0].children[0].text"})
    assert ids_of(all_entries(cms, datetime.now(UTC) - timedelta(minutes=1))) == ids
    assert cms.requests < 20
    assert cms.unseen_changes() is None


# By their ids


def test_an_id_that_is_no_number_hides_no_other(live: Payload, cms: PayloadCms) -> None:
    ids = live.seed(brands(3))
    live.save_draft(ids[0], name="Not to be seen")
    live.unpublish(ids[1])
    found = cms.retrieve_entries([*ids, "abc", "12abc", f"{ids[2]}.0", "99999999999", "a,b", ""])
    assert found is not None
    assert ids_of(list(found)) == [ids[0], ids[2]]
    assert found[0]["name"] == brands(1)[0]["name"]
    assert cms.requests == 3


# Listing


@AT_NIGHT
def test_two_thousand_real_brands_are_listed_once_each_and_only_what_is_published(
    live: Payload, cms: PayloadCms
) -> None:
    ids = live.seed(brands(2_000))
    never = live.new_draft(name="Never published")
    live.save_draft(ids[0], name="Not to be seen")
    live.unpublish(ids[1])

    entries = all_entries(cms)

    assert ids_of(entries) == [ids[0], *ids[2:]]
    assert never not in ids_of(entries)
    assert entries[0]["name"] == brands(1)[0]["name"]
    assert cms.requests == 1 + 4
    assert cms.retrieve_brands().total == 1_999


def test_entries_deleted_and_added_during_a_listing_lose_no_other(live: Payload, open_cms: Open) -> None:
    cms = open_cms(page_size=3)
    ids = live.seed(brands(10))
    first = cms.retrieve_brands()
    for cms_id in (ids[0], ids[2], ids[3]):
        live.delete(cms_id)
    added = live.seed(brands(1))

    seen, cursor = ids_of(list(first.entries)), first.next
    while cursor is not None:
        page = cms.retrieve_brands(cursor)
        seen, cursor = [*seen, *ids_of(list(page.entries))], page.next

    assert seen == [*ids[:3], *ids[4:], *added]


def test_an_entry_becomes_a_brand_with_its_rich_text_and_the_url_of_its_logo(live: Payload, cms: PayloadCms) -> None:
    logo = live.upload("logo.png", PIXEL)
    live.seed(
        [{"name": "Größe & Söhne", "description": "Fish & <chips>", "website_url": "https://x.example"}], logo=logo
    )

    brand = EntryMapping(cms.settings).read(all_entries(cms)[0])

    assert isinstance(brand, CmsBrand)
    assert brand.fields == {
        "name": "Größe & Söhne",
        "description": "Fish & <chips>",
        "website_url": "https://x.example",
        "logo_url": f"{live.url}/api/media/file/logo.png",
    }
    assert datetime.fromisoformat(brand.updated_at or "").tzinfo


def test_with_a_locale_its_texts_are_read_and_written_and_an_untranslated_one_falls_back(
    live: Payload, open_cms: Open
) -> None:
    german = open_cms(locale="de")
    both = live.seed([{"name": "English"}, {"name": "English alone"}])
    live.call("PATCH", f"/brands/{both[0]}?locale=de", {"name": "Deutsch", "_status": "published"}, role="editor")
    only = live.call("POST", "/brands?locale=de", {"name": "Nur deutsch", "_status": "published"}, role="editor")
    alone = str(only["doc"]["id"])

    assert [entry["name"] for entry in all_entries(german)] == ["Deutsch", "English alone", "Nur deutsch"]
    assert not german.links.write([ExternalId(both[0], "b1"), ExternalId(alone, "b2")])
    names = {entry["id"]: entry.get("name") for entry in live.call("GET", "/brands?locale=all")["docs"]}
    assert names == {int(both[0]): {"en": "English", "de": "Deutsch"}, int(both[1]): {"en": "English alone"}} | {
        int(alone): {"de": "Nur deutsch"}
    }


def test_an_entry_that_another_language_alone_has_is_rejected_with_what_to_do(live: Payload, open_cms: Open) -> None:
    made = live.call("POST", "/brands?locale=de", {"name": "Nur deutsch", "_status": "published"}, role="editor")
    with pytest.raises(Rejected, match="cannot be written") as refused:
        open_cms().links.write([ExternalId(str(made["doc"]["id"]), "b1")])
    assert "`locale`" in (refused.value.hint or "")


# What changed


def test_a_change_is_listed_from_its_moment_on(live: Payload, cms: PayloadCms) -> None:
    ids = live.seed(brands(5))
    time.sleep(0.01)
    moment = datetime.now(UTC)
    live.edit(ids[3], name="Changed")
    assert ids_of(all_entries(cms, moment)) == [ids[3]]
    assert ids_of(all_entries(cms, datetime.now(UTC) + timedelta(seconds=1))) == []


def test_a_draft_that_is_published_late_counts_as_changed_then(live: Payload, cms: PayloadCms) -> None:
    ids = live.seed(brands(3))
    live.save_draft(ids[1], name="Saved early")
    never = live.new_draft(name="Made early")
    time.sleep(0.01)
    moment = datetime.now(UTC)
    assert all_entries(cms, moment) == []
    live.publish(ids[1])
    live.publish(never)
    assert [entry["name"] for entry in all_entries(cms, moment)] == ["Saved early", "Made early"]


# Writing external ids


def test_hundreds_of_external_ids_are_written_and_cleared_and_nothing_else_changes(
    live: Payload, cms: PayloadCms
) -> None:
    ids = live.seed(brands(enough(400, of=2_000)))
    before = live.published()

    write_all(cms, [ExternalId(cms_id, f"brand-{cms_id}") for cms_id in ids])

    assert cms.requests == len(ids)
    assert live.published() == {cms_id: brand | {"external_id": f"brand-{cms_id}"} for cms_id, brand in before.items()}
    write_all(cms, [ExternalId(cms_id, None) for cms_id in ids[:20]])
    assert {cms_id for cms_id, brand in live.published().items() if brand["external_id"] is None} == set(ids[:20])


def write_all(cms: PayloadCms, links: list[ExternalId]) -> None:
    with ThreadPoolExecutor(cms.links.threads) as pool:
        assert not any(pool.map(lambda link: cms.links.write([link]), links))


def test_writing_twice_is_harmless_and_the_entry_stays_published(live: Payload, cms: PayloadCms) -> None:
    (cms_id,) = live.seed([{"name": "Acme"}])
    for _ in range(2):
        assert not cms.links.write([ExternalId(cms_id, "b1")])
    assert live.published()[cms_id]["external_id"] == "b1"
    assert live.draft(cms_id)["_status"] == "published"
    assert cms.links.pending([cms_id]) == []


@pytest.mark.parametrize("external_id", ["b1", None])
def test_a_pending_draft_is_neither_published_nor_lost_nor_shown(
    live: Payload, cms: PayloadCms, external_id: str | None
) -> None:
    pending, clean = live.seed([{"name": "Old", "external_id": "b0"}, {"name": "Clean", "external_id": "b0"}])
    live.save_draft(pending, name="Secret", description="Not yet")
    before = everything(live, pending)

    left = cms.links.write([ExternalId(pending, external_id), ExternalId(clean, external_id)])

    assert left == [pending]
    assert everything(live, pending) == before
    assert live.published()[clean]["external_id"] == external_id


def test_a_published_draft_can_be_written_to_and_keeps_what_was_published(live: Payload, cms: PayloadCms) -> None:
    (cms_id,) = live.seed([{"name": "Old"}])
    live.save_draft(cms_id, name="New")
    assert cms.links.write([ExternalId(cms_id, "b1")]) == [cms_id]
    live.publish(cms_id)
    assert cms.links.write([ExternalId(cms_id, "b1")]) == []
    assert (live.published()[cms_id]["name"], live.published()[cms_id]["external_id"]) == ("New", "b1")


def test_an_entry_that_was_never_published_or_is_no_longer_is_untouched(live: Payload, cms: PayloadCms) -> None:
    (unpublished,) = live.seed([{"name": "Was there"}])
    live.unpublish(unpublished)
    never = live.new_draft(name="Never")
    before = [everything(live, cms_id) for cms_id in (unpublished, never)]

    assert cms.links.write([ExternalId(unpublished, "b1"), ExternalId(never, "b2")]) == [unpublished, never]
    assert [everything(live, cms_id) for cms_id in (unpublished, never)] == before


def test_an_entry_that_an_editor_has_open_is_left_for_later(live: Payload, cms: PayloadCms) -> None:
    (cms_id,) = live.seed([{"name": "Acme"}])
    live.lock(cms_id)
    before = everything(live, cms_id)
    assert cms.links.write([ExternalId(cms_id, "b1")]) == [cms_id]
    assert everything(live, cms_id) == before


def test_a_plain_patch_of_one_entry_would_have_shown_the_draft(live: Payload) -> None:
    """Why the adapter doesn't: if Payload ever changes, this tells."""
    (cms_id,) = live.seed([{"name": "Old"}])
    live.save_draft(cms_id, name="Secret")
    live.call("PATCH", f"/brands/{cms_id}", {"external_id": "b1"}, role="brandsync")
    leaked = live.call("GET", f"/brands/{cms_id}?depth=0")
    assert (leaked["name"], leaked["_status"]) == ("Secret", "draft")


def test_drafts_saved_while_external_ids_are_written_are_all_kept(live: Payload, cms: PayloadCms) -> None:
    ids = live.seed(brands(60))
    names = {cms_id: brand["name"] for cms_id, brand in live.published().items()}
    with ThreadPoolExecutor(1) as editor:
        saving = editor.submit(lambda: [live.save_draft(cms_id, name="Secret") for cms_id in reversed(ids)])
        write_some = [cms_id for cms_id in ids if cms.links.write([ExternalId(cms_id, "b1")])]
        saving.result()

    assert {cms_id: brand["name"] for cms_id, brand in live.published().items()} == names
    assert {live.draft(cms_id)["name"] for cms_id in ids} == {"Secret"}
    assert 0 < len(write_some) < len(ids)


def test_an_entry_that_is_gone_is_rejected(live: Payload, cms: PayloadCms) -> None:
    (cms_id,) = live.seed([{"name": "Acme"}])
    live.delete(cms_id)
    with pytest.raises(Rejected, match=f"entry {cms_id} cannot be written: it is gone"):
        cms.links.write([ExternalId(cms_id, "b1")])


def test_pending_drafts_are_found_among_many_in_few_requests(live: Payload, cms: PayloadCms) -> None:
    ids = live.seed(brands(250))
    live.save_draft(ids[7], name="Draft")
    live.save_draft(ids[240], name="Draft")
    live.unpublish(ids[9])
    assert set(cms.links.pending(ids)) == {ids[7], ids[9], ids[240]}
    assert cms.requests == 3


# What may be written


def test_the_user_of_least_privilege_may_write_external_ids_and_nothing_else(live: Payload, cms: PayloadCms) -> None:
    (cms_id,) = live.seed([{"name": "Acme"}])
    assert cms.links.refusal() is None
    live.call("PATCH", f"/brands/{cms_id}", {"name": "Changed", "website_url": "https://x.example"}, role="brandsync")
    assert live.published()[cms_id]["name"] == "Acme"
    assert live.published()[cms_id]["website_url"] is None
    with pytest.raises(RuntimeError, match="403"):
        live.call("DELETE", f"/brands/{cms_id}", role="brandsync")
    with pytest.raises(RuntimeError, match="403"):
        live.call("POST", "/brands", {"name": "New"}, role="brandsync")


def test_an_administrator_may_write_external_ids(open_cms: Open) -> None:
    assert open_cms("admin").links.refusal() is None


def test_a_read_only_key_is_refused_with_the_permission_it_lacks(live: Payload, open_cms: Open) -> None:
    live.seed([{"name": "Acme"}])
    reader = open_cms("reader")
    assert len(all_entries(reader)) == 1
    assert "may not update `brands`" in (reader.links.refusal() or "")
    with pytest.raises(CredentialsRefused) as refused:
        reader.links.write([ExternalId("1", "b1")])
    assert "`access.update` of `brands`" in (refused.value.hint or "")


def test_a_user_who_may_not_update_the_field_is_refused_though_payload_answers_200(
    live: Payload, open_cms: Open
) -> None:
    (cms_id,) = live.seed([{"name": "Acme"}])
    editor = open_cms("editor")
    assert "may not update `external_id`" in (editor.links.refusal() or "")
    with pytest.raises(Rejected, match="accepted by Payload and not kept"):
        editor.links.write([ExternalId(cms_id, "b1")])
    assert live.published()[cms_id]["external_id"] is None


@pytest.mark.parametrize("role", ["brandsync", "admin"])
def test_a_missing_field_is_named_and_a_write_to_it_rejected(live: Payload, open_cms: Open, role: str) -> None:
    made = live.call("POST", "/plain-brands", {"name": "Acme"}, role="editor")
    plain = open_cms(role, collection="plain-brands", drafts=False)
    assert "`plain-brands` has no field `external_id`" in (plain.links.refusal() or "")
    with pytest.raises(Rejected) as refused:
        plain.links.write([ExternalId(str(made["doc"]["id"]), "b1")])
    assert "has a field `external_id`" in (refused.value.hint or "")


def test_nothing_is_written_by_asking_what_may_be_written(live: Payload, cms: PayloadCms) -> None:
    (cms_id,) = live.seed([{"name": "Acme"}])
    before = everything(live, cms_id)
    assert cms.links.refusal() is None
    assert len(list(cms.check())) > 1
    assert everything(live, cms_id) == before


# Configuration


def test_a_wrong_key_is_refused_though_payload_shows_it_what_the_public_sees(live: Payload, open_cms: Open) -> None:
    live.seed([{"name": "Acme"}])
    with pytest.raises(CredentialsRefused, match="knows no user of `users`") as refused:
        open_cms(api_key="not-the-key").retrieve_brands()
    assert "`api_key`" in (refused.value.hint or "")
    assert "not-the-key" not in str(refused.value) + (refused.value.hint or "")


def test_a_collection_of_users_that_is_not_there_is_named(open_cms: Open) -> None:
    with pytest.raises(ConfigError) as refused:
        open_cms(auth_collection="members").retrieve_brands()
    assert "`auth_collection`" in (refused.value.hint or "")


def test_a_collection_that_is_not_there_is_named(open_cms: Open) -> None:
    with pytest.raises(ConfigError, match="404") as refused:
        open_cms(collection="brand").retrieve_brands()
    assert "`collection`" in (refused.value.hint or "")


def test_drafts_have_to_be_told_as_they_are(live: Payload, open_cms: Open) -> None:
    live.seed([{"name": "Acme"}])
    with pytest.raises(ConfigError) as refused:
        open_cms(collection="plain-brands").retrieve_brands()
    assert "drafts = false" in (refused.value.hint or "")
    with pytest.raises(ConfigError) as refused:
        open_cms(drafts=False).retrieve_brands()
    assert "drafts = true" in (refused.value.hint or "")


def test_a_check_is_content_with_a_right_configuration(live: Payload, cms: PayloadCms) -> None:
    logo = live.upload("logo.png", PIXEL)
    live.seed([{"name": "Acme", "description": "Text", "website_url": "https://x.example"}], logo=logo)
    findings = list(cms.check())
    assert [finding for finding in findings if not finding.ok] == []
    assert f"GET {live.url}/api/brands: the first page holds 1 of 1 published entry" in findings[0].what


def test_a_check_names_the_depth_that_shows_a_logo_and_the_permission_that_lacks(live: Payload, open_cms: Open) -> None:
    logo = live.upload("logo.png", PIXEL)
    live.seed([{"name": "Acme", "description": "Text", "website_url": "https://x.example"}], logo=logo)
    shallow, update = failed(open_cms("reader", depth=0).check())
    assert "`logo_url`" in shallow.what
    assert "depth = 1" in (shallow.fix or "")
    assert "`access.update`" in update.what
