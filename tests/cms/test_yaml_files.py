"""YAML: a value that its tag doesn't fit costs the entry that maps it, and aliases cost no more than they say."""

from pathlib import Path
from typing import Any

import pytest

from brandsync.brand import CmsBrand, Skipped
from brandsync.cms.file.backend import FileCms, FileSettings
from brandsync.cms.mapping import EntryMapping
from brandsync.errors import Unreadable

LONG = "F" * 6_000


def cms(path: Path, content: str, **settings: Any) -> FileCms:
    path.write_text(content, "utf-8")
    return FileCms(FileSettings.model_validate({"backend": "file", "path": path, **settings}))


def brands(path: Path, content: str, **settings: Any) -> list[CmsBrand | Skipped]:
    source = cms(path, content, **settings)
    mapping = EntryMapping(source.settings)
    return [mapping.read(raw) for raw in source.retrieve_brands().entries]


ODD = {
    "!!timestamp foo": "!!timestamp",
    "!!timestamp 2001-99-99": "!!timestamp",
    "!!bool foo": "!!bool",
    "!!int ''": "!!int",
    "!!int x": "!!int",
    "!!int 09": "!!int",
    "!!float ''": "!!float",
    "!!float x": "!!float",
    f"0x{LONG}": "!!int",
    "9" * 5_000: "!!int",
    f"!!float {'1:' * 400}1": "!!float",
    '!!binary "\u00e9"': "!!binary",
    "!!binary x": "!!binary",
    "!!seq x": "!!seq",
    "!!seq {a: b}": "!!seq",
    "!!map x": "!!map",
    "!!map [a]": "!!map",
    "!!set [a]": "!!set",
    "!!omap [x, y]": "!!omap",
    "!!omap [{a: 1, b: 2}]": "!!omap",
    "!!pairs x": "!!pairs",
    "!!str [a]": "!!str",
    "!!int [1]": "!!int",
    "!!null {a: b}": "!!null",
    "!Ref foo": "!Ref",
    "!Ref {id: 2}": "!Ref",
    "!!python/name:os.system x": "!!python/name:os.system",
}


@pytest.mark.parametrize("scalar", [pytest.param(scalar, id=scalar[:24]) for scalar in ODD])
def test_a_value_that_its_tag_does_not_fit_costs_the_entry_that_maps_it_and_no_other(
    tmp_path: Path, scalar: str
) -> None:
    content = f"- {{id: 1, name: A, x: {scalar}}}\n- {{id: 2, name: B, x: y}}\n"
    one, other = brands(tmp_path / "b.yaml", content, fields={"name": "name", "description": "x"})
    assert isinstance(one, Skipped)
    assert one.cms_id == "1"
    assert "`description` is unreadable (line 1, column 23 of the file: " in one.detail
    assert f"cannot be read as {ODD[scalar]})" in one.detail
    assert isinstance(other, CmsBrand)
    unmapped, _ = brands(tmp_path / "b.yaml", content)
    assert unmapped == CmsBrand("1", None, {"name": "A"})


@pytest.mark.parametrize("value", ["{? [a, b] : 1}", "{? {a: b} : 1}", "{!!int x: 1}", "{<<: 3}", "{<<: [{a: b}, c]}"])
def test_an_object_that_is_known_in_part_costs_the_entry_that_maps_it(tmp_path: Path, value: str) -> None:
    content = f"- {{id: 1, name: A, x: {value}}}\n- {{id: 2, name: B, x: {{a: b}}}}\n"
    for metadata in ("x", "{x: x}", "{x: [x]}"):
        one, other = brands(tmp_path / "b.yaml", content, fields={"name": "name", "metadata": metadata})
        assert isinstance(one, Skipped)
        assert one.cms_id == "1"
        assert isinstance(other, CmsBrand)
    unmapped, _ = brands(tmp_path / "b.yaml", content)
    assert unmapped == CmsBrand("1", None, {"name": "A"})


@pytest.mark.parametrize(
    "entry", ["{<<: 5, id: 1}", "&a {<<: *a, id: 1}", "&a {<<: [{<<: *a}], id: 1}", "!brand {id: 1}"]
)
def test_an_entry_that_is_known_in_part_is_skipped_by_its_id(tmp_path: Path, entry: str) -> None:
    one, other = brands(tmp_path / "b.yaml", f"- {entry}\n- {{id: 2, name: B}}\n")
    assert isinstance(one, Skipped)
    assert one.cms_id == "1"
    assert "the entry cannot be read: line 1, column 3 of the file: " in one.detail
    assert other == CmsBrand("2", None, {"name": "B"})


@pytest.mark.parametrize("path", ["to_string(x)", "text(x)", "join(' ', x)", "absolute(x)", "sort([x, x]) | [0]"])
def test_no_function_makes_text_of_a_scalar_that_cannot_be_read(tmp_path: Path, path: str) -> None:
    content = "- {id: 1, name: A, x: !!bool foo}\n"
    (brand,) = brands(tmp_path / "b.yaml", content, fields={"name": "name", "description": path})
    assert isinstance(brand, Skipped)


