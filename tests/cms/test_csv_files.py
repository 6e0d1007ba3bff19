"""CSV as Excel and others write it: every row is an entry, or an error with its line."""

import codecs
from pathlib import Path

import pytest
from cms_listing import all_entries
from hypothesis import given
from hypothesis import strategies as st

from brandsync.cms.file.backend import FileCms, FileSettings
from brandsync.cms.file.csv_table import LARGEST_CELL
from brandsync.errors import ConfigError, Unreadable

TWO = [{"id": "1", "name": "Acme, Inc"}, {"id": "2", "name": "Café"}]


def read(
    path: Path, content: str | bytes, page_size: int = 1000, form: str | None = None
) -> list[dict[str, str | None]]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    raw = {
        "backend": "file",
        "path": path,
        "page_size": page_size,
        "fields": {"name": "values(@)[0]"},
        **({"format": form} if form else {}),
    }
    return all_entries(FileCms(FileSettings.model_validate(raw)))


WRITTEN: dict[str, str] = {
    "with commas": 'id,name\n1,"Acme, Inc"\n2,Café\n',
    "with CRLF": 'id,name\r\n1,"Acme, Inc"\r\n2,Café\r\n',
    "with lone CR (Macintosh)": 'id,name\r1,"Acme, Inc"\r2,Café\r',
    "with lone CR, and none behind": 'id,name\r1,"Acme, Inc"\r2,Café',
    "with semicolons": "id;name\n1;Acme, Inc\n2;Café\n",
    "with tabs": "id\tname\n1\tAcme, Inc\n2\tCafé\n",
    "with bars": "id|name\n1|Acme, Inc\n2|Café\n",
    "with sep=,": 'sep=,\r\nid,name\r\n1,"Acme, Inc"\r\n2,Café\r\n',
    "with sep=;": "sep=;\r\nid;name\r\n1;Acme, Inc\r\n2;Café\r\n",
    "with sep=; in quotes": '"sep=;"\r\nid;name\r\n1;Acme, Inc\r\n2;Café\r\n',
    "with SEP= and a tab": "SEP=\t\nid\tname\n1\tAcme, Inc\n2\tCafé\n",
    "with sep= for another separator": "sep=^\nid^name\n1^Acme, Inc\n2^Café\n",
    "with sep= and lone CR": "sep=;\rid;name\r1;Acme, Inc\r2;Café\r",
    "with sep= that decides": 'sep=;\nid;"name";x,y\n1;Acme, Inc\n2;Café;\n',
    "with empty columns behind": 'id,name,,\n1,"Acme, Inc",,\n2,Café,,\n',
    "with empty cells behind": 'id,name\n1,"Acme, Inc",,\n2,Café, ,\n',
    "with empty rows": 'id,name\n\n1,"Acme, Inc"\n,\n , \n2,Café\n,\n\n,,,\n',
    "with empty rows in front": '\n,,\nid,name\n1,"Acme, Inc"\n2,Café\n',
    "with blanks behind the commas": 'id, name\n1, "Acme, Inc"\n2, Café\n',
    "with blanks before the quotes alone": 'id,name\n 1,  "Acme, Inc"\n 2, "Café"\n'.replace(" 1", "1").replace(
        " 2", "2"
    ),
    "with blanks around the names": ' id , name \n"1", "Acme, Inc"\n"2", Café\n',
    "with blanks behind the quotes": 'id,name\n"1" ,"Acme, Inc" \n"2"\t, "Café"  \n',
    "with no-break spaces around the quotes": 'id;name\r\n1;\u00a0"Acme, Inc"\u00a0\r\n"2"\u00a0;Café\r\n',
    "with tabs, and blanks around the quotes": 'id\tname\n"1"\t "Acme, Inc" \n"2" \tCafé\n',
    "with blanks around all that is in quotes": '"id" , "name" \n"1" , "Acme, Inc" \n"2" , "Café" ',
    "with all in quotes": '"id","name"\n"1","Acme, Inc"\n"2","Café"\n',
    "with a column without a name": ',id,name\n0,1,"Acme, Inc"\n1,2,Café\n',
}


