"""What a stranger's CMS may hold: entries of any form, paths of any kind, and files of any bytes."""

import codecs
import csv
import io
import json
from typing import Any

from hypothesis import strategies as st

_KEYS = st.sampled_from(["a", "type", "text", "children", "content", "_type", "value", "url", "marks", "spans", "data"])
_WORDS = st.sampled_from(
    ["paragraph", "doc", "root", "block", "text", "span", "heading", "list", "image", "x", "https://[x", "/a.png", "//"]
)
_NUMBERS = st.integers() | st.integers(10**20, 10**30) | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = _WORDS | st.text(max_size=12) | st.text(st.characters(categories=["Cs", "Zs", "Cf", "Mn"]), max_size=4)
"""Words that rich text knows, any text, and text of halves of characters, blanks and marks."""
JSON = st.recursive(
    st.none() | st.booleans() | _NUMBERS | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(_KEYS | TEXTS, inner, max_size=4)
        | st.fixed_dictionaries({"type": _WORDS, "children": st.lists(inner, max_size=3)}, optional={"text": inner})
        | st.fixed_dictionaries({"type": _WORDS, "content": st.lists(inner, max_size=3)}, optional={"marks": inner})
        | st.fixed_dictionaries({"type": _WORDS, "text": TEXTS, "spans": st.lists(inner, max_size=2)})
        | st.fixed_dictionaries({"_type": _WORDS, "children": inner}, optional={"listItem": inner, "level": inner})
        | st.fixed_dictionaries({"nodeType": _WORDS, "content": inner, "value": inner})
        | st.fixed_dictionaries({"schema": st.just("dast"), "document": inner})
    ),
    max_leaves=12,
)


@st.composite
def _deep(draw: st.DrawFn) -> Any:
    """One value within many lists or objects."""
    value = draw(JSON)
    key = draw(_KEYS)
    for _ in range(draw(st.integers(1, 900))):
        value = {key: [value]} if key in {"children", "content"} else {key: value}
    return value


VALUES = JSON | _deep()
_SMALL = TEXTS | st.none() | TEXTS | VALUES
_PLACED = {
    "body": VALUES,
    "logo": _SMALL,
    "meta": st.dictionaries(_KEYS, JSON, max_size=3) | VALUES,
    "name": _SMALL,
    "slug": _SMALL,
    "external_id": st.none() | _SMALL,
    "updated_at": _SMALL,
}
PLACES = tuple(_PLACED)
"""Where an entry may have something."""


@st.composite
def entries(draw: st.DrawFn, most: int = 6) -> list[Any]:
    """Entries with ids of their own, some of which are no entries; one of them may have an id that is none."""
    listed: list[Any] = []
    for number in range(draw(st.integers(1, most))):
        entry = {"id": f"e{number}", "name": f"Brand {number}"}
        entry |= draw(st.fixed_dictionaries({}, optional=_PLACED))
        listed.append(entry)
    if draw(st.booleans()):
        odd = draw(VALUES)
        listed.insert(draw(st.integers(0, len(listed))), draw(st.sampled_from([odd, {"id": odd, "name": "Odd"}])))
    return listed


_ARGUMENTS = {
    "text": "{0}",
    "html": "{0}",
    "markdown": "{0}",
    "absolute": "{0}",
    "abs": "{0}",
    "avg": "{0}",
    "ceil": "{0}",
    "contains": "{0}, {1}",
    "ends_with": "{0}, {1}",
    "floor": "{0}",
    "join": "' ', {0}",
    "keys": "{0}",
    "length": "{0}",
    "map": "&type, {0}",
    "max": "{0}",
    "max_by": "{0}, &text",
    "merge": "{0}, {1}",
    "min": "{0}",
    "min_by": "{0}, &text",
    "not_null": "{0}, {1}",
    "reverse": "{0}",
    "sort": "{0}",
    "sort_by": "{0}, &text",
    "starts_with": "{0}, {1}",
    "sum": "{0}",
    "to_array": "{0}",
    "to_string": "{0}",
    "to_number": "{0}",
    "type": "{0}",
    "values": "{0}",
}
"""Every function that an expression may call."""
_MAKING_TEXT = ("text", "html", "markdown", "absolute", "to_string", "join")
_PLAIN = st.sampled_from(
    [
        *PLACES,
        "body.text",
        "body.children",
        "body.children[].text",
        "body[0]",
        "body[?type]",
        "@",
        "body[]",
        "*.type | [0]",
    ]
)


@st.composite
def _calls(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    name = draw(st.sampled_from([*_MAKING_TEXT, *_MAKING_TEXT, *_ARGUMENTS]))
    return f"{name}({_ARGUMENTS[name].format(draw(inner), draw(inner))})"


PATHS = st.recursive(_PLAIN, _calls, max_leaves=3)
"""Plain paths, and functions of them, and functions of those."""


@st.composite
def mappings(draw: st.DrawFn) -> dict[str, str]:
    """Where each field of a brand is read."""
    names = st.sampled_from(["handle", "description", "logo_url", "website_url"])
    fields = {"name": draw(st.sampled_from(["name", "name", "text(name)", "name || id", "not_null(slug, name)"]))}
    fields |= draw(st.dictionaries(names, PATHS, max_size=3))
    return fields | draw(st.fixed_dictionaries({}, optional={"metadata": st.sampled_from(["meta", "body", "@"])}))


def written(listed: list[Any], form: str) -> bytes:
    """Entries as a file of this form: as much of them as it can hold."""
    if form == "json":
        return json.dumps(listed).encode()
    if form == "jsonl":
        return "\n".join(map(json.dumps, listed)).encode()
    if form == "yaml":
        return json.dumps(listed, ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass")
    rows = [entry for entry in listed if isinstance(entry, dict)]
    table = io.StringIO()
    columns = ["id", *PLACES]
    writer = csv.DictWriter(table, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return table.getvalue().encode("utf-8", "surrogatepass")


_SIGNS = [
    b'"',
    b"'",
    b",",
    b";",
    b"\t",
    b"\r",
    b"\n",
    b"\0",
    b"\xff",
    b"{",
    b"}",
    b"[",
    b"]",
    b": ",
    b"- ",
    b"#",
    b"|",
    b" ",
]
_WORDS_OF_FILES = [
    b"*a",
    b"&a ",
    b"<<: ",
    b"!!int ",
    b"!!bool ",
    b"!!timestamp ",
    b"!!binary ",
    b"!x ",
    b"\\u",
    b"\\ud800",
]
_ODD = [
    b"sep=;\n",
    b"9" * 5000,
    b"0x",
    b"1e999",
    b"NaN",
    b"-",
    b">",
    b"---\n",
    b"?",
    b"=",
    b"~",
    codecs.BOM_UTF8,
    codecs.BOM_UTF16_LE,
]
_PIECES = st.sampled_from([*_SIGNS, *_WORDS_OF_FILES, *_ODD])


@st.composite
def spoiled(draw: st.DrawFn, good: bytes) -> bytes:
    """A good file in which bytes are lost, doubled or put in between."""
    found = bytearray(good)
    for _ in range(draw(st.integers(0, 5))):
        at = draw(st.integers(0, len(found)))
        end = draw(st.integers(at, min(len(found), at + 8)))
        found[at:end] = draw(_PIECES | st.binary(max_size=3) | st.just(bytes(found[at:end]) * 2))
    return bytes(found)
