"""What ``brandsync check`` says about the locales of DatoCMS."""

from collections.abc import Iterator

from brandsync.backend import Finding
from brandsync.cms.datocms.api import Api
from brandsync.cms.datocms.schema import Schema
from brandsync.cms.datocms.settings import DatocmsSettings
from brandsync.cms.path import keys_of
from brandsync.errors.hints import did_you_mean


def locale_findings(settings: DatocmsSettings, api: Api, schema: Schema) -> Iterator[Finding]:
    """Whether the environment has the locale. Without a locale: which fields hold values by locale."""
    locale = settings.locale
    if locale is None:
        yield from _localized(settings, schema)
        return
    known = api.locales()
    if locale in known:
        yield Finding(ok=True, what=f"the environment has the locale `{locale}`")
    else:
        yield Finding(
            ok=False,
            what=f"the environment has no locale `{locale}`{did_you_mean(locale, known)}",
            fix=f"set `locale` in [cms] to one of {', '.join(known)}",
        )


def _localized(settings: DatocmsSettings, schema: Schema) -> Iterator[Finding]:
    fields = schema.fields()
    for name, path in settings.fields.model_dump().items():
        keys = keys_of(path or "") or []
        if len(keys) == 1 and keys[0] in fields and fields[keys[0]].localized:
            yield Finding(
                ok=False,
                what=f"`{name}` ({path}) is a localized field: it holds its values by locale",
                fix=f'set `locale` in [cms], or name the locale in the path: {name} = "{path}.en"',
            )