@pytest.mark.parametrize("page_size", [1, 1000])
@pytest.mark.parametrize("how", WRITTEN)
def test_a_table_is_read_however_it_is_written(tmp_path: Path, how: str, page_size: int) -> None:
    found = read(tmp_path / "b.csv", WRITTEN[how], page_size)
    assert [{key: row[key] for key in ("id", "name")} for row in found] == TWO


@pytest.mark.parametrize("how", ["with tabs", "with semicolons", "with lone CR (Macintosh)", "with sep=;"])
@pytest.mark.parametrize(
    ("mark", "codec"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
    ],
)
def test_a_byte_order_mark_says_how_the_bytes_are_text(tmp_path: Path, how: str, mark: bytes, codec: str) -> None:
    found = read(tmp_path / "unicode.txt", mark + WRITTEN[how].encode(codec), page_size=1, form="csv")
    assert found == TWO


def test_a_mark_tells_how_json_and_yaml_are_written_too(tmp_path: Path) -> None:
    for name, content in (
        ("b.json", '[{"id": "1", "name": "Café"}]'),
        ("b.jsonl", '{"id": "1", "name": "Café"}\r\n'),
        ("b.yaml", "- {id: '1', name: Café}\r\n"),
    ):
        assert read(tmp_path / name, content.encode("utf-16")) == [{"id": "1", "name": "Café"}]


def test_json_lines_may_end_in_lone_cr(tmp_path: Path) -> None:
    assert read(tmp_path / "b.jsonl", '{"id": 1}\r{"id": 2}\r\r{"id": 3}', page_size=2) == [
        {"id": 1},
        {"id": 2},
        {"id": 3},
    ]


@pytest.mark.parametrize("size", [140_000, 1_000_000])
def test_a_cell_may_be_large(tmp_path: Path, size: int) -> None:
    many_lines, one_line = "lines\n".ljust(100, "x") * (size // 100), "y" * size
    content = f'id,text,name\n1,"{many_lines}",A\n2,{one_line},B\n'
    found = read(tmp_path / "b.csv", content)
    assert [(len(row["text"] or ""), row["name"]) for row in found] == [(size, "A"), (size, "B")]


CELLS = {
    "a line break of either kind": ('"a\nb\r\nc"', "a\nb\r\nc"),
    "a CR": ('"a\rb"', "a\rb"),
    "quotes": ('"a ""b"" c"', 'a "b" c'),
    "a quote and a separator in quotes": ('"a, ""b"", c"', 'a, "b", c'),
    "a separator and a blank before the last quote": ('"a, "', "a, "),
    "a blank behind the last quote": ('"a ,\n , ""b"" , " ', 'a ,\n , "b" , '),
    "a quote within, and a blank behind": ('6" pipe ', '6" pipe '),
    "a quote within": ('6" pipe', '6" pipe'),
    "blanks in front": ("  a", "  a"),
    "blanks behind": ("a  ", "a  "),
    "blanks in quotes": ('" a "', " a "),
    "a line separator of Unicode's": ("a\u2028b\x0bc\x1cd", "a\u2028b\x0bc\x1cd"),
    "a semicolon": ("a;b", "a;b"),
    "a NUL": ("a\0b", "a\0b"),
}


@pytest.mark.parametrize("what", CELLS)
def test_a_cell_keeps_what_is_in_it(tmp_path: Path, what: str) -> None:
    written, held = CELLS[what]
    found = read(tmp_path / "b.csv", f'id,text,name\n1,{written},"x, y"\n2, "z, ",w\n', page_size=1)
    assert found == [{"id": "1", "text": held, "name": "x, y"}, {"id": "2", "text": "z, ", "name": "w"}]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("description\u200b", "description"),
        ("\ufeffdescription", "description"),
        ("descrip\u00adtion", "description"),
        ("the\u00a0description", "the description"),
        ("the \u2009 description\u00a0", "the description"),
        ("Beschreibung lang fu\u0308r", "Beschreibung lang f\u00fcr"),
    ],
)
def test_a_column_has_the_name_that_people_see_and_the_one_that_is_written(
    tmp_path: Path, header: str, name: str
) -> None:
    for quote in ("", '"'):
        (row,) = read(tmp_path / "b.csv", f"id,{quote}{header}{quote}\n1,x\n")
        assert row == {"id": "1", name: "x", header.strip(): "x"}


