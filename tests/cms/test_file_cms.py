"""Brands from files, with real files."""

import json
import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from brandsync.cms.file.backend import FileCms, FileSettings
from brandsync.cms.file.source_file import unreadable
from brandsync.errors import ConfigError, TryAgainLater, Unreadable

ENTRIES = [{"id": str(number), "name": f"Brand {number}"} for number in range(5)]


def cms(path, content: bytes | str | None = None, **settings) -> FileCms:
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return FileCms(FileSettings.model_validate({"backend": "file", "path": path, **settings}))


def pages(source: FileCms) -> list:
    page = source.retrieve_brands()
    found = [list(page.entries)]
    while page.next:
        page = source.retrieve_brands(page.next)
        found.append(list(page.entries))
    return found


def written(form: str) -> str:
    if form == "csv":
        return "id,name\r\n" + "".join(f"{entry['id']},{entry['name']}\r\n" for entry in ENTRIES)
    if form == "jsonl":
        return "\n\n".join(json.dumps(entry) for entry in ENTRIES)
    if form == "yaml":
        return "".join(f"- id: '{entry['id']}'\n  name: {entry['name']}\n" for entry in ENTRIES)
    return json.dumps(ENTRIES)


FORMS = ["json", "jsonl", "csv", "yaml"]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("form", FORMS)
def test_every_format_is_read_page_by_page_and_again_from_the_start(tmp_path, form, mark):
    source = cms(tmp_path / f"brands.{form}", mark + written(form).encode(), page_size=2)
    for _ in range(2):
        found = pages(source)
        assert [entry for page in found for entry in page] == ENTRIES
        assert [len(page) for page in found] == [2, 2, 1]
    source.close()


@pytest.mark.parametrize("form", FORMS)
def test_a_cursor_fetches_its_page_as_often_as_asked(tmp_path, form):
    path = tmp_path / f"brands.{form}"
    cursor = cms(path, written(form), page_size=2).retrieve_brands().next
    for _ in range(2):
        assert list(cms(path, page_size=2).retrieve_brands(cursor).entries) == ENTRIES[2:4]


@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_changes_between_two_pages_is_found_out(tmp_path, form):
    path = tmp_path / f"brands.{form}"
    cursor = cms(path, written(form), page_size=2).retrieve_brands().next
    with pytest.raises(TryAgainLater, match="changed while it was being read"):
        cms(path, written(form) + "\n", page_size=2).retrieve_brands(cursor)


@pytest.mark.parametrize(
    ("suffix", "form"),
    [
        (".json", "json"),
        (".JSONL", "jsonl"),
        (".ndjson", "jsonl"),
        (".csv", "csv"),
        (".yaml", "yaml"),
        (".yml", "yaml"),
    ],
)
def test_the_suffix_tells_the_format(tmp_path, suffix, form):
    assert cms(tmp_path / f"brands{suffix}").settings.form == form


def test_a_suffix_that_tells_nothing_asks_for_the_format(tmp_path):
    with pytest.raises(ValidationError, match=r"brands.txt does not tell its format; set format"):
        cms(tmp_path / "brands.txt")
    assert pages(cms(tmp_path / "brands.txt", "[]", format="json")) == [[]]


def test_a_list_of_lines_has_no_envelope(tmp_path):
    with pytest.raises(ValidationError, match="`items` has no meaning"):
        cms(tmp_path / "brands.csv", items="data")


def test_a_relative_path_starts_at_the_configuration_file(tmp_path):
    raw = {"backend": "file", "path": "brands.json"}
    assert FileSettings.model_validate(raw, context={"directory": tmp_path}).path == tmp_path / "brands.json"


def test_the_list_may_stand_in_an_envelope(tmp_path):
    source = cms(tmp_path / "b.json", json.dumps({"data": {"brands": ENTRIES}}), items="data.brands", page_size=2)
    assert pages(source)[2] == ENTRIES[4:]


def test_a_missing_envelope_is_suggested(tmp_path):
    with pytest.raises(ConfigError, match="an object with the keys data, meta") as caught:
        cms(tmp_path / "b.json", '{"data": [], "meta": {}}').retrieve_brands()
    assert caught.value.hint == 'set items = "data" in [cms]'


def test_lines_in_a_file_of_another_format_are_recognised(tmp_path):
    lines = '{"id": 1}\n{"id": 2}\n'
    with pytest.raises(Unreadable, match="line 2, column 1: Extra data") as caught:
        cms(tmp_path / "b.json", lines).retrieve_brands()
    assert caught.value.hint == 'if each line is an entry of its own, set format = "jsonl" in [cms]'
    assert len(pages(cms(tmp_path / "b.json", lines, format="jsonl"))[0]) == 2
    with pytest.raises(Unreadable, match="line 1, column 11: Extra data") as caught:
        cms(tmp_path / "b.jsonl", '{"id": 1} {"id": 2}\n').retrieve_brands()
    assert "jsonl" not in caught.value.hint


def test_a_file_that_holds_null_is_unreadable(tmp_path):
    with pytest.raises(Unreadable, match="it is null"):
        cms(tmp_path / "b.json", "null").retrieve_brands()


