"""What is to change: both sides matched and compared, sorted into changes, and held to limits. Writes nothing."""

from brandsync.plan.plan import Plan, Rules, add_change, checksum, count_changes, make_plan

__all__ = ["Plan", "Rules", "add_change", "checksum", "count_changes", "make_plan"]
