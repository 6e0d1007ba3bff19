"""What the Shopify store can be told."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final, Self

from pydantic import Field, SecretStr, model_validator

from brandsync.brand.kind import Kind
from brandsync.settings import BaseUrl, ConfigPath, Duration, Timeout
from brandsync.stores.interface import StoreSettings
from brandsync.stores.setting_checks import matching, not_empty

NEWEST: Final = "2026-10"
"""The newest stable version as of 2026-11, supported for a year (shopify.dev/docs/api/usage/versioning)."""
SHORTEST: Final = 2
"""Characters of a field's name ("Key is too short")."""
_SHOP: Final = matching(
    r"[a-z0-9][a-z0-9-]*\.myshopify\.com",
    'must be the shop\'s own domain, such as "my-shop.myshopify.com", in small letters and without "https://":'
    " Shopify's admin has it under Settings, Domains",
)
_TYPE: Final = matching("[a-z0-9_-]{3,255}", "must have 3 to 255 small letters, digits, hyphens and underscores")
_VERSION: Final = matching(r"20\d\d-(01|04|07|10)", f'must be a version of the Admin API, such as "{NEWEST}"')
Credential = Annotated[SecretStr, not_empty("the app's page in Shopify's Dev Dashboard has it under Settings")]


class ShopifySettings(StoreSettings):
    """``[store]`` for a Shopify shop.

    An app of one's own, made in the Dev Dashboard, has an id and a secret, with which brandsync gets a token for each
    day: shopify.dev/docs/apps/build/dev-dashboard/get-api-access-tokens. Custom apps that were made in a shop's admin
    before 2026 have a token for good:
    shopify.dev/docs/apps/build/authentication-authorization/legacy/admin-custom-apps.
    """

    shop: Annotated[str, _SHOP]
    """The shop's own domain: ``my-shop.myshopify.com``."""
    client_id: str | None = None
    """The client ID of an app of the Dev Dashboard that is installed in the shop."""
    client_secret: Credential | None = None
    """That app's client secret. Better: ``BRANDSYNC_STORE__CLIENT_SECRET`` or a secrets file."""
    access_token: Credential | None = None
    """Instead of both, the Admin API access token of a custom app: ``shpat_...``."""
    type: Annotated[str, _TYPE] = "brand"
    """The type of the metaobject definition whose entries are the brands."""
    api_version: Annotated[str, _VERSION] = NEWEST
    """The version of the Admin API. Shopify supports each for a year."""
    url: BaseUrl | None = None
    """Where the shop is, if not at ``https://`` and its domain. Nobody but a test has to say so."""
    page_size: Annotated[int, Field(ge=1, le=250)] = 250
    """Brands in one page of the listing: Shopify takes 250 at most."""
    timeout: Timeout = timedelta(seconds=60)
    """For connecting, and between two pieces of an answer; a whole answer may take ten times as long."""
    retry_limit: Duration = timedelta(minutes=5)
    """How long a call may go on being repeated because Shopify asks to wait."""
    ca_file: ConfigPath | None = None
    """Certificates (PEM) to trust besides the public ones."""

    @model_validator(mode="after")
    def _authenticates(self) -> Self:
        app = self.client_id is not None or self.client_secret is not None
        if self.access_token and app:
            raise ValueError(
                "`access_token` and an app's `client_id` and `client_secret` exclude each other; remove one of them"
            )
        if not self.access_token and not (self.client_id and self.client_secret):
            raise ValueError(
                "needs `client_id` and `client_secret` of an app of the Dev Dashboard; or a custom app's `access_token`"
            )
        return self

    def holding(self, further: Mapping[str, Kind | None]) -> Self:
        """These settings, with the fields of the shop's own, which are the definition's of the same names.

        Raises:
            ValueError: a name can't be a field's.
        """
        if short := next((name for name in further if len(name) < SHORTEST), None):
            raise ValueError(
                f"`{short}` is too short for a field of Shopify's: its names have {SHORTEST} to 64 characters"
            )
        return super().holding(further)

    @property
    def address(self) -> str:
        """Where the shop is."""
        return (self.url or f"https://{self.shop}").rstrip("/")
