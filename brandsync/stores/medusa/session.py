"""Calls to a Medusa server, signed with a secret API key or with a user's token.

A secret key goes over HTTP Basic, never as a Bearer token; a user's token comes from ``POST /auth/user/emailpass`` and
is good for a day by default (docs.medusajs.com/api/admin, "Authentication").
"""

from collections.abc import Callable
from threading import Lock
from typing import Any, Final, Unpack

from brandsync.errors import CredentialsRefused, Unreadable
from brandsync.http import Endpoint, HttpClient, Options, RejectedByServer
from brandsync.stores.medusa.settings import MedusaSettings

LOGIN: Final = "/auth/user/emailpass"

_KEY_HINT: Final = (
    "check `api_key` in [store]: a secret API key that has not been revoked, from the dashboard's"
    ' "Settings", "Secret API Keys"'
)
_USER_HINT: Final = "check `email` and `password` in [store]: they must be an admin user's; or use an `api_key`"


class Session:
    """Talks to one server. Thread-safe; a user is logged in at the first call, and again when the token has expired."""

    def __init__(self, settings: MedusaSettings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._asked: Callable[[], bool] = lambda: False
        self._confirm: Callable[[], None] = lambda: None
        self._current: HttpClient | None = None
        self._clients: list[HttpClient] = []
        """All of them: those of earlier tokens may still be answering other threads."""

    def json(self, method: str, path: str, **options: Unpack[Options]) -> Any:
        """The decoded answer to one call. Takes and raises what ``HttpClient.json`` does."""
        return self._signed(lambda http: http.json(method, path, **options)[0])

    def allowed(self, path: str) -> frozenset[str] | None:
        """The methods that the server has a route for at this path; none where it doesn't say.

        Express answers OPTIONS with ``Allow`` where it has any route, and with 404 where it has none.
        """
        try:
            response = self._signed(lambda http: http.request("OPTIONS", path, idempotent=True))
        except RejectedByServer as error:
            return frozenset() if error.status == 404 else None
        allow = response.headers.get("allow")
        return frozenset(method.strip().upper() for method in allow.split(",")) if allow else None

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return sum(client.requests for client in self._clients)

    def stop_when(self, asked: Callable[[], bool]) -> None:
        """Stop repeating calls once this is true."""
        self._asked = asked

    def _is_asked_to_stop(self) -> bool:
        return self._asked()

    def guard_writes(self, confirm: Callable[[], None]) -> None:
        """Call this before each request that may write."""
        self._confirm = confirm

    def _before_write(self) -> None:
        self._confirm()

    def close(self) -> None:
        """Close the connections."""
        for client in self._clients:
            client.close()

    def _signed(self, call: Callable[[HttpClient], Any]) -> Any:
        client = self._client(after=None)
        try:
            return call(client)
        except CredentialsRefused:
            if self._settings.api_key:
                raise
        # The token may have expired, and a request that was refused for it has done nothing.
        return call(self._client(after=client))

    def _client(self, after: HttpClient | None) -> HttpClient:
        """The client in use; where that is ``after``, whose token is no longer good, a new one."""
        with self._lock:
            if self._current is None or self._current is after:
                self._current = self._connect()
            return self._current

    def _connect(self) -> HttpClient:
        if self._settings.api_key:
            key = self._settings.api_key.get_secret_value()
            return self._http(_KEY_HINT, key, auth=(key, ""))
        token = self._log_in()
        return self._http(_USER_HINT, token, headers={"Authorization": f"Bearer {token}"})

    def _log_in(self) -> str:
        password = self._settings.password.get_secret_value() if self._settings.password else ""
        body = {"email": self._settings.email, "password": password}
        answer, _ = self._http(_USER_HINT, password).json("POST", LOGIN, json=body, idempotent=True)
        token = answer.get("token") if isinstance(answer, dict) else None
        if not isinstance(token, str):
            raise Unreadable(f"POST {self._settings.url}{LOGIN} answers without a token", hint=_USER_HINT)
        return token

    def _http(self, hint: str, *secrets: str, **credentials: Any) -> HttpClient:
        endpoint = Endpoint(
            url=self._settings.url,
            timeout=self._settings.timeout.total_seconds(),
            retry_limit=self._settings.retry_limit.total_seconds(),
            ca_file=self._settings.ca_file,
            credentials_hint=hint,
            secrets=secrets,
            **credentials,
        )
        client = HttpClient(endpoint, should_stop=self._is_asked_to_stop, before_write=self._before_write)
        self._clients.append(client)
        return client
