"""What the Shopware store can be told."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, SecretStr

from brandsync.brand.kind import Kind
from brandsync.settings import BaseUrl, ConfigPath, Duration, Timeout
from brandsync.stores.interface import StoreSettings
from brandsync.stores.setting_checks import matching, not_empty


def _shop(url: str) -> str:
    url = url.rstrip("/")
    if url.endswith("/api") or "/api/" in url:
        raise ValueError('must be the shop\'s own address, without "/api" and what follows it')
    return url


def _access_key(key: str) -> str:
    """An access key: ``AccessKeyHelper`` begins those of integrations with SWIA, of users SWUA, of channels SWSC."""
    if key.startswith("SWSC"):
        raise ValueError("is a sales channel's key, which opens the storefront alone; take an integration's, \"SWIA…\"")
    if not re.fullmatch(r"[A-Za-z0-9_-]+", key):
        raise ValueError('must be the access key ID of an integration: letters, digits, "-" and "_", such as "SWIA…"')
    return key


_LANGUAGE: Final = matching(
    "[0-9a-f]{32}", "must be a language's id, 32 hexadecimal digits, as the address of its page in Settings has it"
)


class ShopwareSettings(StoreSettings):
    """``[store]`` for a Shopware 6 shop.

    Both credentials come with an integration: docs.shopware.com/en/shopware-6/configuration/settings/system/
    integrationen. How they become a token: developer.shopware.com/docs/guides/development/integrations-api.
    """

    url: Annotated[BaseUrl, AfterValidator(_shop)]
    """The shop's address, below which ``/api`` is: ``https://shop.example``."""
    client_id: Annotated[str, AfterValidator(_access_key)]
    """The access key ID of an integration, ``SWIA…``, that may read, create, edit and delete manufacturers."""
    client_secret: Annotated[SecretStr, not_empty("make an integration in Shopware's Settings, System, Integrations")]
    """Its secret access key. Better: ``BRANDSYNC_STORE__CLIENT_SECRET``."""
    language: Annotated[str, _LANGUAGE] | None = None
    """The id of the language whose texts are synced (Settings, Languages); by default the shop's own (system) one."""
    fields: dict[str, Literal["mediaId", "customFields"]] = Field(default_factory=dict)
    """Where pictures go: ``logo = "mediaId"`` for the manufacturer's own logo. By default, that is the only picture."""
    page_size: Annotated[int, Field(ge=20, le=500)] = 500
    """Brands in one page of the listing: Shopware takes 500 at most, or what its ``shopware.api.max_limit`` says."""
    batch: Annotated[int, Field(ge=1, le=500)] = 500
    """The most brands in one request that writes. Fewer, where that is too large or too slow for the shop."""
    timeout: Timeout = timedelta(seconds=60)
    """For connecting, and between two pieces of an answer; a whole answer may take ten times as long."""
    retry_limit: Duration = timedelta(minutes=5)
    """How long a call may go on being repeated because the shop asks to wait."""
    ca_file: ConfigPath | None = None
    """Certificates (PEM) to trust besides the public ones."""

    @property
    def logo(self) -> str | None:
        """The field that is the manufacturer's own logo; none if no field is."""
        return next((name for name, place in self.fields.items() if place == "mediaId"), None)

    def holding(self, further: Mapping[str, Kind | None]) -> Self:
        """These settings, with the fields of the shop's own. Each is a custom field, but for the logo.

        Raises:
            ValueError: `[store.fields]` names what is no picture, or several logos.
        """
        pictures = [name for name, kind in further.items() if kind is Kind.IMAGE]
        if other := next((name for name in self.fields if name not in pictures), None):
            raise ValueError(
                f'`{other}` is no image in [cms.fields], with type = "image", and only images are named here'
            )
        if len(logos := [name for name, place in self.fields.items() if place == "mediaId"]) > 1:
            raise ValueError(f"`{logos[0]}` and `{logos[1]}` are both mediaId, and a manufacturer has one logo")
        alone = len(pictures) == 1 and not self.fields
        fields = {pictures[0]: "mediaId"} if alone else self.fields
        return super().holding(further).model_copy(update={"fields": fields})
