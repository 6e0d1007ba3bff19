"""The settings of the ``rest`` backend. Their defaults fit the CMS of Medusa's guide."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, ValidatorFunctionWrapHandler, WrapValidator, model_validator

from brandsync.cms.external_ids import nested
from brandsync.cms.http_cms import HttpCmsSettings
from brandsync.cms.path import keys_of
from brandsync.cms.rest.body import PAGED_BY, SINCE, names_in
from brandsync.cms.rest.template import PLACEHOLDERS, placeholders
from brandsync.settings import JmesPath, JsonObject

HEADER = "header:"
MOMENT = f"{{{SINCE}}}"
"""Stands for the moment in ``changed_since_params``."""
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""The name of a header (RFC 9110, 5.6.2)."""


def _path_or_header(value: Any, jmespath: ValidatorFunctionWrapHandler) -> Any:
    if not isinstance(value, str) or not value.startswith(HEADER):
        return jmespath(value)
    if not value.removeprefix(HEADER).strip():
        raise ValueError('must name the header, such as "header:X-Total-Count"')
    return value


def _parameter(value: str) -> str:
    if value.startswith(HEADER) and not _TOKEN.fullmatch(header_of(value) or ""):
        raise ValueError('must name the header that takes the cursor, such as "header:X-Continuation"')
    return value


def _of_an_entry(template: str) -> str:
    names = set(placeholders(template))
    if names != {"id"}:
        others = sorted(names - {"id"})
        raise ValueError(f"holds {{{others[0]}}}; the placeholder is {{id}}" if others else "must hold {id}")
    return template


def header_of(setting: str) -> str | None:
    """The header that a setting names; none where it is no ``header:NAME``."""
    return setting.removeprefix(HEADER).strip() if setting.startswith(HEADER) else None


def _known(template: Any) -> Any:
    unknown = sorted(set(placeholders(template)) - set(PLACEHOLDERS))
    if unknown:
        raise ValueError(f"holds {{{unknown[0]}}}; the placeholders are {{id}} and {{external_id}}")
    return template


PathOrHeader = Annotated[JmesPath, WrapValidator(_path_or_header)]
Parameter = Annotated[str, AfterValidator(_parameter)]
PathTemplate = Annotated[str, AfterValidator(_known)]
BodyTemplate = Annotated[JsonObject, AfterValidator(_known)]
Param = SecretStr | bool | int | float
Positive = Annotated[int, Field(ge=1)]


