"""What the listing is asked for: pages, moments, and only the parts of an entry that are mapped.

Source: developer.wordpress.org, "REST API Handbook": Pagination, Global Parameters, Posts. What isn't written there
was observed with WordPress 6.1.9.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from brandsync.cms.looked_into import every_key

PAGE: Final = 100
"""The largest ``per_page``; 101 is answered with 400."""

CLOCK_CHANGE: Final = timedelta(hours=1, seconds=1)
"""``modified_after`` is compared with the site's wall clock, which shows an hour twice in autumn. It leaves out the
second that it names."""

LATE: Final = timedelta(days=1)
"""How long after its time a scheduled entry may be published: WordPress does this when somebody visits the site."""

MODIFIED: Final = "modified"
SCHEDULED: Final = "scheduled"


def moments(part: str, since: datetime) -> dict[str, str]:
    """The parameters that list the changes since a moment (UTC).

    A scheduled entry keeps the time of its last edit when it is published, so it is found by its date.
    """
    start = since - CLOCK_CHANGE
    if part == MODIFIED:
        return {"modified_after": _moment(start)}
    return {"after": _moment(since - LATE), "modified_before": _moment(start + timedelta(seconds=1))}


def _moment(moment: datetime) -> str:
    # Without its zone, it would be read as the site's time.
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parts(paths: Iterable[str]) -> dict[str, str]:
    """The parameters ``_fields`` and ``_embed`` that fetch what these paths read, and as little else as possible."""
    found = [every_key(path) for path in paths]
    mentioned = {name for some in found for name in some or ()}
    params = {}
    if "_embedded" in mentioned:
        # Only names of links, such as wp:featuredmedia, have an effect here.
        params["_embed"] = ",".join(sorted(mentioned - {"_embedded"}))
        mentioned |= {"_links"}
    if None not in found:
        params["_fields"] = ",".join(sorted(mentioned | {"id"}))
    return params
