"""The sources of settings, the strongest first: command line, environment, ``.env``, mounted secrets and the file.

The names of misspelt variables are kept: pydantic-settings itself would ignore them.
"""

import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from pathlib import Path
from typing import Any, Final

from dotenv.parser import Binding, parse_stream
from dotenv.variables import Variable, parse_variables
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    NestedSecretsSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from brandsync.errors import ConfigError
from brandsync.json_reading import at

PREFIX: Final = "BRANDSYNC_"
SECRETS_DIRECTORY: Final = Path("/run/secrets/brandsync")
"""The directory for secrets, unless ``BRANDSYNC_SECRETS_DIR`` names another."""
RESERVED: Final = frozenset({"BRANDSYNC_CONFIG", "BRANDSYNC_SECRETS_DIR", "BRANDSYNC_LOG_FORMAT"})
"""Variables that aren't settings."""
_NOT_OURS: Final = re.compile(r"BRANDSYNC_(TEST_.*|SERVICE_(HOST|PORT.*)|PORT(_\d+_.*)?)")
"""The tests' own variables, and those that Kubernetes sets in every pod beside a Service called brandsync."""
_SINGLE_QUOTED: Final = re.compile(r"\s*(?:export\s+)?(?:'[^']+'|[^=#\s]+)\s*=\s*'")
"""The beginning of a line of ``.env`` whose value is in single quotes."""
_ASSIGNMENT: Final = (
    "write each line as BRANDSYNC_CMS__TOKEN='...', and close each quote; a line that begins with # is a comment"
)

Key = tuple[str, ...]
"""A setting's path: ``("cms", "fields", "name")``."""


class Variables(BaseSettings):
    """How variables are named. The fields of a subclass are the settings to look for. It is never built."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", env_file=".env", extra="ignore")


class _Decoding:
    """A table or list in a variable is JSON. Anything else is left to validation, which knows the place."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        try:
            return super().decode_complex_value(field_name, field, value)  # type: ignore[misc]
        except ValueError:
            return value


class _Environment(_Decoding, EnvSettingsSource):
    """The environment."""


class _DotEnv(_Decoding, DotEnvSettingsSource):
    """The file ``.env``, read as a shell reads it. ``${NAME}`` stands for a variable, but not inside single quotes."""

    def _read_env_file(self, file_path: Path) -> Mapping[str, str | None]:
        found: dict[str, str | None] = {}
        with file_path.open(encoding="utf-8") as lines:
            for binding in parse_stream(lines):
                if binding.error or (binding.value is None and _is_ours(binding)):
                    raise ConfigError(f"{_place(binding)} does not give a variable its value", hint=_ASSIGNMENT)
                if binding.key is not None:
                    found[binding.key] = _resolved(binding, found)
        return {name.lower(): value for name, value in found.items()}


def _is_ours(binding: Binding) -> bool:
    """Whether a line of ``.env`` is for brandsync. Other programs may read the same file, and know better."""
    return (binding.key or "").upper().startswith(PREFIX)


def _place(binding: Binding) -> str:
    text = binding.original.string
    return f".env: line {binding.original.line + text[: len(text) - len(text.lstrip())].count(chr(10))}"


def _resolved(binding: Binding, before: Mapping[str, str | None]) -> str | None:
    """The value with its variables replaced. None for another program's variable that can't have one."""
    if binding.value is None or _SINGLE_QUOTED.match(binding.original.string):
        return binding.value
    variables = os.environ | {name: value for name, value in before.items() if value is not None}
    parts = [*parse_variables(binding.value)]
    for part in parts:
        if isinstance(part, Variable) and part.default is None and part.name not in variables:
            if _is_ours(binding):
                raise ConfigError(
                    f"{_place(binding)}: {binding.key} uses ${{{part.name}}}, which is not set",
                    hint=f"set {part.name} in a line above or in the environment, or write ${{{part.name}:-default}};"
                    " between single quotes, ${...} stays as it is",
                )
            return None
    return "".join(part.resolve(variables) for part in parts)


class _Secrets(_Decoding, NestedSecretsSettingsSource):
    """A directory of files named like variables, as Kubernetes and Docker mount secrets."""


