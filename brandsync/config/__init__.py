"""The configuration of a pipeline, from every source."""

from brandsync.config.loading import (
    Config,
    JournalSettings,
    Limit,
    SafetySettings,
    SyncSettings,
    check_fields,
    default_journal_path,
    load,
    load_all,
)

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
