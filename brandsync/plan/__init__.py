"""What is to change: both sides matched and compared, sorted into changes, and held to limits. Writes nothing."""

from brandsync.plan.plan import Plan, add_change, checksum, count_changes, make_plan
from brandsync.plan.policy import MatchOn, OnConflict
from brandsync.plan.rules import Rules

__all__ = ["MatchOn", "OnConflict", "Plan", "Rules", "add_change", "checksum", "count_changes", "make_plan"]
