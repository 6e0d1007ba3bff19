"""Exceptions of any kind as errors of ours: what is unexpected can be reported."""

import logging
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import brandsync
from brandsync.errors import BrandsyncError, Unreadable

_log = logging.getLogger(__name__)
_PACKAGE: Final = Path(brandsync.__file__).parent
_SIDES: Final = {"cms": "CMS", "stores": "store"}
_ANY_FORM: Final = frozenset({"file", "rest", "sql"})
"""Backends without an API that promises a form."""


def ours(error: Exception) -> BrandsyncError:
    """The error itself, or an unexpected one by its kind and place, without any value that might be a secret.

    If a backend fails on the form of an answer, the answer isn't what its API promises. ``--verbose`` shows the calls
    that led there.
    """
    if isinstance(error, BrandsyncError):
        return error
    frames = traceback.extract_tb(error.__traceback__)
    for frame in frames:
        _log.debug("%s: %s in %s", type(error).__name__, _place(frame), frame.name)
    what = f"{type(error).__name__} at {_place(frames[-1])}"
    side = _reading_of([frame.filename for frame in frames])
    if side and isinstance(error, LookupError | TypeError | AttributeError | ValueError):
        return Unreadable(
            f"an answer of the {side} is not what its API promises: {what}",
            hint=f"`--verbose` shows which one; if nothing is wrong with the {side}, please report it",
        )
    return BrandsyncError(f"a bug in brandsync: {what}", hint="please report it with the command that led to it")


def _place(frame: traceback.FrameSummary) -> str:
    return f"{'/'.join(frame.filename.split('/')[-2:])}:{frame.lineno}"


def _reading_of(files: Sequence[str]) -> str | None:
    """The side whose answer these files were reading, the innermost file last. None if they did something else."""
    own = [Path(file).relative_to(_PACKAGE).parts for file in files if file.startswith(f"{_PACKAGE}/")]
    if not own or own[-1][0] not in _SIDES:
        return None
    hosted = [parts[0] for parts in own if parts[0] in _SIDES and len(parts) > 2 and parts[1] not in _ANY_FORM]
    return _SIDES[hosted[-1]] if hosted else None
