"""The settings of the ``strapi`` backend. Their defaults fit a collection type ``brand`` as Strapi sets one up."""

from typing import Annotated, Final, Literal

from pydantic import Field, SecretStr

from brandsync.cms.http_cms import HttpCmsSettings
from brandsync.cms.looked_into import nested_keys
from brandsync.settings import JmesPath

DOCUMENT_ID: Final = "documentId"

Segment = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
"""A part of a path."""
FieldName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
"""A field of the type itself. A field within a component can't be written alone."""
Locale = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
"""One locale's code. With ``*`` an entry would come once for each of its locales."""


class StrapiSettings(HttpCmsSettings):
    """``[cms]`` with ``backend = "strapi"``."""

    token: SecretStr | None = None
    """An API token (Settings → API Tokens) of the type Custom, with ``find`` and ``update`` on the brand type."""
    collection: Segment = "brands"
    """The type's "API ID (Plural)"."""
    api_prefix: str = "api"
    """What Strapi's ``api.rest.prefix`` says."""
    locale: Locale | None = None
    """The locale to read and to write, such as ``de``; none: Strapi's default locale, or a type without locales."""
    populate: list[str] | None = None
    """The media, components and relations that an entry is to hold, such as ``logo`` or ``owner.logo``.

    By default, those that ``[cms.fields]`` looks into: ``logo`` for ``absolute(logo.url)``.
    """
    page_size: Annotated[int, Field(ge=1)] = 1_000
    """Entries a request; as many as Strapi allows (``api.rest.maxLimit``, 100 in new projects) where that is fewer."""
    id: Literal["documentId"] = DOCUMENT_ID
    """Strapi's own id of a document. The number ``id`` changes whenever it is published."""
    external_id: FieldName = "external_id"
    """The field (Text) that holds the store's id of the brand."""
    updated_at: JmesPath = "max([updatedAt, publishedAt][?@])"
    """What is published late has the ``updatedAt`` of its draft: when that was saved."""

    def populated(self) -> list[str]:
        """What an entry should hold besides its own fields."""
        if self.populate is not None:
            return self.populate
        return sorted({key for path in self.fields.expressions for key in nested_keys(path)})
