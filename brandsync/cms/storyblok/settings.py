"""The settings of the ``storyblok`` backend. Their defaults fit a content type ``brand`` of a space in the EU.

Sources: storyblok.com/docs, "Content Delivery API v2" (/docs/api/content-delivery/v2), "Management API"
(/docs/api/management), "Access tokens" (/docs/concepts/access-tokens).
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field, SecretStr, model_validator

from brandsync.cms.two_tokens import TwoTokenSettings
from brandsync.settings import BaseUrl, JmesPath

Region = Literal["eu", "us", "ca", "ap", "cn"]
REGIONS: Final[Mapping[str, tuple[str, str]]] = {
    "eu": ("https://api.storyblok.com", "https://mapi.storyblok.com"),
    "us": ("https://api-us.storyblok.com", "https://api-us.storyblok.com"),
    "ca": ("https://api-ca.storyblok.com", "https://api-ca.storyblok.com"),
    "ap": ("https://api-ap.storyblok.com", "https://api-ap.storyblok.com"),
    "cn": ("https://app.storyblokchina.cn", "https://app.storyblokchina.cn"),
}
"""Where a space's two APIs are, by its server location. (The introductions of both APIs.)"""

SMALLEST_PAGE: Final = 25
"""Smaller pages could not be asked for faster ("Rate limit"), and would hardly overlap: see ``page_at``."""
LARGEST_PAGE: Final = 100
"""Content Delivery API, "Pagination"."""

ComponentName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,100}$")]
"""A content type's technical name."""
ContentField = Annotated[str, Field(pattern=r"^content\.[A-Za-z_][A-Za-z0-9_]{0,99}$")]
"""A field of the content type itself. It is written to, so it is no other JMESPath."""
Language = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$")]


class StoryblokSettings(TwoTokenSettings):
    """``[cms]`` with ``backend = "storyblok"``."""

    url: BaseUrl = REGIONS["eu"][0]
    """The Content Delivery API; by default that of ``region``."""
    management_url: BaseUrl = REGIONS["eu"][1]
    """The Management API; by default that of `region`."""
    region: Region = "eu"
    """The space's server location: it says where both APIs are."""
    space: Annotated[int, Field(ge=1)]
    """The space's numeric id (Settings → General), without the `#`."""
    delivery_token: Annotated[SecretStr, Field(min_length=1)]
    """A public or preview access token of the space (Settings → Access Tokens)."""
    management_token: SecretStr | None = None
    """A personal access token (My account), to write external ids; without it all links stay in the journal."""
    content_type: ComponentName = "brand"
    """The content type's technical name."""
    starts_with: Annotated[str, Field(min_length=1)] | None = None
    """Only stories whose full slug starts with this, such as `brands/`."""
    language: Language | None = None
    """The language to read, such as `de`; none: the space's default language."""
    page_size: Annotated[int, Field(ge=SMALLEST_PAGE, le=LARGEST_PAGE)] = LARGEST_PAGE
    """Stories a request, at most. Storyblok takes 6 requests a second of 100 stories, and 50 of 25."""
    management_rate: Annotated[int, Field(ge=1, le=1_000)] = 3
    """How many requests a second the plan allows the Management API: 3 on Starter, 6 on the others."""
    id: Literal["id"] = "id"
    """A story's own id: the numeric one, by which the Management API knows it."""
    external_id: ContentField = "content.external_id"
    """The field (Text, not translatable) that holds the store's id of the brand."""
    updated_at: JmesPath = "published_at"
    """When it was published last."""

    @model_validator(mode="before")
    @classmethod
    def _of_region(cls, given: Any) -> Any:
        """Addresses that aren't given are those of the region."""
        if not isinstance(given, dict) or not isinstance(given.get("region", "eu"), str):
            return given
        addresses = REGIONS.get(given.get("region", "eu"), REGIONS["eu"])
        return dict(zip(("url", "management_url"), addresses, strict=True)) | given

    @property
    def field(self) -> str:
        """The external id's field in a story's content."""
        return self.external_id.removeprefix("content.")

    @property
    def delivery_rate(self) -> int:
        """How many listings a second are allowed: Content Delivery API, "Rate limit", for uncached ones."""
        rates = {25: 50, 50: 15, 75: 10}
        return next((rate for size, rate in rates.items() if self.page_size <= size), 6)
