"""A pipeline, open for as long as a command works with it."""

from collections.abc import Iterator
from contextlib import contextmanager

from brandsync.config import Config
from brandsync.pipeline import Pipeline


@contextmanager
def opened(config: Config, *, read_only: bool = False) -> Iterator[Pipeline]:
    """A pipeline, open for as long as the block lasts."""
    pipeline = Pipeline.open(config, read_only=read_only)
    try:
        yield pipeline
    finally:
        pipeline.close()
