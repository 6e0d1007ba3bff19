"""Writing external ids as the configuration says: one request each."""

from collections.abc import Collection, Sequence

from brandsync.brand import ExternalId
from brandsync.cms.interface import CmsLinks
from brandsync.cms.rest.settings import RestSettings
from brandsync.cms.rest.template import fill_body, fill_path
from brandsync.errors import BrandsyncError, Rejected, Unreadable
from brandsync.http import HttpClient, RejectedByServer
from brandsync.observing.excerpt import excerpt


class Links(CmsLinks):
    """The external ids of a JSON API."""

    threads = 8

    def __init__(self, http: HttpClient, settings: RestSettings) -> None:
        self._http = http
        self._settings = settings

    def write(self, links: Sequence[ExternalId]) -> Collection[str]:
        """Write them; none is ever left for later."""
        for link in links:
            self._write(link)
        return ()

    def requests_for(self, links: int) -> int:
        """One for each."""
        return links

    def _write(self, link: ExternalId) -> None:
        settings = self._settings
        path = fill_path(settings.link_path, link)
        body = fill_body(settings.link_template(), link)
        try:
            response = self._http.request(settings.link_method, path, json=body, idempotent=True)
        except RejectedByServer as error:
            problem: BrandsyncError = Rejected(
                f"the external id of the entry {excerpt(link.cms_id)} cannot be written: {error.message}",
                hint="check `link_method`, `link_path` and `link_body` in [cms], and that the entry still exists",
            )
        else:
            if "text/html" not in response.headers.get("content-type", ""):
                return
            # A page that says "back soon" comes with a 200 too. What else an API answers to a write is its own affair.
            answer = f"{settings.link_method} {path} answers with an HTML page"
            problem = Unreadable(answer, hint="check `url` and `link_path` in [cms]; nothing says that it was written")
        raise problem
