"""The functions that a path may call: rich text, and URLs that start at the CMS."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandsync.cms.path import PathError, reader
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
HTML = (
    "<h3>About</h3><p>A &amp; B are <em><strong>bold</strong></em>"
    '<a href="https://a.example/?x=1&amp;y=2"> here</a></p><ol><li>one</li></ol>'
)


@pytest.mark.parametrize("value", [STRAPI, LEXICAL, SLATE, CONTENTFUL, HTML])
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
        {"type": "doc", "content": [None, "x", 1, {"type": 1, "content": []}]},
        {
            "type": "text",
            "text": "",
            "marks": [None, {"type": 1}, {"type": "link"}, {"type": "link", "attrs": {"href": 1}}],
        },
        {"type": "emoji", "attrs": None},
        {"type": "heading", "content": [], "attrs": []},
        {"type": "heading", "content": [], "attrs": {"level": "1><script>x</script"}},
    ],
)
def test_storybloks_nodes_that_are_no_such_nodes_say_nothing(node: Any) -> None:
    assert text(node) == ""


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
        ("absolute(logo.url)", {"logo": {"url": "/uploads/a.png"}}, "https://cms.example.com/uploads/a.png"),
        ("absolute(logo.url)", {"logo": {"url": "https://cdn.example.com/a.png"}}, "https://cdn.example.com/a.png"),
        ("absolute(logo.url)", {"logo": None}, None),
        ("logo && absolute(join('/', ['assets', logo]))", {"logo": "f1"}, "https://cms.example.com/api/assets/f1"),
        ("logo && absolute(join('/', ['assets', logo]))", {"logo": None}, None),
    ],
)
def test_functions_of_a_path(expression: str, entry: Any, found: str | None) -> None:
    read = reader(expression, "https://cms.example.com/api")
    if expression == "markdown(body)":
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
        | st.fixed_dictionaries({"type": st.sampled_from(["p", "link", "list", "heading", "x"]), "children": children})
        | st.fixed_dictionaries({"type": st.text(), "text": children, "content": children, "marks": children})
    ),
    max_leaves=20,
)


@given(NODES)
def test_no_rich_text_breaks_the_reading(value: Any) -> None:
    if not isinstance(value, str | None):
        assert isinstance(html(value), str)
        assert isinstance(text(value), str)


@given(st.text())
def test_a_leaf_is_shown_as_it_is_but_for_its_white_space(value: str) -> None:
    assert text([{"type": "p", "children": [{"text": value}]}]) == " ".join(value.split())
