"""Brands from a file: JSON, JSON Lines, CSV or YAML."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from brandsync.backend import Finding
from brandsync.cms.entry_check import Sample, entry_findings
from brandsync.cms.envelope import Envelope
from brandsync.cms.file.csv_table import csv_entries
from brandsync.cms.file.documents import json_lines, parse_json, parse_yaml, require_bounded
from brandsync.cms.file.encoding import decoded
from brandsync.cms.file.source_file import Position, opened
from brandsync.cms.interface import Cms, CmsPage, CmsSettings
from brandsync.cms.looked_into import read_keys
from brandsync.cms.path import keys_of
from brandsync.cms.written_out import marked
from brandsync.errors import ConfigError
from brandsync.errors.hints import near_miss
from brandsync.errors.plural import counted
from brandsync.observing.excerpt import excerpt
from brandsync.settings import ConfigPath, JmesPath

Format = Literal["json", "jsonl", "csv", "yaml"]

SUFFIXES: dict[str, Format] = {
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".yaml": "yaml",
    ".yml": "yaml",
}

STREAMS = {"jsonl": json_lines, "csv": csv_entries}
PARSERS = {"json": parse_json, "yaml": parse_yaml}


class FileSettings(CmsSettings):
    """``[cms]`` with ``backend = "file"``."""

    path: ConfigPath
    """The file; a relative path starts at the configuration file."""
    format: Format | None = None
    """By default what the file's suffix says."""
    items: JmesPath | None = None
    """Where the list stands in a JSON or YAML file; none for a bare list."""
    page_size: int = Field(default=1000, ge=1)

    @model_validator(mode="after")
    def _formatted(self) -> Self:
        form = self.form
        if form is None:
            raise ValueError(
                f"the suffix of {self.path.name} does not tell its format; "
                'set format = "json", "jsonl", "csv" or "yaml"'
            )
        if self.items and form in STREAMS:
            raise ValueError(f'`items` has no meaning for format = "{form}", which is always a list; remove it')
        return self

    @property
    def form(self) -> Format | None:
        """The format that is used."""
        return self.format or SUFFIXES.get(self.path.suffix.lower())


class FileCms(Cms):
    """A file as a CMS. It can be read only."""

    Settings = FileSettings
    settings: FileSettings
    verified: ClassVar[str] = "real files, 2026-11"

    def __init__(self, settings: FileSettings) -> None:
        super().__init__(settings)
        self._form: Format = settings.form or "json"
        self._envelope = Envelope(settings.items, configured=True)
        self._entries: list[Any] = []
        self._version = ""

    def retrieve_brands(self, cursor: str | None = None, since: datetime | None = None) -> CmsPage:
        """One page of the file's entries. See ``Cms.retrieve_brands``.

        Raises:
            ConfigError: the file isn't there or may not be read.
                Unreadable: its content doesn't fit its format.
            TryAgainLater: it was changed while it was being read.
        """
        version, _, at = (cursor or "").partition(" ")
        if self._form in STREAMS:
            return self._streamed(version, Position.parse(at))
        return self._loaded(version, int(at or 0))

    def where(self) -> str:
        """The file's path."""
        return str(self.settings.path)

    def check(self) -> Iterator[Finding]:
        """Read the whole file, and look whether every path finds something in its first entries."""
        first = page = self.retrieve_brands()
        count = len(page.entries)
        while page.next:
            page = self.retrieve_brands(page.next)
            count += len(page.entries)
        yield Finding(ok=True, what=f"{self.where()} holds {counted(count, 'entry')} ({self._form})")
        yield from entry_findings(self.settings, Sample.of(first, self.retrieve_brands), links=False)

    def close(self) -> None:
        """Forget the file's entries."""
        self._entries, self._version = [], ""

    def _streamed(self, version: str, start: Position) -> CmsPage:
        with opened(self.settings.path, version) as (now, stream):
            rows = STREAMS[self._form](stream, self.settings.path, start)
            page = list(islice(rows, self.settings.page_size))
        entries = [entry for entry, _ in page]
        if self._form == "csv" and not version and entries:
            self._require_columns(entries[0])
        following = f"{now} {page[-1][1]}" if len(page) == self.settings.page_size else None
        return CmsPage(entries, following)

    def _require_columns(self, row: Mapping[str, Any]) -> None:
        """Check that each mapped column is there: otherwise its field would be empty in every brand.

        Raises:
            ConfigError: one isn't.
        """
        for name, path in self.settings.fields.paths.items():
            column, *others = read_keys(path) or [""]
            if column and not others and column not in row:
                near = near_miss(column, [*row])
                remedy = f'is it "{excerpt(near)}"? Then set {name} = "{excerpt(near)}" there, or ' if near else ""
                raise ConfigError(
                    f'{self.where()}: no column is named "{column}", where `{name}` in [cms.fields] looks',
                    hint=f"{remedy}correct the file's header, or the field",
                )

    def _loaded(self, version: str, start: int) -> CmsPage:
        if not version or version != self._version:
            self._load(version)
        end = start + self.settings.page_size
        following = f"{self._version} {end}" if end < len(self._entries) else None
        return CmsPage(self._entries[start:end], following)

    def _load(self, version: str) -> None:
        path = self.settings.path
        with opened(path, version) as (self._version, stream):
            data = stream.read()
        document = PARSERS[self._form](decoded(data, path), path)
        aliased = self._form == "yaml" and b"*" in data
        if aliased and self.settings.items and not keys_of(self.settings.items):
            require_bounded(document.value, path)
        entries = document.entries(self._envelope)
        self._entries = marked(entries) if aliased else entries
