"""Calls to a Medusa server, signed with a secret API key or with a user's token.

A secret key goes over HTTP Basic, never as a Bearer token. A user's token comes from ``POST /auth/user/emailpass`` and
is valid for a day by default (docs.medusajs.com/api/admin, "Authentication").
"""

from collections.abc import Callable
from math import inf
from typing import Any, Final, Unpack

from brandsync.errors import Unreadable
from brandsync.http import BearerToken, Endpoint, HttpClient, Options, RejectedByServer, is_token
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
        self._user = None if key else {"email": settings.email, "password": password}
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
        self._token = BearerToken(self.http, self._log_in)

    def json(self, method: str, path: str, **options: Unpack[Options]) -> Any:
        """The decoded answer to one call. Takes and raises what ``HttpClient.json`` does."""
        return self._signed(lambda signed: self.http.json(method, path, **options, **signed)[0])

    def allowed(self, path: str) -> frozenset[str] | None:
        """The methods that the server has a route for at this path; none if it doesn't say.

        Express answers OPTIONS with ``Allow`` where it has a route, and with 404 where it has none.
        """
        try:
            response = self._signed(lambda signed: self.http.request("OPTIONS", path, idempotent=True, **signed))
        except RejectedByServer as error:
            return frozenset() if error.status == 404 else None
        allow = response.headers.get("allow")
        return frozenset(method.strip().upper() for method in allow.split(",")) if allow else None

    def _signed(self, call: Callable[[Any], Any]) -> Any:
        """Make a call with the options that sign it, and return its answer."""
        if self._user is None:
            return call({})
        return self._token.signed(lambda token: call({"headers": {"Authorization": f"Bearer {token}"}}))

    def _log_in(self) -> tuple[str, float]:
        """A new token. Nobody says how long it is valid."""
        answer, _ = self.http.json("POST", LOGIN, json=self._user, reads=True)
        token = answer.get("token") if isinstance(answer, dict) else None
        if not is_token(token):
            raise Unreadable(f"POST {self.http.endpoint.url}{LOGIN} answers without a token", hint=_USER_HINT)
        return str(token), inf
