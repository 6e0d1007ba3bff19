"""Talks to one GraphQL endpoint: waits until there are points for a request, and turns its errors into ours.

shopify.dev/docs/api/admin-graphql, "Status and error codes": most errors come with a 200, in ``errors``, each with a
``code`` in its ``extensions``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from brandsync.errors import BrandsyncError, ConfigError, CredentialsRefused, TryAgainLater, Unreadable
from brandsync.http import Endpoint, HttpClient, RejectedByServer, Response
from brandsync.http.retrying import Failed, Retries
from brandsync.observing.excerpt import excerpt
from brandsync.stores.shopify.points import Points
from brandsync.stores.shopify.settings import ShopifySettings
from brandsync.stores.shopify.token import Token

PATIENCE: Final = 30.0
"""Seconds for which a call is repeated."""
BACKOFF: Final = 1.0
"""Seconds to wait when throttled although there are points: Shopify's advice (docs/api/usage/limits)."""
VERSION: Final = "X-Shopify-API-Version"
"""The version that answered: another one than was asked for, if that is no longer supported."""
SCOPES: Final = "read_metaobject_definitions, read_metaobjects and write_metaobjects"
_SHOP: Final = "check `shop` in [store]; if it is right, look at the shop in Shopify's admin"

Data = Mapping[str, Any]


class TooMuch(Unreadable):
    """The request is too large and did nothing: it costs too many points, or has too many bytes."""

    def __init__(self) -> None:
        super().__init__("Shopify refuses what is asked for its size", hint=_SHOP)


@dataclass(frozen=True, slots=True)
class Request:
    """One document with its variables."""

    kind: str
    """Requests of one kind cost the same for each expected point."""
    document: str
    variables: Data
    expected: float
    """The points that it should cost, by Shopify's documents."""
    writes: bool = False
    idempotent: bool = True
    """Repeating it is harmless."""


class GraphQL:
    """The Admin API of one shop. Its methods raise ``TooMuch``, and what ``HttpClient`` raises except refusals."""

    def __init__(self, settings: ShopifySettings) -> None:
        self.points = Points()
        self.version = ""
        """The version that answered last."""
        self._path = f"/admin/api/{settings.api_version}/graphql.json"
        self._given = settings.access_token.get_secret_value() if settings.access_token else None
        self._http = HttpClient(self._endpoint(settings))
        self._token = Token(settings, self._http.hide)
        self.clients = (self._token.http, self._http)
        self._retries = Retries(PATIENCE, settings.retry_limit.total_seconds(), self._http.asked_to_stop)

    @property
    def masked(self) -> Callable[[str], str]:
        """Takes secrets out of what the shop says."""
        return self._http.masked

    def ask(self, request: Request) -> Data:
        """Send a document and return its data."""
        return self._retries.run(lambda: self._attempt(request))

    def _endpoint(self, settings: ShopifySettings) -> Endpoint:
        secrets = (settings.access_token, settings.client_secret)
        source = "`access_token`" if self._given else "`client_id` and `client_secret`"
        return Endpoint(
            url=settings.address,
            headers={"X-Shopify-Access-Token": self._given} if self._given else {},
            secrets=tuple(secret.get_secret_value() for secret in secrets if secret),
            timeout=settings.timeout.total_seconds(),
            retry_for=PATIENCE,
            retry_limit=settings.retry_limit.total_seconds(),
            ca_file=settings.ca_file,
            credentials_hint=f"check {source} in [store]: the app needs the scopes {SCOPES}",
        )

    def _attempt(self, request: Request) -> Data:
        headers = None if self._given else {"X-Shopify-Access-Token": self._token.now()}
        taken = self.points.take(request.kind, request.expected, self._retries.asked_to_stop)
        cost: Any = None
        try:
            body, response = self._sent(request, headers)
            self.version = response.headers.get(VERSION, "")
            cost = _part(body, "extensions", "cost")
        finally:
            self.points.learn(request.kind, request.expected, taken, cost)
        return self._judged(request, body, taken)

    def _sent(self, request: Request, headers: Mapping[str, str] | None) -> tuple[Any, Response]:
        sent = {"query": request.document, "variables": request.variables}
        again, reads = request.idempotent, not request.writes
        try:
            return self._http.json("POST", self._path, json=sent, headers=headers, idempotent=again, reads=reads)
        except RejectedByServer as error:
            if error.status == 413:
                raise TooMuch from None
            raise ConfigError(error.message, hint=_SHOP) from None

    def _judged(self, request: Request, body: Any, taken: float) -> Data:
        if not isinstance(body, dict):
            raise Unreadable(f"{self._name(request)} doesn't answer with an object", hint=_SHOP)
        data, errors = body.get("data"), body.get("errors")
        if errors:
            raise self._failure(request, errors, taken, nothing_done=data is None)
        if not isinstance(data, dict):
            raise Unreadable(f"{self._name(request)} answers without data", hint=_SHOP)
        return data

    def _failure(self, request: Request, errors: Any, taken: float, *, nothing_done: bool) -> Exception:
        """The error for an answer with ``errors``."""
        error = errors[0] if isinstance(errors, list) else errors
        code = _part(error, "extensions", "code")
        said = _part(error, "message") if isinstance(error, dict) else error
        message = f"{self._name(request)}: {excerpt(self.masked(' '.join(str(said).split())), 200)}"
        if code == "MAX_COST_EXCEEDED":
            return TooMuch()
        if code == "THROTTLED":
            wait = max(self.points.wait_for(taken), BACKOFF)
            return Failed(TryAgainLater(message), again=request.idempotent or nothing_done, after=wait)
        if code in {"INTERNAL_SERVER_ERROR", "TIMEOUT"}:
            return Failed(TryAgainLater(message), again=request.idempotent)
        return self._final(code, message)

    def _final(self, code: Any, message: str) -> BrandsyncError:
        if code == "ACCESS_DENIED":
            hint = f"give the app the scopes {SCOPES}, release it, and let the shop's owner accept them"
            return CredentialsRefused(message, hint=hint)
        if code == "SHOP_INACTIVE":
            return ConfigError(message, hint=_SHOP)
        return Unreadable(message, hint="check `api_version` in [store]: Shopify doesn't take what is asked")

    def _name(self, request: Request) -> str:
        return f"POST {self._path} ({request.kind})"


def _part(value: Any, *keys: str) -> Any:
    """The value at this path in an answer, or none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
