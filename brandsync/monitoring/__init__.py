"""Telling others how runs go: people, when that changes, and the programs that watch a schedule."""
