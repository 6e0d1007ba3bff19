"""A pipeline, opened: its CMS, its store and its journal."""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from platformdirs import user_state_path
from pydantic import SecretStr

from brandsync.backend import Finding
from brandsync.brand import LINK_FIELD
from brandsync.cms.downloads import Downloads
from brandsync.cms.interface import Cms
from brandsync.cms.optional import HasServer
from brandsync.config import Config, check_fields
from brandsync.database import (
    connect,
    describe,
    exists,
    file_problem,
    hurry,
    interrupt,
    place_problem,
    privilege_problems,
)
from brandsync.errors.paths import unusable
from brandsync.journal import Journal, Whose, find_place
from brandsync.plan import Rules
from brandsync.plan.safety import Limits
from brandsync.plan.spool import Spool
from brandsync.run.directories import make_directories
from brandsync.stores.interface import BrandStore
from brandsync.stores.optional import OpensReadOnly, UniqueValues, id_spelling
from brandsync.workflow.external_ids import ExternalIds
from brandsync.workflow.image_files import ImageFiles
from brandsync.workflow.settle import Settling
from brandsync.workflow.sides import CmsSide, StoreSide
from brandsync.workflow.take_back import TakeBack
from brandsync.workflow.writer import Writer

if TYPE_CHECKING:
    from peewee import Database

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Everything that a run works with. Nothing is connected before its first use."""

    config: Config
    cms: Cms
    store: BrandStore
    journal: Journal
    shared: bool
    """The store lives in the journal's database: a batch and its undo entry commit as one."""
    journal_place: str
    """Where the journal is, or will be, in words for people."""
    downloads: Downloads
    """Where the CMS's pictures come from."""
    _opened: ExitStack = field(default_factory=ExitStack)

    @classmethod
    def open(cls, config: Config, *, read_only: bool = False) -> Self:
        """Build both backends and the journal. ``read_only`` is for commands that must not write.

        Raises:
            ConfigError: a mapped field that the store can't hold, or a database driver that isn't installed.
        """
        cms = config.cms_class(config.cms)
        store = config.store_class(config.store)
        check_fields(config, store)
        if read_only and isinstance(store, OpensReadOnly):
            store.read_only()
        url, shared = _journal_url(config, cms, store, read_only=read_only)
        journal = _journal(config.name, url, store.database if shared else None, read_only=read_only)
        downloads = Downloads(
            cms.http.endpoint if isinstance(cms, HasServer) else None,
            largest=config.images.largest.bytes,
            timeout=config.images.timeout.total_seconds(),
            private=config.images.private,
        )
        shared = shared and journal.database is store.database
        return cls(config, cms, store, journal, shared, describe(url), downloads)

    def spool(self) -> Spool:
        """A spool for one plan. It is closed with the pipeline."""
        link_field = [LINK_FIELD] if LINK_FIELD in self.store.capabilities.fields else []
        fields = [*self.cms.settings.fields.mapped, *link_field]
        return self._opened.enter_context(closing(Spool(self.config.sync.match_on, fields)))

    def image_files(self) -> ImageFiles:
        """The pictures of one run. They are forgotten when the pipeline is closed."""
        return self._opened.enter_context(closing(ImageFiles(self.downloads)))

    @property
    def name(self) -> str:
        """The pipeline's name."""
        return self.config.name

    @property
    def link_in_cms(self) -> bool:
        """Whether external ids are written to the CMS."""
        return self.config.sync.link == "cms" and self.cms.links is not None

    @property
    def rules(self) -> Rules:
        """How the two sides are brought together."""
        sync = self.config.sync
        can = self.store.capabilities
        delete_missing = sync.on_missing == "delete"
        unique = [name for name, once in (("name", can.unique_names), ("handle", can.unique_handles)) if once]
        taken = self.store if isinstance(self.store, UniqueValues) else None
        return Rules(sync.match_on, sync.on_conflict, delete_missing, can.lacks, unique, taken)

    @property
    def limits(self) -> Limits:
        """The safety limits."""
        safety = self.config.safety
        return Limits(safety.max_creates, safety.max_updates, safety.max_deletes, safety.max_shrink)

    def take_back(self) -> TakeBack:
        """Takes batches back, brand by brand."""
        writer = Writer(self.store, self.cms, one_by_one=True)
        settling = Settling(writer, self.journal)
        external_ids = ExternalIds(self.cms, id_spelling(self.store))
        cms = CmsSide(writer, external_ids, self.journal)
        images = self.cms.settings.fields.images
        return TakeBack(StoreSide(writer, settling), cms, settling, self.link_in_cms, images)

    def journal_problems(self) -> list[Finding]:
        """Problems that keep a run from creating its journal, or from writing to it. Writes nothing."""
        url, _ = _journal_url(self.config, self.cms, self.store, read_only=True)
        with_directories = self.config.journal.url is None
        there = self.journal.exists()
        if problem := (file_problem if there else place_problem)(url, with_directories=with_directories):
            return [problem]
        return privilege_problems(url, self.journal.tables()) if there else []

    def fingerprint(self) -> str:
        """A hash of the settings that decide what is read. When it changes, everything is read anew."""
        cms = self.config.cms.model_dump(mode="json", exclude={"token", "password", "timeout"})
        settings = json.dumps([cms, self.config.sync.model_dump(mode="json")], sort_keys=True)
        return hashlib.sha256(settings.encode()).hexdigest()[:16]

    @property
    def requests(self) -> int:
        """How many HTTP requests both sides have made."""
        return self.cms.requests + self.store.requests + self.downloads.requests

    def stop_when(self, asked: Callable[[], bool]) -> None:
        """Let both sides stop repeating calls once ``asked`` is true."""
        self.cms.stop_when(asked)
        self.store.stop_when(asked)
        self.downloads.stop_when(asked)

    def interrupt(self) -> None:
        """End the databases' current statements, so that the run can stop. Called in another thread."""
        for database in self._databases:
            interrupt(database)

    def hurry(self) -> None:
        """Wait only a moment for locks of others: nothing important is left to be written."""
        for database in self._databases:
            hurry(database)

    @property
    def _databases(self) -> "Iterable[Database]":
        return {id(found): found for found in (self.journal.database, self.store.database) if found}.values()

    def guard_writes(self, confirm: Callable[[], None]) -> None:
        """Let both sides call this before each write. It raises if another run has taken over."""
        self.cms.guard_writes(confirm)
        self.store.guard_writes(confirm)

    def close(self) -> None:
        """Let go of everything. If one part fails at that, the others are still closed."""
        with closing(self.journal), closing(self.store), closing(self.cms), closing(self.downloads), self._opened:
            pass


