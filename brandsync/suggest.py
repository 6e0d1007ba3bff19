"""Near misses: what somebody who misspelt a word probably meant."""

import difflib
from collections.abc import Iterable


def near_miss(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate most like the word, whatever their case, or none that is like it at all."""
    by_case = {candidate.casefold(): candidate for candidate in candidates}
    found = difflib.get_close_matches(word.casefold(), by_case, n=1)
    return by_case[found[0]] if found else None


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """The end of a sentence that has named a wrong word: ``; did you mean `paging`?``, or nothing."""
    found = near_miss(word, candidates)
    return f"; did you mean `{found}`?" if found else ""
