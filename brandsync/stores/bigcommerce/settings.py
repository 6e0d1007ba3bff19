"""What the BigCommerce store can be told."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import Field, SecretStr, model_validator

from brandsync.brand.kind import Kind
from brandsync.settings import BaseUrl, ConfigPath, Duration, SettingsModel, Timeout
from brandsync.stores.interface import StoreSettings
from brandsync.stores.setting_checks import declared_kinds, matching, not_empty

_HASH: Final = matching("[A-Za-z0-9]+", 'must be the part of the API path after "/stores/", letters and digits alone')
_METAFIELD: Final = matching(
    r"[^,]{1,64}\.[^,.]{1,64}", 'must be "namespace.key", each of 1 to 64 characters, without a comma'
)


class Destination(SettingsModel):
    """Where a field goes, in its long form, ``{ metafield = "acme.story", type = "html" }``."""

    short_form: ClassVar[str | None] = "field"

    field: Annotated[str, Field(min_length=1)] | None = None
    """BigCommerce's own field. By default, the one with the field's own name."""
    metafield: Annotated[str, _METAFIELD] | None = None
    """A metafield, as ``namespace.key``. The key is what follows the last dot."""
    permission_set: Literal["app_only", "read", "write", "read_and_sf_access", "write_and_sf_access"] = (
        "read_and_sf_access"
    )
    """Who may read and write a new metafield besides brandsync. The storefront is "sf"."""
    type: Kind | None = None
    """Its kind. A metafield is a text, and can hold any."""

    def __str__(self) -> str:
        return self.metafield or self.field or ""

    @model_validator(mode="after")
    def _is_one_place(self) -> Self:
        if self.field and self.metafield:
            raise ValueError("say `field` or `metafield`, not both")
        if self.metafield is None and "permission_set" in self.model_fields_set:
            raise ValueError("`permission_set` goes with `metafield`")
        return self


class BigCommerceSettings(StoreSettings):
    """``[store]`` for a BigCommerce store.

    Both credentials come with an API account: developer.bigcommerce.com/docs/start/authentication/api-accounts.
    """

    store_hash: Annotated[str, _HASH]
    """Which store: what its API path has after ``/stores/``."""
    access_token: Annotated[SecretStr, not_empty("make a store-level API account with the scope Products: modify")]
    """The token of an API account with the scope Products: modify. Better: ``BRANDSYNC_STORE__ACCESS_TOKEN``."""
    fields: dict[str, Destination] = Field(default_factory=dict)
    """Where further fields go: ``title = "page_title"``, or ``story = { metafield = "acme.story" }``."""
    images: ConfigPath | None = None
    """A directory for brandsync's own copies of pictures. Needed where a field goes into `image_url`."""
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

    def holding(self, further: Mapping[str, Kind | None]) -> Self:
        """These settings, with a place and perhaps a kind for each further field.

        Raises:
            ValueError: `[store.fields]` says something else, or names a field that isn't one of them.
        """
        kinds = declared_kinds(self.fields, further)
        given = {name: self.fields.get(name, Destination()) for name in further}
        places = {
            name: to if to.metafield else to.model_copy(update={"field": to.field or name})
            for name, to in given.items()
        }
        twice = next((place for place, count in Counter(map(str, places.values())).items() if count > 1), None)
        if twice:
            raise ValueError(f"two fields go into `{twice}`")
        return super().holding(kinds).model_copy(update={"fields": places})
