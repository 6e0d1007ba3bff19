"""The wordpress backend against a real WordPress."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import real_brands
from cms_listing import all_entries
from extent import AT_NIGHT
from live_fixtures import emptied
from wordpress import WordPress

from brandsync.brand import CmsBrand, ExternalId
from brandsync.cms.mapping import EntryMapping
from brandsync.cms.wordpress import WordPressCms
from brandsync.errors import ConfigError, CredentialsRefused, Rejected

pytestmark = pytest.mark.live

LONG_AGO = "2026-01-01 00:00:00"


site = emptied(WordPress)


def connected(
    site: WordPress, *, read_only: bool = False, fields: dict[str, str] | None = None, **other
) -> WordPressCms:
    settings = {"fields": dict(site.fields), **site.settings(read_only=read_only), **other}
    settings["fields"] = {**settings["fields"], **(fields or {})}
    return WordPressCms(WordPressCms.Settings.model_validate(settings))


def listed(cms: WordPressCms, since: datetime | None = None) -> dict[str, CmsBrand]:
    mapping, found = EntryMapping(cms.settings), {}
    for raw in all_entries(cms, since):
        brand = mapping.read(raw)
        assert isinstance(brand, CmsBrand), brand
        found[brand.cms_id] = brand
    return found


def named(*names: str) -> list[dict[str, Any]]:
    return [{"name": name} for name in names]


def external_ids(site: WordPress, ids: Sequence[str]) -> list[str | None]:
    published = site.published()
    return [published[key]["external_id"] for key in ids]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# Reading.


def test_the_version_is_the_one_these_tests_were_written_for(site: WordPress) -> None:
    assert site.facts["version"].startswith("6.1.")


def test_entries_are_read_as_their_editors_wrote_them(site: WordPress) -> None:
    brand = {
        "name": 'L\'Oréal & "Co" -- x',
        "description": "<p>Soap & water</p>",
        "website_url": "https://a.example/?a=1&b=2",
    }
    [key] = site.seed([{**brand, "external_id": "b1"}])
    found = listed(connected(site))[key]
    assert (dict(found.fields), found.external_id) == (brand, "b1")
    assert found.updated_at is not None
    assert abs(moment(found.updated_at) - datetime.now(UTC)) < timedelta(minutes=1)


def test_only_published_entries_are_listed(site: WordPress) -> None:
    [kept, *rest] = site.seed(named("Kept", "Draft", "Pending", "Private", "Trash", "Scheduled"))
    for key, status in zip(rest, ("draft", "pending", "private"), strict=False):
        site.rest("POST", f"wp/v2/brands/{key}", {"status": status})
    site.rest("DELETE", f"wp/v2/brands/{rest[3]}")
    site.rest("POST", f"wp/v2/brands/{rest[4]}", {"status": "future", "date_gmt": "2199-01-01T00:00:00"})
    site.new_draft(name="Never published")
    assert list(listed(connected(site))) == [kept]


def test_pages_are_as_large_as_they_can_be(site: WordPress) -> None:
    ids = site.seed(named(*(f"Brand {number}" for number in range(294))))
    cms = connected(site)
    assert list(listed(cms)) == ids
    assert cms.requests == 3


def test_no_entry_is_missed_when_others_are_deleted_during_the_listing(site: WordPress) -> None:
    ids = site.seed(named(*(f"Brand {number}" for number in range(150))))
    cms = connected(site)
    first = cms.retrieve_brands()
    for key in ids[:3]:
        site.delete(key)
    seen, cursor = {str(entry["id"]) for entry in first.entries}, first.next
    while cursor:
        page = cms.retrieve_brands(cursor)
        seen |= {str(entry["id"]) for entry in page.entries}
        cursor = page.next
    assert seen == set(ids)


def test_a_listing_that_shrinks_to_less_than_a_page_ends_well(site: WordPress) -> None:
    ids = site.seed(named(*(f"Brand {number}" for number in range(102))))
    cms = connected(site)
    page = cms.retrieve_brands()
    for key in ids[90:]:
        site.delete(key)
    left = []
    while page.next:
        page = cms.retrieve_brands(page.next)
        left += [str(entry["id"]) for entry in page.entries]
    assert set(left) == set(ids[:90])


def test_a_plugin_that_makes_pages_smaller_hides_nothing(site: WordPress) -> None:
    ids = site.seed(named(*"ABCDEFGH"))
    site.fault(page_limit=3)
    assert list(listed(connected(site))) == ids


def test_the_featured_image_is_read_where_a_path_wants_it(site: WordPress) -> None:
    with_image, without = site.seed(named("With", "Without"))
    site.call("featured", [int(with_image), "2026/logo.png"])
    found = listed(connected(site, fields={"logo_url": '_embedded."wp:featuredmedia"[0].source_url'}))
    assert found[with_image].fields["logo_url"] == f"{site.url}/wp-content/uploads/2026/logo.png"
    assert found[without].fields["logo_url"] is None


def test_a_page_holds_no_more_than_what_is_mapped(site: WordPress) -> None:
    site.seed(named("A"))
    [entry] = connected(site).retrieve_brands().entries
    assert set(entry) == {"id", "title", "content", "meta", "modified_gmt"}


def test_a_path_that_may_read_anything_is_given_everything(site: WordPress) -> None:
    site.seed(named("A"))
    [entry] = connected(site, fields={"handle": "[@][0].slug"}).retrieve_brands().entries
    assert entry["slug"] == "a"


def test_a_site_with_plain_permalinks_is_asked_by_rest_route(site: WordPress) -> None:
    [key] = site.seed(named("A"))
    site.call("options", {"permalink_structure": ""})
    cms = connected(site, api="?rest_route=")
    assert list(listed(cms)) == [key]
    assert cms.links.write([ExternalId(key, "b1")]) == set()
    assert external_ids(site, [key]) == ["b1"]
    assert cms.where() == f"{site.url}/?rest_route=/wp/v2/brands"


# Reading what changed.


def test_what_changed_is_listed_and_nothing_else(site: WordPress) -> None:
    ids = site.seed(named("Old", "Edited", "Old too"))
    for key in ids:
        site.call("modified", [int(key), LONG_AGO])
        site.call("dated", [int(key), LONG_AGO])
    site.edit(ids[1], name="New name")
    found = listed(connected(site), datetime.now(UTC) - timedelta(minutes=10))
    assert [brand.fields["name"] for brand in found.values()] == ["New name"]


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata", ""])
def test_changes_are_listed_from_an_hour_before_on_that_second_included_in_any_time_zone(
    site: WordPress, zone: str
) -> None:
    site.call("options", {"timezone_string": zone})
    [key, old] = site.seed(named("An hour before", "A second earlier"))
    site.call("modified", [int(key), "2026-06-01 09:00:00"])
    site.call("modified", [int(old), "2026-06-01 08:59:59"])
    for each in (key, old):
        site.call("dated", [int(each), LONG_AGO])
    assert list(listed(connected(site), moment("2026-06-01 10:00:00.900"))) == [key]


def test_the_hour_that_comes_twice_in_autumn_hides_no_change(site: WordPress) -> None:
    site.call("options", {"timezone_string": "America/New_York"})
    [key] = site.seed(named("Edited in the second hour"))
    site.call("modified", [int(key), "2026-11-01 06:10:00"])  # 01:10 again; the moment below was 01:50
    site.call("dated", [int(key), LONG_AGO])
    assert list(listed(connected(site), moment("2026-11-01 05:50:00"))) == [key]


def test_a_scheduled_entry_is_listed_once_it_is_published_however_old_its_last_edit(site: WordPress) -> None:
    entry = site.rest("POST", "wp/v2/brands", {"title": "Later", "status": "future", "date_gmt": "2199-01-01T00:00:00"})
    site.call("modified", [entry["id"], LONG_AGO])
    site.call("publish_scheduled", [entry["id"], "2026-06-01 10:00:00"])
    read = site.rest("GET", f"wp/v2/brands/{entry['id']}?context=edit")
    assert (read["status"], read["modified_gmt"]) == ("publish", "2026-01-01T00:00:00")
    assert list(listed(connected(site), moment("2026-06-01 11:00:00"))) == [str(entry["id"])]


# Writing external ids.


def test_external_ids_are_written_cleared_and_written_again(site: WordPress) -> None:
    ids = site.seed(named("A", "B"))
    cms = connected(site)
    for wanted in (["b1", "b2"], ["b1", "b2"], [None, "b2"], [None, None]):
        assert cms.links.write([ExternalId(key, value) for key, value in zip(ids, wanted, strict=True)]) == set()
        assert external_ids(site, ids) == wanted


def test_a_repeated_write_back_does_not_touch_the_entry(site: WordPress) -> None:
    [key] = site.seed(named("A"))
    cms = connected(site)
    cms.links.write([ExternalId(key, "b1")])
    site.call("modified", [int(key), LONG_AGO])
    cms.links.write([ExternalId(key, "b1")])
    assert listed(cms)[key].updated_at == "2026-01-01T00:00:00"


@pytest.mark.parametrize("value", [" spaces ", "quote'\"", "back\\slash", "<b>&amp;", "é日本", "0"])
def test_an_external_id_is_kept_as_it_is(site: WordPress, value: str) -> None:
    [key] = site.seed(named("A"))
    cms = connected(site)
    cms.links.write([ExternalId(key, value)])
    assert external_ids(site, [key]) == [value]
    assert listed(cms)[key].external_id == value


def test_a_batch_takes_two_requests(site: WordPress) -> None:
    ids = site.seed(named(*(f"Brand {number}" for number in range(25))))
    cms = connected(site)
    cms.links.write([ExternalId(key, f"b{key}") for key in ids])
    assert cms.requests == 2
    assert external_ids(site, ids) == [f"b{key}" for key in ids]


def test_a_site_without_batches_is_written_to_one_by_one(site: WordPress) -> None:
    ids = site.seed(named("A", "B", "C"))
    site.fault(no_batch=True)
    cms = connected(site)
    cms.links.write([ExternalId(key, f"b{key}") for key in ids])
    assert external_ids(site, ids) == [f"b{key}" for key in ids]
    assert cms.requests == 1 + 1 + 3
    cms.links.write([ExternalId(ids[0], None)])
    assert cms.requests == 5 + 2


def test_an_entry_that_is_gone_is_rejected_and_the_others_are_written(site: WordPress) -> None:
    gone, kept = site.seed(named("Gone", "Kept"))
    site.delete(gone)
    with pytest.raises(Rejected, match=f"entry {gone} cannot be written: the entry is gone"):
        connected(site).links.write([ExternalId(gone, "b1"), ExternalId(kept, "b2")])
    assert external_ids(site, [kept]) == ["b2"]


@pytest.mark.parametrize("status", ["draft", "pending", "private", "future", "trash"])
def test_an_entry_that_is_no_longer_published_is_left_alone(site: WordPress, status: str) -> None:
    key, other = site.seed(named("Was published", "Is published"))
    if status == "trash":
        site.rest("DELETE", f"wp/v2/brands/{key}")
    else:
        date = {"date_gmt": "2199-01-01T00:00:00"} if status == "future" else {}
        site.rest("POST", f"wp/v2/brands/{key}", {"status": status, **date})
    assert connected(site).links.write([ExternalId(key, "b1"), ExternalId(other, "b2")]) == {key}
    entry = site.rest("GET", f"wp/v2/brands/{key}?context=edit")
    assert (entry["status"], entry["meta"]["external_id"]) == (status, "")
    assert external_ids(site, [other]) == ["b2"]


RICH = """<p>Hi</p><iframe src="https://player.example/1"></iframe><p style="color:red;display:grid">a & b \\ 'c'</p>"""


def as_administrators_write(site: WordPress) -> str:
    [key] = site.seed(named("x"))
    site.rest("POST", f"wp/v2/brands/{key}", {"title": "A&O <b>co</b>", "content": RICH}, user="admin")
    return key


def test_wordpress_takes_html_out_of_a_text_when_a_user_without_unfiltered_html_writes_a_custom_field(
    site: WordPress,
) -> None:
    """What the next tests keep from happening."""
    key = as_administrators_write(site)
    site.fault(no_keeping=True)
    site.rest("POST", f"wp/v2/brands/{key}", {"meta": {"external_id": "b1"}}, user="brandsync")
    assert site.published()[key]["name"] == "A&amp;O <b>co</b>"
    assert "iframe" not in site.published()[key]["description"]


@pytest.mark.parametrize("no_batch", [False, True])
def test_a_write_back_leaves_an_entrys_texts_exactly_as_they_are(site: WordPress, no_batch: bool) -> None:
    key = as_administrators_write(site)
    site.fault(no_batch=no_batch)
    cms = connected(site)
    for external_id in ("b1", None, "b2"):
        cms.links.write([ExternalId(key, external_id)])
        entry = site.published()[key]
        assert (entry["name"], entry["description"], entry["external_id"]) == ("A&O <b>co</b>", RICH, external_id)
        assert site.call("revision", int(key)) == ["A&O <b>co</b>", RICH]


def test_nothing_is_written_where_it_would_change_an_entrys_texts(site: WordPress) -> None:
    key = as_administrators_write(site)
    site.fault(no_keeping=True)
    cms = connected(site)
    assert "has no unfiltered_html" in (cms.links.refusal() or "")
    with pytest.raises(CredentialsRefused, match="has no unfiltered_html"):
        cms.links.write([ExternalId(key, "b1")])
    entry = site.published()[key]
    assert (entry["name"], entry["description"], entry["external_id"]) == ("A&O <b>co</b>", RICH, None)


def test_a_user_with_unfiltered_html_needs_no_plugin_to_write_without_harm(site: WordPress) -> None:
    key = as_administrators_write(site)
    site.fault(no_keeping=True)
    cms = connected(site, **login(site, "editor"))
    assert cms.links.refusal() is None
    cms.links.write([ExternalId(key, "b1")])
    entry = site.published()[key]
    assert (entry["name"], entry["description"], entry["external_id"]) == ("A&O <b>co</b>", RICH, "b1")


def test_the_role_of_brandsync_still_cannot_write_scripts(site: WordPress) -> None:
    key = as_administrators_write(site)
    site.rest("POST", f"wp/v2/brands/{key}", {"content": RICH + "<script>x()</script>"}, user="brandsync")
    assert "<script" not in site.published()[key]["description"]


def with_autosave(site: WordPress, name: str = "A") -> str:
    [key] = site.seed(named(name))
    site.call("modified", [int(key), LONG_AGO])
    site.save_draft(key, name="An editor is writing this")
    assert site.call("offered", int(key))
    return key


def test_wordpress_forgets_an_autosave_when_anything_is_written(site: WordPress) -> None:
    """What the next tests keep from happening."""
    key = with_autosave(site)
    time.sleep(1.1)
    site.rest("POST", f"wp/v2/brands/{key}", {"meta": {"external_id": "b1"}}, user="brandsync")
    assert not site.call("offered", int(key))


@pytest.mark.parametrize("no_pending_field", [False, True])
def test_an_editors_autosave_is_still_offered_after_a_write_back(site: WordPress, no_pending_field: bool) -> None:
    key, [other] = with_autosave(site), site.seed(named("Other"))
    site.fault(no_pending_field=no_pending_field)
    cms = connected(site)
    assert cms.links.pending([key, other]) == {key}
    assert cms.links.write([ExternalId(key, "b1"), ExternalId(other, "b2")]) == {key}
    assert site.call("offered", int(key))
    assert site.draft(key)["name"] == "An editor is writing this"
    assert external_ids(site, [key, other]) == [None, "b2"]


@pytest.mark.parametrize("no_pending_field", [False, True])
def test_an_external_id_is_written_once_the_autosave_is_published(site: WordPress, no_pending_field: bool) -> None:
    key = with_autosave(site)
    site.fault(no_pending_field=no_pending_field)
    time.sleep(1.1)
    site.publish(key)
    cms = connected(site)
    assert cms.links.pending([key]) == set()
    assert cms.links.write([ExternalId(key, "b1")]) == set()
    assert external_ids(site, [key]) == ["b1"]


def test_pending_drafts_are_asked_for_a_hundred_at_once(site: WordPress) -> None:
    ids = site.seed(named(*(f"Brand {number}" for number in range(150))))
    cms = connected(site)
    assert cms.links.pending(ids) == set()
    assert cms.requests == 2


@pytest.mark.parametrize("fault", ["no_meta", "no_custom_fields"])
def test_a_site_without_a_place_for_external_ids_is_found_out_before_and_while_writing(
    site: WordPress, fault: str
) -> None:
    [key] = site.seed(named("A"))
    site.fault(**{fault: True})
    cms = connected(site, fields={"website_url": "link"})
    with pytest.raises(ConfigError, match=r"has meta\.external_id") as refused:
        cms.links.refusal()
    assert "register_post_meta" in (refused.value.hint or "")
    with pytest.raises(Rejected, match=r"has not kept it in meta\.external_id") as rejected:
        cms.links.write([ExternalId(key, "b1")])
    assert "custom-fields" in (rejected.value.hint or "")
    assert [finding.fix for finding in cms.check() if not finding.ok] == [rejected.value.hint]


# Credentials and configuration.


def test_the_role_of_brandsync_may_write_external_ids_and_nothing_else(site: WordPress) -> None:
    [key] = site.seed(named("A"))
    assert connected(site).links.refusal() is None
    for method, path, body in (
        ("POST", "wp/v2/brands", {"title": "New", "status": "draft"}),
        ("DELETE", f"wp/v2/brands/{key}", None),
        ("GET", "wp/v2/posts?context=edit", None),
        ("GET", "wp/v2/users?context=edit", None),
        ("GET", "wp/v2/settings", None),
    ):
        with pytest.raises(Exception, match="403 Forbidden"):
            site.rest(method, path, body, user="brandsync")


@pytest.mark.parametrize(
    "body",
    [
        {"status": "draft"},
        {"status": "pending"},
        {"date": "2099-01-01T00:00:00"},
        {"password": "x"},
        {"slug": "x"},
        {"title": "x", "content": "x", "excerpt": "x"},
    ],
)
def test_the_role_of_brandsync_changes_nothing_of_an_entry_but_its_custom_fields(
    site: WordPress, body: dict[str, Any]
) -> None:
    [key] = site.seed(named("A"))
    before = site.rest("GET", f"wp/v2/brands/{key}?context=edit")
    site.rest("POST", f"wp/v2/brands/{key}", {**body, "meta": {"external_id": "b1"}}, user="brandsync")
    after = site.rest("GET", f"wp/v2/brands/{key}?context=edit")
    for changed in (before, after):
        for name in ("modified", "modified_gmt", "_links", "pending_autosave"):
            changed.pop(name, None)
    assert after == before | {"meta": before["meta"] | {"external_id": "b1"}}
    assert list(site.published()) == [key]


def test_the_role_of_brandsync_may_not_make_an_entry_private(site: WordPress) -> None:
    [key] = site.seed(named("A"))
    with pytest.raises(Exception, match="403 Forbidden"):
        site.rest("POST", f"wp/v2/brands/{key}", {"status": "private"}, user="brandsync")
    assert list(site.published()) == [key]


@pytest.mark.parametrize("user", ["brandsync", "editor"])
@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("https://a.example/?a=1&b=2", "https://a.example/?a=1&b=2"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("https://a.example/<script>", "https://a.example/script"),
    ],
)
def test_a_website_is_an_address_of_the_web(site: WordPress, user: str, written: str, kept: str | None) -> None:
    [key] = site.seed(named("A"))
    site.rest("POST", f"wp/v2/brands/{key}", {"meta": {"website_url": written}}, user=user)
    assert site.published()[key]["website_url"] == kept


def test_a_user_who_may_only_read_lists_brands_and_says_why_links_are_not_written(site: WordPress) -> None:
    brand = {"name": "L'Oréal -- x", "website_url": "https://a.example/"}
    [key] = site.seed([{**brand, "external_id": "b1"}])
    cms = connected(site, read_only=True)
    found = listed(cms)[key]
    assert (found.fields["name"], found.external_id) == (brand["name"], "b1")
    assert "the user reader may not edit brands" in (cms.links.refusal() or "")
    assert [finding.what for finding in cms.check() if not finding.ok] == [cms.links.refusal()]
    with pytest.raises(CredentialsRefused, match="403"):
        cms.links.write([ExternalId(key, "b2")])
    assert external_ids(site, [key]) == ["b1"]


def test_a_reader_is_told_of_the_view_that_readers_have(site: WordPress) -> None:
    site.seed(named("A"))
    with pytest.raises(CredentialsRefused, match="403 Forbidden") as refused:
        connected(site, **login(site, "reader")).retrieve_brands()
    assert 'context = "view"' in (refused.value.hint or "")


@pytest.mark.parametrize("read_only", [False, True])
def test_a_wrong_password_is_refused_although_anybody_may_read_the_brands(site: WordPress, read_only: bool) -> None:
    site.seed(named("A"))
    cms = connected(site, read_only=read_only, application_password="Wron gPas swor d123")
    with pytest.raises(CredentialsRefused, match="401") as refused:
        cms.retrieve_brands()
    assert "application_password" in (refused.value.hint or "")
    assert "Wron" not in refused.value.message


def test_an_authorization_header_that_gets_lost_is_suggested_as_the_cause(site: WordPress) -> None:
    site.fault(no_authorization=True)
    with pytest.raises(CredentialsRefused, match="401") as refused:
        connected(site).retrieve_brands()
    assert "passes the Authorization header on" in (refused.value.hint or "")


def test_a_password_may_be_given_without_its_spaces(site: WordPress) -> None:
    [key] = site.seed(named("A"))
    password = site.facts["passwords"]["brandsync"].replace(" ", "")
    assert list(listed(connected(site, application_password=password))) == [key]


@pytest.mark.parametrize("lost", ["edit_others_brands", "edit_published_brands"])
def test_entries_that_the_user_may_not_edit_are_not_left_out_silently(site: WordPress, lost: str) -> None:
    site.seed(named("A", "B"))
    site.call("capability", ["brandsync", lost, False])
    with pytest.raises(CredentialsRefused, match="counts 2 published entries and hides some from brandsync") as refused:
        connected(site).retrieve_brands()
    assert lost.replace("brands", "posts") in (refused.value.hint or "")


def test_a_wrong_rest_base_is_named_with_those_that_there_are(site: WordPress) -> None:
    with pytest.raises(ConfigError, match="404 Not Found") as refused:
        connected(site, rest_base="brand").retrieve_brands()
    assert "check `url` and `rest_base`" in (refused.value.hint or "")
    assert "blocks, brands, media" in (refused.value.hint or "")


def test_an_address_without_the_api_is_told_of_plain_permalinks(site: WordPress) -> None:
    with pytest.raises(Exception, match="wp-json") as refused:
        connected(site, api="wp-content/wp-json").retrieve_brands()
    assert 'api = "?rest_route="' in (getattr(refused.value, "hint", None) or "")


def test_check_finds_nothing_wrong_with_a_site_as_it_should_be(site: WordPress) -> None:
    site.seed([{"name": "A", "description": "d", "website_url": "https://a.example/"}])
    findings = list(connected(site).check())
    assert [finding.what for finding in findings if not finding.ok] == []
    assert f"GET {site.url}/wp-json/wp/v2/brands: 1 of 1 entry on the first page" in [f.what for f in findings]
    assert "brandsync may write external ids" in [finding.what for finding in findings]


def test_an_empty_site_is_no_mistake(site: WordPress) -> None:
    cms = connected(site)
    assert listed(cms) == {}
    assert listed(cms, datetime.now(UTC)) == {}
    assert cms.links.refusal() is None
    assert all(finding.ok for finding in cms.check())


@pytest.mark.slow
@pytest.mark.skipif(real_brands.available() is not None, reason="the real brands are not to be had")
@AT_NIGHT
def test_two_thousand_real_brands_are_listed_and_linked(site: WordPress) -> None:
    brands = real_brands.load()[:2_000]
    ids = site.seed(brands)
    cms = connected(site)
    found = listed(cms)
    assert [found[key].fields["name"] for key in ids] == [brand["name"] for brand in brands]
    assert cms.requests == 21
    for start in range(0, len(ids), 25):
        assert cms.links.write([ExternalId(key, f"b{key}") for key in ids[start : start + 25]]) == set()
    after = site.published()
    assert [(after[key]["name"], after[key]["description"]) for key in ids] == [
        (brand["name"], brand["description"] or None) for brand in brands
    ]
    assert external_ids(site, ids) == [f"b{key}" for key in ids]


def login(site: WordPress, user: str) -> dict[str, str]:
    return {"username": user, "application_password": site.facts["passwords"][user]}
