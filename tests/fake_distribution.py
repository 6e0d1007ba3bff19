"""Small real distributions, made on the spot: a module and its metadata, in a directory on ``sys.path``."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent


def make_distribution(
    directory: Path, name: str, entry_points: Mapping[str, Mapping[str, str]], modules: Mapping[str, str]
) -> None:
    """Write the distribution ``name`` 1.0, with its entry points by group and its modules' source by name."""
    for module, source in modules.items():
        (directory / f"{module}.py").write_text(dedent(source))
    info = directory / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = [
        line
        for group, entries in entry_points.items()
        for line in (f"[{group}]", *(f"{entry} = {target}" for entry, target in entries.items()))
    ]
    (info / "entry_points.txt").write_text("\n".join(lines))
