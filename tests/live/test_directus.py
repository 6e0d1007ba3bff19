"""The ``directus`` backend with Directus 11."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import real_brands
from cms_listing import all_entries
from cms_server import CmsServer
from directus import READING, WRITING, Directus, DirectusLimited
from live_fixtures import emptied
from opening import opener
from shop import Shop

from brandsync.backend import Finding
from brandsync.brand import CmsBrand, ExternalId
from brandsync.cms.directus import DirectusCms
from brandsync.cms.directus.changes import touched_since
from brandsync.cms.mapping import EntryMapping
from brandsync.errors import BrandsyncError, ConfigError, CredentialsRefused, Rejected

pytestmark = [pytest.mark.live, pytest.mark.slow]

GONE = "00000000-0000-4000-8000-000000000000"
LOG = {
    "collection": "directus_activity",
    "action": "read",
    "permissions": {"collection": {"_eq": "brands"}},
    "fields": ["*"],
}
EVERYTHING = [
    {"collection": "brands", "action": "read", "permissions": {}, "fields": ["*"]},
    {"collection": "brands", "action": "update", "permissions": {}, "fields": ["external_id"]},
]
"""The rights of a token that no rule keeps from drafts."""
Open = Callable[..., DirectusCms]


live = emptied(Directus)


@pytest.fixture
def limited(started: Any) -> Directus:
    """Shares the other one's database. Its rate limiter allows 5 requests in 5 s, and a page may have 100 entries."""
    server: Directus = started(DirectusLimited)
    return server


@pytest.fixture
def open_cms(live: Directus) -> Iterator[Open]:
    """Opens the CMS, with other settings where a test names them."""

    def open_it(server: Directus = live, **settings: Any) -> DirectusCms:
        return DirectusCms(DirectusCms.Settings.model_validate(server.settings() | settings))

    with opener(open_it) as opened:
        yield opened


def brands(count: int) -> list[dict[str, Any]]:
    found = real_brands.load()[:count]
    return [{"name": brand["name"], "description": f"<p>{brand['description']}</p>"} for brand in found]


def listed_ids(cms: DirectusCms, since: datetime | None = None) -> set[str]:
    return {entry["id"] for entry in all_entries(cms, since)}


def external_ids(live: Directus) -> dict[str, str | None]:
    return {cms_id: entry["external_id"] for cms_id, entry in live.published().items()}


def a_later_moment() -> datetime:
    """A second that begins after all that was done so far."""
    time.sleep(1.1)
    return datetime.now(UTC).replace(microsecond=0)


def failures(cms: DirectusCms) -> list[Finding]:
    return [finding for finding in cms.check() if not finding.ok]


def deletes_just_before_the_update(live: Directus, cms: DirectusCms, cms_id: str) -> None:
    """Have an entry go between the look at it and its update."""
    update = cms.items.update

    def too_late(links: Any) -> Any:
        live.delete(cms_id)
        return update(links)

    cms.items.update = too_late  # type: ignore[method-assign]


# Listing.


def test_two_thousand_real_brands_are_listed_in_pages_of_a_thousand(live: Directus, open_cms: Open) -> None:
    ids = live.seed(brands(2_000))
    cms = open_cms()
    first = cms.retrieve_brands()
    assert first.total == 2_000
    assert listed_ids(cms) == set(ids)
    assert cms.requests == 1 + 3


def test_only_what_is_published_is_listed_whatever_the_token_may_read(live: Directus, open_cms: Open) -> None:
    ids = live.seed(brands(3))
    live.new_draft(name="Never published")
    live.edit(ids[0], status="archived")
    live.unpublish(ids[1])
    for token in (live.facts["token"], live.facts["reader"], live.facts["admin"], live.make_user("all", EVERYTHING)):
        assert listed_ids(open_cms(token=token)) == {ids[2]}


def test_a_filter_of_ones_own_says_what_is_published(live: Directus, open_cms: Open) -> None:
    ids = live.seed(brands(3))
    live.unpublish(ids[1])
    everything = open_cms(token=live.facts["admin"], filter={})
    assert listed_ids(everything) == set(ids)
    live.edit(ids[2], website_url="https://brand.example")
    some = open_cms(filter='{"website_url": {"_nnull": true}}')
    assert listed_ids(some) == {ids[2]}