@dataclass(frozen=True, slots=True)
class Source:
    """The settings from one place."""

    place: str
    data: Mapping[str, Any] = field(repr=False)
    variables: Mapping[Key, str] | None = None
    """For variables: where each was given, in words. None for a document."""

    def origin(self, key: Key) -> str | None:
        """Where a person finds this setting, or none if it isn't in this source."""
        if self.variables is None:
            return f"{self.place}: {'.'.join(key)}" if holds(self.data, key) else None
        for end in range(len(key), 0, -1):
            label = self.variables.get(key[:end])
            if label:
                return ": ".join(filter(None, (label, ".".join(key[end:]))))
        return None

    def without(self, sections: Collection[str]) -> "Source":
        """The same without some sections."""
        data = {section: settings for section, settings in self.data.items() if section not in sections}
        variables = self.variables and {k: label for k, label in self.variables.items() if k[0] not in sections}
        return replace(self, data=data, variables=variables)

    def unknown(self) -> Iterator[tuple[Key, str]]:
        """The variables that are no settings, and where each was given."""
        for key, label in (self.variables or {}).items():
            if not holds(self.data, key):
                yield key, label


def read_variables(schema: type[Variables]) -> list[Source]:
    """Environment, ``.env`` and secrets, the strongest first.

    Raises:
        ConfigError: ``.env`` or the secrets can't be read.
    """
    secrets = _secrets_directory()
    environment = _source("environment", schema, _Environment(schema), _environment_label)
    return [environment, _dotenv(schema), *([_mounted(schema, secrets)] if secrets else [])]


def merge(sources: Sequence[Source]) -> dict[str, Any]:
    """All given settings, merged. The strongest source wins."""
    return reduce(_above, (source.data for source in sources), {})


def backend_of(sources: Sequence[Source], section: str) -> str | None:
    """The backend in the strongest source that names one, or none."""
    named = (at(source.data.get(section), "backend") for source in sources)
    return next((backend for backend in named if isinstance(backend, str)), None)


def drop_other_backends(sources: Sequence[Source], sections: Sequence[str]) -> list[Source]:
    """The sources without the sections for a backend that a stronger source overrules."""
    chosen = {section: backend_of(sources, section) for section in sections}
    kept = []
    for source in sources:
        others = [section for section in sections if backend_of([source], section) not in {None, chosen[section]}]
        kept.append(source.without(others))
    return kept


def holds(data: Any, key: Key) -> bool:
    """Whether the data has this key."""
    for part in key:
        if not isinstance(data, Mapping) or part not in data:
            return False
        data = data[part]
    return True


def _above(high: Mapping[str, Any], low: Mapping[str, Any]) -> dict[str, Any]:
    both = {key for key in high.keys() & low.keys() if isinstance(high[key], Mapping) and isinstance(low[key], Mapping)}
    return {**low, **high, **{key: _above(high[key], low[key]) for key in both}}


def _source(
    place: str, schema: type[Variables], found: EnvSettingsSource, label: Callable[[str], str | None]
) -> Source:
    names = [name for name in found.env_vars if name.startswith(PREFIX.lower())]
    labels = {tuple(name.removeprefix(PREFIX.lower()).split("__")): label(name.upper()) for name in names}
    data = {name: value for name, value in found().items() if name in schema.model_fields}
    return Source(place, data, {key: text for key, text in labels.items() if text})


def _environment_label(name: str) -> str | None:
    return None if name in RESERVED or _NOT_OURS.fullmatch(name) else f"environment variable {name}"


def _dotenv(schema: type[Variables]) -> Source:
    try:
        return _source(".env", schema, _DotEnv(schema), ".env: {}".format)
    except UnicodeDecodeError:
        raise ConfigError(".env: is not UTF-8", hint="save the file as UTF-8") from None
    except OSError as error:
        raise ConfigError(f".env: cannot be read: {error.strerror}", hint="look at its permissions") from None


def _secrets_directory() -> Path | None:
    named = os.environ.get("BRANDSYNC_SECRETS_DIR")
    if named and not os.path.isdir(named):  # noqa: PTH112 - Path raises where nothing can be
        raise ConfigError(
            f"environment variable BRANDSYNC_SECRETS_DIR: {named} is not a directory",
            hint="name a directory with one file a secret, such as BRANDSYNC_CMS__TOKEN, or unset it",
        )
    directory = Path(named) if named else SECRETS_DIRECTORY
    return directory if directory.is_dir() else None


def _mounted(schema: type[Variables], directory: Path) -> Source:
    try:
        files = {file.name.upper(): file for file in directory.iterdir()}
        found = _Secrets(SecretsSettingsSource(schema, secrets_dir=directory))
        return _source(str(directory), schema, found, lambda name: str(files.get(name, directory / name)))
    except UnicodeDecodeError:
        reason = "a file in it is not UTF-8 text"
    except OSError as error:
        reason = f"cannot be read: {error.strerror}"
    except SettingsError as error:
        reason = str(error)
    raise ConfigError(f"{directory}: {reason}", hint="look at the files in this directory and at their permissions")
