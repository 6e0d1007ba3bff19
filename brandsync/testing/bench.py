"""A whole pipeline under test: one CMS, one store, and runs as the command makes them."""

import json
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from brandsync.cms.interface import Cms, CmsSettings
from brandsync.config import Config, JournalSettings, SafetySettings, SyncSettings
from brandsync.run.pipeline import Pipeline
from brandsync.run.recovery import RecoveryMode, recover_runs
from brandsync.run.result import Result
from brandsync.run.sync import Options, sync
from brandsync.run.undo import UndoOptions, undo
from brandsync.stores.interface import BrandStore, StoreSettings
from brandsync.testing.watch import Died, Watch, watched

_NO_LIMITS = SafetySettings.model_validate(
    {"max_creates": "100%", "max_updates": "100%", "max_deletes": "100%", "max_shrink": "100%"}
)


@dataclass(frozen=True, slots=True)
class Side:
    """One backend: its class, its settings, and a watch on its calls."""

    backend: type[Any]
    settings: Any
    watch: Watch = field(default_factory=Watch)

    @property
    def watched(self) -> type[Any]:
        """The watched class, for a run."""
        return watched(self.backend, self.watch)

    def open(self) -> Any:
        """The backend, watched, for a test's own calls. Close it."""
        return self.watched(self.settings)


def cms_side(backend: type[Cms], settings: dict[str, Any], directory: Path) -> Side:
    """A CMS from its ``[cms]`` section. Relative paths in it start at the directory."""
    return Side(backend, _validated(backend.Settings, settings, directory))


def store_side(backend: type[BrandStore], settings: dict[str, Any], directory: Path) -> Side:
    """A store from its ``[store]`` section. Relative paths in it start at the directory."""
    return Side(backend, _validated(backend.Settings, settings, directory))


class Bench:
    """A pipeline. Each call opens it anew, as each run of the command does, and returns the result as JSON.

    It deletes brands that the CMS no longer has. It has no safety limits. Every run lists the whole CMS.
    """

    def __init__(self, directory: Path, cms: Side, store: Side, **settings: Any) -> None:
        """``settings``: the ones of ``[sync]`` that differ from the defaults."""
        self.directory = directory
        self.cms = cms
        self.store = store
        self.settings = {"on_missing": "delete"} | settings

    def sync(self, **options: Any) -> dict[str, Any]:
        """``brandsync sync --full``."""
        return self._result(lambda pipeline: sync(pipeline, Options(**{"full": True} | options), _quiet))

    def undo(self, run: str, **options: Any) -> dict[str, Any]:
        """``brandsync undo``."""
        return self._result(lambda pipeline: undo(pipeline, run, UndoOptions(**options), _quiet))

    def recover(self, mode: str = "rollback") -> dict[str, Any]:
        """``brandsync recover``, or what ``sync --recover resume`` does first."""
        return self._result(lambda pipeline: recover_runs(pipeline, RecoveryMode(mode)))

    def dies(self, run: Callable[[], object]) -> bool:
        """Whether a run dies where a ``Watch`` was told to let it die."""
        with suppress(Died):
            run()
            return False
        return True

    def clear(self) -> None:
        """Forget what the watches saw."""
        self.cms.watch.clear()
        self.store.watch.clear()

    @property
    def writes(self) -> list[str]:
        """The writing calls of both sides."""
        return [*self.store.watch.writes, *self.cms.watch.writes]

    def _result(self, work: Callable[[Pipeline], Result]) -> dict[str, Any]:
        with closing(Pipeline.open(self._config())) as pipeline:
            shown: dict[str, Any] = json.loads(json.dumps(work(pipeline).as_json()))
            return shown

    def _config(self) -> Config:
        return Config(
            name="conformance",
            file=None,
            directory=self.directory,
            cms=self.cms.settings,
            cms_class=self.cms.watched,
            store=self.store.settings,
            store_class=self.store.watched,
            journal=JournalSettings(url=self._journal()),
            sync=SyncSettings.model_validate(self.settings),
            safety=_NO_LIMITS,
        )

    def _journal(self) -> SecretStr | None:
        """A file for this test. A store that is a database keeps the journal itself, as it does by default."""
        with closing(self.store.backend(self.store.settings)) as store:
            return None if store.database is not None else SecretStr(f"sqlite:///{self.directory / 'journal.db'}")


def _validated(model: type[Any], settings: dict[str, Any], directory: Path) -> Any:
    kind: CmsSettings | StoreSettings = model.model_validate(
        {"backend": "tested"} | settings, context={"directory": directory}
    )
    return kind


def _quiet(_phase: str, _count: int) -> None:
    """No progress."""
