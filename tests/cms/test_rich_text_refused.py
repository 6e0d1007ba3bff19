"""Rich text that is not understood is refused, with its look and a way out, and never read by half or as nothing."""

from typing import Any

import pytest

from brandsync.cms.path import reader
from brandsync.cms.path_error import PathError
from brandsync.cms.rich_text import html, markdown, text


def _said(value: str, **others: Any) -> dict[str, Any]:
    return {"type": "text", "text": value, **others}


def _p(*children: Any, kind: str = "paragraph") -> dict[str, Any]:
    return {"type": kind, "children": list(children)}


FOREIGN: dict[str, Any] = {
    "Wagtail's StreamField": [
        {"type": "heading", "value": "Hello", "id": "1"},
        {"type": "paragraph", "value": "<p>Hello</p>", "id": "2"},
    ],
    "a StreamField of one word": [{"type": "paragraph", "value": "Hello", "id": "1"}],
    "a StreamField whose block is called text": [{"type": "text", "value": "Hello", "id": "1"}],
    "EditorJS": {"time": 1, "version": "2.31", "blocks": [{"id": "a", "type": "paragraph", "data": {"text": "Hello"}}]},
    "an empty EditorJS": {"time": 1, "version": "2.31", "blocks": []},
    "EditorJS's blocks": [
        {"id": "a", "type": "header", "data": {"text": "Hello", "level": 2}},
        {"id": "b", "type": "image", "data": {"url": "https://a.example/a.png"}},
    ],
    "Notion's blocks": [
        {"object": "block", "type": "paragraph", "paragraph": {"rich_text": [{"plain_text": "Hello"}]}},
        {"object": "block", "type": "divider", "divider": {}},
    ],
    "Notion's blocks with children": [
        {"object": "block", "type": "paragraph", "paragraph": {"rich_text": [{"plain_text": "Hello"}]}, "children": []}
    ],
    "Notion's rich text": [{"type": "text", "text": {"content": "Hello", "link": None}, "plain_text": "Hello"}],
    "Quill's delta": {"ops": [{"insert": "Hello"}, {"insert": "\n", "attributes": {"header": 1}}]},
    "Draft.js": {"blocks": [{"key": "a", "text": "Hello", "type": "unstyled"}], "entityMap": {}},
    "Draft.js's blocks": [
        {"key": "a", "text": "Hello", "type": "unstyled", "inlineStyleRanges": []},
        {"key": "b", "text": "you", "type": "unstyled", "inlineStyleRanges": []},
    ],
    "Gutenberg's blocks": [{"blockName": "core/paragraph", "attrs": {}, "innerBlocks": [], "innerHTML": "<p>Hi</p>"}],
    "Kirby's blocks": [{"type": "text", "content": {"text": "<p>Hello</p>"}, "id": "a", "isHidden": False}],
    "Strapi's dynamic zone": [{"__component": "shared.rich-text", "id": 1, "body": "Hello"}],
    "Prismic's slices": [
        {"slice_type": "text", "primary": {"text": [{"type": "paragraph", "text": "A", "spans": []}]}}
    ],
    "Prismic's old fields": {"type": "StructuredText", "value": [{"type": "paragraph", "text": "Hello", "spans": []}]},
    "Hygraph's object": {"html": "<p>Hello</p>", "raw": {"children": []}},
    "DatoCMS's over GraphQL": {"value": {"schema": "dast", "document": {}}, "blocks": []},
    "mdast": {"type": "root", "children": [_p({"type": "text", "value": "Hello"})]},
    "a paragraph whose content is text": [{"type": "paragraph", "content": "Hello"}],
    "a paragraph whose children are text": [{"type": "paragraph", "children": "Hello"}],
    "a paragraph with its text and more": [{"type": "paragraph", "text": "Hello", "author": "Ann"}],
    "blocks of a form of its own": [{"type": "intro", "words": "Hello you"}, {"type": "outro", "words": "Bye you"}],
    "a document of unknown nodes": {"type": "doc", "content": [{"type": "a", "attrs": {"x": 1}}, {"type": "b"}]},
    "Lexical of unknown nodes": {"root": {"type": "root", "children": [{"type": "chart", "version": 1}]}},
    "Contentful of unknown nodes": {"nodeType": "document", "content": [{"nodeType": "chart", "data": {}}]},
    "a document of components alone": {"type": "doc", "content": [{"type": "blok", "attrs": {"body": [{"x": "y"}]}}]},
    "an object": {"name": "Acme", "id": 5},
    "a category": {"id": 5, "name": "Shoes", "children": []},
    "a rule and foreign blocks": [{"type": "hr"}, {"type": "intro", "x": 1}],
    "blank bold text and foreign blocks": [_p({"text": " ", "bold": True}), {"type": "intro", "x": 1}],
    "an empty object": {},
    "a number": 5,
    "a fraction": 1.5,
    "a truth": True,
    "a list of texts": ["a", "b"],
    "a list of numbers": [1, 2],
    "a list of lists of texts": [["a"], ["b"]],
    "a list of objects": [{"name": "a"}, {"name": "b"}],
    "a list of empty objects": [{}],
}


