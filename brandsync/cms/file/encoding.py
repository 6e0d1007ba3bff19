"""How a file's bytes become text: by its byte order mark (Excel and PowerShell write UTF-16), or else as UTF-8."""

import codecs
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from brandsync.errors import Unreadable

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins like the mark of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """The encoding of one file."""

    codec: str
    """Python's name for it, without a mark."""
    mark: int
    """The length of the mark, in bytes."""

    @classmethod
    def of(cls, head: bytes) -> Self:
        """The encoding of a file that begins with these bytes."""
        return next((cls(codec, len(mark)) for mark, codec in _MARKS if head.startswith(mark)), cls("utf-8", 0))

    def size(self, text: str) -> int:
        """How many bytes a text takes."""
        return len(text) if self.codec == "utf-8" and text.isascii() else len(text.encode(self.codec))

    def error(self, path: Path, offset: int) -> Unreadable:
        """The error that says which byte is wrong."""
        name = self.codec[:6].rstrip("-").upper()
        return Unreadable(
            f"{path} is not {name}: the byte at offset {offset} is wrong",
            hint='save the file as UTF-8 (in Excel: "CSV UTF-8")',
        )


def decoded(data: bytes, path: Path) -> str:
    """A whole file as text, without its byte order mark.

    Raises:
        Unreadable: it is neither UTF-8 nor what its mark says.
    """
    encoding = Encoding.of(data)
    try:
        return data[encoding.mark :].decode(encoding.codec)
    except UnicodeDecodeError as error:
        raise encoding.error(path, encoding.mark + error.start) from None
