"""The settings of the ``payload`` backend. Their defaults fit a collection ``brands`` with drafts."""

from typing import Annotated

from pydantic import Field, SecretStr

from brandsync.cms.http_cms import HttpCmsSettings
from brandsync.settings import JmesPath

Slug = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
"""A name as Payload writes it in a URL."""
FieldPath = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$")]
"""A field, or one within named groups or tabs (``sync.external_id``). It is written to, so it is no JMESPath."""


class PayloadSettings(HttpCmsSettings):
    """``[cms]`` with ``backend = "payload"``."""

    api_key: Annotated[SecretStr, Field(min_length=1)]
    """The API key of a user who reads the collection and updates its external ids."""
    auth_collection: Slug = "users"
    """The collection that this user is in. It has ``auth: { useAPIKey: true }``."""
    api_route: Annotated[str, Field(pattern=r"^(/[A-Za-z0-9_-]+)*$")] = "/api"
    """Where the REST API starts, below ``url``: Payload's ``routes.api``."""
    collection: Slug = "brands"
    """The collection's slug."""
    drafts: bool = True
    """The collection has ``versions: { drafts: true }``. Where it hasn't, every entry is published."""
    locale: Slug | None = None
    """The language to read and to write in; none for Payload's default one."""
    depth: Annotated[int, Field(ge=0, le=10)] = 0
    """How deep related entries are shown: 1 shows an upload's ``url``, 0 its id alone."""
    page_size: Annotated[int, Field(ge=1)] = 500
    """Entries a request. Payload has no limit of its own; one of its answers is held in memory."""
    external_id: FieldPath = "external_id"
    """The field that holds the store's id of the brand."""
    updated_at: JmesPath = "updatedAt"
    """Where an entry holds the moment of its last change."""
