"""Numbers in sentences: the form that a noun has with one, and sizes."""


def plural(count: int, noun: str) -> str:
    """The noun for so many: ``1 brand``, ``0 brands``, ``2 entries``, ``7 days``."""
    if count == 1:
        return noun
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2] not in "aeiou" else f"{noun}s"


def counted(count: int, noun: str) -> str:
    """So many, with the noun: ``1 brand``, ``2 entries``."""
    return f"{count} {plural(count, noun)}"


def in_all(count: int, noun: str) -> str:
    """Where a thing is that all of so many have: ``in all 2 entries``."""
    return f"in the only {noun}" if count == 1 else f"in all {counted(count, noun)}"


def in_none(count: int, noun: str) -> str:
    """Where a thing is that none of so many has: ``in none of the 2 entries``."""
    return f"not in the only {noun}" if count == 1 else f"in none of the {counted(count, noun)}"


def sized(count: int) -> str:
    """So many bytes, for people: ``940 bytes``, ``12 kB``, ``3.4 MB``."""
    if count < 1_000:
        return counted(count, "byte")
    return f"{count / 1e3:.0f} kB" if count < 999_500 else f"{count / 1e6:.1f} MB"
