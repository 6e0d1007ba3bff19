"""Telling others how runs go: people, where that has changed, and the programs that watch a schedule."""

from brandsync.monitoring.monitor import Monitor

__all__ = ["Monitor"]
