import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brandsync.report.visible import assignments, quoted, replacements, shortened, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Söndag 山嵐 Глина", "Söndag 山嵐 Глина"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("one\ntwo\r\ttab", "one\\ntwo\\r\\ttab"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("a\u2066b\u2069\u200f", "a\\u2066b\\u2069\\u200f"),
        ("\x9b31m\x7f", "\\x9b31m\\x7f"),
        ("\u2028\ud800", "\\u2028\\ud800"),
        ("क\u200cष 👩\u200d🚀 \u00a0", "क\u200cष 👩\u200d🚀 \u00a0"),
        ("[bold]markup[/bold] :smile:", "[bold]markup[/bold] :smile:"),
    ],
)
def test_what_a_terminal_would_interpret_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
@settings(max_examples=100)
def test_nothing_that_moves_the_cursor_is_left(text: str) -> None:
    left = {unicodedata.category(char) for char in visible(text) if char not in "\u200c\u200d"}
    assert not left & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(st.text(st.characters(exclude_categories=["C", "Z"])))
@settings(max_examples=50)
def test_a_value_in_quotes_can_be_read_back(text: str) -> None:
    assert json.loads(quoted(text)) == text


def test_values_that_are_no_text_are_json() -> None:
    assert quoted(None) == "null"
    assert quoted({"b": 1, "a": "ü\u202e"}) == '{"a": "ü\\u202e", "b": 1}'


def test_fields_are_words() -> None:
    assert assignments({"name": 'a "b"'}) == ['name="a \\"b\\""']
    assert replacements({"name": "a"}, {"name": None}, {}) == ['name="a" -> null']
    sized = replacements({"name": "a", "logo": "old.png"}, {"name": "b", "logo": "new.png"}, {"logo": 1_200_000})
    assert sized == ['name="a" -> "b"', 'logo="old.png" -> "new.png" (1.2 MB)']


def test_a_long_text_is_cut() -> None:
    assert shortened("12345", 5) == "12345"
    assert shortened("123456", 5) == "1234…"