class RestSettings(HttpCmsSettings):
    """``[cms]`` with ``backend = "rest"``."""

    path: str = "/brands"
    """The listing of published entries, below ``url``."""
    body: JsonObject | None = None
    """Makes the listing a POST with this JSON, such as a GraphQL query; it only reads."""
    items: JmesPath | None = None
    """Where the list stands in an answer; none for a bare list."""

    auth: Literal["bearer", "basic", "header"] = "bearer"
    """How the credentials are sent."""
    token: SecretStr | None = None
    """For ``bearer`` and ``header``."""
    username: SecretStr | None = None
    """For ``basic``."""
    password: SecretStr | None = None
    """For ``basic``."""
    auth_header: str | None = None
    """The header that takes the token, for ``auth = "header"``."""
    auth_prefix: str = ""
    """What stands before the token in that header."""
    headers: dict[str, SecretStr] = Field(default_factory=dict)
    """Sent with every request."""
    params: dict[str, Param | list[Param]] = Field(default_factory=dict)
    """Sent with every request of the listing; a list sends its parameter several times."""

    paging: Literal["none", "page", "offset", "cursor", "link"] = "none"
    """How the listing is cut into pages."""
    page_size: Positive = 100
    """Entries a page: the most that the API allows."""
    page_param: str = "page"
    """Takes the page's number, for ``page``."""
    first_page: Annotated[int, Field(ge=0)] = 1
    """The number of the first page."""
    size_param: str = "limit"
    """Takes the page size; empty: the size is not sent."""
    offset_param: str = "offset"
    """Takes how many entries to pass over, for ``offset``."""
    cursor_param: Parameter = "cursor"
    """Takes the cursor, for ``cursor``; ``header:X-Continuation`` is a header of the request."""
    next_cursor: PathOrHeader | None = None
    """Where an answer holds the cursor of the following page; with ``link``: its URL, where there is no Link header.

    A JMESPath in the answer, or ``header:X-Continuation``.
    """
    next_origin: Literal["named", "configured"] = "named"
    """The server of the next page, for ``link``: the one that its URL names, or that of ``url`` in its place."""
    total: PathOrHeader | None = None
    """How many entries there are: a JMESPath in the answer, or ``header:X-Total-Count``."""
    changed_since_param: str | None = None
    """Takes a moment; the API then lists only what changed since."""
    changed_since_format: Literal["iso", "epoch", "epoch_ms"] = "iso"
    """ISO 8601 in UTC, or seconds or milliseconds since 1970."""
    changed_since_params: dict[str, str | list[str]] = Field(default_factory=dict)
    """Sent beside ``params`` in incremental runs; ``{since}`` in them is the moment."""
    changed_since_body: JsonObject | None = None
    """Put over ``body`` in incremental runs; ``{since}`` is the moment."""

    entry_path: Annotated[str, AfterValidator(_of_an_entry)] | None = None
    """Where one entry stands by itself, such as ``/brands/{id}``, if the listing lacks fields; a request an entry."""
    entry_item: JmesPath | None = None
    """Where the entry stands in such an answer; none where the answer is the entry."""

    link_method: Literal["PATCH", "PUT", "POST"] = "PATCH"
    """How an external id is written back."""
    link_path: PathTemplate = "/brands/{id}"
    """Where to, below ``url``."""
    link_body: BodyTemplate | None = None
    """What a write-back sends; by default the external id under the key it is read from."""

    @model_validator(mode="after")
    def _authenticates(self) -> Self:
        if self.auth == "basic" and (not self.username or self.password is None):
            raise ValueError('auth = "basic" needs `username` and `password`')
        if self.auth != "basic" and (self.username or self.password):
            raise ValueError('`username` and `password` are sent only with auth = "basic"')
        if self.auth == "basic" and self.token:
            raise ValueError('`token` is not sent with auth = "basic"; remove it, or set auth = "bearer"')
        if self.auth == "header" and not (self.auth_header and self.token):
            raise ValueError('auth = "header" needs `auth_header`, such as "X-API-Key", and `token`')
        return self

    @model_validator(mode="after")
    def _pages(self) -> Self:
        if self.paging == "cursor" and self.next_cursor is None:
            raise ValueError('paging = "cursor" needs `next_cursor`, the JMESPath of the cursor in an answer')
        if self.next_origin == "configured" and self.paging != "link":
            raise ValueError('`next_origin` is for paging = "link" alone; leave it out')
        name = (header_of(self.cursor_param) or "").lower()
        taken = {"authorization", (self.auth_header or "").lower(), *map(str.lower, self.headers)} - {""}
        if name in taken:
            raise ValueError("`cursor_param` names a header that already has a value; name the one of the cursor")
        return self

    @model_validator(mode="after")
    def _reads_entries(self) -> Self:
        if self.entry_item is not None and self.entry_path is None:
            raise ValueError("`entry_item` is for answers at `entry_path`, which isn't set: set it, or leave both out")
        return self

    @model_validator(mode="after")
    def _asks_for_changes(self) -> Self:
        given = self.changed_since_params
        if given and self.changed_since_param is not None:
            raise ValueError("`changed_since_param` and `changed_since_params` are two ways to one end: leave out one")
        texts = [text for value in given.values() for text in (value if isinstance(value, list) else [value])]
        if given and not any(MOMENT in text for text in texts):
            raise ValueError("{since} must be somewhere in `changed_since_params`")
        return self

    @model_validator(mode="after")
    def _posts(self) -> Self:
        if self.body is not None:
            names = {*names_in(self.body), *names_in(self.changed_since_body)} - {SINCE}
            self._require_known(names)
            self._require_sent(names)
        elif self.changed_since_body is not None:
            raise ValueError("`changed_since_body` is put over `body`, which isn't set: set it, or leave both out")
        if SINCE in names_in(self.body):
            raise ValueError("`body` holds {since}, which only incremental runs know: move it to `changed_since_body`")
        if self.changed_since_body is not None and SINCE not in names_in(self.changed_since_body):
            raise ValueError("{since} must be somewhere in `changed_since_body`")
        return self

    def _require_known(self, names: set[str]) -> None:
        """Refuse placeholders in the body that this way of paging doesn't fill."""
        unknown = sorted(names - {"page_size", *PAGED_BY})
        if unknown:
            known = ", ".join(f"{{{name}}}" for name in ("page_size", *PAGED_BY))
            raise ValueError(f"`body` holds {{{unknown[0]}}}; the placeholders are {known}")
        for name in PAGED_BY:
            if name in names and name != self.paging:
                raise ValueError(f'`body` holds {{{name}}}, which needs paging = "{name}"')

    def _require_sent(self, names: set[str]) -> None:
        """Refuse settings that a body doesn't send."""
        in_header = header_of(self.cursor_param) is not None
        if in_header and "cursor" in names:
            raise ValueError("the cursor is in `body` and in the header that `cursor_param` names: leave out one")
        if self.paging in PAGED_BY and self.paging not in names and not (in_header and self.paging == "cursor"):
            raise ValueError(f'paging = "{self.paging}" needs {{{self.paging}}} somewhere in `body`')
        for name in ("page", "offset", *([] if in_header else ["cursor"]), "size"):
            if f"{name}_param" in self.model_fields_set and getattr(self, f"{name}_param"):
                instead = "page_size" if name == "size" else name
                raise ValueError(f"`{name}_param` is not sent with a `body`: put {{{instead}}} into the body instead")
        if "page_size" in self.model_fields_set and "page_size" not in names:
            raise ValueError("`page_size` is not sent: put {page_size} into `body`, or leave `page_size` out")

    @model_validator(mode="after")
    def _links(self) -> Self:
        if self.link_body is None and keys_of(self.external_id) is None:
            raise ValueError("`external_id` is not a plain dotted path; say in `link_body` how to write it")
        used = {*placeholders(self.link_path), *placeholders(self.link_template())}
        for name in PLACEHOLDERS:
            if name not in used:
                raise ValueError(f"{{{name}}} must be somewhere in `link_path` or `link_body`")
        return self

    def link_template(self) -> dict[str, Any]:
        """The template of a write-back's body."""
        if self.link_body is not None:
            return self.link_body
        body: dict[str, Any] = nested(keys_of(self.external_id) or [], "{external_id}")
        return body
