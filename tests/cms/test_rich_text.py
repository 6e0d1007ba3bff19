"""The functions that a path may call: rich text, and URLs that start at the CMS."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandsync.cms.path import reader
from brandsync.cms.path_error import PathError
from brandsync.cms.rich_text import html, text

STRAPI = [
    {"type": "heading", "level": 3, "children": [{"type": "text", "text": "About"}]},
    {
        "type": "paragraph",
        "children": [
            {"type": "text", "text": "A & B are "},
            {"type": "text", "text": "bold", "bold": True, "italic": True},
            {"type": "link", "url": "https://a.example/?x=1&y=2", "children": [{"type": "text", "text": " here"}]},
        ],
    },
    {
        "type": "list",
        "format": "ordered",
        "children": [{"type": "list-item", "children": [{"type": "text", "text": "one"}]}],
    },
]
LEXICAL = {
    "root": {
        "type": "root",
        "children": [
            {"type": "heading", "tag": "h3", "children": [{"type": "text", "text": "About", "format": 0}]},
            {
                "type": "paragraph",
                "format": "",
                "children": [
                    {"type": "text", "text": "A & B are ", "format": 0},
                    {"type": "text", "text": "bold", "format": 3},
                    {
                        "type": "link",
                        "fields": {"url": "https://a.example/?x=1&y=2"},
                        "children": [{"type": "text", "text": " here", "format": 0}],
                    },
                ],
            },
            {
                "type": "list",
                "listType": "number",
                "tag": "ol",
                "children": [{"type": "listitem", "children": [{"type": "text", "text": "one", "format": 0}]}],
            },
        ],
    }
}
SLATE = [
    {"type": "h3", "children": [{"text": "About"}]},
    {
        "type": "p",
        "children": [
            {"text": "A & B are "},
            {"text": "bold", "bold": True, "italic": True},
            {"type": "link", "url": "https://a.example/?x=1&y=2", "children": [{"text": " here"}]},
        ],
    },
    {"type": "ol", "children": [{"type": "li", "children": [{"text": "one"}]}]},
]


def _contentful(kind: str, *content: Any, **data: Any) -> dict[str, Any]:
    return {"nodeType": kind, "data": data, "content": list(content)}


def _said(value: str, *marks: str) -> dict[str, Any]:
    return {"nodeType": "text", "value": value, "marks": [{"type": mark} for mark in marks], "data": {}}


CONTENTFUL = _contentful(
    "document",
    _contentful("heading-3", _said("About")),
    _contentful(
        "paragraph",
        _said("A & B are "),
        _said("bold", "bold", "italic"),
        _contentful("hyperlink", _said(" here"), uri="https://a.example/?x=1&y=2"),
    ),
    _contentful("ordered-list", _contentful("list-item", _said("one"))),
)


def _block(*spans: dict[str, Any], style: str = "normal", **others: Any) -> dict[str, Any]:
    return {"_type": "block", "_key": "k", "style": style, "markDefs": [], "children": list(spans), **others}


def _span(value: str, *marks: str) -> dict[str, Any]:
    return {"_type": "span", "_key": "k", "text": value, "marks": list(marks)}


PORTABLE = [
    _block(_span("About"), style="h3"),
    _block(
        _span("A & B are "),
        _span("bold", "strong", "em"),
        _span(" here", "l1"),
        markDefs=[{"_type": "link", "_key": "l1", "href": "https://a.example/?x=1&y=2"}],
    ),
    _block(_span("one"), listItem="number", level=1),
]
DATOCMS = {
    "schema": "dast",
    "document": {
        "type": "root",
        "children": [
            {"type": "heading", "level": 3, "children": [{"type": "span", "value": "About"}]},
            {
                "type": "paragraph",
                "children": [
                    {"type": "span", "value": "A & B are "},
                    {"type": "span", "value": "bold", "marks": ["strong", "emphasis"]},
                    {
                        "type": "link",
                        "url": "https://a.example/?x=1&y=2",
                        "children": [{"type": "span", "value": " here"}],
                    },
                ],
            },
            {
                "type": "list",
                "style": "numbered",
                "children": [{"type": "listItem", "children": [{"type": "span", "value": "one"}]}],
            },
        ],
    },
}
HTML = (
    "<h3>About</h3><p>A &amp; B are <em><strong>bold</strong></em>"
    '<a href="https://a.example/?x=1&amp;y=2"> here</a></p><ol><li>one</li></ol>'
)


@pytest.mark.parametrize("value", [STRAPI, LEXICAL, SLATE, CONTENTFUL, PORTABLE, DATOCMS, HTML])
def test_every_form_of_rich_text_is_one_html_and_one_text(value: Any) -> None:
    assert html(value) == HTML
    assert text(value) == "About\nA & B are bold here\none"


def test_of_contentfuls_documents_tables_rules_and_small_letters_are_read_and_embedded_entries_are_not() -> None:
    cells = [_contentful(kind, _contentful("paragraph", _said(kind))) for kind in ("table-header-cell", "table-cell")]
    document = _contentful(
        "document",
        _contentful("table", _contentful("table-row", *cells)),
        _contentful("hr"),
        _contentful("unordered-list", _contentful("list-item", _said("2", "superscript"), _said("1", "subscript"))),
        _contentful("embedded-entry-block", target={"sys": {"type": "Link"}}),
        _contentful("paragraph", _contentful("entry-hyperlink", _said("an entry"), target={})),
    )
    assert html(document) == (
        "<table><tr><th><p>table-header-cell</p></th><td><p>table-cell</p></td></tr></table><hr>"
        "<ul><li><sup>2</sup><sub>1</sub></li></ul><p>an entry</p>"
    )


def test_of_portable_text_lists_are_nested_by_their_levels_and_images_are_left_out() -> None:
    items = [("bullet", 1), ("bullet", 2), ("number", 2), ("number", 3), ("bullet", 1), ("number", 1), ("number", "x")]
    blocks: list[Any] = [_block(_span(f"{kind} {level}"), listItem=kind, level=level) for kind, level in items]
    image = {"_type": "image", "asset": {"_ref": "image-1"}, "children": [_span("unseen")]}
    assert html([*blocks[:5], image, *blocks[5:]]) == (
        "<ul><li>bullet 1<ul><li>bullet 2</li></ul><ol><li>number 2<ol><li>number 3</li></ol></li></ol></li>"
        "<li>bullet 1</li></ul><ol><li>number 1</li><li>number x</li></ol>"
    )


def test_of_portable_text_line_breaks_and_marks_are_kept_and_unknown_ones_are_not() -> None:
    marks = ["underline", "strike-through", "code", "sup", "sub", "highlight", "gone"]
    odd: Any = [{"_type": "span", "text": 1}, None, {"_type": "mention"}]
    blocks = [
        _block(*(_span(mark, mark) for mark in marks), _span("\na\nb"), *odd, style="lead"),
        _block(markDefs="odd"),
    ]
    assert html(blocks) == (
        "<p><u>underline</u><s>strike-through</s><code>code</code><sup>sup</sup><sub>sub</sub>highlightgone<br>a<br>b</p>"
        "<p></p>"
    )
    assert text(blocks) == "underlinestrike-throughcodesupsubhighlightgone\na\nb"


def test_lists_of_portable_text_may_be_as_deep_as_they_like() -> None:
    blocks = [_block(_span(str(level)), listItem="bullet", level=level) for level in range(-5, 5_000)]
    assert text(blocks) == "\n".join(map(str, range(-5, 5_000)))


def test_of_datocms_code_breaks_marks_and_quotes_are_read_and_blocks_and_linked_records_are_not() -> None:
    def span(value: str, *marks: str) -> dict[str, Any]:
        return {"type": "span", "value": value, "marks": list(marks)}

    children = [
        {"type": "paragraph", "children": [span("one\ntwo <3", "highlight", "code"), span("!", "acme")]},
        {"type": "code", "language": "sh", "code": "a > b"},
        {"type": "thematicBreak"},
        {"type": "blockquote", "children": [{"type": "paragraph", "children": [span("said")]}]},
        {"type": "list", "style": "bulleted", "children": [{"type": "listItem", "children": [span("x")]}]},
        {"type": "block", "item": "block1"},
        {
            "type": "paragraph",
            "children": [
                {"type": "itemLink", "item": "r1", "children": [span("a record")]},
                {"type": "inlineItem", "item": "r2"},
                {"type": "inlineBlock", "item": "b2"},
            ],
        },
    ]
    document = {"schema": "dast", "document": {"type": "root", "children": children}}
    assert html(document) == (
        "<p><mark><code>one</code></mark><br><mark><code>two &lt;3</code></mark>!</p><pre>a &gt; b</pre><hr>"
        "<blockquote><p>said</p></blockquote><ul><li>x</li></ul><p>a record</p>"
    )
    assert text(document) == "one\ntwo <3!\na > b\nsaid\nx\na record"


def _prosemirror(kind: str, *content: Any, **attrs: Any) -> dict[str, Any]:
    return {"type": kind, "attrs": attrs, "content": list(content)}


def _marked_text(value: str, *marks: Any) -> dict[str, Any]:
    return {
        "type": "text",
        "text": value,
        "marks": [{"type": mark} if isinstance(mark, str) else mark for mark in marks],
    }


def _linked(href: str, linktype: str = "url") -> dict[str, Any]:
    return {"type": "link", "attrs": {"href": href, "linktype": linktype, "uuid": None}}


def test_storyblok_becomes_html() -> None:
    document = _prosemirror(
        "doc",
        _prosemirror("heading", _marked_text("One"), level=2),
        _prosemirror(
            "paragraph",
            {"type": "text", "text": "a < b "},
            _marked_text("c", "bold", "strike"),
            {"type": "hard_break"},
            _marked_text("site", _linked("https://a.example/?b&c"), "italic"),
            _marked_text("mail", _linked("hi@a.example", "email")),
            {"type": "emoji", "attrs": {"name": "tada", "emoji": "🎉"}},
        ),
        _prosemirror("bullet_list", _prosemirror("list_item", _prosemirror("paragraph", _marked_text("x", "code")))),
        _prosemirror("ordered_list", _prosemirror("list_item", _marked_text("1", "superscript", "textStyle"))),
        {"type": "horizontal_rule"},
        _prosemirror("code_block", _marked_text("y"), **{"class": "language-js"}),
        _prosemirror("blockquote", _marked_text("z", "underline")),
        _prosemirror("table", _prosemirror("tableRow", _prosemirror("tableHeader", _marked_text("h")))),
        {"type": "blok", "attrs": {"id": "1", "body": [{"component": "teaser", "text": "not shown"}]}},
        {"type": "image", "attrs": {"src": "https://a.storyblok.com/f/1/a.png"}},
    )
    assert html(document) == (
        "<h2>One</h2><p>a &lt; b <s><strong>c</strong></s><br>"
        '<a href="https://a.example/?b&amp;c"><em>site</em></a><a href="mailto:hi@a.example">mail</a>🎉</p>'
        "<ul><li><p><code>x</code></p></li></ul><ol><li><sup>1</sup></li></ol><hr>"
        "<pre>y</pre><blockquote><u>z</u></blockquote><table><tr><th>h</th></tr></table>"
    )
    assert text(document) == "One\na < b c\nsitemail🎉\nx\n1\ny\nz\nh"


@pytest.mark.parametrize(
    "node",
    [
        {"type": "doc", "content": []},
        {"type": "doc", "content": [None, {"type": "paragraph"}]},
        {
            "type": "text",
            "text": "",
            "marks": [None, {"type": 1}, {"type": []}, {"type": "link"}, {"type": "link", "attrs": {"href": 1}}],
        },
        {"type": "doc", "content": [{"type": "emoji", "attrs": {"emoji": None}}]},
        {"type": "heading", "content": [], "attrs": []},
        {"type": "heading", "content": [], "attrs": {"level": "1><script>x</script"}},
    ],
)
def test_storybloks_nodes_that_hold_nothing_say_nothing(node: Any) -> None:
    assert text(node) == ""


@pytest.mark.parametrize("level", ["1><script>x</script", True, 2.0, 7, None])
def test_a_heading_of_no_level_that_there_is_is_a_heading_of_the_second(level: Any) -> None:
    assert html({"type": "heading", "level": level, "children": [{"text": "x"}]}) == "<h2>x</h2>"


@pytest.mark.parametrize("odd", [[], {}, 1, None])
def test_a_node_whose_kind_is_no_text_says_what_is_in_it(odd: Any) -> None:
    assert html({"type": odd, "tag": odd, "children": [{"text": "x"}]}) == "x"
    assert html({"type": "heading", "tag": odd, "children": [{"text": "x"}]}) == "<h2>x</h2>"


def test_text_is_what_a_reader_sees() -> None:
    assert (
        text("<style>p {}</style><p>One<br>two</p>\n\n <script>no()</script><div>caf&eacute;</div>") == "One\ntwo\ncafé"
    )


@pytest.mark.parametrize(
    ("expression", "entry", "found"),
    [
        ("text(body)", {"body": None}, None),
        ("html(body)", {}, None),
        ("markdown(body)", {"body": "*Hi* <https://a.example>"}, None),
        ("text(markdown(body))", {"body": "# One\n\ntwo"}, "One\ntwo"),
        ("markdown(body)", {"body": None}, None),
        ("absolute(logo.url)", {"logo": {"url": "/uploads/a.png"}}, "https://cms.example.com/uploads/a.png"),
        ("absolute(logo.url)", {"logo": {"url": "https://cdn.example.com/a.png"}}, "https://cdn.example.com/a.png"),
        ("absolute(logo.url)", {"logo": None}, None),
        ("logo && absolute(join('/', ['assets', logo]))", {"logo": "f1"}, "https://cms.example.com/api/assets/f1"),
        ("logo && absolute(join('/', ['assets', logo]))", {"logo": None}, None),
    ],
)
def test_functions_of_a_path(expression: str, entry: Any, found: str | None) -> None:
    read = reader(expression, "https://cms.example.com/api")
    if entry.get("body") and expression == "markdown(body)":
        found = '<p><em>Hi</em> <a href="https://a.example">https://a.example</a></p>'
    assert read(entry) == found


def test_a_function_that_is_not_there_is_an_error_of_the_path() -> None:
    with pytest.raises(PathError, match="nonsense"):
        reader("nonsense(body)")({"body": "x"})


NODES = st.recursive(
    st.none() | st.integers() | st.text() | st.fixed_dictionaries({"text": st.text(), "format": st.integers(0, 99)}),
    lambda children: (
        st.lists(children)
        | st.fixed_dictionaries({"nodeType": st.text(), "content": children, "marks": children, "data": children})
        | st.fixed_dictionaries(
            {"_type": st.sampled_from(["block", "span"]), "listItem": children, "level": children, "text": children}
            | {"style": children, "children": children, "marks": children, "markDefs": children}
        )
        | st.fixed_dictionaries({"type": st.sampled_from(["p", "link", "list", "heading", "x"]), "children": children})
        | st.fixed_dictionaries({"type": st.sampled_from(["span", "code"]), "value": children, "marks": children})
        | st.fixed_dictionaries({"schema": st.just("dast"), "document": children})
        | st.fixed_dictionaries({"type": st.text(), "text": children, "content": children, "marks": children})
    ),
    max_leaves=20,
)


@given(NODES)
def test_no_rich_text_breaks_the_reading(value: Any) -> None:
    if not isinstance(value, str | None):
        with contextlib.suppress(PathError):
            assert isinstance(html(value), str)
            assert isinstance(text(value), str)


@given(st.text())
def test_a_leaf_is_shown_as_it_is_but_for_its_white_space(value: str) -> None:
    assert text([{"type": "p", "children": [{"text": value}]}]) == " ".join(value.split())
