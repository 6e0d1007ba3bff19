"""Help in errors: what a misspelt word probably means, and how to install optional parts."""

import difflib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, requires


def near_miss(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate most like the word, ignoring case, or none if no candidate is like it."""
    by_case = {candidate.casefold(): candidate for candidate in candidates}
    found = difflib.get_close_matches(word.casefold(), by_case, n=1)
    return by_case[found[0]] if found else None


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """The end of a sentence about a wrong word: ``; did you mean `paging`?``, or nothing."""
    found = near_miss(word, candidates)
    return f"; did you mean `{found}`?" if found else ""


def installing(extra: str) -> str:
    """The command that installs the packages of an extra.

    It names the packages themselves: they are on an index, wherever brandsync was installed from.
    """
    try:
        needed = [needs.partition(";") for needs in requires("brandsync") or ()]
    except PackageNotFoundError:
        needed = []
    own = [f"'{what.strip()}'" for what, _, when in needed if f"extra == '{extra}'" in when.replace('"', "'")]
    return f"pip install {' '.join(own) or f'.[{extra}]'}"
