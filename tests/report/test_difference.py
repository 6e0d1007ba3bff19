import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brandsync.report.difference import LONGEST, Part, difference, excerpts

TEXTS = st.text(st.sampled_from("ab .,\n漢é"), max_size=60)


def marked(parts: list[Part]) -> str:
    """What is changed in brackets."""
    return "".join(f"[{part.text}]" if part.kind == "changed" else part.text for part in parts)


@pytest.mark.parametrize(
    ("before", "after", "old", "new"),
    [
        ("Söndag", "Söndag & Sons", "Söndag", "Söndag[ & Sons]"),
        ("over oak, slowly", "over beech, slowly", "over [oak], slowly", "over [beech], slowly"),
        ("Kettle", "Kettles", "[Kettle]", "[Kettles]"),
        ("a.b", "c.d", "[a.b]", "[c.d]"),
        ("same", "same", "same", "same"),
        ("", "new", "", "[new]"),
    ],
)
def test_what_differs_is_marked_word_by_word(before: str, after: str, old: str, new: str) -> None:
    assert tuple(map(marked, difference(before, after))) == (old, new)


@given(TEXTS, TEXTS)
@settings(max_examples=300)
def test_the_pieces_are_the_two_texts_and_what_is_not_marked_is_the_same_in_both(before: str, after: str) -> None:
    old, new = difference(before, after)
    assert "".join(part.text for part in old) == before
    assert "".join(part.text for part in new) == after
    same = ["".join(part.text for part in side if part.kind == "same") for side in (old, new)]
    assert same[0] == same[1]
    assert (before == after) == all(part.kind == "same" for part in [*old, *new])


def test_of_long_equal_text_only_what_is_near_the_change_is_left() -> None:
    start, end = "start " * 100, " end" * 100
    old, new = difference(f"{start}x{end}", f"{start}y{end}", context=20)
    assert [part.kind for part in old] == ["omitted", "same", "changed", "same", "omitted"]
    assert marked(new) == f"…{start[-20:]}[y]{end[:20]}…"
    assert excerpts(f"{start}x", f"{start}y", 6) == ("…start x", "…start y")


@pytest.mark.parametrize("words", ["a b ", ".,", "lorem ipsum dolor ", "\n \n"])
def test_no_text_takes_long_or_is_shown_at_length(words: str) -> None:
    began = time.process_time()
    for side in difference(f"x{words * 200_000}y", f"z{words[::-1] * 200_000}w"):
        assert sum(len(part.text) for part in side) < LONGEST + 100
        assert side[-1].text.endswith("more characters)")
    assert time.process_time() - began < 20  # a quadratic comparison would take hours
