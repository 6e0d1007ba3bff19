"""The forms in which things are shown, by the names that options take."""

from typing import Literal

Output = Literal["rich", "plain", "json"]
"""Of results: ``--output``."""
LogFormat = Literal["text", "json"]
"""Of lines on stderr: ``--log-format``."""
