"""Backends that each break the contract in one way, and the test classes that have to notice it.

Each class is named in ``test_kit.py`` with the test that must fail for it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from memory_drafts import DraftingCms, DraftingLinks
from msgspec import structs
from test_conformance_cms import TestMemoryCms as GoodCms
from test_conformance_drafts import TestDraftingCms as GoodDrafts
from test_conformance_memory import TestMemoryStore as GoodStore

from brandsync.brand import Brand, BrandUpdate, ExternalId, Fields, NewBrand
from brandsync.cms.interface import CmsPage
from brandsync.errors import Rejected
from brandsync.stores.interface import Claim, PartlyRejected, StorePage, UniqueRule
from brandsync.testing import Behaviour, MemoryCms, MemoryStore
from brandsync.testing.memory_cms import MemoryLinks


class ForgetsTheLastOfAPage(MemoryStore):
    def list_brands(self, fields: Sequence[str], cursor: str | None = None) -> StorePage:
        page = super().list_brands(fields, cursor)
        return replace(page, brands=page.brands[:-1]) if page.next else page


class AnswersInAnyOrder(MemoryStore):
    def create_brands(self, brands: Sequence[NewBrand]) -> Sequence[Brand]:
        return [*super().create_brands(brands)][::-1]


class CutsInSilence(MemoryStore):
    def create_brands(self, brands: Sequence[NewBrand]) -> Sequence[Brand]:
        cut = [
            structs.replace(brand, fields=dict(brand.fields) | {"name": brand.fields["name"][:100]}) for brand in brands
        ]
        return [
            structs.replace(made, fields=brand.fields)
            for made, brand in zip(super().create_brands(cut), brands, strict=True)
        ]


class CreatesTwice(MemoryStore):
    def create_brands(self, brands: Sequence[NewBrand]) -> Sequence[Brand]:
        again = [
            structs.replace(brand, id=f"{brand.id}-again" if brand.id in self.shop.brands else brand.id)
            for brand in brands
        ]
        return super().create_brands(again)


class OverwritesWhatIsThere(MemoryStore):
    def update_brands(self, updates: Sequence[BrandUpdate]) -> Sequence[Brand]:
        return super().update_brands([BrandUpdate(update.id, {}, update.after) for update in updates])


class TellsWhatIsGoneOnce(MemoryStore):
    def delete_brands(self, brands: Sequence[Brand]) -> Sequence[str]:
        there = set(self.shop.brands)
        return [brand_id for brand_id in super().delete_brands(brands) if brand_id in there]


class RaisesErrorsOfOthers(MemoryStore):
    def get_brands(self, fields: Sequence[str], ids: Sequence[str]) -> Sequence[Brand]:
        assert all(self.shop.brands[brand_id] for brand_id in ids)
        return super().get_brands(fields, ids)


class LosesWhatItUncreates(MemoryStore):
    def uncreate_brands(self, brands: Sequence[Brand]) -> Sequence[str]:
        return [brand.id for brand in brands]

    def restore_brands(self, brands: Sequence[NewBrand]) -> Sequence[Brand]:
        return self.create_brands(brands)


class WritesHalfABatch(MemoryStore):
    def create_brands(self, brands: Sequence[NewBrand]) -> Sequence[Brand]:
        return [made for brand in brands for made in super(WritesHalfABatch, self).create_brands([brand])]


class BlamesTheWrongBrand(MemoryStore):
    def create_brands(self, brands: Sequence[NewBrand]) -> Sequence[Brand]:
        done = super().create_brands([brand for brand in brands if brand.fields["name"]])
        if len(done) < len(brands):
            raise PartlyRejected(done, {0: Rejected("a brand needs a name")})
        return done


class TellsOfRequestsThatItNeverMakes(MemoryStore):
    def requests_for(self, action: str, brands: int) -> int:
        return 1


class SpellsItsIdsOtherwise(MemoryStore):
    def canonical_id(self, brand_id: str) -> str:
        return f"#{brand_id}"


class TakesWhatIsTaken(MemoryStore):
    def unique_rules(self) -> Sequence[UniqueRule]:
        return [UniqueRule("one name", ("name",))]

    def claims(self, rule: UniqueRule, brands: Sequence[tuple[str | None, Fields]]) -> Sequence[Claim]:
        return [Claim(fields[rule.fields[0]]) for _, fields in brands]


class TakesWithoutALook(MemoryStore):
    def refuses(self, fields: Fields) -> str | None:
        return "a name holds U+0000" if "\0" in fields["name"] else None

    def takes_all(self, columns: Mapping[str, Sequence[Any]]) -> bool:
        return True


class ForgetsToClear(MemoryCms):
    class Links(MemoryLinks):
        def write(self, links: Sequence[ExternalId]) -> Sequence[str]:
            super().write([link for link in links if link.external_id])
            return ()


class TouchesTexts(MemoryCms):
    class Links(MemoryLinks):
        def write(self, links: Sequence[ExternalId]) -> Sequence[str]:
            super().write(links)
            catalogue = self.cms.catalogue
            for link in links:
                catalogue.edit(link.cms_id, name=catalogue.entries[link.cms_id]["name"].strip() + " ")
            return ()


class ListsTheFirstPageAlone(MemoryCms):
    def retrieve_brands(self, cursor: str | None = None, since: datetime | None = None) -> CmsPage:
        return replace(super().retrieve_brands(cursor, since), next=None)


class MissesWhatChanged(MemoryCms):
    def retrieve_brands(self, cursor: str | None = None, since: datetime | None = None) -> CmsPage:
        page = super().retrieve_brands(cursor, since)
        return replace(page, entries=page.entries[1:]) if since else page


class FindsNoMoreThanAPage(MemoryCms):
    def retrieve_entries(self, cms_ids: Sequence[str]) -> Sequence[Any] | None:
        return super().retrieve_entries(cms_ids[: self.behaviour.page_size])


class FindsWhateverThereIs(MemoryCms):
    def retrieve_entries(self, cms_ids: Sequence[str]) -> Sequence[Any] | None:
        return super().retrieve_entries([*self.catalogue.entries])


class FindsNothingBesideAnOddId(MemoryCms):
    def retrieve_entries(self, cms_ids: Sequence[str]) -> Sequence[Any] | None:
        return super().retrieve_entries(cms_ids) if all(map(str.isdecimal, cms_ids)) else []


class ShowsAnotherForm(MemoryCms):
    def retrieve_entries(self, cms_ids: Sequence[str]) -> Sequence[Any] | None:
        return [entry | {"description": None} for entry in super().retrieve_entries(cms_ids) or ()]


class FindsDrafts(DraftingCms):
    def retrieve_entries(self, cms_ids: Sequence[str]) -> Sequence[Any] | None:
        return [self.catalogue.drafts[key] for key in cms_ids if key in self.catalogue.drafts]


class PublishesDrafts(DraftingCms):
    def is_alone(self, cms_id: str) -> bool:
        return cms_id in self.catalogue.entries


class LosesWhatAnEditorSaves(DraftingCms):
    def put(self, cms_id: str, version: int, external_id: str | None, looked_at: Mapping[str, Any]) -> int:
        self.confirm()
        self.catalogue.save(cms_id, **{**looked_at, "external_id": external_id})
        return self.catalogue.versions[cms_id]


class PublishesWhateverWasSavedLast(DraftingCms):
    def publish(self, cms_id: str, version: int) -> None:
        self.confirm()
        self.catalogue.publish_draft(cms_id)


class LeavesALinkHalfWritten(DraftingCms):
    def take_out(self, cms_id: str, version: int, shown: str | None) -> None:
        pass


class ForgetsWhatIsHalfWritten(DraftingCms):
    class Links(DraftingLinks):
        def held(self, cms_ids: Sequence[str]) -> Mapping[str, str | None]:
            shown = self.cms.catalogue.external_ids()
            return {cms_id: shown[cms_id] for cms_id in cms_ids if cms_id in shown}


class BelievesACache(DraftingCms):
    class Links(DraftingLinks):
        held = None

    def retrieve_entries(self, cms_ids: Sequence[str]) -> None:
        return None


class AsksNoGuard(DraftingCms):
    def guard_writes(self, confirm: Callable[[], None]) -> None:
        pass


class Slow:
    behaviour: ClassVar = Behaviour(visible_after=1)


class TestSlowlyVisibleStore(Slow, GoodStore): ...


class TestSlowlyVisibleCms(Slow, GoodCms): ...


def _tested(backend: Any, good: type[Any]) -> type[Any]:
    return type(f"Test{backend.__name__}", (good,), {"backend": backend, "__module__": __name__})


for _backend in [*MemoryStore.__subclasses__()]:
    globals()[f"Test{_backend.__name__}"] = _tested(_backend, GoodStore)
for _backend in [*DraftingCms.__subclasses__()]:
    globals()[f"Test{_backend.__name__}"] = _tested(_backend, GoodDrafts)
for _backend in [backend for backend in MemoryCms.__subclasses__() if backend is not DraftingCms]:
    globals()[f"Test{_backend.__name__}"] = _tested(_backend, GoodCms)
