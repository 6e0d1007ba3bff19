"""The settings of the ``contentful`` backend. Their defaults fit a content type ``brand`` in ``master``.

Sources: contentful.com/developers/docs, "Content Delivery API", "Content Management API", "Technical limits".
"""

from typing import Annotated, Final, Literal

from pydantic import Field, SecretStr

from brandsync.cms.two_tokens import TwoTokenSettings
from brandsync.settings import BaseUrl, JmesPath

SYS_ID: Final = "sys.id"
LARGEST_PAGE: Final = 1_000
"""Content Delivery API, "Collection resources and pagination"."""

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
"""Content Management API, "Resource IDs"."""
FieldId = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")]
"""A field of the content type itself. It is written to, so it is no JMESPath."""
Locale = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
"""One locale's code. With ``*`` each field would hold all of its translations."""


class ContentfulSettings(TwoTokenSettings):
    """``[cms]`` with ``backend = "contentful"``."""

    url: BaseUrl = "https://cdn.contentful.com"
    """The Content Delivery API; in the EU ``https://cdn.eu.contentful.com``."""
    management_url: BaseUrl = "https://api.contentful.com"
    """The Content Management API; in the EU ``https://api.eu.contentful.com``."""
    space: Id
    """The space's id (Settings → General settings)."""
    environment: Id = "master"
    """The environment's id, or an alias of it."""
    delivery_token: Annotated[SecretStr, Field(min_length=1)]
    """The Content Delivery API access token of an API key (Settings → API keys) that may read the environment."""
    management_token: SecretStr | None = None
    """A token of the Content Management API, to write external ids; without it all links stay in the journal."""
    content_type: Id = "brand"
    """The content type's id."""
    locale: Locale | None = None
    """The locale to read, such as ``de``; none: the environment's default locale."""
    include: Annotated[int, Field(ge=0, le=10)] = 1
    """How deep linked assets and entries are shown: 1 shows ``logo.fields.file.url``, 0 that there is a link."""
    page_size: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = LARGEST_PAGE
    """Entries a request; fewer where their answer would be larger than Contentful gives (7 MB)."""
    id: Literal["sys.id"] = SYS_ID
    """An entry's own id."""
    external_id: FieldId = "external_id"
    """The id of the field (Short text, without localization) that holds the store's id of the brand."""
    updated_at: JmesPath = "sys.updatedAt"
    """When it was published last."""

    @property
    def root(self) -> str:
        """Where the environment is, below either API's address."""
        return f"/spaces/{self.space}/environments/{self.environment}"
