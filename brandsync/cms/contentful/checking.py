"""What ``brandsync check`` says of Contentful."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, Protocol

from brandsync.cms.contentful.delivery import Delivery
from brandsync.cms.contentful.settings import ContentfulSettings
from brandsync.cms.entry_check import Sample, entry_findings
from brandsync.cms.interface import CmsLinks, CmsPage
from brandsync.errors import ConfigError
from brandsync.finding import Finding
from brandsync.hints import did_you_mean

TEXTS: Final = frozenset({"Symbol", "Text"})
"""Short and long text. (Content Management API, "Content types".)"""

_SHOWN: Final = "where brands have one, publish what `{}` links to, and see that `include` in [cms] is deep enough"
_JOURNAL: Final = 'or keep links in the journal alone: link = "journal" in [sync]'


class Checked(Protocol):
    """What the check needs of the backend."""

    settings: ContentfulSettings
    delivery: Delivery

    def where(self) -> str:
        """The listing's URL."""

    def retrieve_brands(self, cursor: str | None = None) -> CmsPage:
        """A page; the first for no cursor."""

    @property
    def links(self) -> CmsLinks:
        """Writes external ids."""


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
    yield _may_write(cms)


def _lacking(delivery: Delivery) -> Callable[[Sequence[str]], bool]:
    """Which keys an entry may lack: fields without a value, and ``fields`` below a link to what isn't shown.

    Source: Content Delivery API, "Entries", "Links".
    """

    @cache
    def fields() -> set[Any]:
        found = (delivery.content_type() or {}).get("fields", [])
        return {field.get("id") for field in found if isinstance(field, dict)}

    return lambda keys: keys[1:] in {(), ("fields",)} and keys[0] in fields()


def _may_write(cms: Checked) -> Finding:
    try:
        refusal = cms.links.refusal()
    except ConfigError as error:
        return Finding(ok=False, what=error.message, fix=error.hint, links=True)
    if refusal:
        return Finding(ok=False, what=f"external ids cannot be written: {refusal}", fix=_JOURNAL, links=True)
    return Finding(ok=True, what=f"the management token may write `{cms.settings.external_id}`", links=True)


def without_field(settings: ContentfulSettings, content_type: Mapping[str, Any] | None) -> ConfigError | None:
    """What keeps the content type from holding external ids, or none."""
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
        f" name the field in `external_id` in [cms], {_JOURNAL}",
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
