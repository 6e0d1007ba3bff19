"""Puts a file where Shopify fetches it from: on another host than the shop's, which must not see the shop's token."""

from collections.abc import Callable, Mapping
from threading import Lock
from urllib.parse import urlsplit

from brandsync.brand.image import ImageFile
from brandsync.errors import Rejected, TryAgainLater
from brandsync.http import Endpoint, HttpClient, Rate, RefusedByServer, RejectedByServer
from brandsync.stores.shopify.settings import ShopifySettings


class Staging:
    """Sends files to the targets that Shopify names. Thread-safe; it is one of the store's clients."""

    rate: Rate | None = None

    def __init__(self, settings: ShopifySettings) -> None:
        self.requests = 0
        self.before_write: Callable[[], None] = lambda: None
        self._settings = settings
        self._asked: Callable[[], bool] = lambda: False
        self._clients: dict[str, HttpClient] = {}
        self._lock = Lock()

    def stop_when(self, should_stop: Callable[[], bool], /) -> None:
        """Stop soon once this is true."""
        self._asked = should_stop
        for client in self._clients.values():
            client.stop_when(should_stop)

    def close(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            client.close()

    def send(self, url: str, parameters: Mapping[str, str], file: ImageFile) -> None:
        """Send a file to a target, as a form: its parameters first. Repeated, it only replaces itself.

        Raises:
            Rejected: the host refuses the file.
            TryAgainLater: it doesn't take the parameters, which are good for a while only.
        """
        client = self._client(url)
        form: dict[str, tuple[str | None, bytes, str | None]] = {
            name: (None, value.encode(), None) for name, value in parameters.items()
        }
        form["file"] = (file.name, file.content(), file.type.mime)
        try:
            client.request("POST", url, files=form, idempotent=True)
        except RefusedByServer as error:
            raise TryAgainLater(f"the host that Shopify names for files refuses one: {error.message}") from None
        except RejectedByServer as error:
            raise Rejected(f"the host that Shopify names for files refuses it: {error.message}") from None
        finally:
            with self._lock:
                self.requests = sum(client.requests for client in self._clients.values())

    def _confirm(self) -> None:
        self.before_write()

    def _client(self, url: str) -> HttpClient:
        parts = urlsplit(url)
        server = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            if server not in self._clients:
                settings = self._settings
                client = HttpClient(
                    Endpoint(
                        server,
                        timeout=settings.timeout.total_seconds(),
                        retry_limit=settings.retry_limit.total_seconds(),
                        ca_file=settings.ca_file,
                        credentials_hint="",
                    )
                )
                client.before_write = self._confirm
                client.stop_when(self._asked)
                self._clients[server] = client
            return self._clients[server]
