"""How a call or a run may end after one fault."""

from typing import Any, Final

from brandsync.errors import BrandsyncError, CredentialsRefused, TryAgainLater, Unreadable
from brandsync.testing.faults import Fault

OF_READING: Final = tuple(fault for fault in Fault if not fault.applied or fault in {Fault.TRUNCATED, Fault.SLOW})
"""For reading, it makes no difference whether the server has carried the request out."""

OF_A_RUNS_READING: Final = (Fault.ERROR_BEFORE, Fault.TRUNCATED, Fault.HTML, Fault.UNAUTHORIZED)
"""One of each kind: how a listing handles the others is tested separately."""

OF_A_CHANGE: Final = (Fault.RESET_AFTER, Fault.TRUNCATED, Fault.HTML_AFTER, Fault.UNAUTHORIZED, Fault.DUPLICATED)
"""One of each kind, for writes after the first: the others take the same paths through a backend."""

PERSISTENT: Final = 1_000
"""How many requests are struck if a fault should not pass."""


def right_errors(fault: Fault) -> tuple[type[BrandsyncError], ...]:
    """What a backend may raise after a fault; nothing for a fault that it can't notice."""
    if fault.silent:
        return ()
    if fault is Fault.UNAUTHORIZED:
        return (CredentialsRefused,)
    if fault in {Fault.HTML, Fault.HTML_AFTER}:
        return (Unreadable,)
    return (TryAgainLater, Unreadable) if fault is Fault.TRUNCATED else (TryAgainLater,)


def right_codes(fault: Fault) -> set[int]:
    """The exit codes that a run may end with: 0 if a retry helped."""
    return {0, *(error.exit_code for error in right_errors(fault))}


def told(result: dict[str, Any]) -> str:
    """How a run ended, in a line."""
    counts = ", ".join(f"{number} {name}" for name, number in result["counts"].items() if number)
    skipped = "".join(f"; skipped: {item['detail']}" for item in result["skipped"][:3])
    error = f"; {result['error']}" if result["error"] else ""
    return f"{result['status']} (exit code {result['exit_code']}), {counts or 'nothing done'}{error}{skipped}"
