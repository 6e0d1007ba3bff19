"""Shared by CMSes that have one API for reading and another for writing, each with its own token."""

from dataclasses import replace
from typing import Annotated, Any, Final

from pydantic import Field, SecretStr

from brandsync.backend import Rate
from brandsync.cms.http_cms import HttpCms, HttpCmsSettings
from brandsync.cms.interface import CmsLinks, ReadOnlyLinks
from brandsync.http import HttpClient
from brandsync.settings import BaseUrl

UNWRITABLE: Final = "there is no `management_token` in [cms] (BRANDSYNC_CMS__MANAGEMENT_TOKEN) to write them with"


class TwoTokenSettings(HttpCmsSettings):
    """What such a CMS can be told. Its own settings say which tokens these are."""

    management_url: BaseUrl
    """The API for writing."""
    delivery_token: Annotated[SecretStr, Field(min_length=1)]
    """The token for reading."""
    management_token: SecretStr | None = None
    """The token for writing; without it all links stay in the journal."""


class TwoTokenCms(HttpCms):
    """Such a CMS. It only reads until ``writing`` is called."""

    settings: TwoTokenSettings
    links: CmsLinks
    changed_since = True

    def __init__(self, settings: TwoTokenSettings, whose: str, **endpoint: Any) -> None:
        """``whose``: which token is the one for reading, for people. ``endpoint``: as in ``HttpCms``."""
        tokens = (settings.delivery_token, settings.management_token)
        secrets = tuple(token.get_secret_value() for token in tokens if token)
        super().__init__(settings, secrets=secrets, credentials_hint=_hint("delivery_token", whose), **endpoint)
        self.links = ReadOnlyLinks(UNWRITABLE)

    def writing(self, whose: str, **endpoint: Any) -> HttpClient:
        """The client for writing, which differs from the other one in the token, and in what ``endpoint`` names."""
        hint = _hint("management_token", whose)
        there = replace(self.http.endpoint, url=self.settings.management_url, credentials_hint=hint, **endpoint)
        client = HttpClient(there)
        self.clients = (self.http, client)
        return client

    @property
    def rate(self) -> Rate | None:
        """What limits its writes. See ``Cms.rate``."""
        return super().rate if len(self.clients) > 1 else None


def _hint(setting: str, whose: str) -> str:
    return f"check `{setting}` in [cms] (BRANDSYNC_CMS__{setting.upper()}): it is {whose}"
