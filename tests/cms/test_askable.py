"""By which moments of what hangs on entries a CMS can be asked: what it refuses or fails at stops no listing."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from fake_server import Answer, Asked, FakeServer

from brandsync.cms.directus import DirectusCms
from brandsync.cms.interface import Cms
from brandsync.cms.payload import PayloadCms
from brandsync.cms.strapi import StrapiCms
from brandsync.errors import TryAgainLater

SINCE = datetime(2026, 11, 1, tzinfo=UTC)
FIELDS = {
    "name": "name",
    "handle": "maker.slug",
    "description": "secret.title",
    "logo_url": "broken.url",
    "website_url": "odd.url",
}
"""Of ``maker`` the CMS can be asked; ``secret`` is refused, at ``broken`` it fails, and ``odd`` is no moment."""
ENTRY = {"name": "A", "maker": {"id": 1, "documentId": "m", "createdAt": "2026-01-01T00:00:00Z"}, "secret": None}


class Asks(FakeServer):
    """A server that answers to such questions as the table above says."""

    backend: ClassVar[type[Cms]]
    section: ClassVar[Mapping[str, Any]]
    taken: ClassVar[set[str]]
    """The moments that a listing of changes is to ask for."""
    refusal_status = 400
    down = False

    def open(self) -> Cms:
        self.cms = self.backend(
            self.backend.Settings.model_validate({"backend": "x", "url": self.url, "fields": FIELDS, **self.section})
        )
        return self.cms

    def __exit__(self, *exc: object) -> None:
        self.cms.close()
        super().__exit__(*exc)

    def found(self, asked: Asked) -> list[Any] | None:
        """Entries, or none where the question is refused; raises where it fails."""
        text = json.dumps(asked.query)
        if self.down or ("9999" in text and "broken" in text):
            raise ZeroDivisionError
        if "9999" in text and "secret" in text:
            return None
        return [ENTRY | {"id": 1, "documentId": "a"}] if "9999" not in text or "odd" in text else []

    def route(self, asked: Asked) -> Answer:
        try:
            found = self.found(asked)
        except ZeroDivisionError:
            return Answer(500, {})
        return Answer(self.refusal_status, {}) if found is None else self.shown(asked, found)

    def shown(self, asked: Asked, found: list[Any]) -> Answer:
        raise NotImplementedError

    def moments(self, asked: Asked) -> set[str]:
        return {key for key, value in asked.query.items() if value.startswith("2026-11-01")}

    def trials(self, key: str) -> int:
        return sum("9999" in json.dumps(asked.query) and key in json.dumps(asked.query) for asked in self.log)


class AsksStrapi(Asks):
    backend = StrapiCms
    section: ClassVar = {"token": "t"}
    taken: ClassVar = {
        f"filters[$or][{number}]{name}[$gte]"
        for number, name in enumerate(("[updatedAt]", "[publishedAt]", "[maker][updatedAt]", "[maker][publishedAt]"))
    }

    def shown(self, asked: Asked, found: list[Any]) -> Answer:
        return Answer(200, {"data": found, "meta": {"pagination": {"total": len(found)}}})


class AsksPayload(Asks):
    backend = PayloadCms
    section: ClassVar = {"api_key": "k", "depth": 1}
    taken: ClassVar = {
        f"where[and][1][or][{number}][{name}][greater_than_equal]"
        for number, name in enumerate(("updatedAt", "maker.updatedAt"))
    }

    def shown(self, asked: Asked, found: list[Any]) -> Answer:
        if asked.path.endswith("/me"):
            return Answer(200, {"user": {"id": 1}})
        return Answer(200, {"docs": found, "totalDocs": len(found)})


class AsksDirectus(Asks):
    backend = DirectusCms
    section: ClassVar = {"token": "t", "include": "maker.*,secret.*,broken.*,odd.*"}
    taken: ClassVar = {"date_updated", "date_created", "maker.date_updated", "maker.modified_on"}
    refusal_status = 403

    def moments(self, asked: Asked) -> set[str]:
        _, dated = json.loads(asked.query["filter"])["_and"]
        return {_dotted(condition) for condition in dated["_or"]}

    def shown(self, asked: Asked, found: list[Any]) -> Answer:
        if asked.path.startswith("/fields/"):
            return Answer(200, {"data": {"meta": {"special": ["m2o"] if asked.path.endswith("/maker") else None}}})
        return Answer(200, {"data": found, "meta": {"filter_count": len(found)}})


def _dotted(condition: Any) -> str:
    ((key, inner),) = condition.items()
    return key if "_gte" in inner else f"{key}.{_dotted(inner)}"


@pytest.fixture(params=[AsksStrapi, AsksPayload, AsksDirectus])
def server(request: pytest.FixtureRequest) -> Iterator[Asks]:
    with request.param() as fake:
        yield fake


def test_changes_are_listed_by_the_moments_that_the_cms_takes_and_by_no_others(server: Asks) -> None:
    cms = server.open()
    assert len(cms.retrieve_brands(None, SINCE).entries) == 1
    assert server.moments(server.log[-1]) == server.taken


def test_each_question_is_tried_once_and_one_that_fails_twice(server: Asks) -> None:
    cms = server.open()
    for _ in range(3):
        cms.retrieve_brands(None, SINCE)
    names = 2 if isinstance(server, AsksDirectus) else 1
    assert [server.trials(key) for key in ("maker", "secret", "odd", "broken")] == [names, names, names, 2 * names]


def test_a_server_that_is_down_is_no_answer(server: Asks) -> None:
    cms = server.open()
    cms.stop_when(lambda: True)
    server.down = True
    with pytest.raises(TryAgainLater):
        cms.retrieve_brands(None, SINCE)


def test_what_is_left_unseen_is_told_of_what_hangs_on_entries(server: Asks) -> None:
    unseen = server.open().unseen_changes() or ""
    assert "`handle` (maker.slug)" in unseen
    assert "deleted" in unseen
    assert "(name)" not in unseen
