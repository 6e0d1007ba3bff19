"""The configuration of a pipeline, from every source."""

from brandsync.config.loading import Config, check_fields, load, load_all
from brandsync.config.sections import (
    ImageSettings,
    JournalSettings,
    Limit,
    NotifySettings,
    SafetySettings,
    SyncSettings,
)
from brandsync.config.shard import Shard

__all__ = [
    "Config",
    "ImageSettings",
    "JournalSettings",
    "Limit",
    "NotifySettings",
    "SafetySettings",
    "Shard",
    "SyncSettings",
    "check_fields",
    "load",
    "load_all",
]
