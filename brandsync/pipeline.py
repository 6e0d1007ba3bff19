"""A pipeline, opened: its CMS, its store and its journal."""

import hashlib
import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydantic import SecretStr

from brandsync.cms.interface import Cms
from brandsync.config import Config, check_fields, default_journal_path
from brandsync.database import connect, describe, exists
from brandsync.directories import make_directories
from brandsync.journal import Journal
from brandsync.plan import Rules
from brandsync.safety import Limits
from brandsync.stores.interface import BrandStore
from brandsync.workflow.external_ids import ExternalIds
from brandsync.workflow.settle import Settling
from brandsync.workflow.take_back import TakeBack
from brandsync.workflow.writer import Writer


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Everything that a run works with. Nothing is connected before its first use."""

    config: Config
    cms: Cms
    store: BrandStore
    journal: Journal
    shared: bool
    """The store lives in the journal's database: a batch and its undo entry commit as one."""

    @classmethod
    def open(cls, config: Config, *, read_only: bool = False) -> Self:
        """Build both backends and the journal; ``read_only`` for whatever must not write.

        Raises:
            ConfigError: a mapped field that the store can't hold, or a database driver that isn't installed.
        """
        cms = config.cms_class(config.cms)
        store = config.store_class(config.store)
        check_fields(config, store)
        if read_only:
            store.read_only()
        journal, shared = _journal(config, store, read_only=read_only)
        return cls(config, cms, store, journal, shared)

    @property
    def name(self) -> str:
        """The pipeline's name."""
        return self.config.name

    @property
    def link_in_cms(self) -> bool:
        """Whether external ids are written to the CMS."""
        return self.config.sync.link == "cms" and self.cms.capabilities.writes_links

    @property
    def rules(self) -> Rules:
        """How the two sides are brought together."""
        sync = self.config.sync
        can = self.store.capabilities
        delete_missing = sync.on_missing == "delete"
        unique = [name for name, once in (("name", can.unique_names), ("handle", can.unique_handles)) if once]
        return Rules(sync.match_on, sync.on_conflict, delete_missing, self.link_in_cms, can.lacks, unique)

    @property
    def limits(self) -> Limits:
        """The safety limits."""
        safety = self.config.safety
        return Limits(safety.max_creates, safety.max_updates, safety.max_deletes, safety.max_shrink)

    def take_back(self) -> TakeBack:
        """What takes batches back, brand by brand."""
        writer = Writer(self.store, self.cms, one_by_one=True)
        return TakeBack(writer, ExternalIds(self.cms, self.store.canonical_id), Settling(writer, self.journal))

    def fingerprint(self) -> str:
        """Equal while the settings are that decide what is read: after a change, everything is read anew."""
        cms = self.config.cms.model_dump(mode="json", exclude={"token", "password", "timeout"})
        settings = json.dumps([cms, self.config.sync.model_dump(mode="json")], sort_keys=True)
        return hashlib.sha256(settings.encode()).hexdigest()[:16]

    @property
    def requests(self) -> int:
        """How many HTTP requests both sides have made."""
        return self.cms.requests + self.store.requests

    def stop_when(self, asked: Callable[[], bool]) -> None:
        """Let both sides stop repeating calls once this is true."""
        self.cms.stop_when(asked)
        self.store.stop_when(asked)

    def guard_writes(self, confirm: Callable[[], None]) -> None:
        """Let both sides call this before each write: it raises where another run has taken over."""
        self.cms.guard_writes(confirm)
        self.store.guard_writes(confirm)

    def close(self) -> None:
        """Let go of everything, also of what comes after a backend that fails at it."""
        with closing(self.journal), closing(self.store), closing(self.cms):
            pass


def _journal(config: Config, store: BrandStore, *, read_only: bool) -> tuple[Journal, bool]:
    url, store_url = _secret(config.journal.url), _secret(getattr(config.store, "url", None))
    shared = store.database is not None and store_url is not None and url in {None, store_url}
    url = (store_url if shared else url) or f"sqlite:///{_state_file(config, make=not read_only)}"
    if read_only and not exists(url):
        return Journal.empty(config.name), False
    database = store.database if shared else None
    return Journal(database or connect(url, read_only=read_only), config.name, describe(url)), shared


def _state_file(config: Config, *, make: bool) -> Path:
    path = default_journal_path(config)
    if make:
        make_directories(path.parent, 0o700)
    return path


def _secret(url: object) -> str | None:
    return url.get_secret_value() if isinstance(url, SecretStr) else None
