"""What the kit's test classes of hosted backends share: each meets a fake of its vendor's server."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from extent import MET_BY_EACH_BACKEND

from brandsync.brand import Fields
from brandsync.testing import StoreConformance


class HostedCms:
    """A fake CMS with drafts, and what its editors do. Comes before the kit's class."""

    url_setting = "url"
    faults: ClassVar = MET_BY_EACH_BACKEND
    server: ClassVar[Callable[[], Any]]
    space_name: ClassVar = "space"
    """What the fake calls what it holds."""
    names: ClassVar[Mapping[str, str]]
    """What the CMS calls the fields of a brand."""
    paths: ClassVar[Mapping[str, str]] = {}
    """The ``[cms.fields]`` section, where it differs from the names."""
    options: ClassVar[Mapping[str, Any]] = {"page_size": 100}
    write_token: ClassVar = "management_token"
    """The setting without which it can only be read."""

    @contextmanager
    def serving(self, directory: Path) -> Iterator[dict[str, Any]]:
        with self.server() as self.fake:
            self.space = getattr(self.fake, self.space_name)
            yield self.fake.settings(timeout="0.5s", fields=dict(self.paths or self.names), **self.options)

    def values(self, fields: Fields) -> dict[str, Any]:
        """A brand's fields as the CMS holds them."""
        return {self._name(field): value for field, value in fields.items()}

    def publish(self, brands: Sequence[Fields]) -> Sequence[str]:
        return [self.space.add(**self.values(brand)) for brand in brands]

    def edit(self, cms_id: str, **fields: Any) -> None:
        self.space.edit(cms_id, **self.values(fields))

    def remove(self, cms_id: str) -> None:
        self.space.remove(cms_id)

    def external_ids(self) -> Mapping[str, str | None]:
        return self.space.shown()

    def save_draft(self, cms_id: str, **fields: Any) -> None:
        self.space.save(cms_id, **self.values(fields))

    def publish_draft(self, cms_id: str) -> None:
        self.space.publish(cms_id)

    def unpublish(self, cms_id: str) -> None:
        self.space.unpublish(cms_id)

    def drafted(self, field: str) -> Mapping[str, Any]:
        return self.space.drafted(self._name(field))

    def changed(self) -> Collection[str]:
        return self.space.changed()

    def without_write_credentials(self, section: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in section.items() if name != self.write_token}

    def _name(self, field: str) -> str:
        return field if field == "external_id" else self.names[field]


class HostedStore(StoreConformance):
    """A fake store. The test class may look at it when a test is over."""

    url_setting = "url"
    faults: ClassVar = MET_BY_EACH_BACKEND
    unacceptable: ClassVar[Fields | None] = {"name": ""}
    server: ClassVar[Callable[[], Any]]
    options: ClassVar[Mapping[str, Any]] = {"page_size": 100}

    @contextmanager
    def serving(self, directory: Path) -> Iterator[dict[str, Any]]:
        with self.server() as fake:
            yield fake.settings(timeout="2s", **self.options)
        assert fake.log
        self.judge(fake)

    def judge(self, fake: Any) -> None:
        """What the server has seen has to be as its vendor wants it."""
        raise NotImplementedError
