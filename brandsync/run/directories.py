"""Making directories that are never open to more people than was meant, whatever the umask."""

from pathlib import Path


def make_directories(directory: Path, mode: int) -> None:
    """Make a directory and those above it. ``parents=True`` would give these the mode that the umask allows."""
    for missing in reversed([path for path in (directory, *directory.parents) if not path.exists()]):
        missing.mkdir(mode=mode, exist_ok=True)
