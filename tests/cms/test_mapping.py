"""From raw entries to brands."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import jmespath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brandsync.brand import CmsBrand, Skipped, decode, encode
from brandsync.cms.interface import CmsSettings
from brandsync.cms.mapping import EntryMapping
from brandsync.cms.path import Oversized, reader
from brandsync.cms.path_error import PathError
from brandsync.cms.unreadable_value import twice
from brandsync.errors import Interrupted
from brandsync.observing.excerpt import excerpt, kind
from brandsync.settings import OWN_FUNCTIONS

HALF = "\ud800"


class Settings(CmsSettings):
    """Of a CMS that is somewhere."""

    url: str = "https://cms.example.com/api"


def mapping(**cms) -> EntryMapping:
    return EntryMapping(Settings.model_validate({"backend": "x", **cms}))


def full() -> EntryMapping:
    names = ("name", "handle", "description", "logo_url", "website_url", "metadata")
    return mapping(fields={name: name for name in names})


def skipped(raw, **cms) -> Skipped:
    brand = mapping(**cms).read(raw) if cms else full().read(raw)
    assert isinstance(brand, Skipped)
    assert brand.reason == "invalid"
    return brand


def test_an_entry_becomes_a_brand_with_its_values_untouched():
    raw = {
        "id": "e1",
        "external_id": "brand_1",
        "updated_at": "2026-01-01",
        "name": " Café\u0301 ",
        "metadata": {"a": [1]},
    }
    blank = {"handle": None, "description": None, "logo_url": None, "website_url": None}
    brand = full().read(raw)
    assert brand == CmsBrand(
        "e1", "brand_1", {"name": " Café\u0301 ", **blank, "metadata": {"a": [1]}}, updated_at="2026-01-01"
    )
    assert isinstance(brand, CmsBrand)
    assert tuple(brand.fields) == full().fields


def test_only_mapped_fields_are_read_and_in_their_order():
    some = mapping(fields={"description": "body.text", "name": "title.raw"})
    assert some.fields == ("name", "description")
    brand = some.read({"id": 1, "title": {"raw": "A"}, "body": "x", "handle": "a"})
    assert brand == CmsBrand("1", None, {"name": "A", "description": None})


def test_any_jmespath_is_read():
    brand = mapping(fields={"name": "names[?lang=='en'].text | [0]"}).read(
        {"id": 7, "external_id": 9, "updated_at": 1.5, "names": [{"lang": "en", "text": "A"}]}
    )
    assert brand == CmsBrand("7", "9", {"name": "A"}, "1.5")


@pytest.mark.parametrize("bad", [None, "", "  ", True, 1.5, ["x"], {}])
def test_an_entry_without_a_usable_id_is_skipped_and_named(bad):
    brand = skipped({"id": bad, "name": "Acme", "external_id": "b1"})
    assert brand.cms_id == ""
    assert brand.external_id == "b1"
    assert 'its name is "Acme"' in brand.detail


def test_an_entry_with_neither_id_nor_name_is_skipped():
    assert "no id" in skipped({}).detail
    assert "no id" in skipped({}, fields={"name": "join(',', x)"}).detail


@pytest.mark.parametrize("raw", [None, [], "x", 5])
def test_what_is_no_object_is_skipped(raw):
    assert "not an object" in skipped(raw).detail


@pytest.mark.parametrize("blank", [None, "", " \t"])
def test_a_blank_external_id_is_none(blank):
    assert full().read({"id": "1", "name": "A", "external_id": blank}).external_id is None


@pytest.mark.parametrize("bad", [True, 1.5, {}, []])
def test_an_external_id_of_another_type_is_skipped(bad):
    brand = skipped({"id": "1", "name": "A", "external_id": bad})
    assert (brand.cms_id, brand.external_id) == ("1", None)
    assert "`external_id`" in brand.detail


@pytest.mark.parametrize("name", [None, "", "\u00a0 ", 5, ["A"]])
def test_an_entry_without_a_name_is_skipped_and_keeps_its_claim(name):
    brand = skipped({"id": "1", "name": name, "external_id": "b1"})
    assert (brand.cms_id, brand.external_id) == ("1", "b1")
    assert "`name`" in brand.detail


@pytest.mark.parametrize(
    ("path", "entry", "is_path_named"),
    [
        ("nam", {}, True),
        ("nam", {"nam": None}, False),
        ("title.nam", {"title": {"name": "A"}}, True),
        ("title.nam", {"title": None}, False),
        ("nam || title", {}, True),
        ("nam || title", {"title": None}, False),
        ('"the-name"', {"name": "A"}, True),
        ("nam[0].text", {"name": "A"}, True),
    ],
)
def test_where_the_key_of_the_name_is_absent_the_path_may_be_wrong(path, entry, is_path_named):
    advice = "give it one in the CMS, or check `name` in [cms.fields]" if is_path_named else "give it one in the CMS"
    assert skipped({"id": "1", **entry}, fields={"name": path}).detail == f"the entry has no `name`; {advice}"


def test_a_field_of_another_type_is_skipped_by_name():
    brand = skipped({"id": "1", "name": "A", "description": []})
    assert brand.detail.startswith("`description` is a list; text was expected")
    assert "`metadata` is text; an object" in skipped({"id": "1", "name": "A", "metadata": "x"}).detail


@pytest.mark.parametrize("where", ["id", "external_id", "name", "description"])
def test_text_that_no_store_can_keep_is_skipped(where):
    raw = {"id": "1", "name": "A", where: f"x{HALF}"}
    brand = skipped(raw)
    assert "half a character" in brand.detail
    brand.detail.encode()


@pytest.mark.parametrize("where", ["id", "external_id"])
def test_an_id_that_not_every_journal_can_keep_is_skipped(where):
    assert "holds U+0000" in skipped({"id": "1", "name": "A", where: "a\0b"}).detail


@pytest.mark.parametrize("bad", [{"a": HALF}, {"a": float("nan")}, {"a": {1, 2}}, {1: 1, "a": 2}])
def test_metadata_that_is_not_json_is_skipped(bad):
    assert "`metadata` holds something" in skipped({"id": "1", "name": "A", "metadata": bad}).detail


def test_a_function_that_cannot_be_evaluated_is_skipped_with_its_words():
    brand = skipped({"id": "1", "tags": None}, fields={"name": "join(',', tags)"})
    assert brand.cms_id == "1"
    assert "join()" in brand.detail


@pytest.mark.parametrize("value", [None, True, [], {}])
def test_a_moment_of_another_type_is_none(value):
    assert full().read({"id": "1", "name": "A", "updated_at": value}).updated_at is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
)


@settings(max_examples=100)
@given(path=st.sampled_from(["a", "a.b", "a.b.c", "_x1"]), value=VALUES)
def test_plain_paths_read_what_jmespath_reads(path, value):
    assert reader(path)(value) == jmespath.search(path, value)


@settings(max_examples=100)
@given(raw=VALUES | st.fixed_dictionaries({"id": VALUES, "name": VALUES, "metadata": VALUES, "external_id": VALUES}))
def test_every_entry_is_either_a_brand_or_skipped(raw):
    brand = full().read(raw)
    assert isinstance(brand, CmsBrand | Skipped)
    if isinstance(brand, CmsBrand):
        assert brand.cms_id.strip()
        assert brand.fields["name"].strip()


HUGE = 10**5_000
DEEP = json.loads('{"a":' * 900 + "1" + "}" * 900)


class Odd:
    """A value of a library's own."""

    def __str__(self):
        raise RuntimeError("it can't be shown")

    __repr__ = __str__


