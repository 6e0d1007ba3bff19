"""The installed backends: entry points, each loaded only when it is named."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from typing import TYPE_CHECKING, Any, Final, Literal

from brandsync.errors import ConfigError, Interrupted
from brandsync.errors.hints import did_you_mean

if TYPE_CHECKING:
    from brandsync.cms.interface import Cms
    from brandsync.settings.listing import Setting
    from brandsync.stores.interface import BrandStore

Kind = Literal["cms", "store"]
GROUPS: Final[dict[Kind, str]] = {"cms": "brandsync.cms", "store": "brandsync.stores"}
"""The entry-point group of each kind of backend."""
_ALIASES: Final[dict[tuple[Kind, str], str]] = {
    **{("store", name): "sql" for name in ("postgres", "postgresql", "sqlite", "mysql", "mariadb", "database")},
    **{("cms", name): "file" for name in ("json", "jsonl", "csv", "yaml")},
    **{("cms", name): "rest" for name in ("http", "https", "api")},
}
"""Other names under which people may look for a backend."""
_TITLES: Final[dict[Kind, str]] = {"cms": "CMS", "store": "store"}


@dataclass(frozen=True, slots=True)
class Backend:
    """One installed backend. It may not work: nothing of it has been imported."""

    kind: Kind
    name: str
    """Its name in ``backend = "..."``."""
    distribution: str
    """The package that brought it."""
    version: str
    """That package's version."""
    target: str
    """The class, as the entry point names it: ``brandsync.cms.rest:RestCms``."""

    def __str__(self) -> str:
        return f'the {_TITLES[self.kind]} backend "{self.name}" of {self.distribution} {self.version} ({self.target})'


@dataclass(frozen=True, slots=True)
class Description:
    """What a backend says about itself."""

    backend: Backend
    summary: str
    """The first line of its docstring, or nothing."""
    verified: str
    """What it was tested against, and when, or nothing."""
    settings: tuple["Setting", ...]


def installed() -> Iterator[Backend]:
    """Every installed backend, CMSes first, by name."""
    for kind in GROUPS:
        yield from sorted((_backend(kind, entry) for entry in _entries(kind)), key=lambda backend: backend.name)


def load_cms(name: str) -> "type[Cms]":
    """The CMS backend with this name.

    Raises:
        ConfigError: there is none, or it doesn't work.
    """
    from brandsync.cms.interface import Cms, CmsSettings  # noqa: PLC0415 - pydantic is slow to import

    loaded: type[Cms] = _load("cms", name, Cms, CmsSettings)
    return loaded


def load_store(name: str) -> "type[BrandStore]":
    """The store backend with this name.

    Raises:
        ConfigError: there is none, or it doesn't work.
    """
    from brandsync.stores.interface import BrandStore, StoreSettings  # noqa: PLC0415 - pydantic is slow to import

    loaded: type[BrandStore] = _load("store", name, BrandStore, StoreSettings)
    return loaded


def describe(backend: Backend) -> Description:
    """Import a backend, and say what it is and which settings it takes.

    Raises:
        ConfigError: it doesn't work.
    """
    from brandsync.settings.listing import settings_of  # noqa: PLC0415 - pydantic is slow to import

    loaded = load_cms(backend.name) if backend.kind == "cms" else load_store(backend.name)
    summary = (loaded.__doc__ or "").strip().partition("\n")[0]
    return Description(backend, summary, loaded.verified, tuple(settings_of(loaded.Settings)))


def _entries(kind: Kind) -> EntryPoints:
    return _found_on(tuple(sys.path))[kind]


@lru_cache(maxsize=1)
def _found_on(_path: tuple[str, ...]) -> dict[Kind, EntryPoints]:
    """Every backend, by kind. To find them, all installed packages are read."""
    found = entry_points()
    return {kind: found.select(group=group) for kind, group in GROUPS.items()}


def _backend(kind: Kind, entry: EntryPoint) -> Backend:
    assert entry.dist is not None  # importlib finds entry points only through their distributions
    return Backend(kind, entry.name, entry.dist.name, entry.dist.version, entry.value)


def _named(kind: Kind, name: str) -> EntryPoint:
    named = [entry for entry in _entries(kind) if entry.name == name]
    if not named:
        names = sorted({entry.name for entry in _entries(kind)})
        meant = _ALIASES.get((kind, name.lower()), name)
        raise ConfigError(
            f'there is no {_TITLES[kind]} backend "{name}"{did_you_mean(meant, names)}'
            f" (installed: {', '.join(names) or 'none'})",
            hint="choose one that `brandsync backends` lists, or install the package that brings this one",
        )
    if len(named) > 1:
        backends = [_backend(kind, entry) for entry in named]
        first, *others = (f"{backend.distribution} {backend.version}" for backend in backends)
        raise ConfigError(
            f'the {_TITLES[kind]} backend "{name}" is registered more than once: by {first} and by {", ".join(others)}',
            hint=f"uninstall all but one: `pip uninstall {backends[-1].distribution}`",
        )
    return named[0]


def _load(kind: Kind, name: str, base: type[Any], settings: type[Any]) -> Any:
    entry = _named(kind, name)
    try:
        loaded = entry.load()
    except Interrupted:
        raise
    except Exception as error:
        backend, reason = _backend(kind, entry), " ".join(f"{type(error).__name__}: {error}".split())
        raise ConfigError(
            f"{backend} cannot be imported: {reason}",
            hint=f"reinstall {backend.distribution} with all that it needs, or uninstall it",
        ) from error
    if problem := _incompatibility(loaded, base, settings):
        backend = _backend(kind, entry)
        raise ConfigError(
            f"{backend} doesn't fit this version of brandsync: {problem}",
            hint=f"upgrade {backend.distribution}, or tell whoever maintains it",
        )
    return loaded


def _incompatibility(loaded: Any, base: type[Any], settings: type[Any]) -> str | None:
    if not (isinstance(loaded, type) and issubclass(loaded, base)):
        return f"it is not a subclass of {base.__module__}.{base.__name__}"
    missing = sorted(getattr(loaded, "__abstractmethods__", ()))
    if missing:
        return f"it lacks {', '.join(missing)}"
    model = getattr(loaded, "Settings", None)
    if not (isinstance(model, type) and issubclass(model, settings)):
        return f"its Settings is not a subclass of {settings.__module__}.{settings.__name__}"
    return None
