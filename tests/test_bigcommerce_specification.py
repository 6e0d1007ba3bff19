"""The judge of the fake BigCommerce finds fault with what the vendor's specification doesn't have."""

import pytest
from bigcommerce_specification import Exchange, specification
from fake_bigcommerce import BASE

pytestmark = pytest.mark.skipif(specification() is None, reason="the vendor's specification isn't beside this checkout")


def exchange(method="POST", path="/catalog/brands", body=b"{}", status=200, answer=b"{}", **query):
    made = Exchange(method, f"{BASE}{path}", query, {"Accept": "*/*", "Content-Type": "application/json"}, body)
    made.headers["X-Auth-Token"] = "t"
    made.status, made.answer = status, answer
    return made


@pytest.mark.parametrize(
    "wrong",
    [
        exchange(body=b"{}"),
        exchange(body=b'{"name": 1}'),
        exchange(body=b'{"name": "A"}', answer=b'{"data": {"id": "7", "name": "A"}}'),
        exchange(body=b'{"name": "A"}', status=418),
        exchange("GET", body=b"", name_like="A"),
        exchange("GET", body=b"", page="first"),
        exchange("GET", "/catalog/brands/abc", body=b""),
        exchange("DELETE", body=b"", status=204, answer=b""),
        exchange("DELETE", "/catalog/brands/7", body=b"", status=204, answer=b"{}"),
    ],
    ids=str,
)
def test_the_specification_finds_fault_with_what_is_wrong(wrong):
    assert specification().problem(wrong)


def test_the_specification_finds_no_fault_with_what_is_right():
    right = exchange(
        body=b'{"name": "A"}', answer=b'{"data": {"id": 7, "name": "A", "meta_keywords": [""]}, "meta": {}}'
    )
    assert specification().problem(right) is None
