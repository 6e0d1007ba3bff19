"""A key that one object of a file or an answer holds twice: nobody can say which value counts, so neither does."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from brandsync.brand import CmsBrand, Skipped
from brandsync.cms.file.backend import FileCms, FileSettings
from brandsync.cms.mapping import EntryMapping
from brandsync.cms.rest.backend import RestCms
from brandsync.cms.rest.settings import RestSettings
from brandsync.errors import Unreadable


def brands(path: Path, content: str, **settings: Any) -> list[CmsBrand | Skipped]:
    path.write_text(content, "utf-8")
    source = FileCms(FileSettings.model_validate({"backend": "file", "path": path, **settings}))
    mapping = EntryMapping(source.settings)
    return [mapping.read(raw) for raw in source.retrieve_brands().entries]


OUTSIDE = {
    "lists": (
        "b.yaml",
        "brands:\n- {id: 1, name: A}\nbrands:\n- {id: 2, name: B}\n",
        "brands",
        "line 3, column 1",
        "brands",
    ),
    "lists, JSON": (
        "b.json",
        '{"brands": [{"id": 1}],\n "brands": [{"id": 2}]}',
        "brands",
        "line 2, column 2",
        "brands",
    ),
    "entries": (
        "b.yaml",
        "a: {id: 1, name: A}\nb: {id: 2, name: B}\na: {id: 3}\n",
        "values(@)",
        "line 3, column 1",
        "a",
    ),
    "entries, JSON": (
        "b.json",
        '{"a": {"id": 1}, "b": {"id": 2},\n\n"a": {"id": 3}}',
        "values(@)",
        "line 3, column 1",
        "a",
    ),
    "something else": ("b.yaml", "meta: {a: 1, a: 2}\nb: [{id: 1, name: A}]\n", "b", "line 1, column 14", "a"),
    "on the way": ("b.json", '{"d": {"b": []}, "d": {"b": []}}', "d.b", "line 1, column 18", "d"),
    "numbers": ("b.yaml", "0x1: [{id: 1}]\n1: [{id: 2}]\n", "values(@)", "line 2, column 1", "1"),
}


@pytest.mark.parametrize("what", OUTSIDE)
def test_outside_of_the_entries_it_stops_the_file_and_is_named_with_its_place(tmp_path: Path, what: str) -> None:
    name, content, items, place, key = OUTSIDE[what]
    with pytest.raises(Unreadable) as refused:
        brands(tmp_path / name, content, items=items)
    assert f'{name}, {place} of the file: the key "{key}" is there twice in one object' in refused.value.message
    assert refused.value.hint == "join the two, or rename or remove one"


WITHIN = {
    "YAML": ("b.yaml", "- id: 1\n  name: A\n  name: B\n- {id: 2, name: C}\n", "line 3, column 3"),
    "JSON": ("b.json", '[{"id": 1, "name": "A",\n "name": "B"},\n{"id": 2, "name": "C"}]', "line 2, column 2"),
    "JSON Lines": ("b.jsonl", '\n{"id": 1, "name": "A", "name": "B"}\n{"id": 2, "name": "C"}\n', "line 2, column 24"),
}


@pytest.mark.parametrize("form", WITHIN)
def test_within_an_entry_it_costs_that_entry_alone(tmp_path: Path, form: str) -> None:
    name, content, place = WITHIN[form]
    one, other = brands(tmp_path / name, content)
    assert isinstance(one, Skipped)
    assert (one.cms_id, one.reason) == ("1", "invalid")
    assert f'{place} of the file: the key "name" is there twice in one object' in one.detail
    assert other == CmsBrand("2", None, {"name": "C"})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("b.yaml", "- id: 1\n  name: A\n  id: 2\n  name: B\n- {id: 3, name: C}\n"),
        ("b.json", '[{"id": 1, "name": "A", "id": 2, "name": "B"}, {"id": 3, "name": "C"}]'),
    ],
)
def test_two_entries_that_are_written_as_one_are_neither(tmp_path: Path, name: str, content: str) -> None:
    one, other = brands(tmp_path / name, content)
    assert isinstance(one, Skipped)
    assert 'the key "id" is there twice' in one.detail
    assert "UnreadableValue" not in one.detail
    assert other == CmsBrand("3", None, {"name": "C"})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("b.yaml", "- {id: 1, name: A, x: {y: 1, y: 2}, x: {y: 1, y: 2}}\n"),
        ("b.json", '[{"id": 1, "name": "A", "x": {"y": {}, "y": []}, "x": [{"y": 1, "y": 2}]}]'),
    ],
)
def test_in_what_nothing_maps_it_costs_nothing(tmp_path: Path, name: str, content: str) -> None:
    assert brands(tmp_path / name, content) == [CmsBrand("1", None, {"name": "A"})]
    (one,) = brands(tmp_path / name, content, fields={"name": "name", "metadata": "{x: x}"})
    assert isinstance(one, Skipped)


def test_a_key_that_hides_a_merged_one_is_there_once(tmp_path: Path) -> None:
    content = "- &a {id: 1, name: A}\n- &b {<<: *a, id: 2}\n- {<<: [*b, *a], id: 3}\n"
    assert brands(tmp_path / "b.yaml", content) == [CmsBrand(str(number), None, {"name": "A"}) for number in (1, 2, 3)]


@pytest.mark.parametrize("digits", ["9" * 5_000, "-" + "9" * 5_000])
def test_a_json_number_without_end_costs_the_entry_that_maps_it(tmp_path: Path, digits: str) -> None:
    content = f'[{{"id": 1, "name": "A",\n "n": {digits}}}, {{"id": 2, "name": "B", "n": null}}]'
    unmapped, _ = brands(tmp_path / "b.json", content)
    assert unmapped == CmsBrand("1", None, {"name": "A"})
    one, other = brands(tmp_path / "b.json", content, fields={"name": "name", "description": "n"})
    assert isinstance(one, Skipped)
    assert "line 2, column 7 of the file: it is a number of" in one.detail
    assert isinstance(other, CmsBrand)


@pytest.fixture
def rest(httpserver: HTTPServer) -> Iterator[Callable[..., list[CmsBrand | Skipped]]]:
    """The brands of a JSON API with these answers, one a page."""
    with ExitStack() as opened:

        def listed(*answers: bytes, **settings: Any) -> list[CmsBrand | Skipped]:
            for number, answer in enumerate(answers, 1):
                query = {"page": str(number), "limit": "100"} if len(answers) > 1 else {}
                httpserver.expect_request("/brands", query_string=query).respond_with_data(answer)
            given = {"backend": "rest", "url": httpserver.url_for("/"), **settings}
            source = opened.enter_context(closing(RestCms(RestSettings.model_validate(given))))
            pages = [source.retrieve_brands()]
            while pages[-1].next:
                pages.append(source.retrieve_brands(pages[-1].next))
            return [EntryMapping(source.settings).read(raw) for page in pages for raw in page.entries]

        yield listed


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (
            b'{"data": [{"id": "1", "name": "A"}, {"id": "2", "name": "B"}],\n "data": [{"id": "1"}]}',
            "line 2, column 2",
        ),
        (b'{"data": [{"id": "1"}], "total": 2, "total": 1}', "line 1, column 37"),
        ('{"data": [{"id": "1"}], "data": null}'.encode("utf-16"), "line 1, column 25"),
    ],
)
def test_in_an_answer_outside_of_the_entries_it_stops_the_listing(rest: Any, content: bytes, place: str) -> None:
    with pytest.raises(Unreadable, match=f'/brands, {place} of the answer: the key ".*" is there twice') as refused:
        rest(content, items="data", total="total")
    assert "name each key once" in (refused.value.hint or "")


def test_on_a_later_page_it_is_told_as_what_it_is(rest: Any) -> None:
    with pytest.raises(Unreadable, match=r'the key "data" is there twice in one object$'):
        rest(b'{"data": [{"id": 1}]}', b'{"data": [{"id": 2}], "data": []}', items="data", paging="page")


def test_in_an_answer_within_an_entry_it_costs_the_entry_that_maps_it(rest: Any) -> None:
    one, other, third = rest(
        b'[{"id": "1", "name": "A", "name": "B"}, {"id": "2", "name": "C", "x": 1, "x": 2},'
        b' {"id": "3", "name": "D: \\u003a \\ud800", "n": 123456789012345678901234567890}]'
    )
    assert isinstance(one, Skipped)
    assert (one.cms_id, one.reason) == ("1", "invalid")
    assert 'line 1, column 27 of the answer: the key "name" is there twice' in one.detail
    assert other == CmsBrand("2", None, {"name": "C"})
    assert isinstance(third, Skipped)  # half a character
    assert third.cms_id == "3"
