"""The file ``.env``, read as a shell reads it. ``${NAME}`` stands for a variable, but not inside single quotes."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from dotenv.main import with_warn_for_invalid_lines
from dotenv.parser import Binding, parse_stream
from dotenv.variables import parse_variables

_SINGLE_QUOTED: Final = re.compile(r"\s*(?:export\s+)?(?:'[^']+'|[^=#\s]+)\s*=\s*'")


def read_dotenv(file: Path, encoding: str = "utf-8") -> Mapping[str, str | None]:
    """The variables of the file.

    Raises:
        OSError: it can't be read.
        UnicodeDecodeError: it has another encoding.
    """
    found: dict[str, str | None] = {}
    with file.open(encoding=encoding) as lines:
        for binding in with_warn_for_invalid_lines(parse_stream(lines)):
            if binding.key is not None:
                found[binding.key] = _value(binding, found)
    return found


def _value(binding: Binding, before: Mapping[str, str | None]) -> str | None:
    if binding.value is None or _SINGLE_QUOTED.match(binding.original.string):
        return binding.value
    variables = {**os.environ, **before}
    return "".join(part.resolve(variables) for part in parse_variables(binding.value))
