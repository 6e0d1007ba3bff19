"""What is optional in an installation, and how to have it."""

from importlib.metadata import PackageNotFoundError, requires


def installing(extra: str) -> str:
    """The command that installs what an extra of this package stands for.

    It names those packages themselves: they are on an index, wherever brandsync was installed from.
    """
    try:
        needed = [needs.partition(";") for needs in requires("brandsync") or ()]
    except PackageNotFoundError:
        needed = []
    own = [f"'{what.strip()}'" for what, _, when in needed if f"extra == '{extra}'" in when.replace('"', "'")]
    return f"pip install {' '.join(own) or f'.[{extra}]'}"