def test_entries_that_are_deleted_and_added_during_a_listing_hide_no_other(live: Directus, open_cms: Open) -> None:
    ids = sorted(live.seed(brands(30)))
    cms = open_cms(page_size=10)
    page = cms.retrieve_brands()
    seen = [entry["id"] for entry in page.entries]
    assert seen == ids[:10]
    for cms_id in ids[2:6]:
        live.delete(cms_id)
    live.seed([{"id": GONE, "name": "First of all"}])
    while page.next:
        page = cms.retrieve_brands(page.next)
        seen += [entry["id"] for entry in page.entries]
    assert set(ids) <= set(seen)


def test_the_largest_page_is_learnt_from_the_server(live: Directus, limited: Directus, open_cms: Open) -> None:
    ids = live.seed(brands(250))
    cms = open_cms(limited)
    assert listed_ids(cms) == set(ids)
    assert cms.items.largest == 100


def test_a_translation_is_a_field_where_it_is_included(live: Directus, open_cms: Open) -> None:
    names = [{"languages_code": "fr-FR", "name": "Marque"}, {"languages_code": "de-DE", "name": "Marke"}]
    live.seed([{"name": "Brand", "translations": names}])
    cms = open_cms(include="translations.*", fields={"name": "translations[?languages_code=='de-DE'].name | [0]"})
    (entry,) = all_entries(cms)
    brand = EntryMapping(cms.settings).read(entry)
    assert isinstance(brand, CmsBrand)
    assert brand.fields == {"name": "Marke"}


def test_a_logo_is_an_address_that_serves_it(live: Directus, open_cms: Open) -> None:
    logo = live.upload("logo.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml")
    live.seed([{"name": "With", "logo": logo}, {"name": "Without"}])
    cms = open_cms(fields={"name": "name", "logo_url": live.fields["logo_url"]})
    mapping = EntryMapping(cms.settings)
    found = [mapping.read(entry) for entry in all_entries(cms)]
    urls = {brand.fields["name"]: brand.fields["logo_url"] for brand in found if isinstance(brand, CmsBrand)}
    assert urls == {"With": f"{live.url}/assets/{logo}", "Without": None}
    served = httpx.get(urls["With"], headers={"Authorization": f"Bearer {live.facts['admin']}"})
    assert served.content.startswith(b"<svg")


# What changed.


@pytest.fixture
def logged(live: Directus, open_cms: Open) -> DirectusCms:
    """Its token may read the log of activities."""
    return open_cms(token=live.make_user("logged", [*READING, WRITING, LOG]))


def test_what_was_made_or_edited_since_is_listed_and_nothing_else(live: Directus, logged: DirectusCms) -> None:
    ids = live.seed(brands(5))
    draft = live.new_draft(name="Published later")
    since = a_later_moment()
    assert listed_ids(logged, since) == set()
    live.edit(ids[0], description="Edited")
    live.publish(draft)
    (made,) = live.seed([{"name": "New"}])
    live.new_draft(name="Not to be seen")
    assert listed_ids(logged, since) == {ids[0], draft, made}


def test_publishing_a_draft_sets_the_date_back_and_is_seen_all_the_same(live: Directus, logged: DirectusCms) -> None:
    ids = live.seed(brands(5))
    live.save_draft(ids[0], description="Saved days ago")
    since = a_later_moment()
    live.publish(ids[0])
    entry = next(entry for entry in all_entries(logged) if entry["id"] == ids[0])
    assert datetime.fromisoformat(entry["date_updated"]) < since
    assert [(entry["id"], entry["description"]) for entry in all_entries(logged, since)] == [(ids[0], "Saved days ago")]


def test_a_token_that_may_not_read_the_log_gets_everything(live: Directus, open_cms: Open) -> None:
    ids = live.seed(brands(5))
    assert listed_ids(open_cms(), a_later_moment()) == set(ids)


