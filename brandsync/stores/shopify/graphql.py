"""Talks to one GraphQL endpoint: waits until there are points for a request, and turns its errors into ours.

shopify.dev/docs/api/admin-graphql, "Status and error codes": most errors come with a 200, in ``errors``, each with a
``code`` in its ``extensions``.

shopify.dev/docs/apps/build/authentication-authorization/client-credentials-grant: an app's id and secret are exchanged
for a token that is valid for 24 hours.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from brandsync.errors import BrandsyncError, ConfigError, CredentialsRefused, TryAgainLater, Unreadable
from brandsync.http import (
    Endpoint,
    HttpClient,
    RefusedByServer,
    RejectedByServer,
    Response,
    SignedClient,
    is_token,
)
from brandsync.http.retrying import Failed, Retries
from brandsync.json_reading import at
from brandsync.observing.excerpt import excerpt
from brandsync.stores.shopify.points import Points
from brandsync.stores.shopify.settings import ShopifySettings

PATIENCE: Final = 30.0
"""Seconds for which a call is repeated."""
BACKOFF: Final = 1.0
"""Seconds to wait when throttled although there are points: Shopify's advice (docs/api/usage/limits)."""
VERSION: Final = "X-Shopify-API-Version"
"""The version that answered: another one than was asked for, if that is no longer supported."""
HEADER: Final = "X-Shopify-Access-Token"
LOGIN: Final = "/admin/oauth/access_token"
EARLY: Final = 600.0
"""A token is not used any more when it has fewer seconds left than this."""
SCOPES: Final = "read_metaobject_definitions, read_metaobjects and write_metaobjects"
_APP_HINT: Final = (
    "check `client_id` and `client_secret` in [store]: the app's page in the Dev Dashboard has them under Settings; the"
    " app must be installed in this shop, and both must be of one organization"
)
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
    """The Admin API of one shop. Its methods raise ``TooMuch``, and what ``HttpClient`` raises except refusals.

    Each request carries a token: the configured one, or one that the app gets for a day.
    """

    def __init__(self, settings: ShopifySettings) -> None:
        self.points = Points()
        self.version = ""
        """The version that answered last."""
        self._path = f"/admin/api/{settings.api_version}/graphql.json"
        given = settings.access_token.get_secret_value() if settings.access_token else ""
        secret = settings.client_secret.get_secret_value() if settings.client_secret else ""
        self._app = {"client_id": settings.client_id, "client_secret": secret, "grant_type": "client_credentials"}
        source = "`access_token`" if given else "`client_id` and `client_secret`"
        self.http = HttpClient(
            Endpoint(
                url=settings.address,
                headers={HEADER: given} if given else {},
                secrets=(given, secret),
                timeout=settings.timeout.total_seconds(),
                retry_for=PATIENCE,
                retry_limit=settings.retry_limit.total_seconds(),
                ca_file=settings.ca_file,
                credentials_hint=f"check {source} in [store]: the app needs the scopes {SCOPES}",
            )
        )
        self._signed = self.http if given else SignedClient(self.http, self._log_in, header=(HEADER, ""))
        self.clients = (self.http,)
        self._retries = Retries(PATIENCE, settings.retry_limit.total_seconds(), self.http.asked_to_stop)

    def ask(self, request: Request) -> Data:
        """Send a document and return its data."""
        return self._retries.run(lambda: self._attempt(request))

    def _log_in(self) -> tuple[str, float]:
        """A new token, which Shopify says is valid for 24 hours, and when to stop using it."""
        try:
            # It is safe to repeat: asking again only gives another token.
            answer, _ = self.http.json("POST", LOGIN, json=self._app, reads=True)
        except (RejectedByServer, RefusedByServer) as error:
            raise CredentialsRefused(error.message, hint=_APP_HINT) from None
        token, lasts = at(answer, "access_token"), at(answer, "expires_in")
        if not is_token(token):
            raise Unreadable(f"POST {LOGIN} answers without a token", hint="check `shop` and `url` in [store]")
        left = lasts - EARLY if isinstance(lasts, int | float) else 0.0
        return token, time.monotonic() + max(1.0, left)

    def _attempt(self, request: Request) -> Data:
        taken = self.points.take(request.kind, request.expected, self.http.asked_to_stop)
        cost: Any = None
        try:
            body, response = self._sent(request)
            self.version = response.headers.get(VERSION, "")
            cost = at(body, "extensions", "cost")
        finally:
            self.points.learn(request.kind, request.expected, taken, cost)
        return self._judged(request, body, taken)

    def _sent(self, request: Request) -> tuple[Any, Response]:
        sent = {"query": request.document, "variables": request.variables}
        again, reads = request.idempotent, not request.writes
        try:
            return self._signed.json("POST", self._path, json=sent, idempotent=again, reads=reads)
        except RejectedByServer as error:
            if error.status == 413:
                raise TooMuch from None
            raise ConfigError(error.message, hint=_SHOP) from None

    def _judged(self, request: Request, body: Any, taken: float) -> Data:
        name = f"POST {self._path} ({request.kind})"
        if not isinstance(body, dict):
            raise Unreadable(f"{name} doesn't answer with an object", hint=_SHOP)
        data, errors = body.get("data"), body.get("errors")
        if errors:
            raise self._failure(name, request, errors, taken, nothing_done=data is None)
        if not isinstance(data, dict):
            raise Unreadable(f"{name} answers without data", hint=_SHOP)
        return data

    def _failure(
        self, name: str, request: Request, errors: Any, taken: float, *, nothing_done: bool
    ) -> BrandsyncError | Failed:
        """The error for an answer with ``errors``."""
        error = errors[0] if isinstance(errors, list) else errors
        code = at(error, "extensions", "code")
        said = error.get("message") if isinstance(error, dict) else error
        message = f"{name}: {excerpt(self.http.masked(' '.join(str(said).split())), 200)}"
        if code == "MAX_COST_EXCEEDED":
            return TooMuch()
        if code == "THROTTLED":
            wait = max(self.points.wait_for(taken), BACKOFF)
            return Failed(TryAgainLater(message), again=request.idempotent or nothing_done, after=wait)
        if code in {"INTERNAL_SERVER_ERROR", "TIMEOUT"}:
            return Failed(TryAgainLater(message), again=request.idempotent)
        if code == "ACCESS_DENIED":
            hint = f"give the app the scopes {SCOPES}, release it, and let the shop's owner accept them"
            return CredentialsRefused(message, hint=hint)
        if code == "SHOP_INACTIVE":
            return ConfigError(message, hint=_SHOP)
        return Unreadable(message, hint="check `api_version` in [store]: Shopify doesn't take what is asked")
