"""What a report is. Results go to stdout; progress, notices and errors go to stderr."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Self

from brandsync.errors import BrandsyncError

if TYPE_CHECKING:
    from brandsync.run.result import Result

Output = Literal["rich", "plain", "json"]
"""The forms of results, by the names that ``--output`` takes."""
LogFormat = Literal["text", "json"]
"""The forms of lines on stderr, by the names that ``--log-format`` takes."""
REPORT: Final = "brandsync.report"
"""The logger for what a report says on stderr. It is heard at every log level."""
KIND: Final = "kind"
"""The attribute of its records with the first word of the line: ``note``, ``hint``, ``progress``, ..."""
_LEVELS = {"error": logging.ERROR, "warning": logging.WARNING}
_log = logging.getLogger(REPORT)


class Sheet(NamedTuple):
    """A table that a command lists. A dataclass would take longer to make, at each start of the program."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    more: str | None = None
    """A sentence about rows that were left out, or none."""
    lead: Sequence[str] = ()
    """What a person must know before anything else."""
    urgent: Collection[int] = ()
    """The rows, counted from 0, that need a person."""
    compact: bool = False
    """Without a frame and headings: a screen has few lines."""


Sheets = Sequence[Sheet]


class Report(ABC):
    """Shows a run while it works, and its result.

    Enter it around the run: progress is shown until it is left.
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Stop showing progress."""

    def progress(self, phase: str, count: int) -> None:
        """Add so many finished brands to a phase: ``cms``, ``store``, ``links``, ``rollback``, or a step's name.

        In ``images``, pictures are counted.
        """

    def notice(self, text: str) -> None:
        """Say something that a person may want to know."""
        self.tell("note", text)

    def warning(self, text: str, hint: str | None = None) -> None:
        """Say something that a person should look at, and what to do about it."""
        self.tell("warning", text)
        if hint:
            self.tell("hint", hint)

    def error(self, message: str, hint: str | None = None) -> None:
        """Say what is wrong, one mistake a line, and what to do about it."""
        for line in message.splitlines():
            self.tell("error", line)
        if hint:
            self.tell("hint", hint)

    def tell(self, kind: str, text: str) -> None:
        """Say one line on stderr: ``error: the message``. It is a line of the log."""
        _log.log(_LEVELS.get(kind, logging.INFO), "%s", text, extra={KIND: kind})

    def failure(self, error: BrandsyncError) -> None:
        """Report that a command has failed outside any run."""
        self.error(error.message, error.hint)

    @abstractmethod
    def result(self, result: "Result") -> None:
        """Show a run's result. Its error, if there is one, goes to stderr."""

    @abstractmethod
    def sheets(self, sheets: Sheets, document: Mapping[str, Any], *, screen: Sheets | None = None) -> None:
        """Show what a command lists: as lines, as tables, or as the JSON document with the same content.

        ``screen`` is what a terminal shows instead of ``sheets``, where a person needs less than a program.
        """
