"""The forms in which results are shown, by the names that ``--output`` takes."""

from typing import Literal

Output = Literal["rich", "plain", "json"]
