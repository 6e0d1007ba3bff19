"""Keys that one object of an answer holds twice."""

import json

import pytest

from brandsync.cms.document import Document

LONG = "x: " * 1_400_000
"""So long that an answer with it isn't written out again to be looked at."""


@pytest.mark.parametrize("text", ["a: b", LONG], ids=["short", "long"])
def test_a_key_that_is_there_twice_is_found_in_an_answer_of_any_length(text: str) -> None:
    whole = json.dumps([{"id": 1, "na:me": text, "more": [{"a": None}, 1.5]}]).encode()
    assert Document.of_answer(json.loads(whole), whole, "GET /").twice == []
    twice = whole.replace(b'"id": 1', b'"id": 1, "id": 2')
    assert len(Document.of_answer(json.loads(twice), twice, "GET /").twice) == 1
