"""What ``brandsync check`` says about Storyblok."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, Protocol

from brandsync.backend import Finding
from brandsync.cms import checked
from brandsync.cms.checked import IN_JOURNAL, link_finding
from brandsync.cms.entry_check import Sample, entry_findings
from brandsync.cms.storyblok.management import Management
from brandsync.cms.storyblok.settings import StoryblokSettings
from brandsync.errors import ConfigError
from brandsync.errors.hints import did_you_mean

TEXTS: Final = frozenset({"text", "textarea"})
"""Fields that hold text. (Management API, "The Component Schema Field Object".)"""


class Checked(checked.Checked, Protocol):
    """What the check needs from the backend."""

    settings: StoryblokSettings
    management: Management | None


def findings(cms: Checked) -> Iterator[Finding]:
    """All findings, the listing's first."""
    page = cms.retrieve_brands()
    yield Finding(
        ok=True, what=f"GET {cms.where()}: the first page holds {len(page.entries)} of {page.total} published stories"
    )
    sample = Sample.of(page, cms.retrieve_brands)
    # A story holds all that it shows, even the addresses of files: nothing has to be allowed.
    yield from entry_findings(cms.settings, sample, links=False, may_lack=_lacking(cms), allow="")
    yield link_finding(
        cms.links,
        f"the management token may write `{cms.settings.external_id}`",
    )


def _lacking(cms: Checked) -> Callable[[Sequence[str]], bool]:
    """Which keys a story may lack: fields of the content type that have no value in it."""

    @cache
    def fields() -> Mapping[str, Any]:
        known = cms.management.components() if cms.management else {}
        schema = known.get(cms.settings.content_type, {}).get("schema")
        return schema if isinstance(schema, dict) else {}

    return lambda keys: len(keys) == 2 and keys[0] == "content" and keys[1] in fields()


def without_field(settings: StoryblokSettings, components: Mapping[str, Mapping[str, Any]]) -> ConfigError | None:
    """Why the content type cannot hold external ids, or none."""
    wanted = settings.content_type
    if wanted not in components:
        return ConfigError(
            f"the space has no content type `{wanted}`{did_you_mean(wanted, components)}",
            hint="correct `content_type` in [cms]: it takes the block's technical name",
        )
    schema = components[wanted].get("schema")
    problem = _problem(schema.get(settings.field) if isinstance(schema, dict) else None)
    if problem is None:
        return None
    return ConfigError(
        f"`{wanted}` {problem.format(f'`{settings.field}`')}",
        hint=f"let it have a field `{settings.field}` (Text, not translatable), or name the field in `external_id` in"
        f" [cms], {IN_JOURNAL}",
    )


def _problem(field: Any) -> str | None:
    if not isinstance(field, dict):
        return "has no field {} to hold external ids"
    if field.get("type") not in TEXTS:
        return "has a field {} that holds no text"
    if field.get("translatable"):
        return "has a field {} that is translatable: an external id is the same in every language"
    return None
