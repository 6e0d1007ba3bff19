"""The error for a value that cannot be read from an entry."""


class PathError(Exception):
    """An expression that cannot be evaluated here: for example, a function got ``null`` where it wants text."""
