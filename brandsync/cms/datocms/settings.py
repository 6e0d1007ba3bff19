"""The settings of the ``datocms`` backend. Their defaults fit a model ``brand`` in the primary environment.

Sources: datocms.com/docs/content-management-api: "API endpoint and authentication", "List all records", "Environments";
datocms.com/docs/general-concepts/localization.
"""

from typing import Annotated, Final, Literal

from pydantic import Field, SecretStr

from brandsync.cms.http_cms import HttpCmsSettings
from brandsync.settings import BaseUrl, JmesPath

LARGEST_PAGE: Final = 500
"""datocms.com/docs/content-management-api/resources/item/instances: ``page[limit]``."""

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""An id (a UUID in URL-safe base64, or a number), or an API key such as ``brand``."""
Environment = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,100}$")]
"""An environment's id: it is sent in a header."""
FieldKey = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,99}$")]
"""A field of the model itself. It is written to, so it is no JMESPath."""
Locale = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$")]
"""One locale's code, as the environment names it."""


class DatocmsSettings(HttpCmsSettings):
    """``[cms]`` with ``backend = "datocms"``."""

    url: BaseUrl = "https://site-api.datocms.com"
    """The Content Management API."""
    token: Annotated[SecretStr, Field(min_length=1)]
    """An API token with access to the Content Management API, whose role may read, edit and publish brands."""
    model: Id = "brand"
    """The model's API key, or its id."""
    environment: Environment | None = None
    """The environment's id; none: the primary environment."""
    locale: Locale | None = None
    """The locale to read, such as ``de``; none: a localized field holds its values by locale, as in ``name.en``."""
    page_size: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = LARGEST_PAGE
    """Records a request."""
    id: Literal["id"] = "id"
    """A record's own id."""
    external_id: FieldKey = "external_id"
    """The API key of the field (Single-line string, not localized) that holds the store's id of the brand."""
    updated_at: JmesPath = "meta.updated_at"
    """When it was last saved."""
