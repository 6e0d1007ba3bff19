"""What the check says of paths that find nothing: the innocent ones don't fail it, and what to allow is told."""

from collections.abc import Sequence
from typing import Any

import pytest

from brandsync.backend import Finding
from brandsync.cms.entry_check import ENOUGH, PAGES, Sample, entry_findings
from brandsync.cms.interface import CmsPage, CmsSettings
from brandsync.cms.looked_into import led_through, nested_keys, objects_at, read_keys

NAMED = [{"id": 1, "name": "A"}, {"id": 2, "name": "B"}]


def found(path: str, entries: Any, **options: Any) -> Finding:
    """What is said of a description at this path."""
    settings = CmsSettings.model_validate({"backend": "x", "fields": {"name": "name", "description": path}})
    return [*entry_findings(settings, entries, links=False, **options)][-1]


def entries(*more: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"id": number, "name": "A", **some} for number, some in enumerate(more)]


@pytest.mark.parametrize("empty", [None, "", [], {}])
@pytest.mark.parametrize("path", ["text", "text(text)", "text && join('', ['a', text])"])
def test_a_field_that_nobody_has_filled_is_no_problem(path: str, empty: Any) -> None:
    finding = found(path, entries({"text": empty}, {"text": None}))
    assert (finding.ok, finding.fix) == (True, None)
    assert finding.what == f"`description` ({path}) is empty in all 2 entries"


@pytest.mark.parametrize(
    ("path", "held", "hung"),
    [
        ("category.title", [{"category": None}, {"category": None}], "category"),
        ("category.parent.title", [{"category": None}, {"category": {"parent": None}}], "category.parent"),
        ("categories[].title", [{"categories": None}, {"categories": None}], "categories"),
        ("categories[].title | [0]", [{"categories": []}, {"categories": None}], "categories"),
        ("join(', ', categories[].title)", [{"categories": []}, {"categories": []}], "categories"),
        ("{country: country.name}", [{"country": None}, {"country": None}], "country"),
        ("absolute(logo.url)", [{"logo": None}, {}], "logo"),
        ("logo.formats.small.url || logo.url", [{"logo": None}, {"logo": None}], "logo"),
    ],
)
def test_what_hangs_on_entries_and_is_empty_in_all_is_told_with_what_to_allow(
    path: str, held: Sequence[dict[str, Any]], hung: str
) -> None:
    finding = found(path, entries(*held))
    assert finding.ok
    assert finding.what == f"`description` ({path}) is empty in all 2 entries, as is all that `{hung}` holds"
    assert finding.fix == f"where brands have one, let the credentials read what `{hung}` leads to"
    assert found(path, entries(*held), allow="ask for `{}`").fix == f"ask for `{hung}`"
    assert found(path, entries(*held), allow="").fix is None


@pytest.mark.parametrize(
    ("path", "held"),
    [
        ("category.title", {"id": 7, "title": None}),
        ("absolute(category.title)", {"id": 7, "title": None}),
        ("category.title", 7),
        ("category[].title", [7, 8]),
        ("category[].title", [{"id": 7, "title": ""}]),
    ],
)
def test_a_file_or_entry_of_which_nothing_is_shown_is_told_too(path: str, held: Any) -> None:
    finding = found(path, entries({"category": held}), leads_out=lambda key: key == "category")
    assert finding.ok
    assert "what `category` leads to" in (finding.fix or "")


@pytest.mark.parametrize("path", ["category.titel", "category[].titel", "text(category.titel)"])
def test_a_wrong_key_of_what_is_shown_of_another_entry_fails_the_check(path: str) -> None:
    held = entries({"category": {"title": "T"}}, {"category": [{"title": "T"}]})
    assert not found(path, held, leads_out=lambda key: key == "category").ok


@pytest.mark.parametrize(
    ("path", "held"),
    [
        ("txt", {"text": "A"}),
        ("body.txt", {"body": {"text": "A"}}),
        ("boddy.text", {"body": {"text": "A"}}),
        ("text(txt)", {"text": "A"}),
        ("logos.url", {"logos": [{"url": "/a.png"}]}),
        ("categorys[].title", {"categories": []}),
        ("length(txt)", {"text": None}),
    ],
)
def test_a_path_that_is_in_no_entry_fails_the_check(path: str, held: dict[str, Any]) -> None:
    finding = found(path, entries(held))
    assert not finding.ok
    assert finding.fix == "check `description` in [cms.fields]"


