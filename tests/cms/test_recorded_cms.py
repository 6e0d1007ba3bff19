"""Each CMS as a real server once answered: ``python tests/record.py`` records it anew."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

import pytest
from recorded import RECORDING, cassette

from brandsync.brand import CmsBrand, ExternalId
from brandsync.cms.interface import Cms
from brandsync.cms.mapping import EntryMapping
from brandsync.errors import ConfigError, CredentialsRefused, Rejected

COUNT = 103
"""Entries: more than one page of what most APIs give."""
SERVERS = {"strapi": "Strapi", "directus": "Directus", "payload": "Payload", "wordpress": "WordPress"}
KEPT_DRAFTS = {"strapi", "payload"}
"""Those whose editors' drafts a write-back could publish."""
GONE = {
    "strapi": "aaaaaaaaaaaaaaaaaaaaaaaa",
    "directus": "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    "payload": "999999",
    "wordpress": "999999",
}
"""Ids that no entry has."""


class Recorded:
    """One CMS, played back or being recorded."""

    def __init__(self, name: str, test: str) -> None:
        self.name = name
        self.test = test
        self.server: Any = None
        if RECORDING:
            self.server = getattr(import_module(name), SERVERS[name])().up()
            self.server.reset()
            self.ids = self.server.seed([{"name": f"Brand {number}", **EMPTY} for number in range(COUNT)])

    @contextmanager
    def open(self, *, read_only: bool = False, **others: Any) -> Iterator[Cms]:
        """The backend, talking to the cassette of this test."""
        kind: type[Cms] = next(point for point in entry_points(group="brandsync.cms") if point.name == self.name).load()
        real = self.server.settings(read_only=read_only) if RECORDING else {}
        with ExitStack() as stack:
            settings = stack.enter_context(cassette(self.name, self.test, real))
            cms = kind(kind.Settings.model_validate(settings | others))
            stack.callback(cms.close)
            yield cms


EMPTY = {"description": None, "website_url": None}


@pytest.fixture(params=SERVERS)
def recorded(request: pytest.FixtureRequest) -> Recorded:
    return Recorded(request.param, request.node.originalname.removeprefix("test_"))


def listed(cms: Cms) -> list[CmsBrand]:
    """Every entry of the listing, by name."""
    mapping, cursor, found = EntryMapping(cms.settings), None, {}
    while True:
        page = cms.retrieve_brands(cursor)
        for raw in page.entries:
            brand = mapping.read(raw)
            assert isinstance(brand, CmsBrand)
            found[brand.cms_id] = brand
        cursor = page.next
        if cursor is None:
            return sorted(found.values(), key=lambda brand: int(brand.fields["name"].partition(" ")[2]))


def test_listing(recorded: Recorded) -> None:
    with recorded.open() as cms:
        brands = listed(cms)
        assert [brand.fields["name"] for brand in brands] == [f"Brand {number}" for number in range(COUNT)]
        assert {brand.external_id for brand in brands} == {None}
        assert all(brand.updated_at for brand in brands)
        assert cms.requests <= 3


def test_write_back(recorded: Recorded) -> None:
    if RECORDING and recorded.name in KEPT_DRAFTS:
        recorded.server.save_draft(recorded.ids[2], name="Brand 2, soon")
    with recorded.open() as cms:
        first, second, third, *_ = listed(cms)
        assert cms.links.refusal() is None
        links = [ExternalId(brand.cms_id, f"b{number}") for number, brand in enumerate((first, second, third))]
        later = [third.cms_id] if recorded.name in KEPT_DRAFTS else []
        assert list(cms.links.pending([link.cms_id for link in links])) == later
        assert list(cms.links.write(links)) == later
        assert [brand.external_id for brand in listed(cms)[:3]] == ["b0", "b1", None if later else "b2"]
        cms.links.write([ExternalId(first.cms_id, None)])
        cms.links.write([ExternalId(first.cms_id, None)])
        assert listed(cms)[0].external_id is None


def test_by_ids(recorded: Recorded) -> None:
    with recorded.open() as cms:
        brands = listed(cms)
        ids = [brand.cms_id for brand in brands]
        if RECORDING:
            recorded.server.unpublish(ids[0])
            recorded.server.delete(ids[1])
            recorded.server.save_draft(ids[2], name="Brand 2, soon")
        odd = ["", "007", "12abc", "1e3", "a,b", "a'b", "null", "true", "$NOW", f"{ids[3]} ", ids[3].upper(), "9" * 30]
        before = cms.requests
        found = cms.retrieve_entries([*ids, GONE[recorded.name], *(key for key in odd if key not in ids), *ids[:9]])
        mapping = EntryMapping(cms.settings)
        read = {brand.cms_id: brand for entry in found or () if isinstance(brand := mapping.read(entry), CmsBrand)}
        assert read == {brand.cms_id: brand for brand in brands[2:]}
        assert len(found or ()) == COUNT - 2
        assert cms.requests - before <= 6


def test_an_entry_that_is_gone(recorded: Recorded) -> None:
    with recorded.open() as cms, pytest.raises(Rejected, match=r"gone|no longer|no such entry"):
        cms.links.write([ExternalId(GONE[recorded.name], "b1")])


def test_reading_only(recorded: Recorded) -> None:
    with recorded.open(read_only=True) as cms:
        refusal = cms.links.refusal()
        assert refusal
        assert "external" in refusal or "update" in refusal or "edit" in refusal


def test_wrong_credentials(recorded: Recorded) -> None:
    secret = {"payload": "api_key", "wordpress": "application_password"}.get(recorded.name, "token")
    with recorded.open(**{secret: "nonsense"}) as cms, pytest.raises(CredentialsRefused) as caught:
        cms.retrieve_brands()
    assert f"`{secret}`" in (caught.value.hint or "")
    assert "nonsense" not in f"{caught.value}{caught.value.hint}"


def test_a_type_that_is_not_there(recorded: Recorded) -> None:
    name = "rest_base" if recorded.name == "wordpress" else "collection"
    with recorded.open(**{name: "brandz"}) as cms, pytest.raises((ConfigError, CredentialsRefused)) as caught:
        cms.retrieve_brands()
    assert name in f"{caught.value}{caught.value.hint}"


def test_check(recorded: Recorded) -> None:
    with recorded.open() as cms:
        assert [finding for finding in cms.check() if not finding.ok] == []


@pytest.mark.slow  # it waits as long as the server asked
def test_a_rate_limit_is_waited_for() -> None:
    limited = Recorded.__new__(Recorded)
    limited.name, limited.test, limited.server = "directus", "rate_limit", None
    if RECORDING:
        limited.server = import_module("directus").DirectusLimited().up()
        limited.server.reset()
        limited.server.base.seed([{"name": f"Brand {number}", **EMPTY} for number in range(COUNT)])
    with limited.open(page_size=20) as cms:
        assert len(listed(cms)) == COUNT
        assert cms.requests > 6, "it was refused at least once, and asked again"
