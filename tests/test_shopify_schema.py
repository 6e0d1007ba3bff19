"""The judge of the fake Shopify: what the backend asks is valid in both versions, and what is wrong is noticed."""

import pytest
import shopify_schema
from npm_package import NpmPackage
from shopify_schema import CURRENT, PREVIOUS, Asked

from brandsync.brand.kind import Kind
from brandsync.stores.shopify import documents
from brandsync.stores.shopify.definition import added_fields, new_definition
from brandsync.stores.shopify.settings import NEWEST
from brandsync.stores.shopify.values import changed, created


@pytest.fixture(autouse=True)
def _schema():
    shopify_schema.required()


FURTHER = {f"a_{kind}": kind for kind in Kind} | {"untyped": None}
BRAND = {
    "name": "Acme",
    "handle": "acme",
    "description": "d",
    "logo_url": "https://a.example/",
    "website_url": None,
    "metadata": {"a": 1},
}
ID = "gid://shopify/Metaobject/1"
GID = "gid://shopify/MediaImage/1"
STAGED = {"filename": "a.png", "mimeType": "image/png", "fileSize": "7", "resource": "IMAGE", "httpMethod": "POST"}
FILE = {
    "originalSource": "https://a.example/a.png",
    "filename": "a.png",
    "contentType": "IMAGE",
    "duplicateResolutionMode": "RAISE_ERROR",
}
ASKED = {
    "page": (documents.PAGE, {"type": "brand", "first": 250, "after": "x", "begins": True}),
    "ids": (documents.OF_IDS, {"ids": [ID]}),
    "definition": (documents.DEFINITION, {"type": "brand"}),
    "scopes": (documents.SCOPES, {}),
    "create": (documents.creations(2), {f"m{n}": created("brand", BRAND, published=bool(n)) for n in range(2)}),
    "update": (documents.updates(1), {"i0": ID, "m0": changed(BRAND)}),
    "delete": (documents.deletions(1), {"i0": ID}),
    "make": (documents.CREATE_DEFINITION, {"definition": new_definition("brand", FURTHER)}),
    "page with pictures": (
        documents.with_pictures(documents.PAGE),
        {"type": "brand", "first": 250, "after": "x", "begins": True},
    ),
    "ids with pictures": (documents.with_pictures(documents.OF_IDS), {"ids": [ID]}),
    "stage": (documents.STAGE, {"input": [STAGED]}),
    "create files": (documents.CREATE_FILES, {"files": [FILE]}),
    "delete files": (documents.DELETE_FILES, {"ids": [GID]}),
    "file": (documents.FILE, {"ids": [GID]}),
    "find files": (documents.FIND_FILES, {"query": 'filename:"a.png"'}),
    "add": (documents.ADD_FIELDS, {"id": ID, "definition": added_fields(["metadata", *FURTHER], FURTHER)}),
}


@pytest.mark.parametrize("version", [CURRENT, PREVIOUS])
def test_all_that_is_asked_is_valid_in_this_version_and_the_one_before(version):
    assert NEWEST == CURRENT
    for name, (document, variables) in ASKED.items():
        assert isinstance(shopify_schema.read(version, document, variables), Asked), name


@pytest.mark.parametrize(
    ("document", "variables", "problem"),
    [
        ("{ brands { id } }", {}, "Cannot query field 'brands'"),
        ("{ metaobjects(first: 1) { nodes { id } } }", {}, "type"),
        ('mutation { productCreate(input: {title: "A"}) { userErrors { field } } }', {}, "deprecated"),
        ("{ currentAppInstallation { channel { id } } }", {}, "channel is deprecated"),
        ("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": None}, "ids"),
        ("query($t: String!) { metaobjects(type: $t, first: 1) { nodes { id } } }", {"t": "a", "u": 1}, "no variables"),
        ("{ shop", {}, "Syntax Error"),
        (documents.updates(1), {"i0": ID, "m0": {"title": "A"}}, "title"),
    ],
)
def test_what_the_schema_does_not_have_is_noticed_and_so_is_what_is_deprecated(document, variables, problem):
    found = shopify_schema.read(CURRENT, document, variables)
    assert isinstance(found, list)
    assert problem.replace("'", "") in found[0].replace("'", "").replace('"', "")


def test_a_deprecated_field_is_noticed_in_a_variable_too():
    taken = "$id: ID!, $address: MailingAddressInput!"
    call = "customerAddressCreate(customerId: $id, address: $address) { userErrors { field } }"
    document = f"mutation({taken}) {{ {call} }}"
    found = shopify_schema.read(CURRENT, document, {"id": ID, "address": {"country": "A"}})
    assert isinstance(found, list)
    assert "MailingAddressInput.country is deprecated" in found[0]
    assert isinstance(shopify_schema.read(CURRENT, document, {"id": ID, "address": {"city": "A"}}), Asked)


CAPTURED = {
    "mutation { metaobjectDelete(id: 1) { deletedId userErrors { code } } }": 10,
    "mutation { metaobjectUpdate(id: 1, metaobject: {}) { metaobject { id } userErrors { field } } }": 10,
    "mutation { metaobjectUpdate(id: 1, metaobject: {}) { metaobject { fields { key } } userErrors { field } } }": 11,
    """mutation { metaobjectDefinitionCreate(definition: {type: "a"}) {
        metaobjectDefinition { fieldDefinitions { key type { name } } } userErrors { code } } }""": 12,
    """{ selected: metaobject(id: 1) { id } catalog: metaobjects(type: "a", first: 10) { nodes { id } }
        definition: metaobjectDefinitionByType(type: "a") { id metaobjectsCount } }""": 8,
    """{ metaobjects(type: "a", first: 10) { edges { cursor node { id displayName fields { key } } }
        nodes { id displayName fields { key } } pageInfo { hasNextPage } } }""": 18,
    "{ metaobjectDefinitions(first: 250) { nodes { id standardTemplate { type } } pageInfo { endCursor } } }": 24,
    """{ nodes(ids: [1, 2, 3]) { ... on Metaobject {
        capabilities { publishable { status } onlineStore { templateSuffix } }
        fields { definition { type { name } } } field(key: "title") { definition { type { name } } } } } }""": 10,
}
"""What a real shop told that these cost (metaobject-*.json: github.com/airhorns/shopify-draft-proxy, fixtures)."""


@pytest.mark.parametrize(("document", "cost"), CAPTURED.items(), ids=map(str, range(len(CAPTURED))))
def test_a_request_costs_what_a_real_shop_has_told(document, cost):
    asked = shopify_schema.read(CURRENT, document, {})
    assert isinstance(asked, Asked), asked
    assert asked.cost == cost


def test_it_says_why_there_is_no_schema(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("BRANDSYNC_TEST_CACHE", str(tmp_path / "cache"))
    package = NpmPackage("@acme/none", "1.0.0")
    assert package.lack() == "npm is not installed"
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho no such package >&2\nexit 1\n")
    npm.chmod(0o755)
    assert package.lack() == "npm cannot fetch @acme/none@1.0.0: ['no such package']"
