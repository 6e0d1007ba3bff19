"""The forms of output, by the names that options take."""

from typing import Literal

Output = Literal["rich", "plain", "json"]
"""For results: ``--output``."""
LogFormat = Literal["text", "json"]
"""For lines on stderr: ``--log-format``."""
