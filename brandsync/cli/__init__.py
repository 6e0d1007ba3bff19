"""The command line: a file a command. What a command needs is imported when it is run, not before."""

from brandsync.cli.application import app, main

__all__ = ["app", "main"]
