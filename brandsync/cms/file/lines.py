"""Reads a text file's lines without loading the file. Each has the place where it ends: reading can go on there."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

from brandsync.cms.file.encoding import Encoding
from brandsync.cms.file.source_file import Position

Rows = Iterator[tuple[Any, Position]]
"""Entries, each with the position after it."""

_CHUNK: Final = 64 * 1024
_BREAK: Final = re.compile(r"\r\n|\n|\r")
_BREAK_OUTSIDE_QUOTES: Final = re.compile(r'(?:[^"\r\n]++|"[^"]*+")*+(\r\n|\n|\r)')


class Lines:
    """Iterates over the lines of an open file from a place on, and knows how far it has read."""

    def __init__(self, stream: BinaryIO, path: Path, start: Position) -> None:
        stream.seek(0)
        head = stream.read(_CHUNK)
        encoding = Encoding.of(head)
        text = head[encoding.mark :].decode(encoding.codec, "ignore")
        found = _BREAK_OUTSIDE_QUOTES.match(text) or _BREAK.search(text)
        self._stream = stream
        self._encoding = encoding
        self._end = "\r" if found and found[0].endswith("\r") else "\n"
        """What ends its lines: ``\\n`` (a ``\\r`` may stand before it), or ``\\r`` alone ("CSV (Macintosh)")."""
        self.path = path
        self.position = start if start.offset else Position(encoding.mark)
        self.ended = True
        """The last line had a line break."""

    def __iter__(self) -> Iterator[str]:
        begun: list[str] = []
        for text in self._texts():
            first, *others = text.split(self._end)
            begun.append(first)
            for other in others:
                yield self._passed("".join(begun) + self._end)
                begun = [other]
        if rest := "".join(begun):
            yield self._passed(rest)

    def _passed(self, line: str) -> str:
        self.position = Position(self.position.offset + self._encoding.size(line), self.position.line + 1)
        self.ended = line.endswith(self._end)
        return line

    def _texts(self) -> Iterator[str]:
        read = self.position.offset
        decoder = codecs.getincrementaldecoder(self._encoding.codec)()
        self._stream.seek(read)
        chunk = b"begun"
        while chunk:
            chunk = self._stream.read(_CHUNK)
            read += len(chunk)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                raise self._encoding.error(self.path, read - len(error.object) + error.start) from None
            yield text
