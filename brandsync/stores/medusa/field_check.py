"""Asks whether the shop's route for a new brand takes the fields of ``[store]``, before the first brand is sent."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from brandsync.backend import Finding
from brandsync.errors import BrandsyncError
from brandsync.http import RejectedByServer
from brandsync.json_reading import at
from brandsync.observing.excerpt import excerpt
from brandsync.stores.medusa.session import Session

_NOBODYS: Final = "brandsync_asks_which_fields"
"""A field that no data model has, so a route that checks fields always refuses it."""
_UNRECOGNIZED: Final = re.compile(r"nrecognized (?:fields|keys?|key\(s\) in object): ((?:[\"']*\w+[\"']*(?:, )?)+)")
"""How Medusa's validation, and Zod's own, name the fields that they refuse."""
_VALUES: Final[dict[str, Any]] = {
    "metadata": {},
    "logo_url": "https://example.com/",
    "website_url": "https://example.com/",
}


def unknown_fields(session: Session, path: str, columns: Sequence[str]) -> Iterator[Finding]:
    """Send a brand that no route takes (no name, and an unknown field), and read why it is refused.

    Finds nothing if the route doesn't give the reason.
    """
    asked = [column for column in columns if column != "name"]
    if not asked:
        return
    body = {column: _VALUES.get(column, "x") for column in asked} | {_NOBODYS: True}
    try:
        made = at(session.json("POST", path, json=body, once=True), "brand", "id")
    except RejectedByServer as error:
        said = _UNRECOGNIZED.search(error.body.decode("utf-8", "replace"))
    except BrandsyncError:
        return
    else:
        if made:
            # The route checks nothing, and the data model allows an empty name: so the question became a brand.
            yield Finding(
                ok=False,
                what=f"POST {path} takes anything: it has made the brand {excerpt(str(made))}, without a name, of a"
                " question that it should have refused",
                fix="delete that brand, and let the route validate its body",
            )
        return
    refused = re.findall(r"\w+", said[1]) if said else []
    missing = [column for column in asked if column in refused]
    if _NOBODYS in refused and missing:
        yield Finding(
            ok=False,
            what=f"POST {path} doesn't take {', '.join(f'`{column}`' for column in missing)}",
            fix="add it to the data model and to the route's schema, or take it out of `fields` in [store] and of"
            " [cms.fields]",
        )
    elif _NOBODYS in refused:
        yield Finding(ok=True, what=f"POST {path} takes {', '.join(f'`{column}`' for column in asked)}")
