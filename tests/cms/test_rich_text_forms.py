"""Rich text of the many editors, each with its own names: blocks never run together."""

from typing import Any

import pytest

from brandsync.cms.rich_text import html, text


def _span(start: int, end: int, kind: str, **data: Any) -> dict[str, Any]:
    return {"start": start, "end": end, "type": kind, **({"data": data} if data else {})}


def _block(kind: str, said: str, *spans: Any) -> dict[str, Any]:
    return {"type": kind, "text": said, "spans": list(spans)}


PRISMIC = [
    _block("heading1", "About"),
    _block("paragraph", "First & bold", _span(8, 12, "strong")),
    _block("list-item", "one"),
    _block("list-item", "two", _span(0, 3, "hyperlink", link_type="Web", url="https://a.example/?a&b")),
    _block("o-list-item", "three"),
    _block("preformatted", "a\nb"),
    {"type": "image", "url": "https://a.example/a.png", "alt": "A shoe", "dimensions": {}},
    {"type": "embed", "oembed": {"type": "video", "title": "A video"}},
    _block("paragraph", ""),
]


def test_prismics_blocks_are_lines_and_its_spans_are_marks() -> None:
    assert text(PRISMIC) == "About\nFirst & bold\none\ntwo\nthree\na\nb"
    assert html(PRISMIC) == (
        "<h1>About</h1><p>First &amp; <strong>bold</strong></p><ul><li>one</li>"
        '<li><a href="https://a.example/?a&amp;b">two</a></li></ul><ol><li>three</li></ol><pre>a<br>b</pre><p></p>'
    )


@pytest.mark.parametrize(
    ("said", "spans", "found"),
    [
        (
            "abcdef",
            [_span(0, 4, "strong"), _span(2, 6, "em")],
            "<strong>ab</strong><em><strong>cd</strong></em><em>ef</em>",
        ),
        ("a👟b c", [_span(3, 4, "strong")], "a👟<strong>b</strong> c"),
        ("ab", [_span(1, 99, "em")], "a<em>b</em>"),
        ("ab", [_span(5, 9, "em")], "ab"),
        ("ab", [_span(0, 2, "label", label="x")], "ab"),
        ("ab", [_span(0, 2, "hyperlink", link_type="Document", id="x")], "ab"),
        (
            "abc",
            [_span(0, 3, "hyperlink", url="https://a"), _span(1, 2, "em")],
            '<a href="https://a">a<em>b</em>c</a>',
        ),
        ("ab", [None, {}, {"type": [], "start": 0, "end": 1}, _span(2, 1, "em"), _span(-1, 1, "em")], "ab"),
        ("a\nb", [_span(0, 3, "em")], "<em>a</em><br><em>b</em>"),
    ],
)
def test_prismics_spans_count_as_javascript_does(said: str, spans: Any, found: str) -> None:
    assert html([{"type": "paragraph", "text": said, "spans": spans}]) == f"<p>{found}</p>"


def test_a_block_of_prismics_without_spans_is_one_all_the_same() -> None:
    assert (
        text([{"type": "paragraph", "text": "a"}, {"type": "o-list-item", "text": "b", "direction": "ltr"}]) == "a\nb"
    )


def test_very_many_spans_take_no_longer_than_as_many_texts() -> None:
    spans = [_span(number, number + 1, "em") for number in range(5_000)]
    assert text([_block("paragraph", "x" * 5_000, *spans)]) == "x" * 5_000


def _tiptap(kind: str, *content: Any, **attrs: Any) -> dict[str, Any]:
    return {"type": kind, **({"attrs": attrs} if attrs else {}), **({"content": list(content)} if content else {})}


def _said(value: str, *marks: str) -> dict[str, Any]:
    return {"type": "text", "text": value, "marks": [{"type": mark} for mark in marks]}


