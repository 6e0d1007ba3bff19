"""The judge of the fake BigCommerce finds fault with what the vendor's specification doesn't have."""

import pytest
from bigcommerce_specification import specification
from fake_bigcommerce import BASE
from fake_server import Asked

pytestmark = pytest.mark.skipif(specification() is None, reason="the vendor's specification isn't beside this checkout")


def asked(method="POST", path="/catalog/brands", body=b"{}", status=200, answer=b"{}", **query):
    made = Asked(method, f"{BASE}{path}", query, {"Accept": "*/*", "Content-Type": "application/json"}, body)
    made.headers["X-Auth-Token"] = "t"
    made.status, made.answer, made.kind = status, answer, "application/json"
    return made


@pytest.mark.parametrize(
    "wrong",
    [
        asked(body=b"{}"),
        asked(body=b'{"name": 1}'),
        asked(body=b'{"name": "A"}', answer=b'{"data": {"id": "7", "name": "A"}}'),
        asked(body=b'{"name": "A"}', status=418),
        asked("GET", body=b"", name_like="A"),
        asked("GET", body=b"", page="first"),
        asked("GET", "/catalog/brands/abc", body=b""),
        asked("GET", "/catalog/brands/metafields", body=b"", resource_id="7"),
        asked("GET", "/catalog/brands/7/metafields", body=b"", name="A"),
        asked(path="/catalog/brands/metafields", body=b'[{"resource_id": 7, "key": "a", "value": "b"}]'),
        asked("PUT", "/catalog/brands/metafields", body=b'[{"value": "b"}]'),
        asked("PUT", "/catalog/brands/metafields", body=b'[{"id": 7, "value": ""}]'),
        asked("DELETE", "/catalog/brands/metafields", body=b'["7"]'),
        asked("DELETE", body=b"", status=204, answer=b""),
        asked("DELETE", "/catalog/brands/7", body=b"", status=204, answer=b"{}"),
    ],
    ids=str,
)
def test_the_specification_finds_fault_with_what_is_wrong(wrong):
    assert specification().problem(wrong)


def test_the_specification_finds_no_fault_with_what_is_right():
    right = asked(body=b'{"name": "A"}', answer=b'{"data": {"id": 7, "name": "A", "meta_keywords": [""]}, "meta": {}}')
    assert specification().problem(right) is None
