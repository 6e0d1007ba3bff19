"""The README's table of where each CMS has a brand's picture."""

import re
from collections.abc import Mapping
from pathlib import Path

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")


def rows() -> Mapping[str, list[str]]:
    """The table's rows, by backend: value, mark, note, and what it was tried with."""
    section = README.partition("\n#### Pictures\n")[2].partition("\n#### ")[0]
    table = section.partition("| backend | `value` | `mark` |")[2]
    cells = [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in re.findall(r"^\| `.*$", table, re.MULTILINE)
    ]
    return {backend.strip(" `"): rest for backend, *rest in cells}


def mapping(backend: str) -> dict[str, str]:
    """The picture's field in ``[cms.fields]``, as the table has it."""
    value, mark, *_ = rows()[backend]
    found = {"value": value.strip("`"), "type": "image"}
    return found if mark == "none" else found | {"mark": mark.strip("`")}