def _journal_url(config: Config, cms: Cms, store: BrandStore, *, read_only: bool) -> tuple[str, bool]:
    """The database of the journal, and whether it is the store's."""
    url, store_url = _secret(config.journal.url), _secret(getattr(config.store, "url", None))
    if store.database is not None and store_url is not None and url in {None, store_url}:
        return store_url, True
    return url or f"sqlite:///{_state_file(config, cms, store, read_only=read_only)}", False


def _journal(name: str, url: str, shared: "Database | None", *, read_only: bool) -> Journal:
    if not exists(url) and read_only:
        return Journal.empty(name)
    return Journal(shared or connect(url, read_only=read_only), name, describe(url))


def _state_file(config: Config, cms: Cms, store: BrandStore, *, read_only: bool) -> Path:
    """The file in the user's state directory. Warns where a person might look for an older file in vain."""
    directory = user_state_path("brandsync")
    # A backend without its own ``where`` may lead to another CMS or store from another folder.
    addressed = type(cms).where is not Cms.where and type(store).where is not BrandStore.where
    whose = Whose(config.name, cms.where(), store.where(), config.directory.resolve(), addressed)
    try:
        place = find_place(directory, whose, read_only=read_only)
        if not read_only:
            make_directories(directory, 0o700)
    except OSError as error:
        raise unusable(directory, error, hint="name another place for the journal: [journal] url") from None
    if place.others:
        _log.warning(
            "the journal of %r for %s to %s is new, in %s; there is one of that name in %s: if this is the same"
            " pipeline, name that file as url in [journal] and run once with --force; else give this one another name",
            *(config.name, whose.source, whose.target, place.file, " and in ".join(place.others)),
        )
    return place.file


def _secret(url: object) -> str | None:
    return url.get_secret_value() if isinstance(url, SecretStr) else None