WRONG = [
    ("absolute(x)", "http://[x", '"http://[x" is no address: Invalid IPv6 URL'),
    ("absolute(x)", "http://\u2100.example", "is no address: netloc"),
    ("text(x)", 5, "it is a number, and text() and html() know no such rich text"),
    ("text(x)", ["a"], "it is a list that begins with text"),
    ("html(x)", {"blocks": []}, "it is an object with the keys blocks"),
    ("markdown(x)", ["a"], "markdown() takes text, and it is a list"),
    ("to_string(x)", Odd(), "the expression fails on it"),
    ("join(' ', x)", None, "join()"),
    ("length(x)", Odd(), "the expression fails on it"),
    ("x", HUGE, "`description` is a number; text was expected"),
    ("to_string(x)", [HUGE], "the expression fails on it: Exceeds the limit"),
    ("text(x)", {"type": "doc", "content": DEEP}, "text() and html() know no such rich text"),
    ("x", Odd(), "`description` is a value that JSON has no form for"),
]


@pytest.mark.parametrize("case", range(len(WRONG)))
def test_whatever_is_wrong_with_a_field_skips_its_entry_and_says_which_field(case):
    path, value, said = WRONG[case]
    brand = skipped(
        {"id": "1", "name": "A", "external_id": "b1", "x": value}, fields={"name": "name", "description": path}
    )
    assert (brand.cms_id, brand.external_id) == ("1", "b1")
    assert "`description`" in brand.detail
    assert said in brand.detail
    assert len(brand.detail) < 700
    assert brand.detail.isprintable()


@pytest.mark.parametrize(
    "case", [number for number, (path, _, _) in enumerate(WRONG) if path not in {"x", "absolute(x)"}]
)
def test_whatever_is_wrong_with_an_id_skips_its_entry(case):
    path, value, _ = WRONG[case]
    brand = skipped({"x": value, "name": "A"}, id=path)
    assert (brand.cms_id, brand.detail.startswith("`id` cannot be read: ")) == ("", True)
    brand = skipped({"id": "1", "x": value, "name": "A"}, external_id=path)
    assert (brand.cms_id, brand.detail.startswith("`external_id` cannot be read: ")) == ("1", True)
    assert brand.detail.endswith("check `external_id` in [cms]")


