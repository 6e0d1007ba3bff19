"""What a brand's picture is called: the file's id, and its name: ``gid://shopify/MediaImage/1 acme-1f2e3d4c5b6a.png``.

The name tells which picture it is. It comes from the file's address.
"""

from urllib.parse import unquote, urlsplit


def reference(gid: str, url: object, name: str = "") -> str:
    """The reference of a file. ``url``: its address; ``name``: what counts as long as it has none."""
    name = unquote(urlsplit(url).path.rpartition("/")[2]) if isinstance(url, str) else name
    return f"{gid} {name}".rstrip()


def gid_of(reference: str) -> str:
    """The id in a reference, which is all that Shopify takes."""
    return reference.partition(" ")[0]
