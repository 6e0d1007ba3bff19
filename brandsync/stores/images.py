"""What a store must be able to do to keep pictures of its own."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from brandsync.brand.image import ImageFile, ImageType


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """What a store takes of pictures."""

    types: Collection[ImageType]
    largest: int | None = None
    """The most bytes of one."""
    threads: int = 4
    """How many ``upload`` calls may run at once."""
    requests: int | None = None
    """How many requests an upload takes, but for those that only wait; none where nobody knows. A dry run tells."""
    stays: str | None = None
    """Why what was uploaded can't be removed, as a sentence for people; none where it can."""


@runtime_checkable
class KeepsImages(Protocol):
    """It keeps pictures, to which brands refer.

    A brand's image is a field like any other, of kind ``image``. Its value is the store's *reference*: a text of the
    store's own. It must hold the name of the file, or as many digits of the fingerprint: so the engine knows a picture
    again by a brand's reference alone. Only references that the store gave, and none, are ever written.
    """

    @property
    def images(self) -> ImageLimits:
        """What it takes. It may ask the store once."""

    def upload(self, file: ImageFile) -> str:
        """Keep a picture, under the name of the file or a longer one, and return the reference. Never replaces another.

        Raises:
            Rejected: the store refused the picture for good.
            CredentialsRefused, TryAgainLater, Unreadable: as their names say.
        """

    def find_upload(self, name: str, fingerprint: str) -> str | None:
        """The reference of a picture that was perhaps uploaded under this name; none if there is none.

        Called after an answer was lost.
        """

    def remove_upload(self, reference: str) -> bool:
        """Remove a picture that brandsync uploaded. Harmless where it is gone.

        Returns false, and removes nothing, where the store knows that something else uses it.
        """
