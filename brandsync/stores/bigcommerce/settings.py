"""What the BigCommerce store can be told."""

from datetime import timedelta
from typing import Annotated, Final

from pydantic import Field, SecretStr

from brandsync.settings import BaseUrl, ConfigPath, Duration, Timeout
from brandsync.stores.interface import StoreSettings
from brandsync.stores.setting_checks import matching, not_empty

_HASH: Final = matching("[A-Za-z0-9]+", 'must be the part of the API path after "/stores/", letters and digits alone')


class BigCommerceSettings(StoreSettings):
    """``[store]`` for a BigCommerce store.

    Both credentials come with an API account: developer.bigcommerce.com/docs/start/authentication/api-accounts.
    """

    store_hash: Annotated[str, _HASH]
    """Which store: what its API path has after ``/stores/``."""
    access_token: Annotated[SecretStr, not_empty("make a store-level API account with the scope Products: modify")]
    """The token of an API account with the scope Products: modify. Better: ``BRANDSYNC_STORE__ACCESS_TOKEN``."""
    url: BaseUrl = "https://api.bigcommerce.com"
    """Where BigCommerce's API is. Nobody but a test has to change it."""
    page_size: Annotated[int, Field(ge=1, le=250)] = 250
    """Brands in one page of the listing: BigCommerce takes 250 at most."""
    timeout: Timeout = timedelta(seconds=60)
    """For connecting, and between two pieces of an answer; a whole answer may take ten times as long."""
    retry_limit: Duration = timedelta(minutes=5)
    """How long a call may go on being repeated because BigCommerce asks to wait."""
    ca_file: ConfigPath | None = None
    """Certificates (PEM) to trust besides the public ones."""
