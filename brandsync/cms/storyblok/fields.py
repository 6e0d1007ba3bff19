"""The fields of the content type: which ones a story may lack, and whether one can hold external ids."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final

from brandsync.cms import checked
from brandsync.cms.storyblok.management import Management
from brandsync.cms.storyblok.settings import StoryblokSettings
from brandsync.errors import ConfigError
from brandsync.errors.hints import did_you_mean
from brandsync.json_reading import an_object, at

TEXTS: Final = frozenset({"text", "textarea"})
"""Fields that hold text. (Management API, "The Component Schema Field Object".)"""


def may_lack(management: Management | None, content_type: str) -> Callable[[Sequence[str]], bool]:
    """Which keys a story may lack: fields of the content type that have no value in it."""
    fields = cache(lambda: an_object(at(management.components() if management else None, content_type, "schema")))
    return lambda keys: len(keys) == 2 and keys[0] == "content" and keys[1] in fields()


def require_field(settings: StoryblokSettings, components: Mapping[str, Mapping[str, Any]]) -> None:
    """See that the content type can hold external ids.

    Raises:
        ConfigError: it cannot.
    """
    wanted, name = settings.content_type, settings.field
    if wanted not in components:
        raise ConfigError(
            f"the space has no content type `{wanted}`{did_you_mean(wanted, components)}",
            hint="correct `content_type` in [cms]: it takes the block's technical name",
        )
    field = at(components[wanted], "schema", name)
    is_text = field.get("type") in TEXTS if isinstance(field, dict) else None
    flaws = {"translatable: an external id is the same in every language": at(field, "translatable")}
    checked.require_field(f"`{wanted}`", name, is_text, flaws, f"`{name}` (Text, not translatable)")
