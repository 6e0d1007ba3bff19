"""The page for editors, as text: nothing in it runs, all of it can be read."""

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from extent import enough
from hypothesis import given, settings
from hypothesis import strategies as st
from page_reading import Element, read_page
from test_run_words import ENDINGS, RUN

from brandsync.journal import EntryState, RunRecord, RunStatus
from brandsync.report.html.cards import BrandChange, cards, clean, image
from brandsync.report.html.history import history
from brandsync.report.html.page import Contents, page

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style><script>alert(1)</script>",
    "</title><svg onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "' onmouseover='alert(1)",
    "<!-- -->]]>&lt;&#60;",
    "\u202egnp.exe\x00\x1b[31m\ud800\u2028",
    "javascript:alert(1)",
]
TEXTS = st.one_of(
    st.sampled_from(HOSTILE), st.text(max_size=40), st.text(st.sampled_from("<>\"'&/= a{}%"), max_size=40)
)
CODE = {
    "script",
    "iframe",
    "object",
    "embed",
    "link",
    "base",
    "form",
    "input",
    "button",
    "a",
    "use",
    "image",
    "foreignobject",
}


def made(run: RunRecord = RUN, changes: Iterable[BrandChange] = (), **more: Any) -> Element:
    contents = Contents(run, changes, more.pop("names", {}), more.pop("latest", [run]), **more)
    return read_page(b"".join(page(contents)).decode())


def update(before: dict[str, Any], after: dict[str, Any], **more: Any) -> BrandChange:
    return BrandChange("update", more.pop("cms_id", "e1"), "Acme", before, after, EntryState.DONE, **more)


def created(**fields: Any) -> BrandChange:
    return BrandChange("create", "e1", None, {}, fields, EntryState.DONE)