@pytest.mark.parametrize("value", [HUGE, -HUGE], ids=["huge", "less"])
def test_an_id_of_too_many_digits_skips_its_entry(value):
    assert skipped({"id": value, "name": "A"}).cms_id == ""
    assert skipped({"id": "1", "name": "A", "external_id": value}).cms_id == "1"


@pytest.mark.parametrize("path", ["join(' ', x)", "absolute(x)", "to_string(x)", "x"])
def test_no_moment_skips_an_entry(path):
    for value in (None, "http://[x", HUGE, Odd(), [HUGE], float("inf")):
        brand = mapping(updated_at=path).read({"id": "1", "name": "A", "x": value})
        assert isinstance(brand, CmsBrand)


def test_a_request_to_stop_is_no_problem_of_an_entry(monkeypatch):
    def stop(*_arguments):
        raise Interrupted("SIGTERM asked this run to stop")

    monkeypatch.setattr("brandsync.cms.path.urljoin", stop)
    raw = {"id": "1", "name": "A", "x": "/a"}
    for settings_of in ({"fields": {"name": "absolute(x)"}}, {"id": "absolute(x)"}, {"updated_at": "absolute(x)"}):
        with pytest.raises(Interrupted):
            mapping(**settings_of).read(raw)
    with pytest.raises(KeyboardInterrupt):
        mapping(id="x").read({"x": Stopping("1")})


class Stopping(str):
    """An id that is read just as somebody presses Ctrl-C."""

    __slots__ = ()

    def strip(self, *_characters):
        raise KeyboardInterrupt


@pytest.mark.parametrize(("levels", "fits"), [(199, True), (200, True), (201, False), (960, False)])
def test_metadata_is_kept_as_deep_as_everybody_can_read_it(levels, fits):
    metadata = 1
    for _ in range(levels):
        metadata = {"a": metadata}
    brand = full().read({"id": "1", "name": "A", "metadata": metadata})
    assert isinstance(brand, CmsBrand) is fits
    if fits:
        assert decode(encode(brand.fields)) == brand.fields
    else:
        assert "`metadata` holds more than 16 MB, or 200 levels within each other" in brand.detail


def repeating(levels):
    inner = {"type": "text", "text": "x" * 9}
    for _ in range(levels):
        inner = {"type": "root", "children": [inner] * 9}
    return inner


@pytest.mark.parametrize(
    "path", ["text(x)", "html(x)", "to_string(x)", "x.children[].children[].children[] | [0].type"]
)
def test_an_entry_that_repeats_itself_beyond_measure_is_skipped_where_more_than_plain_paths_read_it(path):
    raw = Oversized({"id": "1", "name": "A", "x": repeating(9)})
    assert "repeats itself" in skipped(raw, fields={"name": "name", "description": path}).detail
    assert mapping(fields={"name": "name"}).read(raw) == CmsBrand("1", None, {"name": "A"})


def test_metadata_that_repeats_itself_beyond_measure_is_measured_at_once():
    assert "more than 16 MB" in skipped({"id": "1", "name": "A", "metadata": repeating(60)}).detail
    myself = {}
    myself["me"] = myself
    assert "more than 16 MB" in skipped({"id": "1", "name": "A", "metadata": myself}).detail
    shared = [1]
    brand = full().read({"id": "1", "name": "A", "metadata": {"a": shared, "b": shared}})
    assert isinstance(brand, CmsBrand)


@pytest.mark.parametrize("name", ["\u200b", " \u2060\ufeff", "\u00ad\u3000", "\u3164", "\x00", "\x7f "])
def test_a_name_in_which_nothing_is_to_be_seen_is_blank(name):
    assert "`name` is blank" in skipped({"id": "1", "name": name}).detail


def test_a_path_that_fails_says_so():
    with pytest.raises(PathError):
        reader("length(a)")({"a": 1})


def test_long_and_unprintable_text_is_shown_short_and_escaped():
    assert excerpt("a" * 61) == "a" * 60 + "…"
    assert excerpt("a\nb\x1b[2J\ud800") == "a\\nb\\x1b[2J\\ud800"
    assert excerpt("\n" * 60) == "\\n" * 30 + "…"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (Oversized({}), "an object"),
        ((1, 2), "a list"),
        (True, "true or false"),
        (Decimal("1.5"), "a number"),
        (b"x", "bytes"),
        (datetime(2026, 1, 1, tzinfo=UTC), "a moment"),
        (date(2026, 1, 1), "a date"),
        ({1}, "a set"),
        (twice("id", "line 2", (1, 2)), 'unreadable (line 2: the key "id" is there twice in one object)'),
        (object(), "a value that JSON has no form for"),
    ],
)
def test_a_value_is_called_what_people_call_it(value, said):
    assert kind(value) == said


def test_the_functions_that_a_configuration_may_call_are_those_that_entries_are_read_with():
    assert [reader(f"{name}(@)")(None) for name in sorted(OWN_FUNCTIONS)] == [None] * 4
