"""The kinds of value that a setting can have, beyond pydantic's own."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationInfo


class SettingsModel(BaseModel):
    """The base of every settings model: strict about names, and silent about values in its errors."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True, validate_default=True
    )


def _from_config(path: Path, info: ValidationInfo) -> Path:
    return config_directory(info) / path.expanduser()


ConfigPath = Annotated[Path, AfterValidator(_from_config)]
"""A path; a relative one starts at the directory of the configuration file."""


def config_directory(info: ValidationInfo) -> Path:
    """The directory of the configuration file, or the current one where there is no file."""
    return Path((info.context or {}).get("directory", "."))


def _base_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError('must be an address that starts with "https://" or "http://"')
    if parts.username is not None:
        raise ValueError("must hold no credentials; there are settings of their own for them")
    if parts.query or parts.fragment:
        raise ValueError("must have no query; leave out all that follows the ?")
    return url


BaseUrl = Annotated[str, AfterValidator(_base_url)]
"""Where a server's paths start."""


def _object(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError("must be a table, or a JSON object as text") from None


JsonObject = Annotated[dict[str, Any], BeforeValidator(_object)]
"""A table; or the same as JSON text, which is what a variable of the environment can hold."""


_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _duration(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smhdw])\s*", value)
    if not found:
        raise ValueError('must be a number with a unit, such as "30s", "5m", "12h" or "7d"')
    return timedelta(**{_UNITS[found[2]]: float(found[1])})


Duration = Annotated[timedelta, BeforeValidator(_duration)]
"""A length of time, written as ``30s``, ``5m``, ``12h``, ``7d`` or ``2w``."""
