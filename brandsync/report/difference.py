"""The difference between two texts, word by word, with only enough equal text to find the place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from os.path import commonprefix
from typing import Literal

LONGEST = 2_000
"""How many characters of a text are shown."""
_CONTEXT = 120
"""Characters of equal text that are left beside a difference."""
Kind = Literal["same", "changed", "omitted"]
_WORDS = re.compile(r"\w+|\s+|[^\w\s]")
_COMPARISONS = 160_000
"""The most pairs of words and spaces that are compared, such as 200 by 200. Larger texts are changed as a whole."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text."""

    kind: Kind
    text: str


def difference(before: str, after: str, context: int = _CONTEXT) -> tuple[list[Part], list[Part]]:
    """The two texts in pieces, each changed piece marked as changed. ``…`` stands for what is left out."""
    head = _words_of(commonprefix([before, after]), before, after)  # noqa: RUF071 - of texts, not of paths
    rest = before[head:], after[head:]
    reverse = [text[::-1] for text in rest]
    tail = _words_of(commonprefix(reverse), *reverse)  # noqa: RUF071 - also texts
    start, end = before[:head], rest[0][len(rest[0]) - tail :]
    sides = _compared(*(text[: len(text) - tail] for text in rest))
    old, new = ([*_shortened(start, context, -1), *side, *_shortened(end, context, 1)] for side in sides)
    return old, new


def excerpts(before: str, after: str, context: int) -> tuple[str, str]:
    """The two texts, each without most of what they share at their ends."""
    old, new = difference(before, after, context)
    return "".join(part.text for part in old), "".join(part.text for part in new)


def _words_of(common: str, one: str, other: str) -> int:
    """How much of a common beginning consists of words that are whole in both texts, in characters."""
    size = len(common)
    if size < max(len(one), len(other)):
        while size and common[size - 1].isalnum():
            size -= 1
    return size


def _compared(before: str, after: str) -> tuple[list[Part], list[Part]]:
    old, new = (_WORDS.findall(text[:LONGEST]) for text in (before, after))
    sides: tuple[list[Part], list[Part]] = ([], [])
    if len(old) * len(new) > _COMPARISONS:
        old, new = ["".join(old)], ["".join(new)]
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        texts = "".join(old[i:j]), "".join(new[k:m])
        same = kind == "equal" and any(map(str.isalnum, texts[0]))  # a lone comma between changes is no island
        for side, text in zip(sides, texts, strict=True):
            _append(side, Part("same" if same else "changed", text))
    for side, text in zip(sides, (before, after), strict=True):
        if len(text) > LONGEST:
            side.append(Part("omitted", f"… ({len(text) - LONGEST:,} more characters)"))
    return sides


def _append(side: list[Part], part: Part) -> None:
    if side and side[-1].kind == part.kind:
        part = Part(part.kind, side.pop().text + part.text)
    if part.text:
        side.append(part)


def _shortened(text: str, context: int, side: Literal[-1, 1]) -> Iterator[Part]:
    """Equal text at the beginning (-1) or the end (1). Of a long text, only the part beside the difference."""
    if len(text) <= 2 * context:
        parts = [Part("same", text)] if text else []
    elif side < 0:
        parts = [Part("omitted", "…"), Part("same", text[-context:])]
    else:
        parts = [Part("same", text[:context]), Part("omitted", "…")]
    yield from parts