@pytest.mark.parametrize(
    ("content", "items", "found"),
    [
        ("{}", "data", r"`items` \(data\) finds null and no list, in an empty object"),
        ('{"data": {"x": 1}}', "data", "finds an object"),
        ('{"a": [], "b": []}', None, "keys a, b"),
        ('{"a": 1}', "length(@)", "finds a number"),
        ("5", "length(@)", r"length\(\)"),
        ("[1]", "data", "finds null and no list, in a list"),
    ],
)
def test_what_is_no_list_is_a_wrong_setting(tmp_path, content, items, found):
    with pytest.raises(ConfigError, match=found) as caught:
        cms(tmp_path / "b.json", content, items=items).retrieve_brands()
    assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("b.json", '[\n {"id": }]', "line 2, column 9: Expecting value"),
        ("b.json", "[" * 100_000, "nesting too deep"),
        ("b.json", " \n", "b.json is empty"),
        ("b.jsonl", '{"id": 1}\n{"id"', "line 2, column 6"),
        ("b.yaml", "- a: 1\n - b", "line 2, column"),
        ("b.yaml", "- \x01", "not allowed"),
        ("b.csv", "", "a header row was expected"),
        ("b.csv", "id;name,x\n1;A\n", "line 1: the columns may be separated by commas or semicolons"),
        ("b.csv", "\nid,id\n", 'line 2: two columns are named "id"'),
        ("b.csv", "id,id\n", 'two columns are named "id"'),
        ("b.csv", "id,name\n1,A\n2,B,C\n", "line 3: 3 cells, and the header has 2"),
        ("b.csv", 'id,name\n1,"A\n', "line 2: unexpected end of data"),
        ("b.csv", "id,name\n1,A\n2", "line 3: the last row is cut off"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path, name, content, found):
    with pytest.raises(Unreadable, match=found) as caught:
        pages(cms(tmp_path / name, content))
    assert str(tmp_path / name) in caught.value.message


@pytest.mark.parametrize(("name", "at"), [("b.json", 9), ("b.jsonl", 9), ("b.csv", 9), ("b.yaml", 9)])
def test_what_is_not_utf8_is_named_with_its_offset(tmp_path, name, at):
    with pytest.raises(Unreadable, match=f"not UTF-8: the byte at offset {at} "):
        pages(
            cms(tmp_path / name, b'"12","45"\xff\n' if name == "b.csv" else b'["a"   ,\n\xff]'.replace(b",\n", b" ,"))
        )


def test_a_wrong_byte_far_down_is_named_by_its_offset_in_the_file(tmp_path):
    with pytest.raises(Unreadable, match="offset 11 "):
        pages(cms(tmp_path / "b.jsonl", b'{"id": 1}\n"\xff"\n'))


def test_csv_cells_are_text_empty_ones_none_and_quoted_ones_may_hold_lines(tmp_path):
    content = 'id,"Brand name",description\n01,"A, ""B""","two\nlines"\n\n2,,\n3\n'
    assert pages(cms(tmp_path / "b.csv", content, page_size=1, fields={"name": "id"})) == [
        [{"id": "01", "Brand name": 'A, "B"', "description": "two\nlines"}],
        [{"id": "2", "Brand name": None, "description": None}],
        [{"id": "3", "Brand name": None, "description": None}],
        [],
    ]


def test_yaml_dates_stay_text_and_booleans_stay_booleans(tmp_path):
    content = "- {id: 1, at: 2026-01-02, when: 2026-01-02T03:04:05Z, open: yes}\n"
    (entry,) = pages(cms(tmp_path / "b.yaml", content))[0]
    assert entry == {"id": 1, "at": "2026-01-02", "when": "2026-01-02T03:04:05Z", "open": True}


def test_a_file_that_is_not_there_or_no_file_is_a_configuration_error(tmp_path):
    with pytest.raises(ConfigError, match="does not exist"):
        cms(tmp_path / "b.json").retrieve_brands()
    with pytest.raises(ConfigError, match="is a directory"):
        cms(tmp_path, format="json").retrieve_brands()


@pytest.mark.parametrize(
    ("error", "kind", "found"),
    [
        (PermissionError(13, "no"), ConfigError, "may not be read"),
        (OSError(5, "disk error"), TryAgainLater, "disk error"),
        (OSError(116, "Stale file handle"), TryAgainLater, "Stale"),
        (OSError(36, "File name too long"), ConfigError, "too long"),
        (OSError(40, "Too many levels of symbolic links"), ConfigError, "links"),
    ],
)
def test_a_file_that_cannot_be_opened_says_why(tmp_path, error, kind, found):
    problem = unreadable(tmp_path / "b.json", error)
    assert isinstance(problem, kind)
    assert found in problem.message


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "yaml"])
def test_a_file_that_opens_and_cannot_be_read_is_for_later(form):
    with pytest.raises(TryAgainLater, match="/proc/self/mem cannot be used: Input/output error"):
        cms(Path("/proc/self/mem"), format=form).retrieve_brands()


def test_a_path_that_holds_a_nul_is_a_wrong_setting(tmp_path):
    with pytest.raises(ValidationError, match="holds a NUL"):
        cms(tmp_path / "a\0b.json")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_a_configuration_error(tmp_path):
    source = cms(tmp_path / "b.json", "[]")
    (tmp_path / "b.json").chmod(0)
    with pytest.raises(ConfigError, match="may not be read"):
        source.retrieve_brands()


def test_an_empty_file_of_lines_holds_no_entries(tmp_path):
    assert pages(cms(tmp_path / "b.jsonl", "")) == [[]]


def test_check_counts_the_entries_and_looks_for_each_path(tmp_path):
    source = cms(tmp_path / "b.jsonl", written("jsonl"), page_size=2, fields={"name": "name", "handle": "slug"})
    findings = list(source.check())
    assert "holds 5 entries (jsonl)" in findings[0].what
    assert [finding.ok for finding in findings] == [True, True, True, False]
    assert findings[3].fix == "check `handle` in [cms.fields]"


def test_check_of_an_empty_file_says_that_there_is_nothing(tmp_path):
    findings = list(cms(tmp_path / "b.json", "[]").check())
    assert findings[-1].what == "there are no entries to look at"


def test_a_file_cannot_be_written_to(tmp_path):
    source = cms(tmp_path / "b.json")
    assert not source.links
    assert source.where() == str(tmp_path / "b.json")
