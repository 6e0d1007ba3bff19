"""Sharing the pipelines of a directory among processes that don't talk to each other."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

INDEX_VARIABLE = "JOB_COMPLETION_INDEX"
"""The variable in which Kubernetes tells a pod of an Indexed Job its number, counting from 0."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One part of all pipelines. Each pipeline is in exactly one part, by its place among the sorted names."""

    index: int
    """From 0."""
    of: int

    @classmethod
    def parse(cls, text: str, environment: Mapping[str, str]) -> "Shard":
        """Parse ``2/8``, or ``8`` where the environment says which part.

        Raises:
            ValueError: with what is wrong, in words that follow the option's name.
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
        """The names in this part. Sorted names are dealt out in turn, so no part gets two more than another."""
        return set(sorted(set(names))[self.index :: self.of])

    def __str__(self) -> str:
        return f"{self.index}/{self.of}"
