"""The error of a value that cannot be read from an entry."""


class PathError(Exception):
    """An expression that cannot be evaluated on what is there: a function got ``null`` where it wants text."""
