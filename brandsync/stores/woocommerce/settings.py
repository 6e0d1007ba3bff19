"""What the WooCommerce store can be told."""

from datetime import timedelta
from ipaddress import ip_address
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from brandsync.settings import BaseUrl, ConfigPath, Duration, Timeout
from brandsync.stores.interface import StoreSettings
from brandsync.stores.setting_checks import not_empty


def _shop(url: str) -> str:
    """A shop's own address, where WooCommerce takes a key as Basic authentication.

    It does so over https only (``WC_REST_Authentication::authenticate``, ``is_ssl``).
    """
    parts = urlsplit(url)
    if "/wp-json" in parts.path:
        raise ValueError('must be the shop\'s own address, without "/wp-json" and what follows it')
    if parts.scheme != "https" and not _is_this_machine(parts.hostname or ""):
        raise ValueError(
            'must start with "https://": over http the key would travel for all to read, and WooCommerce refuses it'
        )
    return url.rstrip("/")


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


Password = Annotated[SecretStr, not_empty("make one in WordPress, Users, Profile, Application Passwords")]
Credential = Annotated[SecretStr, not_empty("make a key in WooCommerce, Settings, Advanced, REST API")]


class WooCommerceSettings(StoreSettings):
    """``[store]`` for a WooCommerce shop.

    Key and secret come from WooCommerce, Settings, Advanced, REST API, with the permission Read/Write:
    woocommerce.com/document/woocommerce-rest-api/.
    """

    url: Annotated[BaseUrl, AfterValidator(_shop)]
    """The shop's address, as WordPress has it in Settings, General: ``https://shop.example``."""
    consumer_key: Credential
    """The key, ``ck_…``, of a user who may edit products. Better: ``BRANDSYNC_STORE__CONSUMER_KEY``."""
    consumer_secret: Credential
    """Its secret, ``cs_…``. Better: ``BRANDSYNC_STORE__CONSUMER_SECRET``."""
    username: str | None = None
    """The name of a WordPress user who may upload files. Needed where [cms.fields] maps `image`."""
    application_password: Password | None = None
    """Their application password, with or without its spaces. Better: ``BRANDSYNC_STORE__APPLICATION_PASSWORD``."""
    page_size: Annotated[int, Field(ge=2, le=100)] = 100
    """Brands in one page of the listing: WooCommerce takes 100 at most."""
    timeout: Timeout = timedelta(seconds=60)
    """For connecting, and between two pieces of an answer; a whole answer may take ten times as long."""
    retry_limit: Duration = timedelta(minutes=5)
    """How long a call may go on being repeated because the shop asks to wait."""
    ca_file: ConfigPath | None = None
    """Certificates (PEM) to trust besides the public ones."""

    @model_validator(mode="after")
    def _is_a_whole_login(self) -> Self:
        if bool(self.username) != bool(self.application_password):
            raise ValueError("`username` and `application_password` belong together: set both, or none")
        return self