def test_the_policy_allows_this_very_style_and_images_and_nothing_else() -> None:
    root = made()
    policy = root.one("meta", **{"http-equiv": "Content-Security-Policy"}).attributes["content"]
    digest = base64.b64encode(hashlib.sha256(root.one("style").text.encode()).digest()).decode()
    assert policy.split("; ") == [
        "default-src 'none'",
        "img-src http: https:",
        f"style-src 'sha256-{digest}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    head = root.one("head").all()
    assert [element.attributes.get("http-equiv") for element in head[:2]] == [None, "Content-Security-Policy"]


@given(st.lists(TEXTS, min_size=6, max_size=6), st.sampled_from(["create", "update", "delete", "link"]))
@settings(max_examples=enough(40, of=1_000), deadline=None)
def test_whatever_editors_write_is_text(texts: list[str], action: str) -> None:
    name, cms_id, before, after, logo, detail = texts
    run = replace(
        RUN,
        pipeline=name,
        error=detail,
        status=RunStatus.KEPT_SOME,
        skipped=[{"cms_id": cms_id, "reason": "invalid", "detail": detail}],
        kept=[{"cms_id": cms_id, "brand_id": "b", "written": {}, "before": {"name": before}, "found": {"name": after}}],
        failed=[{"cms_id": cms_id, "brand_id": None, "written": {"name": before}, "before": {}, "detail": detail}],
    )
    run = replace(run, kept=[brand | {"detail": detail} for brand in run.kept])
    change = BrandChange(
        action, cms_id, name, {"name": before}, {"name": after, "logo_url": logo}, EntryState.UNDO_FAILED
    )
    root = made(run, [change], names={cms_id: name})
    elements = root.all()
    assert not CODE & {element.tag for element in elements}
    assert not [name for element in elements for name in element.attributes if name.startswith("on") or name == "style"]
    assert {element.attributes.get("src", "")[:4] for element in root.all("img")} <= {"http"}
    text = root.text
    assert not {"\x00", "\x1b", "\u202e", "\u2028"} & set(text)
    if action in {"create", "delete"}:
        assert clean(after if action == "create" else before) in text or not (after if action == "create" else before)


@pytest.mark.parametrize(("status", "code"), ENDINGS)
@pytest.mark.parametrize("kind", ["sync", "undo", "recover"])
def test_a_page_of_every_ending_can_be_read_from_heading_to_heading(status: str, code: int | None, kind: str) -> None:
    run = replace(RUN, kind=kind, status=RunStatus(status), exit_code=code, counts={"created": 1, "skipped": 3})
    root = made(run, [created(name="Acme")], undone_by=RUN if status == "undone" else None)
    levels = [int(heading.tag[1]) for heading in root.all("h1", "h2", "h3")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for landmark in ("header", "main", "footer"):
        assert root.one(landmark)
    assert root.one("html").attributes == {"lang": "en"}
    assert root.one("meta", name="viewport").attributes["content"] == "width=device-width, initial-scale=1"
    assert root.one("h1").text in root.one("head").one("title").text


def test_a_change_is_shown_side_by_side_with_what_differs_marked() -> None:
    root = made(changes=[update({"name": "Acme", "handle": "acme"}, {"name": "Acme & Sons", "handle": "sons"})])
    table = root.section("update").one("table")
    assert table.one("caption").text == "Acme & Sons: before and after"
    assert [(head.text, head.attributes["scope"]) for head in table.all("th")] == [
        ("Before", "col"),
        ("After", "col"),
        ("Name", "rowgroup"),
        ("Handle", "rowgroup"),
    ]
    assert [cell.text.strip() for cell in table.all("td")] == ["Acme", "Acme & Sons", "acme", "sons"]
    assert [mark.text for mark in table.all("del", "ins")] == [" & Sons", "acme", "sons"]


def test_a_field_that_was_or_becomes_empty_says_so() -> None:
    root = made(changes=[update({"description": None, "metadata": {"a": 1}}, {"description": "New", "metadata": None})])
    cells = [cell.text.strip() for cell in root.section("update").all("td")]
    assert cells == ["nothing", "New", '{"a": 1}', "nothing"]


def test_line_breaks_are_kept_and_a_long_text_is_cut() -> None:
    root = made(
        changes=[created(name="A", description="one\r\ntwo\tthree"), created(name="B", description="x" * 9_000)]
    )
    first, second = (card.all("dd")[0].text.strip() for card in root.section("create").all("li"))
    assert first == "one\ntwo\tthree"
    assert second == "x" * 2_000 + "… (7,000 more characters)"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://a.example/logo.svg", True),
        ("http://a.example/logo.svg?a=1&b=2#c", True),
        ("HTTPS://A.example/L.PNG", True),
        ("javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("data:image/svg+xml,<svg onload=alert(1)>", False),
        ("//a.example/logo.png", False),
        ("/logo.png", False),
        ("file:///etc/passwd", False),
        ("blob:https://a.example/1", False),
        ("https://", False),
        ("https:a.example", False),
        ("https://user:secret@a.example/logo.png", False),
        ("https://[::1/logo.png", False),
        ("https://a.example/a b", False),
        ("https://a.example/\u202e.png", False),
        ("https://a.example/" + "x" * 3_000, False),
        (" https://a.example/", False),
        (5, False),
        (None, False),
    ],
)
def test_only_an_address_of_the_web_is_an_image(address: Any, shown: bool) -> None:
    assert (image(address) is not None) is shown
    images = made(changes=[created(name="Acme", logo_url=address)]).all("img")
    assert [found.attributes["src"] for found in images] == ([address] if shown else [])
    for found in images:
        assert {"alt": "Logo of Acme", "loading": "lazy", "referrerpolicy": "no-referrer"}.items() <= (
            found.attributes.items()
        )


def link(external_id: str | None) -> BrandChange:
    return BrandChange("link", "e1", "Acme", {"external_id": None}, {"external_id": external_id}, EntryState.DONE)


def kinds(*changes: BrandChange) -> dict[str, int]:
    return {action: len(found) for action, found in cards(changes).items() if found}


def test_a_connection_is_a_change_of_its_own_only_where_nothing_else_is() -> None:
    changed = update({"name": "A"}, {"name": "B"})
    assert kinds(link("b1")) == {"adopt": 1}
    assert kinds(link(None)) == {"unlink": 1}
    assert kinds(changed, link("b1")) == {"update": 1}
    assert kinds(replace(changed, linked=True), link("b1")) == {"adopt": 1}
    assert kinds(replace(update({}, {}), linked=True), link("b1")) == {"adopt": 1}
    assert kinds(update({}, {}), link("b1")) == {"link": 1}
    assert kinds(link(None), BrandChange("delete", "e1", None, {"name": "A"}, {}, EntryState.DONE)) == {"delete": 1}
    assert kinds(changed, link(None)) == {"update": 1}
    assert kinds(changed, changed) == {"update": 2}


def pictured(before: str | None, after: str | None, in_cms: str | None = None, **more: Any) -> BrandChange:
    return update({"logo": before}, {"logo": after}, pictures={"logo": in_cms}, **more)


def test_a_brand_and_its_pictures_are_one_card() -> None:
    logo = pictured(None, "acme-1f.png")
    assert kinds(created(name="Acme"), logo) == {"create": 1}
    assert kinds(update({"name": "A"}, {"name": "B"}), logo) == {"update": 1}
    assert kinds(link("b1"), logo) == {"update": 1}
    assert kinds(replace(update({}, {}), linked=True), logo) == {"adopt": 1}
    gone = BrandChange("delete", "e1", None, {"name": "A"}, {}, EntryState.DONE)
    assert kinds(pictured("acme-1f.png", None), gone) == {"delete": 1}
    (card,) = cards([created(name="Acme"), replace(logo, state=EntryState.INTENT)])["create"]
    assert [field.label for field in card.fields] == ["Name", "logo"]
    assert card.state == "It is not known whether this was done."


def test_the_old_and_the_new_picture_stand_side_by_side() -> None:
    old, new = "7 https://shop.example/acme-0a.png", "https://cms.example/new.png?w=1&h=2"
    table = made(changes=[pictured(old, "8 acme-1f.png", new)]).section("update").one("table")
    before, after = table.all("img")
    assert (before.attributes["src"], after.attributes["src"]) == ("https://shop.example/acme-0a.png", new)
    for image_of in (before, after):
        assert {"width": "96", "height": "96", "loading": "lazy", "alt": "logo of Acme"}.items() <= (
            image_of.attributes.items()
        )
    assert [mark.text for mark in table.all("del", "ins")] == [old, "8 acme-1f.png"]


def test_a_picture_whose_place_nobody_knows_is_named_and_not_shown() -> None:
    root = made(changes=[pictured("old.png", "new.png"), pictured("old.png", None, cms_id="e2")])
    assert root.all("img") == []
    assert [mark.text for mark in root.section("update").all("del", "ins")] == ["old.png", "new.png", "old.png"]


@pytest.mark.parametrize("hostile", ["javascript:alert(1)", 'https://a.example/"onerror=x', "https://u:p@a.example/x"])
def test_a_hostile_address_of_a_picture_is_no_code(hostile: str) -> None:
    root = made(changes=[pictured(f"7 {hostile}", hostile, hostile)])
    for found in root.all("img"):
        assert found.attributes["src"].startswith("https://a.example/")
        assert "onerror" not in found.attributes
    assert root.all("script") == []


def test_pictures_are_told_in_a_sentence_of_their_own() -> None:
    def banner(**counts: int) -> list[str]:
        return [line.text for line in made(replace(RUN, counts=counts)).one("div", **{"class": "banner good"}).all("p")]

    assert banner(created=3, images=1) == ["3 brands were created. The pictures of 1 brand changed."]
    assert banner(images=2) == ["The pictures of 2 brands changed."]


def test_skipped_brands_say_what_to_do_and_how_many_there_are() -> None:
    skipped = [{"cms_id": "e1", "reason": reason, "detail": "no `name`"} for reason in ("invalid", "made_up")]
    run = replace(RUN, status=RunStatus.SKIPPED_SOME, exit_code=65, skipped=skipped, counts={"skipped": 1_500})
    root = made(run, names={"e1": "Acme"})
    section = root.section("skipped")
    assert section.one("h2").text == "What needs you (1500)"
    assert [found.text for found in section.all("h3")] == ["Acme", "Acme"]
    assert "Open it in the CMS, correct what is named here, and publish it again." in section.text
    assert 'No "name"' in section.text
    assert "And 1,498 more." in section.text
    assert root.one("h1").text == "1,500 brands need your attention"


def test_what_is_not_listed_is_counted() -> None:
    run = replace(RUN, counts={"created": 12_000, "updated": 5})
    assert "And 12,004 more brands, which are not listed here." in made(run, [created(name="A")]).text
    assert "more brands" not in made(RUN, [created(name="A")]).text


def test_the_chart_tells_the_same_in_words_and_as_a_table() -> None:
    runs = [
        replace(
            RUN, id=f"{number:026}", started_at=f"2026-11-{number + 1:02}T00:00:00+00:00", counts={"created": count}
        )
        for number, count in enumerate([12_000, 0, 3])
    ]
    runs[1] = replace(runs[1], status=RunStatus.FAILED, exit_code=77)
    root = made(runs[2], latest=[*reversed(runs), replace(RUN, kind="recover")])
    drawing = root.one("svg", role="img")
    assert "3 updates from Sunday 1 November 2026" in drawing.one("desc").text
    assert "12,003 brands in all; 0 skipped brands, and 1 did not go through" in drawing.one("desc").text
    rows = [
        (row.one("th").text[:10], row.one("td").text) for row in root.one("table", **{"class": "runs"}).all("tr")[1:]
    ]
    assert rows == [
        ("2026-11-03", "3 brands were created."),
        ("2026-11-02", "The shop was not updated."),
        ("2026-11-01", "12,000 brands were created."),
    ]
    heights = [float(bar.attributes["height"]) for bar in drawing.all("rect")]
    assert heights[1] == 0
    assert 10 < heights[2] < heights[0] == 90
    assert [bar.attributes["class"] for bar in drawing.all("rect")] == ["bar", "bar", "bar now"]


@pytest.mark.parametrize("count", [0, 1, 30])
def test_a_chart_of_any_length_stays_in_its_frame(count: int) -> None:
    runs = [replace(RUN, id=str(number), counts={"created": 10 ** (number // 4)}) for number in range(count)]
    drawn = history(runs, "none")
    assert len(drawn.bars) == count
    for bar in drawn.bars:
        assert bar.x >= 34
        assert bar.x + bar.width <= 360
        assert bar.y >= 8
        assert bar.width > 5
    assert [line.label for line in drawn.lines] == ["0", "1", "10", "100", "1k", "10k", "100k", "1M", "10M"][
        : 9 if count == 30 else 3
    ]
