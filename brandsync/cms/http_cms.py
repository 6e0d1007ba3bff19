"""What every CMS over HTTP shares: where it is, how long to wait for it, and the client that talks to it."""

from datetime import timedelta
from typing import Any, ClassVar

from brandsync.cms.interface import Cms, CmsSettings
from brandsync.http import Endpoint, HttpClient
from brandsync.settings import BaseUrl, ConfigPath, Duration, Timeout


class HttpCmsSettings(CmsSettings):
    """What every CMS over HTTP can be told."""

    url: BaseUrl
    """Where the CMS is."""
    timeout: Timeout = timedelta(seconds=30)
    """For connecting, and between two pieces of an answer; a whole answer may take ten times as long."""
    retry_limit: Duration = timedelta(minutes=5)
    """How long a call may go on being repeated because the server's ``Retry-After`` asks for it."""
    ca_file: ConfigPath | None = None
    """Certificates (PEM) to trust besides the public ones."""


class HttpCms(Cms):
    """A CMS over HTTP. A backend says how it authenticates when it is built."""

    Settings: ClassVar[type[CmsSettings]] = HttpCmsSettings
    settings: HttpCmsSettings

    def __init__(self, settings: Any, **endpoint: Any) -> None:
        """``endpoint``: what ``Endpoint`` takes besides the settings, such as ``headers`` and ``secrets``."""
        super().__init__(settings)
        given = {
            "url": settings.url,
            "timeout": settings.timeout.total_seconds(),
            "retry_limit": settings.retry_limit.total_seconds(),
            "ca_file": settings.ca_file,
        }
        self.http = HttpClient(Endpoint(**given | endpoint))
        self.clients = (self.http,)
