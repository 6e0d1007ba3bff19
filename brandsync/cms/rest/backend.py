"""Any JSON API, by configuration alone."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr

from brandsync.backend import Finding
from brandsync.cms.document import Document
from brandsync.cms.entry_check import Sample, entry_findings
from brandsync.cms.envelope import read
from brandsync.cms.http_cms import HttpCms
from brandsync.cms.interface import CmsPage
from brandsync.cms.path import reader
from brandsync.cms.rest.beside import count_of
from brandsync.cms.rest.body import SINCE, filled, put_over, require_no_errors
from brandsync.cms.rest.credentials import credentials, credentials_in
from brandsync.cms.rest.further import ends_by
from brandsync.cms.rest.links import Links
from brandsync.cms.rest.numbered import ByPage
from brandsync.cms.rest.offset import ByOffset
from brandsync.cms.rest.one_by_one import OneByOne
from brandsync.cms.rest.paging import ByCursor, ByLink, Chained, Paging, Unpaged
from brandsync.cms.rest.place import Listed, Place
from brandsync.cms.rest.reserved import ANSWER, KeyedEnvelope, names, with_answer
from brandsync.cms.rest.settings import MOMENT, RestSettings, header_of
from brandsync.errors import BrandsyncError, ConfigError, Unreadable
from brandsync.errors.plural import plural
from brandsync.http import RejectedByServer, Response, is_at, next_link
from brandsync.observing.excerpt import excerpt, kind

PAGINGS: Mapping[str, type[Paging]] = {
    "none": Unpaged,
    "page": ByPage,
    "offset": ByOffset,
    "cursor": ByCursor,
    "link": ByLink,
}
"""The ways of paging, by their names in the configuration."""


class RestCms(HttpCms):
    """A CMS with a JSON API over HTTP."""

    Settings = RestSettings
    settings: RestSettings
    links: Links
    verified: ClassVar[str] = "HTTP servers of its own tests, 2026-11"

    def __init__(self, settings: RestSettings) -> None:
        super().__init__(settings, **_authentication(settings))
        self.changed_since = bool(
            settings.changed_since_param or settings.changed_since_params or settings.changed_since_body
        )
        self._asks = f"{'GET' if settings.body is None else 'POST'} {self.where()}"
        self.links = Links(self.http, settings)
        self._one_by_one = OneByOne(self.http, settings, _plain(settings.params)) if settings.entry_path else None
        self._paging = PAGINGS[settings.paging](settings)
        self._envelope = KeyedEnvelope(settings, masked=self.http.masked)
        self._shows_answer = names(settings, ANSWER)

    def retrieve_brands(self, cursor: str | None = None, since: datetime | None = None) -> CmsPage:
        """One page of the listing. See ``Cms.retrieve_brands``."""
        place = Place.parse(cursor)
        try:
            body, response = self._get(place, since)
        except RejectedByServer as error:
            refusal = error
        except ConfigError as error:
            raise self._led_away(place, error) from None
        else:
            return self._page(self._listed(place, body, response))
        return self._refused(place, since, refusal)

    def retrieve_entries(self, cms_ids: Sequence[str]) -> Sequence[Any] | None:
        """The entries among these that ``entry_path`` has; none without it. See ``Cms.retrieve_entries``."""
        return self._one_by_one.of(cms_ids) if self._one_by_one else None

    def where(self) -> str:
        """The listing's URL, without a query."""
        return f"{self.settings.url.rstrip('/')}/{self.settings.path.lstrip('/').partition('?')[0]}"

    def check(self) -> Iterator[Finding]:
        """Fetch the first pages and look whether every path finds something on them."""
        page = self.retrieve_brands()
        of = "" if page.total is None else f" of {page.total}"
        entries = plural(len(page.entries) if page.total is None else page.total, "entry")
        yield Finding(ok=True, what=f"{self._asks}: the first page holds {len(page.entries)}{of} {entries}")
        if page.more:
            yield Finding(ok=False, what=page.more)
        if self.settings.total and page.total is None:
            what = f"`total` ({self.settings.total}) finds nothing in the first answer"
            yield Finding(ok=True, what=what, fix="set it to where the number of all entries stands, or leave it out")
        if page.next and self.settings.total is None and self.settings.paging in {"page", "offset"}:
            what = "where the listing ends is known by a page after the last alone, which many servers refuse"
            yield Finding(ok=True, what=what, fix=self._end_hint())
        yield from entry_findings(self.settings, Sample.of(page, self.retrieve_brands), links=True)

    def _get(self, place: Place, since: datetime | None) -> tuple[Any, Response]:
        url = self._paging.url(place)
        body = self._body(place, since)
        paged = self._paging.params(place) if body is None else {}
        params = {**self._fixed(since), **paged}
        if url != self.settings.path:
            # A link to the next page holds the parameters already, except those that a server keeps out of links.
            present = parse_qs(urlsplit(url).query, keep_blank_values=True)
            params = {name: value for name, value in params.items() if name not in present}
        headers = self._paging.headers(place) or None
        if body is None:
            return self.http.json("GET", url, params=params, headers=headers)
        return self.http.json("POST", url, params=params, headers=headers, json=body, reads=True)

    def _body(self, place: Place, since: datetime | None) -> Any:
        """The JSON that asks for a page, or none where a GET does."""
        body, values = self.settings.body, {**self._paging.values(place)}
        if since is not None and self.settings.changed_since_body:
            body = put_over(body, self.settings.changed_since_body)
            values[SINCE] = self._moment(since)
        return None if body is None else filled(body, values)

    def _listed(self, place: Place, body: Any, response: Response) -> Listed:
        where = self._asks
        if self.settings.body is not None:
            require_no_errors(body, where, self.http.masked, self.http.endpoint.credentials_hint)
        document = Document.of_answer(body, response.content, where)
        body, entries = document.value, self._entries(place, document)
        if self._shows_answer:
            entries = with_answer(entries, body)
        return Listed(
            place,
            entries,
            self._paging.ids(entries),
            body,
            where,
            str(response.url),
            self._total(place, body, response, where, any_entries=bool(entries)),
            next_link(response),
            response.headers,
            response.status_code,
            self._envelope.is_keyed(body, where),
        )

    def _entries(self, place: Place, document: Document) -> list[Any]:
        try:
            return document.entries(self._envelope)
        except (ConfigError, Unreadable) as error:
            if not place.at or document.twice:
                raise
            raise Unreadable(f"{error.message}; the pages before had one", hint=self._paging.end_hint) from None

    def _page(self, listed: Listed) -> CmsPage:
        following = self._paging.next_place(listed)
        said = [] if listed.place.at else [self._paging.before(listed)]
        if following is None:
            said.append(self._paging.more(listed))
        total = self._paging.total(listed) if following is None else listed.known_total
        more = "; ".join(filter(None, said)) or None
        entries = self._one_by_one.whole(listed.entries) if self._one_by_one else listed.entries
        return CmsPage(entries, None if following is None else str(following), total, more)

    def _led_away(self, place: Place, error: ConfigError) -> ConfigError:
        """The error, with what may be set where a link to the next page led to another server."""
        if self.settings.paging != "link" or not place.at or is_at(place.at, self.settings.url):
            return error
        another = 'or, if `url` is another address of that server, set next_origin = "configured"'
        return ConfigError(error.message, hint=f"{error.hint}; {another} in [cms]")

    def _refused(self, place: Place, since: datetime | None, refusal: RejectedByServer) -> CmsPage:
        """Decide about a page that the server refuses: many servers refuse one beyond the end."""
        if place.last_look:
            nothing = Listed(place, (), (), None, self._asks)
            return CmsPage((), None, place.total, self._paging.more(nothing))
        elsewhere = self._paging.instead(place)
        if elsewhere:
            return self.retrieve_brands(str(elsewhere), since)
        if place.at:
            raise ConfigError(f"{refusal.message}; the pages before it came", hint=self._end_hint())
        body = "" if self.settings.body is None else ", `body`"
        raise ConfigError(refusal.message, hint=f"check `url`, `path`{body} and `params` in [cms]")

    def _end_hint(self) -> str:
        """How to know where the listing ends, by what its first page says. A cursor or link shows the end itself."""
        if isinstance(self._paging, Chained):
            return self._paging.end_hint
        try:
            first = self._listed(Place(), *self._get(Place(), None))
        except BrandsyncError:
            return self._paging.end_hint
        return ends_by(first, self.settings) or self._paging.end_hint

    def _fixed(self, since: datetime | None) -> dict[str, Any]:
        """The parameters of every page. Those that ask for changes come beside others of the same name."""
        params = _plain(self.settings.params)
        if since is None:
            return params
        moment = str(self._moment(since))
        if self.settings.changed_since_param is not None:
            params[self.settings.changed_since_param] = moment
        for name, value in self.settings.changed_since_params.items():
            params[name] = [
                *_several(params.get(name, [])),
                *(text.replace(MOMENT, moment) for text in _several(value)),
            ]
        return params

    def _moment(self, since: datetime) -> str | int:
        """A moment as the API wants it."""
        if self.settings.changed_since_format != "iso":
            seconds = max(0, int(since.timestamp()))
            return seconds if self.settings.changed_since_format == "epoch" else seconds * 1000
        return since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _total(self, place: Place, body: Any, response: Response, where: str, *, any_entries: bool) -> int | None:
        setting = self.settings.total
        if setting is None:
            return None
        header = header_of(setting)
        found = read(reader(setting), body, where) if header is None else response.headers.get(header)
        total = count_of(found)
        if total is None and not place.at and (any_entries or found not in (None, "")):
            shown = excerpt(repr(found)) if isinstance(found, str | int | float) else kind(found)
            if found in (None, ""):
                shown = "nothing"
            raise ConfigError(
                f"{where}: `total` ({setting}) finds {shown}, which is no number of entries",
                hint="set `total` in [cms] to where the number of all entries stands, or leave it out",
            )
        return total


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values, secrets in the clear."""
    return {
        name: [_clear(one) for one in value] if isinstance(value, list) else _clear(value)
        for name, value in values.items()
    }


def _clear(value: Any) -> Any:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _authentication(settings: RestSettings) -> dict[str, Any]:
    """The arguments that ``Endpoint`` takes for it."""
    token = settings.token.get_secret_value() if settings.token else ""
    headers, params = _plain(settings.headers), _plain(settings.params)
    secrets = (token, *credentials(headers), *credentials(params), *credentials_in(settings.body))
    if token and settings.auth == "bearer":
        headers["Authorization"] = f"Bearer {token}"
    elif token:
        headers[settings.auth_header or ""] = f"{settings.auth_prefix} {token}".strip()
    auth = None
    if settings.username is not None and settings.password is not None:
        auth = (settings.username.get_secret_value(), settings.password.get_secret_value())
    return {"headers": headers, "auth": auth, "secrets": secrets, "credentials_hint": _hint(settings)}


def _hint(settings: RestSettings) -> str:
    if settings.auth == "basic":
        return "check `username` and `password` in [cms], and what that user is allowed to do"
    if settings.token:
        return "check `token` in [cms] (BRANDSYNC_CMS__TOKEN), and what it is allowed to do"
    return "the CMS wants credentials: set `token` in [cms] (BRANDSYNC_CMS__TOKEN), or `auth` and what belongs to it"