def test_many_edits_are_found_in_the_log_page_by_page(live: Directus, logged: DirectusCms) -> None:
    ids = live.seed(brands(150))
    for cms_id in ids[:2]:
        live.save_draft(cms_id, description="Saved days ago")
    since = a_later_moment()
    for cms_id in ids[2:]:
        live.edit(cms_id, description="Edited")
    for cms_id in ids[:2]:
        live.publish(cms_id)
    assert listed_ids(logged, since) == set(ids)


def test_its_own_write_backs_are_no_news_from_the_log(live: Directus, logged: DirectusCms) -> None:
    ids = live.seed(brands(5))
    since = a_later_moment()
    logged.links.write([ExternalId(cms_id, "b1") for cms_id in ids])
    assert logged.items.touched(touched_since(since), 0) == ([], None)


def test_items_that_appear_as_time_passes_are_looked_for_in_complete_listings(live: Directus, open_cms: Open) -> None:
    ids = live.seed(brands(2))
    timed = open_cms(filter={"_and": [{"status": {"_eq": "published"}}, {"date_created": {"_lte": "$NOW"}}]})
    assert not timed.changed_since
    assert listed_ids(timed) == set(ids)


# What hangs on an item.

FILES = {"collection": "directus_files", "action": "read", "permissions": {}, "fields": ["*"]}
WITH_LOGO = {
    "name": "name",
    "description": "logo.title",
    "logo_url": "logo && absolute(join('', ['assets/', logo.id]))",
}


def test_a_file_that_is_included_has_changed_since_a_moment(live: Directus, open_cms: Open) -> None:
    ids = live.seed(brands(3))
    logo = live.upload("logo.png", b"png", "image/png")
    live.edit(ids[1], logo=logo)
    token = live.make_user("with files", [*READING, WRITING, LOG, FILES])
    cms = open_cms(token=token, include="logo.*", fields=WITH_LOGO)
    since = a_later_moment()
    assert listed_ids(cms, since) == set()
    live.call("PATCH", f"/files/{logo}", {"title": "Renamed"})
    (found,) = all_entries(cms, since)
    assert (found["id"], found["logo"]["title"]) == (ids[1], "Renamed")
    unseen = cms.unseen_changes() or ""
    assert unseen.startswith("that what is behind `description` (logo.title) and `logo_url`")
    assert unseen.endswith("is deleted")


def test_a_file_that_the_token_may_not_read_is_told_and_stops_no_listing(live: Directus, open_cms: Open) -> None:
    ids = live.seed(brands(3))
    logo = live.upload("logo.png", b"png", "image/png")
    for cms_id in ids:
        live.edit(cms_id, logo=logo)
    cms = open_cms(include="logo.*", fields=WITH_LOGO)
    assert listed_ids(cms, datetime.now(UTC) - timedelta(hours=1)) == {*ids}
    (told,) = [finding for finding in cms.check() if "`description` (logo.title)" in finding.what]
    assert told.ok
    assert 'allow the action "read" on the collection that `logo` leads to' in (told.fix or "")
    assert "what is behind `description` (logo.title)" in (cms.unseen_changes() or "")
    assert "is changed" in (cms.unseen_changes() or "")


def test_a_logo_of_which_only_the_id_is_read_may_be_deleted_unseen(open_cms: Open) -> None:
    cms = open_cms(fields={"name": "name", "logo_url": "logo && absolute(join('', ['assets/', logo]))"})
    assert (cms.unseen_changes() or "").endswith("is deleted")
    assert "changed" not in (cms.unseen_changes() or "")
    assert open_cms(fields={"name": "name", "description": "text(description)"}).unseen_changes() is None


# By their ids.


def test_an_id_that_is_no_uuid_hides_no_other(live: Directus, open_cms: Open) -> None:
    ids = live.seed(brands(3))
    cms = open_cms()
    found = cms.retrieve_entries([ids[0], "abc", "12", GONE, ids[1].upper(), ids[2]])
    assert {entry["id"] for entry in found} == {ids[0], ids[2]}
    assert cms.requests == 2


def test_pages_smaller_than_the_question_hide_nothing(live: Directus, open_cms: Open) -> None:
    ids = live.seed(brands(30))
    assert {entry["id"] for entry in open_cms(page_size=7).retrieve_entries(ids)} == {*ids}


# Writing external ids.


