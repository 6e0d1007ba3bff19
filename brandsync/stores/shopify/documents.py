"""What is sent to the Admin API, as GraphQL.

shopify.dev/docs/api/admin-graphql/2026-10: each document and its variables are valid in this version and the one
before. They use nothing that either version deprecates.
"""

from typing import Final

_BRAND: Final = "fragment brand on Metaobject { id type handle fields { key value } }"
"""All fields at once: ``fields`` costs one point, but ``field(key:)`` costs one for each field."""
_SHOWN: Final = " reference { ... on MediaImage { image { url } } }"
"""The address of a picture that a field refers to, which has its file's name. It costs two points more."""
_DEFINITION: Final = (
    "fragment definition on MetaobjectDefinition { id type metaobjectsCount capabilities { publishable { enabled } }"
    " fieldDefinitions { key required type { name } validations { name value } } }"
)
_ERRORS: Final = "userErrors { code field message elementKey }"

PAGE: Final = f"""query Brands($type: String!, $first: Int!, $after: String, $begins: Boolean!) {{
  metaobjects(type: $type, first: $first, after: $after, sortKey: "id") {{
    nodes {{ ...brand }} pageInfo {{ hasNextPage endCursor }}
  }}
  metaobjectDefinitionByType(type: $type) @include(if: $begins) {{ ...definition }}
}}
{_BRAND}
{_DEFINITION}"""

OF_IDS: Final = f"query BrandsOfIds($ids: [ID!]!) {{ nodes(ids: $ids) {{ ...brand }} }}\n{_BRAND}"

DEFINITION: Final = (
    f"query Definition($type: String!) {{ metaobjectDefinitionByType(type: $type) {{ ...definition }} }}\n{_DEFINITION}"
)

SCOPES: Final = "query Scopes { currentAppInstallation { accessScopes { handle } } }"

CREATE_DEFINITION: Final = (
    "mutation CreateDefinition($definition: MetaobjectDefinitionCreateInput!) {"
    f" metaobjectDefinitionCreate(definition: $definition) {{ metaobjectDefinition {{ id }} {_ERRORS} }} }}"
)
ADD_FIELDS: Final = (
    "mutation AddFields($id: ID!, $definition: MetaobjectDefinitionUpdateInput!) {"
    f" metaobjectDefinitionUpdate(id: $id, definition: $definition) {{ metaobjectDefinition {{ id }} {_ERRORS} }} }}"
)


def creations(count: int) -> str:
    """Creates this many brands, one after another: ``m0``, ``m1``, ..."""
    asked = f"metaobjectCreate(metaobject: $m#) {{ metaobject {{ ...brand }} {_ERRORS} }}"
    return _mutation("Create", count, "$m#: MetaobjectCreateInput!", asked) + f"\n{_BRAND}"


def updates(count: int) -> str:
    """Changes this many brands, one after another. ``fields`` changes only those it names; ``values`` replaces all."""
    asked = f"metaobjectUpdate(id: $i#, metaobject: $m#) {{ metaobject {{ ...brand }} {_ERRORS} }}"
    return _mutation("Update", count, "$i#: ID!, $m#: MetaobjectUpdateInput!", asked) + f"\n{_BRAND}"


def deletions(count: int) -> str:
    """Deletes this many brands, one after another."""
    return _mutation("Delete", count, "$i#: ID!", f"metaobjectDelete(id: $i#) {{ deletedId {_ERRORS} }}")


def _mutation(name: str, count: int, taken: str, asked: str) -> str:
    """The same for each brand; ``#`` stands for the brand's number."""
    variables = ", ".join(taken.replace("#", str(n)) for n in range(count))
    parts = "\n  ".join(f"m#: {asked}".replace("#", str(n)) for n in range(count))
    return f"mutation {name}({variables}) {{\n  {parts}\n}}"


def with_pictures(document: str) -> str:
    """The same document, whose brands tell the addresses of their pictures too."""
    return document.replace(_BRAND, _BRAND.replace("value", f"value{_SHOWN}"))


_FILE: Final = "fragment file on File { id fileStatus fileErrors { code message } ... on MediaImage { image { url } } }"
_FILE_ERRORS: Final = "userErrors { code field message }"

STAGE: Final = (
    "mutation Stage($input: [StagedUploadInput!]!) { stagedUploadsCreate(input: $input) {"
    " stagedTargets { url resourceUrl parameters { name value } } userErrors { field message } } }"
)
CREATE_FILES: Final = (
    "mutation CreateFiles($files: [FileCreateInput!]!) {"
    f" fileCreate(files: $files) {{ files {{ ...file }} {_FILE_ERRORS} }} }}\n{_FILE}"
)
DELETE_FILES: Final = (
    f"mutation DeleteFiles($ids: [ID!]!) {{ fileDelete(fileIds: $ids) {{ deletedFileIds {_FILE_ERRORS} }} }}"
)
FILE: Final = f"query File($ids: [ID!]!) {{ nodes(ids: $ids) {{ ...file }} }}\n{_FILE}"
FIND_FILES: Final = (
    f"query FindFiles($query: String!) {{ files(first: 10, query: $query) {{ nodes {{ ...file }} }} }}\n{_FILE}"
)
