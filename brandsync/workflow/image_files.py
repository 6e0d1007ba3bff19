"""Looks at pictures where the CMS has them, and keeps their bytes until a store gets them: on disk, up to a limit."""

import hashlib
from dataclasses import dataclass
from tempfile import TemporaryFile, gettempdir
from threading import Lock
from typing import IO, Any, Final

from brandsync.brand.image import ImageFile, ImageType, NoImage, edges, type_of
from brandsync.cms.downloads import Downloads, NotFetched
from brandsync.errors import Rejected, TryAgainLater

ROOM: Final = 1_000_000_000
"""Bytes that are kept. What goes beyond is fetched again when it is needed."""
_PIECE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Found:
    """A picture that was looked at."""

    address: str
    type: ImageType
    fingerprint: str
    size: int


class ImageFiles:
    """The pictures of one run."""

    def __init__(self, downloads: Downloads, room: int = ROOM) -> None:
        self._downloads = downloads
        self._room = room
        self._kept: IO[bytes] | None = None
        self._places: dict[str, tuple[int, int]] = {}
        """Where each kept picture stands: from which byte on, and how many."""
        self._end = 0
        self._lock = Lock()

    def look(self, address: str, *, as_visitor: bool = False) -> Found:
        """Fetch a picture, and find out what it is. Any thread may call it.

        ``as_visitor``: without any credentials.

        Raises:
            NotFetched: it can't be had.
            NoImage: it is no picture, or not a whole one.
            TryAgainLater: there is no room for it here.
        """
        try:
            with TemporaryFile() as file:
                self._downloads.fetch(address, file, as_visitor=as_visitor)
                size, fingerprint = file.seek(0, 2), _fingerprint(file)
                found = Found(address, type_of(*edges(lambda at, most: _read(file, at, most), size)), fingerprint, size)
                self._keep(file, found)
        except OSError as error:
            raise TryAgainLater(f"pictures can't be kept in {gettempdir()}: {error.strerror or error}") from None
        return found

    def file(self, name: str, found: Found) -> ImageFile:
        """A picture under a name, for a store."""
        return ImageFile(name, found.type, found.fingerprint, found.size, lambda: self._content(found))

    def close(self) -> None:
        """Forget all bytes."""
        if self._kept:
            self._kept.close()

    def _keep(self, file: IO[bytes], found: Found) -> None:
        with self._lock:
            if found.fingerprint in self._places or self._end + found.size > self._room:
                return
            self._kept = self._kept or TemporaryFile()  # noqa: SIM115 - closed with all of them
            self._kept.seek(self._end)
            file.seek(0)
            while piece := file.read(_PIECE):
                self._kept.write(piece)
            self._places[found.fingerprint] = self._end, found.size
            self._end += found.size

    def _content(self, found: Found) -> bytes:
        with self._lock:
            if self._kept and (place := self._places.get(found.fingerprint)):
                return _read(self._kept, *place)
        with TemporaryFile() as file:
            try:
                self._downloads.fetch(found.address, file)
            except NotFetched as error:
                raise Rejected(str(error)) from None
            if _fingerprint(file) != found.fingerprint:
                raise Rejected("its address holds another picture than when this run was planned")
            return _read(file, 0, found.size)


def _fingerprint(file: Any) -> str:
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()


def _read(file: IO[bytes], at: int, most: int) -> bytes:
    file.seek(at)
    return file.read(most)


__all__ = ["Found", "ImageFiles", "NoImage", "NotFetched"]
