"""The sections of a configuration that are brandsync's own: all but ``[cms]`` and ``[store]``."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from brandsync.database.url import DatabaseUrl
from brandsync.plan import MatchOn, OnConflict
from brandsync.settings import BaseUrl, ConfigPath, Duration, SettingsModel, Timeout


@dataclass(frozen=True, slots=True)
class Limit:
    """A safety limit: a number of brands, or a percentage. One of the two is none."""

    written_as: ClassVar[str] = "number or percentage"

    count: int | None = None
    percent: float | None = None

    def __str__(self) -> str:
        return f"{self.percent:g}%" if self.percent is not None else str(self.count)


def _limit(value: Any) -> Limit:
    if isinstance(value, Limit):
        return value
    if isinstance(value, int | str) and not isinstance(value, bool):
        found = re.fullmatch(r"\s*([0-9]{1,9})(?:(\.[0-9]{1,9})?\s*(%))?\s*", str(value))
        if found:
            return Limit(percent=float(found[1] + (found[2] or ""))) if found[3] else Limit(count=int(found[1]))
    raise ValueError('must be a number of brands, such as 50, or a percentage, such as "30%"')


SafetyLimit = Annotated[Limit, BeforeValidator(_limit)]
"""A limit as it is written: ``50``, ``"50"`` or ``"30%"``."""


_UNITS: Final = {"MB": 1_000_000, "KB": 1_000, "": 1}


@dataclass(frozen=True, slots=True)
class Size:
    """So many bytes, written as ``20MB`` or ``500KB``."""

    written_as: ClassVar[str] = "size"

    bytes: int

    def __str__(self) -> str:
        unit, size = next((unit, size) for unit, size in _UNITS.items() if not self.bytes % size)
        return f"{self.bytes // size}{unit}"


def _size(value: Any) -> Size:
    if isinstance(value, Size):
        return value
    found = re.fullmatch(r"\s*([1-9][0-9]{0,8})\s*(KB|MB)?\s*", str(value)) if type(value) in {int, str} else None
    if not found:
        raise ValueError('must be a size, such as "20MB" or "500KB"')
    return Size(int(found[1]) * _UNITS[found[2] or ""])


FileSize = Annotated[Size, BeforeValidator(_size)]
"""A size as it is written: ``"20MB"``, ``"500KB"``, or a number of bytes."""


def _pipeline_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
        raise ValueError(
            "must be 1 to 64 letters (a-z), digits, dots, hyphens and underscores, with a letter or a digit first"
        )
    return name


PipelineName = Annotated[str, AfterValidator(_pipeline_name)]
"""A pipeline's name: fit for a file's name, a metric's label and a lease."""


class JournalSettings(SettingsModel):
    """Where runs and their undo stacks are kept."""

    url: DatabaseUrl | None = None
    """The journal's database. None: the store's own where it is a database, else a SQLite file of the user's."""
    keep_runs: int = Field(default=100, ge=1)
    """How many runs of a pipeline are kept."""


class SyncSettings(SettingsModel):
    """How the two sides are brought together."""

    match_on: MatchOn = MatchOn.NAME
    """What an unlinked brand is matched by."""
    link: Literal["cms", "journal"] = "cms"
    """Where links live: in the CMS's entries too, or in the journal alone."""
    on_conflict: OnConflict = OnConflict.CMS
    """Who wins where a person has edited in the store what an editor has edited in the CMS."""
    on_missing: Literal["ignore", "delete"] = "ignore"
    """What becomes of a linked brand that the CMS no longer has."""
    full_every: Duration = timedelta(days=7)
    """How long incremental runs may go on before a complete one."""
    recover: Literal["rollback", "resume"] = "rollback"
    """What is done with a run that died."""
    keep_going: bool = False
    """Skip a brand that is refused for good, instead of rolling back."""


class SafetySettings(SettingsModel):
    """How much one run may change: numbers of brands, or percentages of the linked brands."""

    max_creates: SafetyLimit = Limit(percent=100)
    max_updates: SafetyLimit = Limit(percent=30)
    max_deletes: SafetyLimit = Limit(percent=10)
    max_shrink: SafetyLimit = Limit(percent=30)
    """How much smaller than at the last good run the CMS's listing may be."""


class ImageSettings(SettingsModel):
    """How pictures are fetched, where ``[cms.fields]`` maps any."""

    largest: FileSize = Size(20_000_000)
    """The most bytes of one picture."""
    timeout: Timeout = timedelta(seconds=30)
    """For connecting, and between two pieces of an answer."""
    private: bool = True
    """Pictures may be fetched from addresses that are not public on the Internet, such as those of an own network."""


class NotifySettings(SettingsModel):
    """Who is told about runs."""

    urls: list[SecretStr] = Field(default_factory=list)
    """Addresses of people, as apprise takes them."""
    ping: SecretStr | None = None
    """A check of healthchecks.io's kind, which raises the alarm when no run is heard of."""
    metrics_file: ConfigPath | None = None
    """A file for node_exporter's textfile collector."""
    pushgateway: BaseUrl | None = None
    """A Pushgateway of Prometheus."""
    termination_message: ConfigPath | None = None
    """Where Kubernetes looks for why a container ended."""