@pytest.mark.parametrize("what", FOREIGN)
def test_what_is_no_rich_text_that_is_known_is_refused(what: str) -> None:
    for function in (text, html):
        with pytest.raises(PathError, match=r"text\(\) and html\(\) know no such rich text; map the text"):
            function(FOREIGN[what])


@pytest.mark.parametrize("what", ["a number", "a list of texts", "an object", "an empty object", "EditorJS"])
def test_markdown_is_text(what: str) -> None:
    with pytest.raises(PathError, match=r"markdown\(\) takes text, and it is a"):
        markdown(FOREIGN[what])


@pytest.mark.parametrize(
    ("what", "look"),
    [
        ("a number", "it is a number,"),
        ("a list of texts", "it is a list that begins with text,"),
        ("EditorJS", "it is an object with the keys time, version, blocks,"),
        ("Wagtail's StreamField", 'a list that begins with an object of type "heading" with the keys type, value, id,'),
        ("an empty object", "it is an object without any key,"),
        ("Gutenberg's blocks", "with the keys blockName, attrs, innerBlocks, innerHTML,"),
    ],
)
def test_its_look_is_told(what: str, look: str) -> None:
    with pytest.raises(PathError) as refused:
        text(FOREIGN[what])
    assert look in str(refused.value)


def test_what_is_told_is_short_and_printable() -> None:
    with pytest.raises(PathError) as refused:
        text({"type": "x\n" * 5_000, **{f"key \x1b{number} {'x' * 1_000}": 1 for number in range(500)}})
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 700


@pytest.mark.parametrize(
    "value",
    [
        [],
        {"type": "doc", "content": []},
        {"type": "doc", "content": [{"type": "paragraph"}, {"type": "paragraph", "content": None}]},
        {"type": "doc", "content": [{"type": "heading", "attrs": {"level": 2}}]},
        {"root": {"type": "root", "children": []}},
        {"root": {"type": "root", "children": [_p()]}},
        {"nodeType": "document", "data": {}, "content": []},
        {"schema": "dast", "document": {"type": "root", "children": []}},
        {"children": [_p({"text": ""})]},
        [_p({"type": "text", "text": ""})],
        [{"_type": "block", "children": [], "markDefs": []}],
        [{"type": "paragraph", "text": "", "spans": []}],
        [{"type": "image", "image": {"url": "https://a.example/a b.png", "caption": "A shoe"}, "children": []}],
        [{"_type": "image", "asset": {"_ref": "image-1"}, "caption": "A shoe"}],
        {"type": "doc", "content": [{"type": "image", "attrs": {"alt": "A shoe"}}]},
    ],
)
def test_an_empty_document_of_a_known_kind_is_empty_text(value: Any) -> None:
    assert text(value) == ""
    assert text(html(value)) == ""


LEFT_OUT: dict[str, tuple[Any, Any]] = {
    "Storyblok's component": ({"type": "blok", "attrs": {"body": [{"component": "teaser", "text": "Shop now"}]}}, "pm"),
    "TipTap's video": ({"type": "youtube", "attrs": {"src": "https://y.example/1", "title": "A video"}}, "pm"),
    "Lexical's block": (
        {"type": "block", "fields": {"blockType": "banner", "text": "Shop now"}, "version": 2},
        "lexical",
    ),
    "Lexical's upload": ({"type": "upload", "value": {"id": 1, "alt": "A shoe"}, "relationTo": "media"}, "lexical"),
    "an embed of the shop's own": ({"type": "map", "lat": 1.5, "src": "https://m.example/a"}, "lexical"),
    "Contentful's entry": (
        {"nodeType": "embedded-entry-block", "data": {"target": {"fields": {"t": "Hi you"}}}},
        "contentful",
    ),
    "Portable Text's image": ({"_type": "image", "asset": {"_ref": "i"}, "caption": "A shoe"}, "portable"),
    "Portable Text's reference": ({"_type": "product", "_ref": "p-1"}, "portable"),
    "Prismic's embed": ({"type": "embed", "oembed": {"title": "A video", "html": "<iframe>"}}, "prismic"),
    "Strapi's image": (
        {"type": "image", "image": {"name": "a b.png"}, "children": [{"type": "text", "text": ""}]},
        "strapi",
    ),
}


def _document(form: str, node: Any) -> Any:
    documents: dict[str, Any] = {
        "pm": {"type": "doc", "content": [{"type": "paragraph", "content": [_said("Hello")]}, node]},
        "lexical": {"root": {"type": "root", "children": [_p(_said("Hello")), node]}},
        "contentful": {
            "nodeType": "document",
            "content": [
                {"nodeType": "paragraph", "content": [{"nodeType": "text", "value": "Hello", "marks": []}]},
                node,
            ],
        },
        "portable": [{"_type": "block", "children": [{"_type": "span", "text": "Hello"}]}, node],
        "prismic": [{"type": "paragraph", "text": "Hello", "spans": []}, node],
        "strapi": [_p(_said("Hello")), node],
    }
    return documents[form]


