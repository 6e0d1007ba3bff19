"""The settings of the ``sanity`` backend. Their defaults fit a document type ``brand`` in ``production``.

Sources: sanity.io/docs, "HTTP API" (its URLs and versions), "Perspectives for Content Lake", "Datasets", "GROQ".
"""

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, SecretStr

from brandsync.cms.http_cms import HttpCmsSettings
from brandsync.settings import BaseUrl, JmesPath

OLDEST: Final = "2025-02-19"
"""The first version of the API that shows what releases hold. ("Perspectives", changelog.)"""
PROJECT: Final = "{project_id}"

ProjectId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
"""It is part of a host name."""
DatasetName = Annotated[str, Field(pattern=r"^~?[a-z0-9][a-z0-9_-]{0,63}$")]
"""A dataset's name, or an alias with its ``~``. ("Datasets"; "Technical limits": 64 characters.)"""
DocumentType = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,127}$")]
Attribute = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,127}$")]
"""A field of the document itself. It is written to, so it is no JMESPath. Names that start with ``_`` are Sanity's."""


def _recent(version: str) -> str:
    if version < OLDEST:
        raise ValueError(f"must be {OLDEST} or later: earlier ones don't show the documents of releases")
    return version


ApiVersion = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$"), AfterValidator(_recent)]


def _one_projection(text: str) -> str:
    if not text.strip():
        raise ValueError('must name what to show of a document; "..." shows all of it')
    return text


class SanitySettings(HttpCmsSettings):
    """``[cms]`` with ``backend = "sanity"``."""

    url: BaseUrl = f"https://{PROJECT}.api.sanity.io"
    """The live API, and not its CDN (`apicdn`), whose answers may be old: a run would write what is written already."""
    project_id: ProjectId
    """The project's id (sanity.io/manage)."""
    dataset: DatasetName = "production"
    """The dataset."""
    token: SecretStr | None = None
    """An API token (API → Tokens) of the role Editor, or one that may update the document type; with one that may only
    read, or none for a public dataset, all links stay in the journal."""
    api_version: ApiVersion = OLDEST
    """The version of the API, a date."""
    document_type: DocumentType = "brand"
    """The `_type` of the documents."""
    projection: Annotated[str, AfterValidator(_one_projection)] = "..."
    """What to show of a document, in GROQ: `..., "logo_url": logo.asset->url` adds an asset's URL to all fields."""
    page_size: Annotated[int, Field(ge=1, le=10_000)] = 1_000
    """Entries a request."""
    id: Literal["_id"] = "_id"
    """An entry's own id."""
    external_id: Attribute = "external_id"
    """The name of the field (`string`) that holds the store's id of the brand."""
    updated_at: JmesPath = "_updatedAt"
    """When it was changed last."""

    @property
    def server(self) -> str:
        """Where the project's API is."""
        return self.url.replace(PROJECT, self.project_id).rstrip("/")