@pytest.mark.parametrize("where", ["id", "external_id", "name", "metadata"])
def test_wherever_it_stands_the_entry_is_skipped(tmp_path: Path, where: str) -> None:
    entry = {"id": "1", "name": "A", where: f"0x{LONG}"}
    content = f"- {{{', '.join(f'{key}: {value}' for key, value in entry.items())}}}\n- {{id: 2, name: B}}\n"
    one, other = brands(tmp_path / "b.yaml", content, fields={"name": "name", "metadata": "metadata"})
    assert isinstance(one, Skipped)
    assert "line 1, column" in one.detail
    assert isinstance(other, CmsBrand)


def test_a_moment_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    assert brands(tmp_path / "b.yaml", f"- {{id: 1, name: A, updated_at: 0x{LONG}}}\n") == [
        CmsBrand("1", None, {"name": "A"})
    ]


def test_a_lone_sign_of_equality_is_text(tmp_path: Path) -> None:
    assert brands(tmp_path / "b.yaml", "- {id: 1, name: =}\n") == [CmsBrand("1", None, {"name": "="})]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("- [*a]\n", "line 1, column 4: found undefined alias"),
        ("- a\n---\n- b\n", "line 2, column 1: but found another document"),
        ("- " + "[" * 600 + "]" * 600, "it is nested too deep"),
    ],
)
def test_what_is_wrong_with_a_whole_file_is_named_with_its_place(tmp_path: Path, content: str, found: str) -> None:
    with pytest.raises(Unreadable) as refused:
        cms(tmp_path / "b.yaml", content).retrieve_brands()
    assert found in refused.value.message


def bomb(levels: int, leaf: str = "{text: xxxxxxxxx}") -> str:
    lines = [
        f"l{level}: &l{level} {{type: root, children: [{', '.join([f'*l{level - 1}'] * 9) if level else leaf}]}}\n"
        for level in range(levels)
    ]
    return "".join(lines)


@pytest.mark.parametrize(
    "path",
    ["text(d)", "html(d)", "to_string(d)", "d.root.children[].children[].children[].children[].children[].type | [0]"],
)
def test_aliases_that_stand_for_millions_cost_their_entry_alone(tmp_path: Path, path: str) -> None:
    content = f"{bomb(9)}b:\n- {{id: 1, name: A, d: {{root: *l8}}}}\n- {{id: 2, name: B, d: {{root: *l1}}}}\n"
    for fields in ({"name": "name", "description": path}, {"name": "name", "handle": "handle", "description": path}):
        one, other = brands(tmp_path / "b.yaml", content, items="b", fields=fields)
        assert isinstance(one, Skipped)
        assert "repeats itself" in one.detail
        assert isinstance(other, CmsBrand)
    one, _ = brands(tmp_path / "b.yaml", content, items="b")
    assert one == CmsBrand("1", None, {"name": "A"})


def test_aliases_that_stand_for_little_are_read_as_if_they_were_written_out(tmp_path: Path) -> None:
    content = (
        "a: &a {children: [{text: x}]}\nb:\n- {id: 1, name: A, d: [*a, *a]}\n- &c {id: 2, name: B, d: [*a]}\n- *c\n"
    )
    found = brands(tmp_path / "b.yaml", content, items="b", fields={"name": "name", "description": "text(d)"})
    assert [brand.fields["description"] for brand in found if isinstance(brand, CmsBrand)] == ["x\nx", "x", "x"]


@pytest.mark.parametrize("items", ["b[]", "[l8, b][1]"])
def test_a_path_to_the_list_that_reads_more_than_it_names_is_refused_in_a_file_that_stands_for_millions(
    tmp_path: Path, items: str
) -> None:
    content = f"{bomb(9)}b:\n- {{id: 1, name: A}}\n"
    with pytest.raises(Unreadable, match="repeats itself by aliases") as refused:
        cms(tmp_path / "b.yaml", content, items=items).retrieve_brands()
    assert refused.value.hint == "set `items` in [cms] to a plain path, or write the file out without aliases"
    assert brands(tmp_path / "b.yaml", content, items="b") == [CmsBrand("1", None, {"name": "A"})]


def test_an_entry_that_holds_itself_is_read_by_plain_paths(tmp_path: Path) -> None:
    content = "- &me {id: 1, name: A, me: *me}\n"
    assert brands(tmp_path / "b.yaml", content) == [CmsBrand("1", None, {"name": "A"})]
    (skipped,) = brands(tmp_path / "b.yaml", content, fields={"name": "name", "description": "to_string(me)"})
    assert isinstance(skipped, Skipped)


def test_what_is_merged_is_read(tmp_path: Path) -> None:
    content = "- &a {id: 1, name: A, x: old}\n- {<<: *a, id: 2, x: new}\n- {<<: [{x: first}, *a], id: 3}\n"
    found = brands(tmp_path / "b.yaml", content, fields={"name": "name", "description": "x"})
    assert [brand.fields for brand in found if isinstance(brand, CmsBrand)] == [
        {"name": "A", "description": "old"},
        {"name": "A", "description": "new"},
        {"name": "A", "description": "first"},
    ]


def test_merging_has_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brandsync.cms.file.yaml_loader._MOST_COPIED", 20_000)
    lines = ["l0: &l0 {a: 1, b: 2, c: 3}\n"]
    lines += [f"l{level}: &l{level} {{<<: [{', '.join([f'*l{level - 1}'] * 9)}]}}\n" for level in range(1, 99)]
    with pytest.raises(Unreadable, match=r"line 5, column 5: << copies more than 20,000 keys"):
        cms(tmp_path / "b.yaml", "".join(lines) + "b: []\n", items="b").retrieve_brands()
