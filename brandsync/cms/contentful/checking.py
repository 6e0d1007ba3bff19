"""What ``brandsync check`` says about Contentful."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, Protocol

from brandsync.backend import Finding
from brandsync.cms import checked
from brandsync.cms.checked import IN_JOURNAL, link_finding
from brandsync.cms.contentful.delivery import Delivery
from brandsync.cms.contentful.settings import ContentfulSettings
from brandsync.cms.entry_check import Sample, entry_findings
from brandsync.errors import ConfigError
from brandsync.errors.hints import did_you_mean

TEXTS: Final = frozenset({"Symbol", "Text"})
"""Short and long text. (Content Management API, "Content types".)"""

_SHOWN: Final = "where brands have one, publish what `{}` links to, and see that `include` in [cms] is deep enough"


class Checked(checked.Checked, Protocol):
    """What the check needs from the backend."""

    settings: ContentfulSettings
    delivery: Delivery


def findings(cms: Checked) -> Iterator[Finding]:
    """All findings, the content type's first."""
    known = cms.delivery.content_types()
    wanted = cms.settings.content_type
    if wanted not in known:
        yield Finding(
            ok=False,
            what=f"the environment has no content type `{wanted}`{did_you_mean(wanted, known)}",
            fix="correct `content_type` in [cms]: it takes the content type's id, and not its name",
        )
        return
    page = cms.retrieve_brands()
    yield Finding(
        ok=True, what=f"GET {cms.where()}: the first page holds {len(page.entries)} of {page.total} published entries"
    )
    sample, may_lack = Sample.of(page, cms.retrieve_brands), _lacking(cms.delivery)
    yield from entry_findings(cms.settings, sample, links=False, may_lack=may_lack, allow=_SHOWN)
    yield link_finding(
        cms.links,
        f"the management token may write `{cms.settings.external_id}`",
    )


def _lacking(delivery: Delivery) -> Callable[[Sequence[str]], bool]:
    """Which keys an entry may lack: fields without a value, and ``fields`` below a link whose target isn't shown.

    Source: Content Delivery API, "Entries", "Links".
    """

    @cache
    def fields() -> set[Any]:
        found = (delivery.content_type() or {}).get("fields", [])
        return {field.get("id") for field in found if isinstance(field, dict)}

    return lambda keys: keys[1:] in {(), ("fields",)} and keys[0] in fields()


def without_field(settings: ContentfulSettings, content_type: Mapping[str, Any] | None) -> ConfigError | None:
    """Why the content type cannot hold external ids, or none."""
    name = settings.external_id
    if content_type is None:
        return ConfigError(
            f"the environment has no content type `{settings.content_type}`", hint="correct `content_type` in [cms]"
        )
    fields = {field.get("id"): field for field in content_type.get("fields", []) if isinstance(field, dict)}
    problem = _problem(fields.get(name))
    if problem is None:
        return None
    return ConfigError(
        f"`{settings.content_type}` {problem.format(f'`{name}`')}",
        hint=f"let it have a field with the id `{name}` (Short text, without localization, shown in API responses), or"
        f" name the field in `external_id` in [cms], {IN_JOURNAL}",
    )


def _problem(field: Mapping[str, Any] | None) -> str | None:
    if field is None:
        return "has no field {} to hold external ids"
    if field.get("type") not in TEXTS:
        return "has a field {} that holds no text"
    if field.get("localized"):
        return "has a field {} that is localized: an external id is the same in every locale"
    if field.get("omitted"):
        return "has a field {} that is left out of API responses"
    return None
