"""What can go wrong: one class for each decision that a caller has to make, each with its exit code.

BrandsyncError                    70  a bug, unless one of these
├── ConfigError                   78  someone has to change the configuration
├── CredentialsRefused            77  someone has to change a token, a password or a permission
├── SafetyRefusal                  4  someone has to look at the plan; nothing was written
├── TryAgainLater                 75  the next run may well succeed
│   ├── LeaseHeld                 75  another run is at work
│   ├── LeaseLost                 75  another run has taken over: stop at once, and undo nothing
│   └── Interrupted            75/130  SIGTERM, SIGHUP or Ctrl-C
├── Unreadable                     1  the other side answered, and not as its interface says
├── Rejected                       1  the other side refused this very write, for good
│   └── Unwritable                 1  it takes no write at all: its disk is full, or it may only be read
└── RollbackIncomplete            74  a person is needed
"""

from collections.abc import Sequence
from typing import Final, Self

from brandsync.errors.plural import counted


class BrandsyncError(Exception):
    """The base of all errors. Its message says what is wrong and where. Its hint says what to do."""

    exit_code: int = 70

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigError(BrandsyncError):
    """The configuration is wrong, or something that it names."""

    exit_code = 78


class CredentialsRefused(BrandsyncError):
    """The CMS or the store refused the credentials: a 401 or 403, a wrong password, a missing privilege."""

    exit_code = 77


class SafetyRefusal(BrandsyncError):
    """The plan exceeds a safety limit, or isn't the reviewed one. Nothing has been written."""

    exit_code = 4

    def __init__(self, message: str, *, hint: str | None = None, forced: str | None = None) -> None:
        """``forced``: what a dry run says instead of the hint. ``{}`` stands for the command that makes the plan."""
        super().__init__(message, hint=hint)
        self.forced = forced


class TryAgainLater(BrandsyncError):
    """The network, an overloaded server, a lock: nothing that anybody must change."""

    exit_code = 75


class LeaseHeld(TryAgainLater):
    """Another run of this pipeline is at work."""


class LeaseLost(TryAgainLater):
    """This run was away for so long that another run has taken its lease. It must not write any more."""


STOPPED = "the run was asked to stop"
"""The beginning of an ``Interrupted`` message that says what was going on."""


class Interrupted(TryAgainLater):
    """SIGTERM, SIGHUP or Ctrl-C asked the run to stop."""


class Unreadable(BrandsyncError):
    """An answer that is not what the interface promises: HTML for JSON, no list where one should be."""

    exit_code = 1


class Rejected(BrandsyncError):
    """The CMS or the store refused a write for good: a retry would change nothing."""

    exit_code = 1


class Unwritable(Rejected):
    """The other side accepts no writes at all: no single brand is to blame."""


class RollbackIncomplete(BrandsyncError):
    """Something that was written could not be undone: a person is needed."""

    exit_code = 74

    @classmethod
    def of(cls, run: str, failed: int) -> Self:
        """The error for ``failed`` writes of a run."""
        return cls(
            f"{counted(failed, 'write')} of run {run} could not be undone",
            hint="remove the cause and run `brandsync recover`; or put the brands listed right by hand and run"
            " `brandsync recover --accept`",
        )


UNWRITTEN: Final = 73
"""The exit code of a command that has done its work and could not print what came of it."""
EXIT_CODES: Sequence[tuple[int, str]] = (
    (0, "done, changed or not; or a dry run"),
    (1, "failed; everything it wrote was rolled back"),
    (2, "usage error"),
    (3, "changes pending (only with --dry-run --exit-code)"),
    (4, "refused by a safety limit, or not the plan that --expect names; nothing written"),
    (65, "done, but some brands were skipped"),
    (70, "a bug in brandsync (rolled back where it could)"),
    (UNWRITTEN, "done, but its result could not be written to stdout, such as to a full disk"),
    (74, "rollback incomplete: a person is needed"),
    (75, "try again later: lease held, network, 429 or 5xx, SIGTERM; nothing was changed (Ctrl-C gives 130)"),
    (77, "the CMS or the store refused the credentials"),
    (78, "bad configuration"),
)
"""Every exit code and its meaning, as the documentation prints them."""
