"""The addresses of a site's REST API, and what its refusals mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Unpack
from urllib.parse import quote

from brandsync.cms.wordpress.settings import PLAIN_PERMALINKS, WordPressSettings
from brandsync.errors import BrandsyncError, ConfigError, Unreadable
from brandsync.http import HttpClient, Options, RejectedByServer, Response

NAMESPACE: Final = "wp/v2"


@dataclass(frozen=True, slots=True)
class Api:
    """The REST API of one site, and the routes of its brands."""

    http: HttpClient
    settings: WordPressSettings

    @property
    def brands(self) -> str:
        """The route of the listing."""
        return f"{NAMESPACE}/{self.settings.rest_base.strip('/')}"

    def entry(self, key: object, below: str = "") -> str:
        """The route of an entry, or of something below it."""
        return "/".join(filter(None, (self.brands, quote(str(key), safe=""), below)))

    def where(self) -> str:
        """The listing's URL."""
        site, api = self.settings.url.rstrip("/"), self.settings.api.strip("/")
        return f"{site}/{api}/{self.brands}"

    def json(self, method: str, route: str, **options: Unpack[Options]) -> tuple[Any, Response]:
        """Return a route's decoded answer, and the answer itself. Raises as ``HttpClient`` does."""
        path = f"{self.settings.api.strip('/')}/{route}"
        if self.settings.api.startswith(PLAIN_PERMALINKS):
            path, options["params"] = "", {"rest_route": f"/{route}", **(options.get("params") or {})}
        return self.http.json(method, path, **options)

    def entries(self, params: Mapping[str, Any]) -> tuple[list[Any], Response]:
        """Entries of the listing, and the answer itself.

        Raises:
            ConfigError: there is no such listing.
            CredentialsRefused, TryAgainLater, Unreadable: as their names say.
        """
        try:
            body, response = self.json("GET", self.brands, params=params)
        except RejectedByServer as error:
            raise ConfigError(error.message, hint=self._no_listing(error)) from None
        except Unreadable as error:
            raise Unreadable(error.message, hint=f"check `url` in [cms]; {_PERMALINKS}") from None
        if isinstance(body, list) and all(isinstance(entry, dict) and "id" in entry for entry in body):
            return body, response
        raise Unreadable(f"GET {self.where()} answers with no list of entries", hint="check `url` in [cms]")

    def _no_listing(self, error: RejectedByServer) -> str:
        if error.status != 404:
            return "check `url` and `rest_base` in [cms]"
        bases = self._rest_bases()
        known = f" (this site has {', '.join(bases)})" if bases else f"; {_PERMALINKS}"
        return (
            "check `url` and `rest_base` in [cms], and that the post type is registered with 'show_in_rest' =>"
            f" true{known}"
        )

    def _rest_bases(self) -> list[str]:
        try:
            types, _ = self.json("GET", f"{NAMESPACE}/types")
            return sorted(kind["rest_base"] for kind in types.values())
        except (BrandsyncError, AttributeError, KeyError, TypeError):
            return []


_PERMALINKS = 'a site with plain permalinks needs api = "?rest_route="'
