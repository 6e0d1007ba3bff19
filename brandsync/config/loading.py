"""The configuration of a pipeline, from every source, checked. All its mistakes are reported at once.

The strongest source first: the command line, ``BRANDSYNC_…`` variables, ``.env``, mounted secrets, the file, defaults.
Each backend has its own settings model, so the sources are read twice: once to learn the two backends, and once for
their settings.
"""

import re
import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from brandsync.brand import FIELDS
from brandsync.cms.interface import Cms, CmsSettings
from brandsync.config.files import DEFAULT, files_of, find, read_toml
from brandsync.config.mistakes import Reading, explain, misplaced_fields, unknown_variables
from brandsync.config.sections import (
    ImageSettings,
    JournalSettings,
    NotifySettings,
    PipelineName,
    SafetySettings,
    SyncSettings,
)
from brandsync.config.shard import Shard
from brandsync.config.sources import Source, Variables, backend_of, drop_other_backends, merge, read_variables
from brandsync.errors import ConfigError
from brandsync.plan import MatchOn
from brandsync.registry import load_cms, load_store
from brandsync.settings import SettingsModel
from brandsync.settings.listing import settings_of
from brandsync.stores.images import KeepsImages
from brandsync.stores.interface import BrandStore, StoreSettings

_Base = TypeVar("_Base", bound=BaseModel)
_COMMAND: Final = re.compile(r"`(brandsync (?:sync|check|runs|undo|recover|init shopify-definition)\b[^`]*)`")
"""A command of one pipeline, as texts name it."""
_LOADERS: Final = {"cms": load_cms, "store": load_store}


@dataclass(frozen=True, slots=True)
class Config:
    """One pipeline."""

    name: str
    """The name in the journal and in reports. By default the configuration file's name without its ending."""
    file: Path | None
    """The configuration file, as it was named, or none."""
    directory: Path
    """The file's directory, absolute; without a file, the current one. Relative paths in settings start there."""
    cms: CmsSettings
    """The settings of the CMS backend, an instance of its own ``Settings``."""
    cms_class: type[Cms]
    store: StoreSettings
    """The settings of the store backend, an instance of its own ``Settings``."""
    store_class: type[BrandStore]
    journal: JournalSettings
    sync: SyncSettings
    safety: SafetySettings
    notify: NotifySettings = field(default_factory=NotifySettings)
    images: ImageSettings = field(default_factory=ImageSettings)

    def command(self, *words: str) -> str:
        """A command line with these words, for this pipeline."""
        named = ["--config", str(self.file)] if self.file not in {None, DEFAULT} else []
        return shlex.join(["brandsync", *words, *named])

    def spelled(self, text: str) -> str:
        """The same text, in which each command is one for this pipeline."""
        named = self.command().removeprefix("brandsync")
        return _COMMAND.sub(lambda found: found[0] if "--config" in found[0] else f"`{found[1]}{named}`", text)


class _AnyBackend(BaseModel):
    """A section about which only one thing is known: it must name its backend."""

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True)

    backend: str


class _AllSections(SettingsModel):
    """The base of a whole configuration. It is built when the backends are known, so it has no field docstrings."""

    model_config = ConfigDict(use_attribute_docstrings=False)


