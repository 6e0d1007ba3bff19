"""The settings of the ``directus`` backend. Their defaults fit a collection ``brands`` as Directus sets one up."""

from typing import Annotated

from pydantic import Field, SecretStr

from brandsync.cms.http_cms import HttpCmsSettings
from brandsync.settings import JmesPath, JsonObject

FieldName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
"""A field of the collection itself: Directus filters, sorts and writes by name, and not by JMESPath."""


class DirectusSettings(HttpCmsSettings):
    """``[cms]`` with ``backend = "directus"``."""

    token: SecretStr
    """The static token of a user whose policy reads the collection and updates its external ids."""
    collection: str = "brands"
    """The collection's key."""
    filter: JsonObject = Field(default={"status": {"_eq": "published"}})
    """What visitors see, as a Directus filter; ``{}`` where that is every item."""
    include: str = ""
    """What entries hold beside their own fields, as in Directus's ``fields``: ``translations.*,logo.*``."""
    page_size: Annotated[int, Field(ge=2)] = 1_000
    """Entries a request. Where Directus allows fewer (``QUERY_LIMIT_MAX``), as many as it allows."""
    id: FieldName = "id"
    """The primary key."""
    external_id: FieldName = "external_id"
    """The field that holds the store's id of the brand."""
    date_created: Annotated[str, Field(pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$")] = "date_created"
    """The field that holds when an item was made; empty where there is none."""
    date_updated: FieldName = "date_updated"
    """The field that holds when an item was last changed. It is null until the first change."""
    updated_at: JmesPath = "date_updated || date_created"
