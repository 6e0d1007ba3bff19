"""Sharing a directory of pipelines out among processes, without a word between them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

INDEX_VARIABLE = "JOB_COMPLETION_INDEX"
"""Where Kubernetes tells a pod of an Indexed Job which one it is, counting from 0."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several parts of all pipelines: each pipeline is in exactly one, by its place among the sorted names."""

    index: int
    """From 0."""
    of: int

    @classmethod
    def parse(cls, text: str, environment: Mapping[str, str]) -> "Shard":
        """``2/8``, or ``8`` where the environment says which one.

        Raises:
            ValueError: with what is wrong, in words that go after the option's name.
        """
        found = re.fullmatch(r"(?:([0-9]{1,6})/)?([0-9]{1,6})", text.strip())
        if not found:
            raise ValueError(f"takes a part and their number, such as 2/8, and not {text!r}")
        index = found[1] or environment.get(INDEX_VARIABLE, "")
        if not re.fullmatch("[0-9]{1,6}", index):
            raise ValueError(f"names no part, and ${INDEX_VARIABLE} doesn't either: write such as 0/{text}")
        if int(index) >= int(found[2]):
            raise ValueError(f"parts count from 0: of {found[2]}, there is no part {index}")
        return cls(int(index), int(found[2]))

    def share(self, names: Iterable[str]) -> set[str]:
        """Those of all names that are in it: sorted, they are dealt out in turn, so that no part gets two more."""
        return set(sorted(set(names))[self.index :: self.of])

    def __str__(self) -> str:
        return f"{self.index}/{self.of}"
