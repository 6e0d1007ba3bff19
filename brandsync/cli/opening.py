"""Opening a pipeline, and spelling commands for it: a person copies them out of hints."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

from brandsync.config import Config
from brandsync.errors import BrandsyncError
from brandsync.run.pipeline import Pipeline
from brandsync.run.result import Result


@contextmanager
def opened(config: Config, *, read_only: bool = False) -> Iterator[Pipeline]:
    """A pipeline, closed at the end. The hint of an error that passes names commands for this very pipeline."""
    try:
        with closing(Pipeline.open(config, read_only=read_only)) as pipeline:
            yield pipeline
    except BrandsyncError as error:
        error.hint = spelled(config, error.hint)
        raise


def spelled(config: Config, text: str | None) -> str | None:
    """A text, or none, whose commands are for this very pipeline."""
    return text and config.spelled(text)


def spelled_result(config: Config, result: Result) -> Result:
    """A result whose hint names commands for this very pipeline."""
    return replace(result, hint=spelled(config, result.hint))
