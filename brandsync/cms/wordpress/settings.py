"""The settings of the ``wordpress`` backend."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, SecretStr, model_validator

from brandsync.cms.fields import FieldPaths, FieldSource
from brandsync.cms.http_cms import HttpCmsSettings
from brandsync.cms.looked_into import every_key
from brandsync.cms.path import keys_of
from brandsync.settings import JmesPath

PLAIN_PERMALINKS = "?rest_route="


def _writable(path: str) -> str:
    if keys_of(path) is None:
        raise ValueError('must be a plain dotted path, such as "meta.external_id": it is written to as well')
    return path


def _own_id(path: str) -> str:
    if path != "id":
        raise ValueError('must be "id", by which WordPress is written to')
    return path


class WordPressFields(FieldPaths):
    """``[cms.fields]``. ``raw`` is what an editor wrote; ``rendered`` is HTML, its quotes and dashes replaced."""

    name: FieldSource = FieldSource(value="title.raw")
    """Required, and not blank."""


class WordPressSettings(HttpCmsSettings):
    """``[cms]`` with ``backend = "wordpress"``. ``url`` is the site's own."""

    id: Annotated[JmesPath, AfterValidator(_own_id)] = "id"
    external_id: Annotated[JmesPath, AfterValidator(_writable)] = "meta.external_id"
    """Where an entry holds the store's id of its brand. Written there too."""
    updated_at: JmesPath = "modified_gmt"
    """Where an entry holds the moment of its last change, in UTC."""
    fields: WordPressFields = WordPressFields()

    rest_base: str = "brands"
    """The post type's ``rest_base``."""
    username: str
    """Whose application password it is."""
    application_password: SecretStr
    """Made under Users > Profile; with or without its spaces."""
    context: Literal["edit", "view"] = "edit"
    """``view`` for a user who may only read: it has no ``raw`` texts."""
    api: str = "wp-json"
    """Where the API is, below ``url``; ``?rest_route=`` on a site with plain permalinks."""

    @model_validator(mode="after")
    def _reads_what_is_there(self) -> Self:
        for field, path in self.fields.paths.items():
            if self.context == "view" and "raw" in (every_key(path) or ()):
                raise ValueError(
                    f'context = "view" has no `raw` texts, and fields.{field} is "{path}"; use "text(title.rendered)"'
                    ' or "content.rendered", or a field of the REST API of your own'
                )
        return self
