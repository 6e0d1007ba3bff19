"""What each hosted store that chooses the ids itself has to keep of them, against its fake."""

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