def test_a_key_that_entries_lack_where_it_is_empty_is_no_problem() -> None:
    asked: list[tuple[str, ...]] = []

    def known(keys: tuple[str, ...]) -> bool:
        asked.append(keys)
        return keys in {("text",), ("logo",)}

    assert found("text", NAMED, may_lack=known) == Finding(
        ok=True, what="`description` (text) is empty in all 2 entries"
    )
    assert "`logo`" in (found("logo.url", NAMED, may_lack=known).fix or "")
    assert not found("txt", NAMED, may_lack=known).ok
    assert ("txt",) in asked
    unsure = found("text", NAMED, may_lack=known, certain=False)
    assert (unsure.ok, unsure.fix) == (True, "check `description` in [cms.fields] where brands have one")


def sample(*pages: list[dict[str, Any]]) -> tuple[Sample, list[str]]:
    """These pages, and the cursors of those that were asked for."""
    asked: list[str] = []

    def page(number: int) -> CmsPage:
        return CmsPage(pages[number], str(number + 1) if number + 1 < len(pages) else None)

    def following(cursor: str) -> CmsPage:
        asked.append(cursor)
        return page(int(cursor))

    return Sample.of(page(0), following), asked


def test_more_pages_are_looked_at_only_where_a_field_is_empty_on_those_before() -> None:
    filled, empty = entries({"text": "A"}), entries({"text": None})
    some, asked = sample(filled, empty)
    assert found("text", some).what == "`description` (text) is in 1 of 1 entry"
    assert asked == []
    some, asked = sample(empty, empty, filled, empty)
    assert found("text", some).what == "`description` (text) is in 1 of 3 entries"
    assert asked == ["1", "2"]


def test_no_more_than_some_hundred_entries_and_a_few_pages_are_looked_at() -> None:
    empty = {"text": None}
    some, asked = sample(*[entries(empty)] * 20)
    assert found("text", some).what == f"`description` (text) is empty in all {PAGES} entries"
    some, asked = sample(*[entries(*[empty] * (ENOUGH - 1))] * 20)
    assert found("text", some).ok
    assert asked == ["1"]


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("name", {"name": False}),
        ("text(story)", {"story": False}),
        ("absolute(logo.url)", {"logo": True}),
        ("logo && absolute(join('', ['assets/', logo]))", {"logo": False}),
        ("logo.formats.small.url || logo.url", {"logo": True}),
        ("logo || media.logo", {"logo": False, "media": True}),
        ("logos[0].url", {"logos": True}),
        ("links[?kind == 'web'].url | [0]", {"links": True}),
        ("{country: country.name, since: founded}", {"country": True, "founded": False}),
        ("join(', ', tags[].name)", {"tags": True}),
        ("max([updatedAt, publishedAt][?@])", {"updatedAt": False, "publishedAt": False}),
        ('"a-b".c', {"a-b": True}),
        ('_embedded."wp:featuredmedia"[0].source_url', {"_embedded": True}),
        ("values(@)", {}),
    ],
)
def test_what_a_path_reads_of_an_entry_and_what_it_looks_into(path: str, keys: dict[str, bool]) -> None:
    assert read_keys(path) == keys
    assert nested_keys(path) == {key for key, into in keys.items() if into}


@pytest.mark.parametrize(
    ("path", "places"),
    [
        ("name", set()),
        ("maker.country.name", {"maker", "maker.country"}),
        ("absolute(logo.url)", {"logo"}),
        ("logos[0].url", {"logos"}),
        ("tags[?kind == 'x'].tag.name | [0]", {"tags", "tags.tag"}),
        ("maker.{n: name}", {"maker"}),
        ("logo && absolute(join('', ['assets/', logo.id]))", {"logo"}),
        ("values(@)", set()),
    ],
)
def test_what_lies_on_the_way_of_a_path(path: str, places: set[str]) -> None:
    assert led_through(path) == places


def test_the_objects_at_a_place_are_those_in_lists_too() -> None:
    held = entries({"tags": [{"tag": {"id": 1}}, {"tag": None}]}, {"tags": {"tag": [{"id": 2}, 3]}}, {"tags": None})
    assert objects_at("tags.tag", [*held, "no entry"]) == [{"id": 1}, {"id": 2}]