def test_external_ids_are_written_cleared_and_written_again(live: Directus, open_cms: Open) -> None:
    ids = live.seed(brands(3))
    cms = open_cms()
    links = [ExternalId(cms_id, f"b{number}") for number, cms_id in enumerate(ids)]
    assert list(cms.links.write(links)) == []
    assert list(cms.links.write(links)) == []
    assert external_ids(live) == {link.cms_id: link.external_id for link in links}
    cms.links.write([ExternalId(ids[0], None)])
    assert external_ids(live)[ids[0]] is None


def test_a_batch_of_a_hundred_takes_two_requests(live: Directus, open_cms: Open) -> None:
    ids = live.seed(brands(100))
    cms = open_cms()
    assert cms.links.batch == 100
    cms.links.write([ExternalId(cms_id, cms_id[:8]) for cms_id in ids])
    assert cms.requests == 2
    assert external_ids(live) == {cms_id: cms_id[:8] for cms_id in ids}


@pytest.mark.parametrize("token", ["token", "admin"])
@pytest.mark.parametrize("loss", ["deleted", "unpublished", "archived"])
def test_one_entry_that_is_gone_rejects_the_batch_and_is_named(
    live: Directus, open_cms: Open, token: str, loss: str
) -> None:
    ids = live.seed(brands(3))
    {
        "deleted": lambda: live.delete(ids[1]),
        "unpublished": lambda: live.unpublish(ids[1]),
        "archived": lambda: live.edit(ids[1], status="archived"),
    }[loss]()
    cms = open_cms(token=live.facts[token])
    with pytest.raises(Rejected, match=ids[1]):
        cms.links.write([ExternalId(cms_id, "b1") for cms_id in ids])
    assert set(external_ids(live).values()) == {None}


def test_an_entry_that_goes_just_before_the_write_is_named_too(live: Directus, open_cms: Open) -> None:
    ids = live.seed(brands(3))
    cms = open_cms()
    deletes_just_before_the_update(live, cms, ids[1])
    with pytest.raises(Rejected, match=ids[1]):
        cms.links.write([ExternalId(cms_id, "b1") for cms_id in ids])
    assert set(external_ids(live).values()) == {None}


def test_an_administrators_write_to_an_entry_that_has_just_gone_is_noticed(live: Directus, open_cms: Open) -> None:
    ids = live.seed(brands(2))
    cms = open_cms(token=live.facts["admin"])
    deletes_just_before_the_update(live, cms, ids[1])
    with pytest.raises(Rejected, match=ids[1]):
        cms.links.write([ExternalId(cms_id, "b1") for cms_id in ids])


def test_a_rule_that_forbids_one_entry_is_a_matter_of_permissions(live: Directus, open_cms: Open) -> None:
    ids = live.seed(brands(3))
    narrow = {**WRITING, "permissions": {"website_url": {"_nnull": True}}}
    cms = open_cms(token=live.make_user("narrow", [*READING, narrow]))
    with pytest.raises(CredentialsRefused) as refused:
        cms.links.write([ExternalId(cms_id, "b1") for cms_id in ids])
    assert "`external_id`" in (refused.value.hint or "")
    assert set(external_ids(live).values()) == {None}


@pytest.mark.parametrize(
    "rights",
    [
        pytest.param(None, id="a field that isn't there, as administrator"),
        pytest.param([{**READING[0], "fields": ["id", "status", "name"]}, WRITING], id="a field that can't be read"),
    ],
)
def test_a_write_that_directus_accepts_and_does_not_show_is_rejected(
    live: Directus, open_cms: Open, rights: Any
) -> None:
    (cms_id,) = live.seed(brands(1))
    if rights is None:
        cms = open_cms(token=live.facts["admin"], external_id="shop_id")
    else:
        cms = open_cms(token=live.make_user("blind", rights))
    with pytest.raises(Rejected, match="not kept") as rejected:
        cms.links.write([ExternalId(cms_id, "b1")])
    assert "has a field" in (rejected.value.hint or "")


def test_a_value_that_the_field_cannot_hold_is_rejected(live: Directus, open_cms: Open) -> None:
    (cms_id,) = live.seed(brands(1))
    with pytest.raises(Rejected, match=rf"external id of the entry {cms_id} cannot be written: PATCH .* answers 400"):
        open_cms().links.write([ExternalId(cms_id, "x" * 300)])


