"""What ``brandsync check`` says about DatoCMS."""

from collections.abc import Iterator
from typing import Any, Final, Protocol

from brandsync.backend import Finding
from brandsync.cms import checked
from brandsync.cms.checked import link_finding
from brandsync.cms.datocms.api import Api
from brandsync.cms.datocms.entries import FILES
from brandsync.cms.datocms.schema import Schema
from brandsync.cms.datocms.settings import DatocmsSettings
from brandsync.cms.entry_check import Sample, entry_findings
from brandsync.cms.path import keys_of
from brandsync.errors import ConfigError
from brandsync.errors.hints import did_you_mean

_FILES: Final = "where brands have one, let the role of the token read files: `{}` leads to one"
_JOURNAL: Final = 'let its role do so, or keep links in the journal alone: link = "journal" in [sync]'


class Checked(checked.Checked, Protocol):
    """What the check needs from the backend."""

    settings: DatocmsSettings
    api: Api
    schema: Schema


def findings(cms: Checked) -> Iterator[Finding]:
    """All findings, the model's first."""
    try:
        cms.schema.fields()
    except ConfigError as error:
        yield Finding(ok=False, what=error.message, fix=error.hint)
        return
    page = cms.retrieve_brands()
    yield Finding(
        ok=True, what=f"GET {cms.where()}: the first page holds {len(page.entries)} of {page.total} published records"
    )
    yield from _locale(cms)
    sample = Sample.of(page, cms.retrieve_brands)
    files = {key for key, known in cms.schema.fields().items() if known.kind in FILES}
    yield from entry_findings(cms.settings, sample, links=False, leads_out=files.__contains__, allow=_FILES)
    yield _may_write(cms)


def _locale(cms: Checked) -> Iterator[Finding]:
    """Whether the environment has the locale. Without a locale: which fields hold values by locale."""
    locale = cms.settings.locale
    if locale is None:
        yield from _localized(cms)
        return
    known = cms.api.locales()
    if locale in known:
        yield Finding(ok=True, what=f"the environment has the locale `{locale}`")
    else:
        yield Finding(
            ok=False,
            what=f"the environment has no locale `{locale}`{did_you_mean(locale, known)}",
            fix=f"set `locale` in [cms] to one of {', '.join(known)}",
        )


def _localized(cms: Checked) -> Iterator[Finding]:
    fields = cms.schema.fields()
    for name, path in _paths(cms.settings.fields.model_dump()):
        keys = keys_of(path) or []
        if len(keys) == 1 and keys[0] in fields and fields[keys[0]].localized:
            yield Finding(
                ok=False,
                what=f"`{name}` ({path}) is a localized field: it holds its values by locale",
                fix=f'set `locale` in [cms], or name the locale in the path: {name} = "{path}.en"',
            )


def _paths(fields: dict[str, Any]) -> Iterator[tuple[str, str]]:
    return ((name, path) for name, path in fields.items() if isinstance(path, str))


def _may_write(cms: Checked) -> Finding:
    how = "saved, and then published" if cms.schema.model().drafts else "saved, which publishes them"
    may = f"the token may write `{cms.settings.external_id}`: records are {how}"
    return link_finding(cms.links, may, _JOURNAL)
