"""Real brands in a JSON file that editors edit, for a store that takes each name once."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import real_brands
from extent import enough

from brandsync.plan.matching_key import match_key

COUNT = enough(600, of=2_000)
CHANGED = 20
"""Of each kind of change on the editor's day."""


class Catalogue:
    """A JSON file that editors edit."""

    def __init__(self, path: Path, entries: list[dict[str, Any]]) -> None:
        self.path, self.entries = path, entries
        self.save()

    def save(self) -> None:
        self.path.write_text(json.dumps(self.entries), "utf-8")

    def of_a_name_of_their_own(self) -> dict[str, dict[str, Any]]:
        """The entries that a store can hold which takes each name once, by id."""
        names = Counter(match_key(entry["name"]) for entry in self.entries)
        return {entry["id"]: entry for entry in self.entries if names[match_key(entry["name"])] == 1}


def edit_for_a_day(catalogue: Catalogue) -> None:
    """Rename some, describe some anew, remove some and publish some."""
    ours = list(catalogue.of_a_name_of_their_own().values())
    for entry in ours[:CHANGED]:
        entry["name"] += " – 新"
    for entry in ours[CHANGED : 2 * CHANGED]:
        entry["description"] = "é 💶 \\ ' \" <b>&amp;</b>"
    gone = {entry["id"] for entry in ours[2 * CHANGED : 3 * CHANGED]}
    catalogue.entries = [entry for entry in catalogue.entries if entry["id"] not in gone]
    catalogue.entries += [{"id": f"new-{n}", "name": f"New ® {n}", "description": ""} for n in range(CHANGED)]
    catalogue.save()


def real_catalogue(directory: Path) -> Catalogue:
    """The brands, in a file of this directory; skips the test where they can't be had."""
    real_brands.required()
    return Catalogue(directory / "brands.json", real_brands.load()[:COUNT])