TIPTAP = _tiptap(
    "doc",
    _tiptap("heading", _said("One"), level=3, textAlign="left"),
    _tiptap("paragraph", _said("a", "strong", "em"), {"type": "hardBreak"}, _said("b", "strike")),
    _tiptap("bulletList", _tiptap("listItem", _tiptap("paragraph", _said("x")))),
    _tiptap("orderedList", _tiptap("listItem", _tiptap("paragraph", _said("y"))), start=1),
    _tiptap("taskList", _tiptap("taskItem", _tiptap("paragraph", _said("z")), checked=True)),
    _tiptap("codeBlock", _said("code"), language="sh"),
    _tiptap("horizontalRule"),
    _tiptap("paragraph", _said("Hi "), _tiptap("mention", id="u1", label="Ann")),
    _tiptap(
        "details", _tiptap("detailsSummary", _said("More")), _tiptap("detailsContent", _tiptap("paragraph", _said("!")))
    ),
    _tiptap("paragraph"),
)


def test_tiptap_is_read_by_its_own_names() -> None:
    assert html(TIPTAP) == (
        "<h3>One</h3><p><em><strong>a</strong></em><br><s>b</s></p><ul><li><p>x</p></li></ul><ol><li><p>y</p></li></ol>"
        "<ul><li><p>z</p></li></ul><pre>code</pre><hr><p>Hi Ann</p><p>More</p><p>!</p><p></p>"
    )
    assert text(TIPTAP) == "One\na\nb\nx\ny\nz\ncode\nHi Ann\nMore\n!"


def _slate(kind: str, *children: Any, **others: Any) -> dict[str, Any]:
    return {
        "type": kind,
        **others,
        "children": [{"text": child} if isinstance(child, str) else child for child in children],
    }


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (
            {
                "children": [
                    _slate("heading-two", "T"),
                    _slate("bulleted-list", _slate("list-item", _slate("list-item-child", "a"))),
                ]
            },
            "<h2>T</h2><ul><li><p>a</p></li></ul>",
        ),
        (
            [_slate("ul", _slate("li", _slate("lic", "a")), _slate("li", _slate("lic", "b")))],
            "<ul><li><p>a</p></li><li><p>b</p></li></ul>",
        ),
        (
            [_slate("code_block", _slate("code_line", "a"), _slate("code_line", "b"))],
            "<pre><div>a</div><div>b</div></pre>",
        ),
        ([_slate("p", _slate("a", "x", url="https://a"), " y")], '<p><a href="https://a">x</a> y</p>'),
        ([_slate("p", _slate("a", "x", attrs={"href": "https://a"}))], '<p><a href="https://a">x</a></p>'),
        ([_slate("callout", "a"), _slate("callout", "b")], "<p>a</p><p>b</p>"),
        ([_slate("columns", _slate("column", _slate("p", "a")), _slate("column", "b"))], "<p>a</p><p>b</p>"),
        ([_slate("p", "a ", _slate("highlighted", "b"), " c")], "<p>a b c</p>"),
        ([_slate("p", _slate("highlighted", "b"))], "<p>b</p>"),
        (
            [_slate("block-quote", _slate("p", "a")), _slate("numbered-list", _slate("list-item", "b"))],
            "<blockquote><p>a</p></blockquote><ol><li>b</li></ol>",
        ),
        (
            [_slate("table", _slate("tbody", _slate("tr", _slate("td", "a"), _slate("td", "b"))))],
            "<table><tr><td>a</td><td>b</td></tr></table>",
        ),
    ],
)
def test_of_slates_many_names_a_block_is_a_block_and_what_stands_in_text_is_none(value: Any, found: str) -> None:
    assert html(value) == found


