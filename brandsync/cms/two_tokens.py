"""Shared by CMSes that have one API for reading and another for writing, each with its own token."""

from typing import Annotated, Final

from pydantic import Field, SecretStr

from brandsync.cms.http_cms import HttpCmsSettings
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

    @property
    def tokens(self) -> tuple[str, ...]:
        """The tokens that are set, the one for reading first."""
        tokens = (self.delivery_token, self.management_token)
        return tuple(token.get_secret_value() for token in tokens if token)
