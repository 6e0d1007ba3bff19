"""Calls to a Medusa server, signed with a secret API key or with a user's token.

A secret key goes over HTTP Basic, never as a Bearer token. A user's token comes from ``POST /auth/user/emailpass`` and
is valid for a day by default (docs.medusajs.com/api/admin, "Authentication").
"""

from math import inf
from typing import Any, Final, Unpack

from brandsync.errors import Unreadable
from brandsync.http import Endpoint, HttpClient, Options, RejectedByServer, SignedClient, is_token
from brandsync.json_reading import at
from brandsync.stores.medusa.settings import MedusaSettings

LOGIN: Final = "/auth/user/emailpass"

_KEY_HINT: Final = (
    "check `api_key` in [store]: a secret API key that has not been revoked, from the dashboard's"
    ' "Settings", "Secret API Keys"'
)
_USER_HINT: Final = "check `email` and `password` in [store]: they must be an admin user's; or use an `api_key`"


class Session:
    """Talks to one server. Thread-safe; logs a user in at the first call, and again when the token has expired."""

    def __init__(self, settings: MedusaSettings) -> None:
        key = settings.api_key.get_secret_value() if settings.api_key else ""
        password = settings.password.get_secret_value() if settings.password else ""
        self._user = {"email": settings.email, "password": password}
        self.http = HttpClient(
            Endpoint(
                url=settings.url,
                auth=(key, "") if key else None,
                secrets=(key or password,),
                timeout=settings.timeout.total_seconds(),
                retry_limit=settings.retry_limit.total_seconds(),
                ca_file=settings.ca_file,
                credentials_hint=_KEY_HINT if key else _USER_HINT,
            )
        )
        self._signed = self.http if key else SignedClient(self.http, self._log_in)

    def json(self, method: str, path: str, **options: Unpack[Options]) -> Any:
        """The decoded answer to one call. Takes and raises what ``HttpClient.json`` does."""
        return self._signed.json(method, path, **options)[0]

    def allowed(self, path: str) -> frozenset[str] | None:
        """The methods that the server has a route for at this path; none if it doesn't say.

        Express answers OPTIONS with ``Allow`` where it has a route, and with 404 where it has none.
        """
        try:
            response = self._signed.request("OPTIONS", path, idempotent=True)
        except RejectedByServer as error:
            return frozenset() if error.status == 404 else None
        allow = response.headers.get("allow")
        return frozenset(method.strip().upper() for method in allow.split(",")) if allow else None

    def _log_in(self) -> tuple[str, float]:
        """A new token. Nobody says how long it is valid."""
        answer, _ = self.http.json("POST", LOGIN, json=self._user, reads=True)
        token = at(answer, "token")
        if not is_token(token):
            raise Unreadable(f"POST {self.http.endpoint.url}{LOGIN} answers without a token", hint=_USER_HINT)
        return token, inf