def test_a_column_whose_name_nobody_sees_has_none(tmp_path: Path) -> None:
    assert read(tmp_path / "b.csv", "id,\u200b,name,\ufeff\n1,x,A,\n") == [{"id": "1", "name": "A"}]


WRONG = {
    "a cell too many": ("id,name\n1,Acme, Inc\n", "line 2: 3 cells, and the header has 2", "commas"),
    "a cell too many, with semicolons": ("id;name\n1;Acme; Inc\n", "line 2: 3 cells, and", "semicolons"),
    "a cell in a column without a name": ("id,name,\n1,Acme, Inc\n", "line 2: 3 cells, and", "name every column"),
    "a cut row": ("id,name\n1,A\n2", "line 3: the last row is cut off", "copy the file again"),
    "a cut row after CR": ("id,name\r1,A\r2", "line 3: the last row is cut off", "copy the file again"),
    "an open quote": ('id,name\n1,A\n2,"B\n3,C\n', "line 3: unexpected end of data", "check its quotes"),
    "a quote that ends too soon": ('id,name\n1,"A"x\n', "line 2: ',' expected after '\"'", "check its quotes"),
    "a CR within a cell": ("id,name\n1,A\n2,B\rC\n", "line 3: a line break stands in a cell", "end in the same way"),
    "other line ends later": (
        "id,name\r1,A\r\n2,B\r\n",
        "line 3: a line break stands in a cell",
        "end in the same way",
    ),
    "no header": ("", "line 1: a header row was expected", "name the columns"),
    "no header but separators": (",,\n;;\n", "a header row was expected", "name the columns"),
    "two columns of one name": ("id,name, name\n", 'line 1: two columns are named "name"', "rename or remove one"),
    "two columns that look the same": ("id,name,name\u200b\n", 'line 1: two columns are named "name"', "rename"),
    "text behind the last quote": ('id,name\n1,"A" x\n', "line 2: ',' expected after '\"'", "check its quotes"),
    "two columns of one name behind sep=": ("sep=,\nid,id\n", 'line 2: two columns are named "id"', "rename"),
    "separators of two kinds": (
        "id;name,x\n1;A\n",
        "line 1: the columns may be separated by commas or semico",
        "sep=,",
    ),
    "more semicolons than commas": ("id;name;a,b\n", "may be separated by commas or semicolons", "sep="),
    "tabs and semicolons": ("id\tname;x\n", "may be separated by semicolons or tabs", "sep=;"),
    "UTF-16 without a mark": ("id,name\n1,A\n".encode("utf-16-le"), "line 1: the header holds U+0000", "UTF-8"),
    "Latin-1": ("id,name\n1,Café\n".encode("latin-1"), "not UTF-8: the byte at offset 13 is wrong", "CSV UTF-8"),
    "half of a UTF-16 character": (
        codecs.BOM_UTF16_LE + b"i\0d\0\n\0x",
        "is not UTF-16: the byte at offset 8",
        "UTF-8",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_be_read_is_named_with_its_line_and_a_way_out(tmp_path: Path, what: str) -> None:
    content, found, way_out = WRONG[what]
    with pytest.raises(Unreadable) as refused:
        read(tmp_path / "b.csv", content)
    assert found in refused.value.message
    assert str(tmp_path / "b.csv") in refused.value.message
    assert way_out in (refused.value.hint or "")


def test_the_line_that_is_put_in_front_as_the_hint_says_decides(tmp_path: Path) -> None:
    assert read(tmp_path / "b.csv", "sep=;\nid;name,x\n1;A\n") == [{"id": "1", "name,x": "A"}]
    assert read(tmp_path / "b.csv", "sep=,\nid;name,x\n1,A\n") == [{"id;name": "1", "x": "A"}]


def test_a_cell_beyond_the_bound_is_named_by_the_line_that_it_begins_in(tmp_path: Path) -> None:
    content = 'id,name\n1,A\n2,"B\n' + f"3,{'C' * 1_000}\n" * (LARGEST_CELL // 1_000)
    with pytest.raises(Unreadable, match="line 3: a cell holds more than 16 MB") as refused:
        read(tmp_path / "b.csv", content)
    assert "one may not be closed" in (refused.value.hint or "")


def test_a_wrong_byte_is_named_by_its_place_in_the_file_however_far_down_it_is(tmp_path: Path) -> None:
    content = b"id,name\n" + b"1,A\n" * 20_000
    with pytest.raises(Unreadable, match=f"offset {len(content)} "):
        read(tmp_path / "b.csv", content + b"\xff,B\n")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
def test_pages_meet_wherever_the_pieces_end_in_which_a_file_is_read(tmp_path: Path, end: str, codec: str) -> None:
    names = [f"{'é👟x' * (number % 977)}{number}" for number in range(400)]
    content = end.join(["id,name", *(f'{number},"{name}{end}"' for number, name in enumerate(names)), ""])
    found = read(tmp_path / "b.csv", content.encode(codec), page_size=7)
    assert [row["name"] for row in found] == [name + end for name in names]


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(
    rows=st.lists(st.tuples(TEXT, TEXT), max_size=6),
    separator=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    page_size=st.integers(1, 3),
)
def test_what_is_written_in_quotes_is_read_as_it_was(tmp_path_factory, rows, separator, end, page_size) -> None:
    quoted = [[f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row] for row in rows]
    content = end.join([f"id{separator}name", *(separator.join(row) for row in quoted), ""])
    path = tmp_path_factory.mktemp("csv") / "b.csv"
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    assert read(path, content, page_size) == [{"id": one or None, "name": other or None} for one, other in kept]


@pytest.mark.parametrize(
    ("fields", "what", "hint"),
    [
        ({"description": "description"}, 'no column is named "description"', 'is it "Description"?'),
        ({"handle": '"Brand handle"'}, 'no column is named "Brand handle"', "correct the file's header, or the field"),
        ({"logo_url": "absolute(logo)"}, 'no column is named "logo"', "correct the file's header, or the field"),
    ],
)
def test_a_mapped_column_that_the_header_lacks_is_a_mistake_and_no_empty_field(tmp_path, fields, what, hint) -> None:
    path = tmp_path / "brands.csv"
    path.write_text("id,name,Description\n1,Acme,A\n")
    raw = {"backend": "file", "path": path, "fields": {"name": "name", **fields}}
    with pytest.raises(ConfigError) as caught:
        all_entries(FileCms(FileSettings.model_validate(raw)))
    assert f"{what}, where `{next(iter(fields))}` in [cms.fields] looks" in caught.value.message
    assert hint in (caught.value.hint or "")


def test_an_expression_may_name_columns_that_are_not_there(tmp_path) -> None:
    path = tmp_path / "brands.csv"
    path.write_text("id,name,title\n1,Acme,A\n")
    raw = {"backend": "file", "path": path, "fields": {"name": "name", "description": "description || title"}}
    assert len(all_entries(FileCms(FileSettings.model_validate(raw)))) == 1