# Drafts.


def test_an_editors_draft_stays_a_draft_and_holds_the_external_id_when_it_is_published(
    live: Directus, open_cms: Open
) -> None:
    (cms_id,) = live.seed(brands(1))
    live.save_draft(cms_id, description="Not to be seen yet")
    before, draft = live.published()[cms_id], live.version(cms_id)
    cms = open_cms()
    assert list(cms.links.pending([cms_id])) == []
    assert list(cms.links.write([ExternalId(cms_id, "b1")])) == []
    assert live.published()[cms_id] == {**before, "external_id": "b1"}
    assert live.version(cms_id) == draft
    live.publish(cms_id)
    assert live.published()[cms_id] == {**before, "external_id": "b1", "description": "Not to be seen yet"}


def test_an_editor_who_compared_before_the_write_back_has_to_compare_again(live: Directus, open_cms: Open) -> None:
    (cms_id,) = live.seed(brands(1))
    live.save_draft(cms_id, description="Not to be seen yet")
    compared = live.compare(cms_id)
    assert compared["outdated"] is False
    open_cms().links.write([ExternalId(cms_id, "b1")])
    assert live.compare(cms_id)["outdated"] is True
    version = live.version(cms_id)
    assert version
    with pytest.raises(RuntimeError, match="Main item has changed since this version was last updated"):
        live.call("POST", f"/versions/{version['id']}/promote", {"mainHash": compared["mainHash"]})


# Tokens and permissions.


def test_the_least_privilege_is_enough(live: Directus, open_cms: Open) -> None:
    live.seed(brands(3))
    cms = open_cms(fields={"name": "name", "description": "description"})
    assert cms.links.refusal() is None
    assert failures(cms) == []


def test_why_external_ids_cannot_be_written_is_told_before_anything_is(live: Directus, open_cms: Open) -> None:
    (cms_id,) = live.seed(brands(1))
    name_only = [*READING, {**WRITING, "fields": ["name"]}]
    blind = [{**READING[0], "fields": ["id", "status", "name"]}, WRITING]
    refusals = [
        open_cms(token=live.facts["reader"]).links.refusal(),
        open_cms(token=live.make_user("name_only", name_only)).links.refusal(),
        open_cms(token=live.make_user("blind", blind)).links.refusal(),
        open_cms(token=live.facts["admin"], external_id="shop_id").links.refusal(),
        open_cms(token=live.facts["admin"], external_id="logo").links.refusal(),
    ]
    expected = [
        'may not update `brands`: allow "update" on the field `external_id`',
        "may update `brands`, but not `external_id`",
        "no field `external_id` that the token may read",
        "no field `shop_id` that the token may read: add it there (type String)",
        "has the type uuid, and has to be of type String",
    ]
    assert [part in (told or "") for part, told in zip(expected, refusals, strict=True)] == [True] * 5, refusals
    assert live.published()[cms_id]["external_id"] is None
    assert open_cms(token=live.facts["admin"]).links.refusal() is None


@pytest.mark.parametrize(
    ("settings", "said", "hint"),
    [
        ({"token": "not-the-token"}, "Invalid user credentials", "static token"),
        ({"collection": "brand"}, '"brand" or it does not exist', "this collection"),
        ({"filter": {"state": {"_eq": "live"}}}, '"state"', "every field named"),
        ({"include": "categories"}, '"categories"', "every field named"),
    ],
)
def test_what_directus_forbids_or_does_not_have_is_named_with_its_fix(
    open_cms: Open, settings: dict[str, Any], said: str, hint: str
) -> None:
    with pytest.raises(CredentialsRefused) as refused:
        open_cms(**settings).retrieve_brands()
    assert said in refused.value.message
    assert hint in (refused.value.hint or "")
    assert "not-the-token" not in refused.value.message


