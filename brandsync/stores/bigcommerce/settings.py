"""What the BigCommerce store can be told."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from brandsync.settings import BaseUrl, ConfigPath, Duration, Timeout
from brandsync.stores.interface import StoreSettings


def _store_hash(text: str) -> str:
    if not (text.isascii() and text.isalnum()):
        raise ValueError('must be the part of the API path after "/stores/", letters and digits alone')
    return text


def _token(token: SecretStr) -> SecretStr:
    if not token.get_secret_value().strip():
        raise ValueError("is empty; make a store-level API account with the scope Products: modify")
    return token


class BigCommerceSettings(StoreSettings):
    """``[store]`` for a BigCommerce store.

    Both credentials come with an API account: developer.bigcommerce.com/docs/start/authentication/api-accounts.
    """

    store_hash: Annotated[str, AfterValidator(_store_hash)]
    """Which store: what its API path has after ``/stores/``."""
    access_token: Annotated[SecretStr, AfterValidator(_token)]
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
