"""The quick reader says what Python's own says, of whatever comes."""

import json
import math

import pytest
from extent import enough
from hypothesis import given, settings
from hypothesis import strategies as st

from brandsync.brand import decode, encode
from brandsync.json_reading import a_list, an_object, at, objects, read_json

NUMBERS = st.integers() | st.floats() | st.integers(-(10**40), 10**40)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)

thoroughly = settings(max_examples=enough(100, of=2_000))


def same(one: object, other: object) -> bool:
    """Equal in type too: to Python, 1 is 1.0 and True, and NaN isn't NaN."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


@thoroughly
@given(VALUES, st.booleans())
def test_every_value_comes_back(value, ascii_only):
    assert same(read_json(json.dumps(value, ensure_ascii=ascii_only).encode(errors="surrogatepass")), value)


@thoroughly
@given(st.binary() | st.text(alphabet='[]{}":,.-+eE0123456789 \ttrufalsn\\ud8').map(str.encode))
def test_no_bytes_are_read_otherwise(raw):
    try:
        expected = json.loads(raw)
    except ValueError:
        with pytest.raises(ValueError):  # noqa: PT011 - whatever its words
            read_json(raw)
    else:
        assert same(read_json(raw), expected)


@pytest.mark.parametrize(
    "raw",
    [
        b'"\\ud800"',
        b"NaN",
        b"-Infinity",
        b"1e400",
        b"\xef\xbb\xbf[1]",
        '"utf-16"'.encode("utf-16"),
        b"1" * 4_000,
        b"-0",
    ],
    ids=repr,
)
def test_what_only_pythons_reader_takes_is_taken(raw):
    assert same(read_json(raw), json.loads(raw))


def test_what_is_nested_too_deeply_is_told():
    with pytest.raises(RecursionError):
        read_json(b"[" * 100_000 + b"]" * 100_000)


@thoroughly
@given(st.dictionaries(st.sampled_from(["name", "handle", "metadata"]), st.none() | st.text(), min_size=1))
def test_texts_are_encoded_as_python_does(fields):
    expected = json.dumps(fields, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    assert decode(encode(fields)) == json.loads(expected) == fields


@thoroughly
@given(st.dictionaries(st.text(), VALUES, max_size=3))
def test_metadata_are_encoded_exactly(metadata):
    assert same(decode(encode({"metadata": metadata}))["metadata"], metadata)


def test_metadata_keep_what_json_has_no_form_for():
    assert math.isnan(decode(encode({"metadata": {"a": math.nan}}))["metadata"]["a"])


def test_what_stands_at_a_path_is_found_and_nothing_where_the_path_ends_early():
    assert at({"meta": {"total": 3}}, "meta", "total") == 3
    assert at("whole") == "whole"
    for value in (None, [], "meta", 7, {}, {"meta": None}, {"meta": ["total"]}, {"meta": {}}):
        assert at(value, "meta", "total") is None


def test_lists_and_objects_of_another_kind_are_empty():
    assert (an_object({"a": 1}), an_object(["a"]), an_object(None)) == ({"a": 1}, {}, {})
    assert (a_list([1]), a_list({"a": 1}), a_list("text")) == ([1], [], [])
    assert objects([{"a": 1}, None, "text", [], {}]) == [{"a": 1}, {}]
    assert objects({"a": {}}) == []
