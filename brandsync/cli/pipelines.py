"""The pipelines that ``--config`` names: one for a file, one a file for a directory."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from brandsync.config import Config, load
from brandsync.config_files import files_of, find
from brandsync.errors import ConfigError
from brandsync.pipeline import Pipeline


def configurations(path: Path | None, overrides: Mapping[str, Any] | None = None) -> list[Config | ConfigError]:
    """The configuration of every pipeline, or what is wrong with it: one mistake must not keep the others from running.

    Raises:
        ConfigError: there is no file at all.
    """
    found: list[Config | ConfigError] = []
    names: dict[str, Path | None] = {}
    for file in files_of(find(path)):
        try:
            config = load(file, overrides or {})
            _claim(config, names)
            found.append(config)
        except ConfigError as error:
            found.append(error)
    return found


def _claim(config: Config, names: dict[str, Path | None]) -> None:
    if config.name in names:
        raise ConfigError(
            f'{config.file}: is named "{config.name}", as {names[config.name]} is',
            hint="give each pipeline a `name` of its own: its journal and its lease go by it",
        )
    names[config.name] = config.file


@contextmanager
def opened(config: Config, *, read_only: bool = False) -> Iterator[Pipeline]:
    """A pipeline, open for as long as the block lasts."""
    pipeline = Pipeline.open(config, read_only=read_only)
    try:
        yield pipeline
    finally:
        pipeline.close()
