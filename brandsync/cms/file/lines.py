"""Reads a text file's lines without loading the file. Each has the place where it ends: reading can go on there."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from brandsync.cms.file.encoding import Encoding
from brandsync.cms.file.source_file import Position

Rows = Iterator[tuple[Any, Position]]
"""Entries, each with the position after it."""

_CHUNK: Final = 64 * 1024
_BREAK: Final = re.compile(r"\r\n|\n|\r")
_BREAK_OUTSIDE_QUOTES: Final = re.compile(r'(?:[^"\r\n]++|"[^"]*+")*+(\r\n|\n|\r)')


@dataclass(frozen=True, slots=True)
class TextFile:
    """An open file, with its encoding and its line ends."""

    stream: BinaryIO
    path: Path
    encoding: Encoding
    end: str
    """What ends its lines: ``\\n`` (a ``\\r`` may stand before it), or ``\\r`` alone ("CSV (Macintosh)")."""

    @classmethod
    def opened(cls, stream: BinaryIO, path: Path) -> "TextFile":
        """Look at the beginning of a file."""
        stream.seek(0)
        head = stream.read(_CHUNK)
        encoding = Encoding.of(head)
        text = head[encoding.mark :].decode(encoding.codec, "ignore")
        found = _BREAK_OUTSIDE_QUOTES.match(text) or _BREAK.search(text)
        return cls(stream, path, encoding, "\r" if found and found[0].endswith("\r") else "\n")

    def lines(self, start: Position) -> "Lines":
        """Its lines from a place on."""
        return Lines(self, start if start.offset else Position(self.encoding.mark))


class Lines:
    """Iterates over lines, and knows how far it has read."""

    def __init__(self, file: TextFile, start: Position) -> None:
        self.file = file
        self.position = start
        self.ended = True
        """The last line had a line break."""

    def __iter__(self) -> Iterator[str]:
        begun: list[str] = []
        for text in self._texts():
            first, *others = text.split(self.file.end)
            begun.append(first)
            for other in others:
                yield self._passed("".join(begun) + self.file.end)
                begun = [other]
        if rest := "".join(begun):
            yield self._passed(rest)

    def _passed(self, line: str) -> str:
        self.position = Position(self.position.offset + self.file.encoding.size(line), self.position.line + 1)
        self.ended = line.endswith(self.file.end)
        return line

    def _texts(self) -> Iterator[str]:
        """The file's text, piece by piece."""
        file, read = self.file, self.position.offset
        decoder = codecs.getincrementaldecoder(file.encoding.codec)()
        file.stream.seek(read)
        chunk = b"begun"
        while chunk:
            chunk = file.stream.read(_CHUNK)
            read += len(chunk)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                raise file.encoding.error(file.path, read - len(error.object) + error.start) from None
            yield text