def test_lexicals_own_texts_tables_and_marks_are_read() -> None:
    def leaf(kind: str, said: str, mask: int = 0) -> dict[str, Any]:
        return {"type": kind, "text": said, "format": mask, "mode": "normal", "style": "color: red", "version": 1}

    def node(kind: str, *children: Any) -> dict[str, Any]:
        return {"type": kind, "version": 1, "direction": "ltr", "indent": 0, "format": "", "children": list(children)}

    value = {
        "root": node(
            "root",
            node("paragraph", leaf("text", "a "), leaf("hashtag", "#b"), leaf("keyword", " c"), leaf("tab", "\t")),
            node("paragraph", leaf("text", "2", 64), leaf("text", "1", 32), leaf("text", "h", 128)),
            node("table", node("tablerow", node("tablecell", node("paragraph", leaf("text", "x"))))),
            node("code", leaf("code-highlight", "y"), {"type": "linebreak", "version": 1}, leaf("code-highlight", "z")),
            {"type": "horizontalrule", "version": 1},
        )
    }
    assert html(value) == (
        "<p>a #b c\t</p><p><sup>2</sup><sub>1</sub><mark>h</mark></p><table><tr><td><p>x</p></td></tr></table>"
        "<pre>y<br>z</pre><hr>"
    )


def test_contentstacks_nodes_have_children_and_attributes() -> None:
    value = {
        "type": "doc",
        "uid": "1",
        "attrs": {},
        "children": [{"type": "p", "attrs": {"style": {}}, "uid": "2", "children": [{"text": "a", "bold": True}]}],
    }
    assert html(value) == "<p><strong>a</strong></p>"


def test_whose_words_a_quote_of_datocms_has_is_told() -> None:
    quote = {
        "type": "blockquote",
        "attribution": "Ann & Bob",
        "children": [{"type": "paragraph", "children": [{"type": "span", "value": "x"}]}],
    }
    assert html({"schema": "dast", "document": {"type": "root", "children": [quote]}}) == (
        "<blockquote><p>x</p><p>Ann &amp; Bob</p></blockquote>"
    )


def test_a_part_of_a_document_is_read_as_the_whole_is() -> None:
    assert html(TIPTAP["content"][2]["content"]) == "<li><p>x</p></li>"
    assert html(TIPTAP["content"][1]["content"]) == "<em><strong>a</strong></em><br><s>b</s>"
    assert html({"_type": "block", "style": "h2", "children": [{"_type": "span", "text": "x"}]}) == "<h2>x</h2>"
    assert html([{"_type": "span", "text": "x", "marks": []}]) == "x"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("a < b <c", "a < b <c"),
        ("1<2 and 3>2 <3", "1<2 and 3>2 <3"),
        ("x <b", "x <b"),
        ('<a title="a > b">t</a>', "t"),
        ("<p title=it's>don't</p> <i>x</i>", "don't\nx"),
        ('<a href="x>text</a> <b>more</b>', "text more"),
        ("a<!-- x > y -->b<!---->c", "abc"),
        ("<!-- open <b>x</b>", "<!-- open x"),
        ("<!DOCTYPE html><?php echo ?></ x>k", "k"),
        ("<![if IE]>x<![endif]><![x[y", "x<![x[y"),
        ("<SCRIPT src='x'>if (a<b) {}</Script >b<style/>c", "bc"),
        ("<template><p>x</template>y", "y"),
        ("a<br/>b<BR>c", "a\nb\nc"),
        (f"&#{'9' * 5000};&#{'0' * 5000}65;&#x{'f' * 5000};&eacute;&amp;lt;", "\ufffdA\ufffdé&lt;"),
        ("<figure>a<figcaption>b</figcaption></figure><dl><dt>c<dd>d</dl>", "a\nb\nc\nd"),
    ],
)
def test_html_is_read_as_browsers_do(source: str, found: str) -> None:
    assert text(source) == found


OPEN = ["<a", "<!--", "</", "<a b='", "<", "<!", "<?", "&#", "<a b=\"'>", "<a b='>", "x<b>", "<![CDATA[", "<script>"]


@pytest.mark.parametrize("unit", OPEN)
def test_html_that_is_left_open_takes_no_longer_than_any_other(unit: str) -> None:
    for tail in ("", ">", "'>", "-->"):
        assert isinstance(text(unit * 20_000 + tail), str)
