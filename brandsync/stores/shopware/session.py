"""Calls to a Shopware shop, signed with a token that brandsync gets for an integration's keys.

``POST /api/oauth/token`` gives it, for ten minutes by default (``shopware.api.access_token_ttl``). Integrations have no
other way in (github.com/shopware/shopware, src/Core/Framework/Api: ``AuthController``, ``ApiAuthenticationListener``).
A call that is refused because of its token, with a 401, has done nothing.
"""

import time
from typing import Final

from brandsync.errors import CredentialsRefused, Unreadable
from brandsync.http import Endpoint, HttpClient, Pace, PaceHeaders, RefusedByServer, SignedClient, is_token
from brandsync.json_reading import at
from brandsync.stores.shopware.problems import wait_of
from brandsync.stores.shopware.settings import ShopwareSettings

LOGIN: Final = "/oauth/token"
PERMISSIONS: Final = "a role that may view, edit, create and delete manufacturers (Settings, Users & permissions)"
PACE: Final = PaceHeaders(seconds=60, documented=10)
"""10 tokens a minute (docs.shopware.com/en/shopware-6/in-the-cloud/saas/rate-limits); our other calls have no limit.

A shop on its own server counts only refused logins (``RateLimiter::reset``).
"""
AHEAD: Final = 30.0
"""A token is not used in its last 30 seconds, or in the last fifth of a shorter life."""
_KEY_HINT: Final = (
    "check `client_id` and `client_secret` in [store]: the access key ID and the secret access key of an integration"
    " (Settings, System, Integrations)"
)


class Session(SignedClient):
    """Talks to one shop. Thread-safe; it logs in at the first call, and again before its token expires."""

    def __init__(self, settings: ShopwareSettings) -> None:
        secret = settings.client_secret.get_secret_value()
        self._keys = {"client_id": settings.client_id, "client_secret": secret, "grant_type": "client_credentials"}
        self._logins = Pace(PACE)
        endpoint = Endpoint(
            url=f"{settings.url}/api",
            headers={"sw-language-id": settings.language} if settings.language else {},
            secrets=(secret,),
            timeout=settings.timeout.total_seconds(),
            retry_limit=settings.retry_limit.total_seconds(),
            ca_file=settings.ca_file,
            wait_of=wait_of,
            credentials_hint=f"give the integration that `client_id` in [store] names {PERMISSIONS}",
        )
        super().__init__(HttpClient(endpoint), self._log_in)

    def _log_in(self) -> tuple[str, float]:
        """A new token, and when to stop using it."""
        asked = time.monotonic()
        window = self._logins.take(self.http.asked_to_stop)
        try:
            answer, _ = self.http.json("POST", LOGIN, json=self._keys, reads=True)
        except RefusedByServer as refused:
            raise CredentialsRefused(refused.message, hint=_KEY_HINT) from None
        finally:
            self._logins.learn(window, None)
        token, lasts = at(answer, "access_token"), at(answer, "expires_in")
        if not (is_token(token) and isinstance(lasts, int | float)):
            raise Unreadable(f"POST {LOGIN} answers without a token", hint="check `url` in [store]")
        return token, asked + lasts - min(AHEAD, lasts / 5)
