"""What the Medusa store can be told."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from brandsync.settings import BaseUrl, ConfigPath, Duration, Timeout
from brandsync.stores.interface import StoreSettings

FieldName = Literal["name", "handle", "description", "logo_url", "website_url", "metadata"]


def _secret_key(key: SecretStr) -> SecretStr:
    text = key.get_secret_value()
    if text.startswith("pk_"):
        raise ValueError(
            'is a publishable key ("pk_..."), which opens the storefront alone; make a secret one in the dashboard,'
            ' under "Settings", "Secret API Keys"'
        )
    if not text.startswith("sk_"):
        raise ValueError('must be a secret API key, which starts with "sk_"; for a user, set `email` and `password`')
    return key


def _path(path: str) -> str:
    if not path.startswith("/") or path.endswith("/") or "?" in path:
        raise ValueError('must be a path such as "/admin/brands"')
    return path


class MedusaSettings(StoreSettings):
    """``[store]`` for a Medusa shop."""

    url: BaseUrl
    """Where Medusa's server is, such as ``https://shop.example.com``."""
    api_key: Annotated[SecretStr, AfterValidator(_secret_key)] | None = None
    """A secret API key: ``sk_...``. Better: ``BRANDSYNC_STORE__API_KEY`` or a secrets file."""
    email: str | None = None
    """Instead of a key, an admin user's address."""
    password: SecretStr | None = None
    """That user's password."""
    path: Annotated[str, AfterValidator(_path)] = "/admin/brands"
    """Where the routes of brands are."""
    fields: Annotated[tuple[FieldName, ...], Field(min_length=1)] = ("name",)
    """The known fields that the shop's data model of brands has. The guide's has no more than a name."""
    cms_id: Annotated[str, Field(min_length=1)] | None = None
    """The column, if the data model has one, that keeps the CMS's id of each brand, such as ``external_id``."""
    batch: Annotated[int, Field(ge=1)] | None = None
    """The most brands in one request: by default what the shop's routes take."""
    timeout: Timeout = timedelta(seconds=60)
    """For connecting, and between two pieces of an answer; a whole answer may take ten times as long."""
    retry_limit: Duration = timedelta(minutes=5)
    """How long a call may go on being repeated because the server's ``Retry-After`` asks for it."""
    ca_file: ConfigPath | None = None
    """Certificates (PEM) to trust besides the public ones."""

    @model_validator(mode="after")
    def _authenticates(self) -> Self:
        user = self.email is not None or self.password is not None
        if self.api_key and user:
            raise ValueError("`api_key` and a user's `email` and `password` exclude each other; remove one of them")
        if not self.api_key and not (self.email and self.password):
            raise ValueError("needs `api_key`, a secret API key; or an admin user's `email` and `password`")
        return self

    @model_validator(mode="after")
    def _names(self) -> Self:
        if "name" not in self.fields:
            raise ValueError("`fields` must have `name` among them")
        return self
