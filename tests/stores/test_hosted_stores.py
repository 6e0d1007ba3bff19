"""What hosted stores have in common: ids that they choose, and what none of them could hold."""

from typing import Final

import pytest
from fake_server import Asked

from brandsync.brand import Brand, BrandUpdate
from brandsync.errors import Rejected
from brandsync.stores.id_form import COUNTED
from brandsync.stores.shopify.api import IDS

GID: Final = "gid://shopify/Metaobject/"
OF_NUMBERS: Final = ("", "0", "-1", "007", "abc", " 1", "1 ", "1\n", "²", "1" * 19)
NO_IDS: Final = {
    "bigcommerce": [*OF_NUMBERS, "1.0", "1?name=A", "1/../", "?name=A"],
    "woocommerce": [*OF_NUMBERS, "1.0", "1,2"],
    "shopify": ["", "1", GID, f"{GID}0", f"{GID}1 ", f"{GID}1\n", f"{GID}²", "gid://shopify/Product/1", f"{GID}1?x=y"],
}
FORMS: Final = {"bigcommerce": COUNTED, "woocommerce": COUNTED, "shopify": IDS}


@pytest.mark.parametrize(
    ("backend", "text"), [(backend, text) for backend, texts in NO_IDS.items() for text in texts], ids=ascii
)
def test_what_is_no_id_is_never_sent(hosted, text):
    """It may lead elsewhere, or to every brand there is, as an empty filter does."""
    hosted.add("A")
    for _ in range(2):
        assert hosted.backend.delete_brands([Brand(text, {"name": "A"})]) == [text]
    assert hosted.backend.update_brands([BrandUpdate(text, {"name": "A"}, {"name": "B"})]) == []
    assert hosted.backend.get_brands(["name"], [text]) == []
    assert (hosted.server.log, hosted.server.names()) == ([], ["A"])
    with pytest.raises(Rejected, match="is no id"):
        FORMS[hosted.name].checked(text)


def _of_shopify(asked: Asked) -> list[str]:
    ids: list[str] = asked.json["variables"]["ids"]
    return ids


@pytest.mark.parametrize(
    ("backend", "most", "asked_for"),
    [
        ("bigcommerce", 250, lambda asked: asked.query["id:in"].split(",")),
        ("woocommerce", 100, lambda asked: asked.query["include"].split(",")),
        ("shopify", 250, _of_shopify),
    ],
    ids=["bigcommerce", "woocommerce", "shopify"],
)
def test_brands_are_read_as_many_ids_at_once_as_the_store_takes(hosted, most, asked_for):
    ids = [hosted.add(f"Brand {number}") for number in range(most + 1)]
    assert [brand.id for brand in hosted.backend.get_brands(["name"], [*ids, ids[0], "none"])] == ids
    assert [len(asked_for(asked)) for asked in hosted.server.log] == [most, 1]


UNHOLDABLE: Final = {
    "bigcommerce": {
        "the name has 256 characters, and BigCommerce takes 255": {"name": "x" * 256},
        "the description has 65,536": {"name": "A", "description": "x" * 65_536},
        "the name holds a character": {"name": "A\0"},
        "the description holds a character": {"name": "A", "description": "\ud800"},
    },
    "woocommerce": {
        "the name has 201": {"name": "x" * 201},
        "the name has 205": {"name": "x" * 50 + "&" * 31},
        "the handle has 201": {"name": "A", "handle": "x" * 201},
        "the description holds a character": {"name": "A", "description": "\0"},
        "the name holds a character": {"name": "\ud800"},
    },
    "shopify": {
        "the name has 65,537 bytes, and Shopify takes 65,536": {"name": "x" * 65_537},
        "the description has 65,538 bytes": {"name": "A", "description": "ü" * 32_769},
        "the logo_url has 2,066 bytes, and Shopify takes 2,048": {
            "name": "A",
            "logo_url": f"https://a.example/{'x' * 2_048}",
        },
        "the logo_url must be a whole address": {"name": "A", "logo_url": "/logo.png"},
        "the website_url must be a whole address": {"name": "A", "website_url": "http://[::1"},
        "the name has a line break": {"name": "a\nb"},
        "the name holds a character": {"name": "a\0"},
        "the metadata holds a character": {"name": "A", "metadata": {"a": "\ud800"}},
        "the metadata holds a number that JSON doesn't have": {"name": "A", "metadata": {"a": float("nan")}},
        "the metadata has 2,097,160 bytes": {"name": "A", "metadata": {"a": "x" * 2_097_152}},
        "the handle has 256 characters, and Shopify takes 255": {"name": "A", "handle": "x" * 256},
        "the handle must have no blank and no sign but hyphens": {"name": "A", "handle": "hello world!"},
    },
    "shopware": {
        "the name has 256 characters, and Shopware takes 255": {"name": "x" * 256},
        "the website_url has 256": {"name": "A", "website_url": "x" * 256},
        "the name holds a character": {"name": "A\0"},
        "the description holds a character": {"name": "A", "description": "\ud800"},
        "the name is nothing but markup": {"name": "<b></b>"},
    },
}
HOLDABLE: Final = {
    "bigcommerce": {"name": "x" * 255, "description": "x" * 65_535},
    "woocommerce": {"name": "x" * 200, "handle": None, "description": "x" * 100_000},
    "shopify": {
        "name": "x" * 65_536,
        "handle": "Ünï-cödé_1",
        "description": "a\nb \\u0000",
        "logo_url": "",
        "website_url": "HTTPS://a.example/",
        "metadata": {"a": ["ü"], "b": "\0"},
    },
    "shopware": {"name": "ü" * 255, "website_url": None, "description": "x" * 100_000},
}
"""As large as it may be."""


@pytest.mark.parametrize(
    ("backend", "told"), [(backend, told) for backend, several in UNHOLDABLE.items() for told in several]
)
def test_what_the_store_could_not_hold_is_refused_while_planning(hosted, told):
    assert told in hosted.backend.refuses(UNHOLDABLE[hosted.name][told])
    assert hosted.server.log == []


@pytest.mark.parametrize("backend", HOLDABLE)
def test_what_the_store_can_hold_is_not_refused(hosted):
    assert hosted.backend.refuses(HOLDABLE[hosted.name]) is None
    assert hosted.backend.refuses(dict.fromkeys(HOLDABLE[hosted.name])) is None
    assert hosted.server.log == []
