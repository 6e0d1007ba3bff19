"""A catalogue to run the command on."""

import json
from pathlib import Path
from typing import Any

from ran import Command, Ran

__all__ = ["Catalogue", "Command", "Ran"]


class Catalogue:
    """The sample catalogue, with its configuration."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.config = directory / "brandsync.toml"
        self.file = directory / "brands.json"

    @property
    def brands(self) -> list[dict[str, Any]]:
        brands: list[dict[str, Any]] = json.loads(self.file.read_text("utf-8"))
        return brands

    @brands.setter
    def brands(self, brands: list[dict[str, Any]]) -> None:
        self.file.write_text(json.dumps(brands), "utf-8")

    def edit(self, cms_id: str, **fields: Any) -> None:
        self.brands = [{**brand, **fields} if brand["id"] == cms_id else brand for brand in self.brands]

    def set(self, old: str, new: str) -> None:
        text = self.config.read_text("utf-8")
        assert old in text
        self.config.write_text(text.replace(old, new), "utf-8")
