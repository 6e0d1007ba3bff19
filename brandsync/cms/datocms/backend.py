"""One model of one environment of a DatoCMS project: its published records, and external ids written into them."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from brandsync.backend import Finding
from brandsync.cms.checked import IN_JOURNAL, link_finding, page_finding
from brandsync.cms.datocms.api import PACE, Api, model_of
from brandsync.cms.datocms.entries import FILES, Entries
from brandsync.cms.datocms.links import Links
from brandsync.cms.datocms.listing import page_of
from brandsync.cms.datocms.schema import Schema
from brandsync.cms.datocms.settings import DatocmsSettings
from brandsync.cms.datocms.views import Views
from brandsync.cms.entry_check import Sample, entry_findings
from brandsync.cms.http_cms import HttpCms
from brandsync.cms.interface import CmsPage
from brandsync.cms.looked_into import fields_that, read_keys
from brandsync.errors import ConfigError
from brandsync.errors.hints import did_you_mean

HINT: Final = (
    "check `token` in [cms] (BRANDSYNC_CMS__TOKEN): it is an API token (Project settings → API tokens) with access to"
    " the Content Management API, whose role may read, edit and publish records of `model` in `environment`"
)

_FILES: Final = "where brands have one, let the role of the token read files: `{}` leads to one"
_JOURNAL: Final = f"let its role do so, {IN_JOURNAL}"


class DatocmsCms(HttpCms):
    """A model of DatoCMS."""

    Settings: ClassVar[type[DatocmsSettings]] = DatocmsSettings
    settings: DatocmsSettings
    links: Links
    verified: ClassVar[str] = "the vendor's documents, 2026-11; not a real project"
    changed_since = True

    def __init__(self, settings: DatocmsSettings) -> None:
        token = settings.token.get_secret_value()
        headers = _headers(token, settings.environment)
        super().__init__(settings, headers=headers, secrets=(token,), quota=PACE, credentials_hint=HINT)
        self.api = Api(self.http, settings)
        self.schema = Schema(self.api)
        self._entries = Entries(self.api, self.schema, settings)
        self.links = Links(Views(self.api, self.schema, settings.external_id), settings)

    def retrieve_brands(self, cursor: str | None = None, since: datetime | None = None) -> CmsPage:
        """One page of published records: their fields, with ``id`` and ``meta`` beside them. See ``Cms``."""
        self.schema.fields()  # raises where the model doesn't exist
        records, total, following = page_of(self.api, self.settings.page_size, cursor, since)
        return CmsPage(self._entries.of(records), following, total if not cursor and not since else None)

    def retrieve_entries(self, cms_ids: Sequence[str]) -> list[Any]:
        """The published ones among these records, if they belong to the model. See ``Cms.retrieve_entries``."""
        model = self.schema.model().id
        return self._entries.of([record for record in self.api.published(cms_ids) if model_of(record) == model])

    def unseen_changes(self) -> str | None:
        """A file has its own moment. See ``MissesChanges``."""
        files = self._files()
        behind = fields_that(lambda path: not files.isdisjoint(read_keys(path)), self.settings.fields)
        return f"that a file behind {behind} is replaced or deleted" if behind else None

    def where(self) -> str:
        """The listing's URL."""
        environment = f" ({self.settings.environment})" if self.settings.environment else ""
        return f"{self.settings.url.rstrip('/')}/items?filter[type]={self.settings.model}{environment}"

    def check(self) -> Iterator[Finding]:
        """Look at the model, the listing, the fields, the locale and the token's rights."""
        try:
            self.schema.fields()
        except ConfigError as error:
            yield Finding(ok=False, what=error.message, fix=error.hint)
            return
        page = self.retrieve_brands()
        yield page_finding(self, page, "record")
        yield from self._locale(self.settings.locale) if self.settings.locale else self._localized()
        sample, leads_out = Sample.of(page, self.retrieve_brands), self._files().__contains__
        yield from entry_findings(self.settings, sample, links=False, leads_out=leads_out, allow=_FILES)
        how = "saved, and then published" if self.schema.model().drafts else "saved, which publishes them"
        may = f"the token may write `{self.settings.external_id}`: records are {how}"
        yield link_finding(self.links, may, _JOURNAL)

    def _locale(self, locale: str) -> Iterator[Finding]:
        """Whether the environment has the locale."""
        known = self.api.locales()
        if locale in known:
            yield Finding(ok=True, what=f"the environment has the locale `{locale}`")
        else:
            yield Finding(
                ok=False,
                what=f"the environment has no locale `{locale}`{did_you_mean(locale, known)}",
                fix=f"set `locale` in [cms] to one of {', '.join(known)}",
            )

    def _localized(self) -> Iterator[Finding]:
        """Without a locale: which fields hold values by locale."""
        localized = {key for key, field in self.schema.fields().items() if field.localized}
        for name, path in self.settings.fields.paths.items():
            if path in localized:
                yield Finding(
                    ok=False,
                    what=f"`{name}` ({path}) is a localized field: it holds its values by locale",
                    fix=f'set `locale` in [cms], or name the locale in the path: {name} = "{path}.en"',
                )

    def _files(self) -> set[str]:
        return {key for key, field in self.schema.fields().items() if field.kind in FILES}


def _headers(token: str, environment: str | None) -> dict[str, str]:
    """As in datocms.com/docs/content-management-api, "Authentication"; ``Content-Type`` as in the vendor's clients."""
    return {
        "Authorization": f"Bearer {token}",
        "X-Api-Version": "3",
        "Content-Type": "application/json",
        **({"X-Environment": environment} if environment else {}),
    }
