"""What tests of hosted stores share: each vendor's fake, and whole runs from the guide's CMS into it."""

import html
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import fake_shopify
import fake_shopware
from fake_server import Asked
from opening import Hosted
from shop import Shop

from brandsync.stores.woocommerce.text import name_read

ALL_LIMITS: Final = {"max_updates": "100%", "max_deletes": "100%"}


@dataclass(frozen=True)
class Vendor:
    """A hosted store."""

    server: str
    """The fixture that serves its fake."""
    shop: str
    """The fixture of a shop that is synced into it."""
    kind: Callable[[Asked], str]
    """What a request is about: ``list``, ``login`` or whatever it changes or reads."""
    held: Callable[[Any], dict[str, tuple[str, str]]]
    """Names and descriptions in the fake, by id."""
    description: str = "description"
    """What its fake calls that."""


def _of_woocommerce(asked: Asked) -> str:
    if "offset" in asked.query:
        return "list"
    return "read" if asked.method == "GET" else next(iter(asked.json))


def _of_shopify(asked: Asked) -> str:
    name = fake_shopify.operation(asked)
    return {"Brands": "list", "BrandsOfIds": "read", "Definition": "schema"}.get(name, name.lower())


VENDORS: Final = {
    "bigcommerce": Vendor(
        "fake",
        "big_shop",
        lambda asked: "list" if "page" in asked.query else asked.method,
        lambda fake: {str(key): (brand["name"], brand["meta_description"]) for key, brand in fake.brands.items()},
        description="meta_description",
    ),
    "woocommerce": Vendor(
        "woo",
        "woo_shop",
        _of_woocommerce,
        lambda fake: {
            str(key): (name_read(term["name"]), html.unescape(term["description"])) for key, term in fake.brands.items()
        },
    ),
    "shopify": Vendor(
        "shopify_shop",
        "pipeline_to_shopify",
        _of_shopify,
        lambda fake: {
            key: (brand["values"]["name"], brand["values"].get("description", "")) for key, brand in fake.brands.items()
        },
    ),
    "shopware": Vendor(
        "ware",
        "ware_shop",
        fake_shopware.kind,
        lambda fake: {key: (brand["name"], brand["description"] or "") for key, brand in fake.brands.items()},
    ),
}


@dataclass(frozen=True)
class HostedStore(Hosted):
    """One of them."""

    @property
    def held(self) -> dict[str, tuple[str, str]]:
        """The names and descriptions that the store has, by id."""
        return VENDORS[self.name].held(self.server)

    def add(self, name: str, description: str | None = None) -> str:
        """A brand that somebody else has made; returns its id."""
        given = {} if description is None else {VENDORS[self.name].description: description}
        return str(self.server.add(name, **given))

    def kind(self, asked: Asked) -> str:
        """What a request is about."""
        return VENDORS[self.name].kind(asked)

    def requests(self) -> dict[str, int]:
        """How many requests of each kind there were, without logins. The next call counts anew."""
        counts = Counter(map(self.kind, self.server.log))
        self.server.log.clear()
        return {kind: count for kind, count in counts.items() if kind != "login"}

    def is_linked(self) -> bool:
        """Whether every entry is one brand, linked in the CMS, and nothing else is there."""
        return linked(self.shop, self.server)


def entry(cms_id: str, name: str, **fields: Any) -> dict[str, Any]:
    """One entry."""
    return {"id": cms_id, "name": name, "description": None, "external_id": None, **fields}


def linked(shop: Shop, fake: Any) -> bool:
    """Whether every entry is one brand, linked in the CMS, and nothing else is in the shop's store."""
    held = VENDORS[shop.sections["store"]["backend"]].held(fake)
    names = {key: name for key, (name, _) in held.items()}
    return names == {entry["external_id"]: entry["name"] for entry in shop.cms.entries.values()}


def meanwhile(fake: Any, is_moment: Callable[[Asked], bool], act: Callable[[], object]) -> None:
    """Have a person act once, just before such a request is carried out."""

    def acted(asked: Asked) -> None:
        if is_moment(asked):
            fake.act = lambda _asked: None
            act()

    fake.act = acted
