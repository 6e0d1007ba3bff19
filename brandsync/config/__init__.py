"""The configuration of a pipeline, from every source."""

from brandsync.config.loading import Config, check_fields, default_journal_path, load, load_all
from brandsync.config.sections import JournalSettings, Limit, SafetySettings, SyncSettings

__all__ = [
    "Config",
    "JournalSettings",
    "Limit",
    "SafetySettings",
    "SyncSettings",
    "check_fields",
    "default_journal_path",
    "load",
    "load_all",
]
