"""What a run will change: both sides matched, compared, sorted into changes, held to the limits. Writes nothing."""

from brandsync.plan.changes import add_changes, checksum, count_changes
from brandsync.plan.plan import Plan, make_plan
from brandsync.plan.policy import MatchOn, OnConflict
from brandsync.plan.rules import Rules

__all__ = ["MatchOn", "OnConflict", "Plan", "Rules", "add_changes", "checksum", "count_changes", "make_plan"]
