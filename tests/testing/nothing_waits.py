"""Tests of the kit in which no editor has a draft: what they leave behind is published as it stands."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class NothingWaits:
    """Comes before the class that serves the CMS."""

    @contextmanager
    def serving(self, directory: Path) -> Iterator[dict[str, Any]]:
        with super().serving(directory) as section:  # type: ignore[misc]
            yield section
            assert not self.changed()  # type: ignore[attr-defined]
