"""The fields of the content type: which ones an entry may lack, and whether one can hold external ids."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final

from brandsync.cms import checked
from brandsync.cms.contentful.delivery import Delivery
from brandsync.cms.contentful.settings import ContentfulSettings
from brandsync.errors import ConfigError
from brandsync.json_reading import at, objects

TEXTS: Final = frozenset({"Symbol", "Text"})
"""Short and long text. (Content Management API, "Content types".)"""


def may_lack(delivery: Delivery) -> Callable[[Sequence[str]], bool]:
    """Which keys an entry may lack: fields without a value, and ``fields`` below a link whose target isn't shown.

    Source: Content Delivery API, "Entries", "Links".
    """
    fields = cache(lambda: _fields(delivery.content_type()))
    return lambda keys: keys[1:] in {(), ("fields",)} and keys[0] in fields()


def require_field(settings: ContentfulSettings, content_type: Mapping[str, Any] | None) -> None:
    """See that the content type can hold external ids.

    Raises:
        ConfigError: it cannot.
    """
    wanted, name = settings.content_type, settings.external_id
    if content_type is None:
        raise ConfigError(f"the environment has no content type `{wanted}`", hint="correct `content_type` in [cms]")
    field = _fields(content_type).get(name)
    is_text = field.get("type") in TEXTS if field else None
    flaws = {
        "localized: an external id is the same in every locale": at(field, "localized"),
        "left out of API responses": at(field, "omitted"),
    }
    needed = f"with the id `{name}` (Short text, without localization, shown in API responses)"
    checked.require_field(f"`{wanted}`", name, is_text, flaws, needed)


def _fields(content_type: Mapping[str, Any] | None) -> dict[Any, Mapping[str, Any]]:
    return {field.get("id"): field for field in objects(at(content_type, "fields"))}
