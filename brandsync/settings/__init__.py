"""The parts of a backend's settings: their base class, and kinds of value beyond pydantic's own."""

from brandsync.settings.kinds import (
    OWN_FUNCTIONS,
    BaseUrl,
    ConfigPath,
    Duration,
    JmesPath,
    JsonObject,
    SettingsModel,
    Timeout,
    config_directory,
)

__all__ = [
    "OWN_FUNCTIONS",
    "BaseUrl",
    "ConfigPath",
    "Duration",
    "JmesPath",
    "JsonObject",
    "SettingsModel",
    "Timeout",
    "config_directory",
]
