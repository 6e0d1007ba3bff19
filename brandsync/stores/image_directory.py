"""A directory of pictures, for a store that holds their names, or has no place for them but at its brands."""

import os
from collections.abc import Callable
from glob import escape
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from brandsync.brand.image import AVIF, BMP, GIF, ICO, JPEG, PNG, SVG, TIFF, WEBP, ImageFile
from brandsync.errors import ConfigError
from brandsync.errors.paths import unusable
from brandsync.stores.images import ImageLimits

LIMITS: Final = ImageLimits(types=(PNG, JPEG, GIF, WEBP, AVIF, SVG, BMP, TIFF, ICO), threads=2)
_HINT: Final = "name another directory as images in [store], or let this user write there"


class ImageDirectory:
    """Files named by what they hold. None is ever overwritten."""

    def __init__(self, directory: Path, prefix: str) -> None:
        """``prefix``: what the store has before each file's name."""
        self._directory = directory
        self._prefix = prefix

    def upload(self, file: ImageFile) -> str:
        """Write a file, durably, and return what the store is to have for it.

        Raises:
            ConfigError: the directory can't be written to.
        """
        self.keep(file.name, file.content)
        return self._prefix + file.name

    def keep(self, name: str, content: Callable[[], bytes]) -> None:
        """Write a file of this name, durably, unless there is one.

        Raises:
            ConfigError: the directory can't be written to.
        """
        path = self._directory / name
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                self._write(path, content())
        except OSError as error:
            raise unusable(self._directory, error, hint=_HINT) from None

    def read(self, name: str) -> bytes | None:
        """What a file holds; none if it isn't there.

        Raises:
            ConfigError: it can't be read.
        """
        if not _is_name(name):
            return None
        try:
            return (self._directory / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unusable(self._directory, error, hint=_HINT) from None

    def _write(self, path: Path, content: bytes) -> None:
        """Write it beside its place first: whoever looks there finds it whole, or not at all."""
        prefix = f".{path.name}."
        with NamedTemporaryFile(dir=self._directory, prefix=prefix, suffix=".part", delete=False) as part:
            try:
                part.write(content)
                part.flush()
                os.fsync(part.fileno())
                Path(part.name).chmod(0o644)
                Path(part.name).rename(path)
                _settle(self._directory)
            except BaseException:
                Path(part.name).unlink(missing_ok=True)
                raise

    def find(self, name: str) -> str | None:
        """What the store has for a file of this name, if it is there.

        Removes what a process that died has left of such a file.

        Raises:
            ConfigError: that can't be removed.
        """
        try:
            for part in self._directory.glob(f".{escape(name)}.*.part"):
                part.unlink(missing_ok=True)
        except OSError as error:
            raise unusable(self._directory, error, hint=_HINT) from None
        return self._prefix + name if (self._directory / name).is_file() else None

    def remove(self, reference: str) -> None:
        """Remove the file that a column's value names.

        Raises:
            ConfigError: it can't be removed.
        """
        name = reference.removeprefix(self._prefix)
        if not _is_name(name):
            return
        try:
            (self._directory / name).unlink(missing_ok=True)
        except OSError as error:
            raise unusable(self._directory, error, hint=_HINT) from None

    def require_writable(self) -> None:
        """Check that files can be made there, or the directory itself.

        Raises:
            ConfigError: they can't.
        """
        there = next(path for path in (self._directory, *self._directory.parents) if path.exists())
        if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            what = "is no directory" if not there.is_dir() else "may not be written to"
            raise ConfigError(f"the pictures' directory {self._directory}: {there} {what}", hint=_HINT)


def _settle(directory: Path) -> None:
    """Make sure that a new name in a directory survives a loss of power."""
    there = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(there)
    finally:
        os.close(there)


def _is_name(name: str) -> bool:
    """Whether a file of this directory could have this name."""
    return name not in {"", ".", ".."} and "/" not in name and "\0" not in name