def load(path: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Config:
    """The configuration of one pipeline.

    If ``path`` is none: ``BRANDSYNC_CONFIG``, else ``brandsync.toml`` in the current directory, else no file at all.
    ``overrides`` come from the command line: ``{"sync": {"keep_going": True}}``.

    Raises:
        ConfigError: with every mistake, one a line.
    """
    return _load(find(path), overrides)


def load_all(
    path: Path | None = None, overrides: Mapping[str, Any] | None = None, shard: Shard | None = None
) -> list[Config | ConfigError]:
    """The configurations of a file, or of every ``*.toml`` in a directory, by file name. A shard gets only its own.

    For a file with mistakes, its error stands in its place: one mistake must not stop the other pipelines.

    Raises:
        ConfigError: there is no file at all.
    """
    found: list[Config | ConfigError] = []
    files = files_of(find(path))
    for file in _share(files, shard) if shard else files:
        try:
            found.append(_load(file, overrides))
        except ConfigError as error:
            found.append(error)
    return [_misnamed(one, found) or one for one in found]


def _share(files: Sequence[Path | None], shard: Shard) -> list[Path | None]:
    """The files of a shard's pipelines. Two pipelines with one name are in one shard, which reports them."""
    names = {file: _name_of(file) for file in files}
    mine = shard.share(names.values())
    return [file for file in files if names[file] in mine]


def _name_of(file: Path | None) -> str:
    """The pipeline's name, as far as it can be read without the rest."""
    try:
        name = read_toml(file).get("name") if file else None
    except ConfigError:
        name = None
    return str(name or (file.stem if file else "brandsync"))


def check_fields(config: Config, store: BrandStore) -> None:
    """Check that the store can hold every mapped field, and that brands can be matched as configured.

    Raises:
        ConfigError: with every field that doesn't fit.
    """
    mapped, images = config.cms.fields.mapped, config.cms.fields.images
    held = [name for name in (*FIELDS, *config.cms.fields.further) if name in store.capabilities.fields]
    problems = [
        f"cms.fields.{name} is mapped, but the {config.store.backend} store cannot hold it as configured:"
        f" it holds {', '.join(held)}"
        for name in mapped
        if name not in held
    ]
    problems += [
        f"cms.fields.{name} is an image, and the {config.store.backend} store keeps none as configured"
        for name in images
        if name not in held or not isinstance(store, KeepsImages)
    ]
    if config.sync.match_on == MatchOn.HANDLE and "handle" not in mapped:
        problems.append('sync.match_on is "handle", but cms.fields.handle is not mapped')
    if config.sync.match_on == MatchOn.HANDLE and "handle" not in held:
        problems.append(f'sync.match_on is "handle", but the {config.store.backend} store has no handle')
    if problems:
        raise ConfigError(
            "\n".join(f"{config.file or 'configuration'}: {problem}" for problem in problems),
            hint="change [cms.fields] or [sync]; what isn't named in [cms.fields] isn't synced",
        )


def _load(file: Path | None, overrides: Mapping[str, Any] | None) -> Config:
    document = [Source(str(file), read_toml(file))] if file else []
    backends, problems, hint = _backends(_sources(_model(Variables), overrides, document))
    known = {section: backend.Settings for section, backend in backends.items()}
    sources = drop_other_backends(_sources(_model(Variables, **known), overrides, document), tuple(_LOADERS))
    model = _model(_AllSections, **known)
    reading = _reading(sources, model, file)
    problems += [*unknown_variables(reading), *misplaced_fields(reading)]
    wrong = {key[0] for source in sources for key, _ in source.unknown()}
    directory = (file.parent if file else Path()).resolve()
    try:
        settings = model.model_validate(reading.data, context={"directory": directory})
    except ValidationError as error:
        problems += explain(reading, error)
        wrong |= {str(detail["loc"][0]) for detail in error.errors() if detail["loc"]}
    if problems:
        raise ConfigError("\n".join(dict.fromkeys(problems)), hint=hint or _hint(reading, wrong))
    values = {name: getattr(settings, name) for name in model.model_fields}
    try:
        further = {name: source.type for name, source in values["cms"].fields.further.items()}
        values["store"] = values["store"].holding(further)
    except ValueError as error:
        raise ConfigError(f"{file or 'configuration'}: store.fields: {error}", hint="correct [store.fields]") from None
    classes = {f"{section}_class": backend for section, backend in backends.items()}
    return Config(file=file, directory=directory, **values, **classes)


@lru_cache(maxsize=32)
def _model(base: type[_Base], cms: type[Any] = _AnyBackend, store: type[Any] = _AnyBackend) -> type[_Base]:
    """All sections, with what is known about both backends. Cached per pair of backends: it is slow to make."""
    return create_model(
        "Settings",
        __base__=base,
        name=(PipelineName, ...),
        cms=(cms, ...),
        store=(store, ...),
        journal=(JournalSettings, JournalSettings()),
        sync=(SyncSettings, SyncSettings()),
        safety=(SafetySettings, SafetySettings()),
        notify=(NotifySettings, NotifySettings()),
        images=(ImageSettings, ImageSettings()),
    )


def _sources(schema: type[Variables], overrides: Mapping[str, Any] | None, document: Sequence[Source]) -> list[Source]:
    variables = read_variables(schema)
    if not document and not any(source.variables for source in variables):
        raise ConfigError(
            "there is no configuration: no brandsync.toml here, and no BRANDSYNC_ variable is set",
            hint="write a brandsync.toml to begin with: `brandsync init`; or name a file with --config",
        )
    return [Source("command line", overrides or {}), *variables, *document]


def _backends(sources: Sequence[Source]) -> tuple[dict[str, Any], list[str], str | None]:
    """The named backends that work, what is wrong with the others, and a hint for the first of these."""
    backends: dict[str, Any] = {}
    problems, hints = [], []
    for section, load_backend in _LOADERS.items():
        name = backend_of(sources, section)
        try:
            backends |= {} if name is None else {section: load_backend(name)}
        except ConfigError as error:
            origin = next(filter(None, (source.origin((section, "backend")) for source in sources)))
            problems.append(f"{origin}: {error.message}")
            hints.append(error.hint)
    return backends, problems, next(iter(hints), None)


def _reading(sources: Sequence[Source], model: type[SettingsModel], file: Path | None) -> Reading:
    data = {"name": file.stem if file else "brandsync", **merge(sources)}
    keys = [setting.key for setting in settings_of(model)]
    backends = {section: name for section in _LOADERS if (name := backend_of(sources, section))}
    return Reading(sources, data, str(file) if file else None, backends, keys, model)


def _hint(reading: Reading, wrong: Collection[str]) -> str:
    """Where to look up the settings of the wrong sections."""
    backends = dict.fromkeys(name for section, name in reading.backends.items() if section in wrong)
    named = [f"`brandsync backends {name}`" for name in backends]
    example = "`brandsync init example` writes a commented example"
    if not named:
        return f"{example} with every setting"
    return f"{' and '.join(named)} {'lists' if len(named) == 1 else 'list'} what a backend takes; {example}"


def _misnamed(config: Config | ConfigError, all_found: Sequence[Config | ConfigError]) -> ConfigError | None:
    """Another pipeline has its name. Neither may run: nobody knows which of the two the journal is about."""
    if isinstance(config, ConfigError):
        return None
    twins = [one for one in all_found if isinstance(one, Config) and one.name == config.name and one is not config]
    if not twins:
        return None
    return ConfigError(
        f'{config.file}: is named "{config.name}", as {twins[0].file} is',
        hint="give each pipeline a `name` of its own: its journal and its lease go by it",
    )
