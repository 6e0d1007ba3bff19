"""The token that each request carries: the configured one, or one that the app gets for a day.

shopify.dev/docs/apps/build/authentication-authorization/client-credentials-grant: the app's id and secret are exchanged
for a token that is valid for 24 hours.
"""

import time
from collections.abc import Callable
from typing import Any, Final

from brandsync.errors import CredentialsRefused, Unreadable
from brandsync.http import Endpoint, HttpClient, RejectedByServer, is_token
from brandsync.stores.shopify.settings import ShopifySettings

PATH: Final = "/admin/oauth/access_token"
EARLY: Final = 600.0
"""A token is not used any more when it has fewer seconds left than this."""
_HINT: Final = (
    "check `client_id` and `client_secret` in [store]: the app's page in the Dev Dashboard has them under Settings; the"
    " app must be installed in this shop, and both must be of one organization"
)


class Token:
    """The current token."""

    def __init__(self, settings: ShopifySettings, learnt: Callable[[str], None]) -> None:
        """``learnt`` is called with each new token, which nobody may see."""
        self._settings = settings
        self._learnt = learnt
        self._token = settings.access_token.get_secret_value() if settings.access_token else ""
        self._ends = float("inf") if settings.access_token else 0.0
        self.http = HttpClient(
            Endpoint(
                url=settings.address,
                secrets=(self._secret,),
                timeout=settings.timeout.total_seconds(),
                retry_limit=settings.retry_limit.total_seconds(),
                ca_file=settings.ca_file,
                credentials_hint=_HINT,
            )
        )

    def now(self) -> str:
        """The token; a new one if the last one is about to end.

        Raises:
            CredentialsRefused: Shopify gives the app no token.
            Unreadable: the answer holds none.
        """
        if time.monotonic() >= self._ends - EARLY:
            self._token, self._ends = self._granted()
            self._learnt(self._token)
        return self._token

    @property
    def _secret(self) -> str:
        return self._settings.client_secret.get_secret_value() if self._settings.client_secret else ""

    def _granted(self) -> tuple[str, float]:
        asked = {
            "client_id": self._settings.client_id,
            "client_secret": self._secret,
            "grant_type": "client_credentials",
        }
        try:
            # It is safe to repeat: asking again only gives another token.
            answer, _ = self.http.json("POST", PATH, json=asked, reads=True)
        except RejectedByServer as error:
            raise CredentialsRefused(error.message, hint=_HINT) from None
        return _read(answer)


def _read(answer: Any) -> tuple[str, float]:
    told = answer if isinstance(answer, dict) else {}
    token, seconds = told.get("access_token"), told.get("expires_in")
    if not is_token(token):
        raise Unreadable(f"POST {PATH} answers without a token", hint="check `shop` and `url` in [store]")
    lasts = seconds if isinstance(seconds, int | float) and seconds > 0 else 0.0
    return str(token), time.monotonic() + max(lasts, EARLY + 1)