@pytest.mark.parametrize(
    ("settings", "what", "fix"),
    [
        (
            {"collection": "brand"},
            "(it may read `brands`, `brands_translations`); did you mean `brands`?",
            "`collection`",
        ),
        ({"filter": {"status": {"_eq": "live"}}}, "2 more are not what `filter` asks for", "`filter`"),
        ({"fields": {"name": "title"}}, "`name` (title)", "`name` in [cms.fields]"),
        ({"date_updated": "modified"}, "`date_updated` or `date_created` is no field", "name those fields"),
        ({"external_id": "shop_id"}, "`external_id` (shop_id) is in none of the 2 entries", "add that field"),
    ],
)
def test_the_check_names_what_is_wrong(
    live: Directus, open_cms: Open, settings: dict[str, Any], what: str, fix: str
) -> None:
    live.seed(brands(2))
    found = failures(open_cms(**settings))
    assert any(what in finding.what and fix in (finding.fix or "") for finding in found), found


def test_the_check_of_a_read_only_token_says_what_to_allow(live: Directus, open_cms: Open) -> None:
    live.seed(brands(2))
    (finding,) = failures(open_cms(token=live.facts["reader"]))
    assert 'allow "update" on the field `external_id`' in finding.what
    assert 'link = "journal"' in (finding.fix or "")


def test_the_check_of_a_token_without_rights_says_what_to_allow(live: Directus, open_cms: Open) -> None:
    (finding,) = failures(open_cms(token=live.make_user("nobody", [])))
    assert "it may read no collection" in finding.what


def test_a_token_of_a_login_works_and_the_check_says_that_it_will_not_for_long(live: Directus, open_cms: Open) -> None:
    live.seed(brands(2))
    credentials = {"email": "admin@example.com", "password": live.facts["password"]}
    login = httpx.post(f"{live.url}/auth/login", json=credentials).json()["data"]
    cms = open_cms(token=login["access_token"])
    assert len(all_entries(cms)) == 2
    (finding,) = failures(cms)
    assert "static token" in (finding.fix or "")
    with pytest.raises(CredentialsRefused):
        open_cms(token=login["refresh_token"]).retrieve_brands()


def test_the_check_says_when_runs_are_incremental(live: Directus, logged: DirectusCms, open_cms: Open) -> None:
    live.seed(brands(2))
    assert any(finding.ok and "`directus_activity`" in (finding.fix or "") for finding in open_cms().check())
    assert not any("directus_activity" in (finding.fix or "") for finding in logged.check())


def test_a_single_object_is_no_collection_of_brands(live: Directus, open_cms: Open) -> None:
    live.call("POST", "/collections", {"collection": "about", "schema": {}, "meta": {"singleton": True}})
    try:
        with pytest.raises(ConfigError, match="single object"):
            open_cms(token=live.facts["admin"], collection="about", filter={}).retrieve_brands()
    finally:
        live.call("DELETE", "/collections/about")


def test_another_site_is_not_taken_for_directus(live: Directus, open_cms: Open) -> None:
    with pytest.raises(BrandsyncError, match="is not JSON"):
        open_cms(url=f"{live.url}/admin").retrieve_brands()


# The rate limiter.


@pytest.mark.alone
def test_a_batch_costs_one_request_of_the_rate_limit(live: Directus, limited: Directus, open_cms: Open) -> None:
    ids = live.seed(brands(50))
    cms = open_cms(limited)
    all_entries(cms)
    time.sleep(5.5)
    before = cms.requests
    cms.links.write([ExternalId(cms_id, "b1") for cms_id in ids])
    headers = {"Authorization": f"Bearer {live.facts['token']}"}
    answers = [httpx.get(f"{limited.url}/items/brands?limit=1", headers=headers) for _ in range(4)]
    assert cms.requests - before == 2
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 5


def test_a_run_against_the_rate_limit_takes_longer_and_does_not_fail(
    live: Directus, limited: Directus, tmp_path: Path, sqlite_url: str
) -> None:
    live.seed(brands(500))
    with CmsServer() as unused, Shop(tmp_path, unused, sqlite_url) as shop:
        shop.sections["cms"] = limited.settings()
        shop.sections["cms.fields"] = {"name": "name", "description": "description"}
        began = time.monotonic()
        result = shop.sync()
        took = timedelta(seconds=time.monotonic() - began)
    assert (result["exit_code"], result["counts"]["created"]) == (0, 500)
    assert None not in external_ids(live).values()
    assert took > timedelta(seconds=10)
