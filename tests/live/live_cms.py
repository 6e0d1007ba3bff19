"""What the live tests do to a CMS besides syncing it: the work of its editors and of its administrator."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from live_server import LiveServer

Fields = Mapping[str, Any]
"""``name``, ``description`` and ``website_url`` (text or none), and ``external_id`` where it is read."""


class LiveCms(LiveServer):
    """A CMS that is running. Its brands have ``name``, ``description``, ``website_url``, ``logo``, ``external_id``."""

    @abstractmethod
    def settings(self, *, read_only: bool = False) -> dict[str, Any]:
        """The ``[cms]`` section, with a token of the least privilege; ``read_only``: with one that may not write."""

    fields: Mapping[str, str]
    """The ``[cms.fields]`` section for it."""

    @abstractmethod
    def seed(self, brands: Sequence[Fields]) -> list[str]:
        """Publish many brands fast; returns their CMS ids, in any order."""

    @abstractmethod
    def published(self) -> dict[str, dict[str, Any]]:
        """What visitors see now: the fields of each published entry, ``external_id`` among them, by CMS id."""

    @abstractmethod
    def edit(self, cms_id: str, **fields: Any) -> None:
        """Change a published entry, as an editor who publishes at once."""

    @abstractmethod
    def save_draft(self, cms_id: str, **fields: Any) -> None:
        """Change an entry without publishing the change."""

    @abstractmethod
    def draft(self, cms_id: str) -> dict[str, Any]:
        """The fields as an editor sees them: of the pending draft, where there is one."""

    @abstractmethod
    def new_draft(self, **fields: Any) -> str:
        """Make an entry that was never published; returns its CMS id."""

    @abstractmethod
    def publish(self, cms_id: str) -> None:
        """Publish an entry's pending draft."""

    @abstractmethod
    def unpublish(self, cms_id: str) -> None:
        """Take an entry off the site; it stays as a draft."""

    @abstractmethod
    def delete(self, cms_id: str) -> None:
        """Delete an entry for good."""