@pytest.mark.parametrize("what", LEFT_OUT)
def test_media_and_components_within_a_text_are_left_out(what: str) -> None:
    node, form = LEFT_OUT[what]
    assert html(_document(form, node)) == "<p>Hello</p>"


def test_what_a_link_leads_to_is_no_part_of_the_text() -> None:
    target = {"sys": {"type": "Entry", "id": "1"}, "fields": {"title": "Another entry", "body": "Its own text"}}
    leaf = {"nodeType": "text", "value": "there", "marks": [], "data": {}}
    for kind in ("entry-hyperlink", "asset-hyperlink", "resource-hyperlink"):
        link = {"nodeType": kind, "data": {"target": target}, "content": [leaf]}
        assert (
            html({"nodeType": "document", "content": [{"nodeType": "paragraph", "content": [link]}]}) == "<p>there</p>"
        )
    link = {
        "type": "itemLink",
        "item": "r1",
        "meta": [{"id": "rel", "value": "no follow"}],
        "children": [{"text": "x"}],
    }
    assert html([_p(link)]) == "<p>x</p>"


SAYING: dict[str, tuple[Any, Any]] = {
    "a call to act in Portable Text": ({"_type": "cta", "label": "Buy"}, "portable"),
    "a table of Portable Text": ({"_type": "table", "rows": [{"cells": ["one", "two words"]}]}, "portable"),
    "a note in Lexical": ({"type": "note", "note": "Made by hand", "version": 1}, "lexical"),
    "a note with children": ({"type": "note", "title": "Hint", "children": [_said("By hand")]}, "lexical"),
    "a box in TipTap": ({"type": "box", "attrs": {"text": "Sale"}}, "pm"),
    "Japanese": ({"type": "box", "attrs": {"x": "手作り"}}, "pm"),
    "a paragraph of another CMS": ({"type": "paragraph", "value": "Hello"}, "strapi"),
    "a block of Contentful's": ({"nodeType": "chart", "data": {"caption": "2026"}}, "contentful"),
    "a list of its own": ({"type": "list", "items": ["Red", "Blue"]}, "strapi"),
    "a link of its own": ({"type": "link", "url": "https://a.example", "label": "Here"}, "strapi"),
    "a paragraph with its text and children": ({"type": "paragraph", "text": "you", "children": []}, "strapi"),
    "a text with children": ({"text": "you", "children": [{"text": "two"}]}, "strapi"),
    "an untyped block": ({"html": "<b>x</b>"}, "strapi"),
    "a bare text": ("you", "strapi"),
    "a number": (5, "portable"),
}


@pytest.mark.parametrize("what", SAYING)
def test_a_block_whose_text_would_be_lost_is_refused(what: str) -> None:
    node, form = SAYING[what]
    for function in (text, html):
        with pytest.raises(PathError, match="its rich text holds a block that"):
            function(_document(form, node))


@pytest.mark.parametrize(
    ("what", "path"),
    [
        ("a call to act in Portable Text", "body[?_type != 'cta']"),
        ("a paragraph of another CMS", "body[?type]"),
        ("a bare text", "body[?type]"),
        ("a box in TipTap", "body.content[?type != 'box']"),
    ],
)
def test_the_way_out_that_is_told_leads_out(what: str, path: str) -> None:
    node, form = SAYING[what]
    value = _document(form, node)
    if "paragraph of" not in what:
        with pytest.raises(PathError) as refused:
            text(value)
        assert path.removeprefix("body").removeprefix(".content") in str(refused.value)
        assert reader(f"text({path})")({"body": value}) == "Hello"


def test_the_text_of_foreign_blocks_can_be_mapped_as_the_refusal_says() -> None:
    stream = FOREIGN["Wagtail's StreamField"]
    assert reader("text(join(' ', body[].value))")({"body": stream}) == "Hello\nHello"


DEEP = 200


@pytest.mark.parametrize("key", ["content", "children"])
def test_what_is_nested_is_read_or_refused_whole(key: str) -> None:
    def nested(levels: int) -> Any:
        node: Any = _said("x")
        for _ in range(levels):
            node = {"type": "blockquote", key: [node]}
        return {"type": "doc", key: [node]}

    assert text(nested(DEEP)) == "x"
    for levels in (300, 900, 5_000):
        with pytest.raises(PathError, match="nested more than 250 levels deep; simplify it"):
            text(nested(levels))


def test_lists_within_lists_are_as_one() -> None:
    assert text([[_p(_said("a"))], None, [[_p(_said("b"))]]]) == "a\nb"


def test_deep_attributes_of_an_unknown_block_are_refused() -> None:
    deep: Any = "x"
    for _ in range(5_000):
        deep = {"a": deep}
    with pytest.raises(PathError, match="levels deep"):
        text([_p(_said("Hello")), {"type": "box", "attrs": deep}])
