"""Telling others how runs go: people, where that has changed, and the programs that watch a schedule."""
