"""What ``brandsync check`` says about a shop: the app's scopes, the definition, and the limits."""

from collections.abc import Iterator
from typing import Final

from brandsync.backend import Finding
from brandsync.brand.kind import Kind
from brandsync.errors import CredentialsRefused
from brandsync.stores.shopify.api import BrandsApi
from brandsync.stores.shopify.definition import ADD, Definition, Further, missing_definition
from brandsync.stores.shopify.files import SCOPES as FOR_PICTURES
from brandsync.stores.shopify.settings import NEWEST, ShopifySettings

NEEDED: Final = ("read_metaobject_definitions", "read_metaobjects", "write_metaobjects")
DEFINING: Final = "write_metaobject_definitions"
"""Only ``brandsync init shopify-definition`` needs it."""


def check(api: BrandsApi, settings: ShopifySettings, most: int) -> Iterator[Finding]:
    """Look at everything; writes nothing.

    Raises:
        CredentialsRefused: the app lacks a scope.
        ConfigError: there is no definition.
    """
    scopes = api.scopes()
    pictures = Kind.IMAGE in settings.further.values()
    needed = [*NEEDED, *(FOR_PICTURES if pictures else ())]
    if lacking := [scope for scope in needed if scope not in scopes]:
        scope = "scope" if len(lacking) == 1 else "scopes"
        raise CredentialsRefused(
            f"the app lacks the {scope} {', '.join(lacking)}",
            hint="add it to the app's version in the Dev Dashboard, release that, and accept it in the shop's admin",
        )
    what = "metaobjects and files" if pictures else "metaobjects"
    yield Finding(ok=True, what=f"{settings.address} answers, and the app may read and write {what}")
    answering = api.graphql.version
    if answering and answering != settings.api_version:
        what = f"version {settings.api_version} of the Admin API is asked for, and {answering[:10]} answers"
        yield Finding(ok=True, what=what, fix=f"set `api_version` to one that is supported, such as {NEWEST!r}")
    definition = api.definition()
    if definition is None:
        raise missing_definition(settings.type)
    what = f"the metaobject definition {settings.type!r} holds {definition.count:,} of at most {most:,} brands"
    yield Finding(ok=True, what=what)
    yield from _fields(definition, settings.further, may_define=DEFINING in scopes)
    if bucket := api.graphql.points.bucket:
        what = f"the app has {bucket.most:,.0f} points in this shop, and {bucket.restored:,.0f} come back in a second"
        yield Finding(ok=True, what=what)


def _fields(definition: Definition, further: Further, *, may_define: bool) -> Iterator[Finding]:
    missing, needed = definition.missing(further), {"name", *further}
    for name in missing:
        if name in needed:
            error = definition.lacking(name)
            yield Finding(ok=False, what=error.message, fix=error.hint)
    if others := [name for name in missing if name not in needed]:
        fix = ADD if may_define else f"{ADD}, once the app has the scope {DEFINING}"
        what = f"the definition has no field {', '.join(map(repr, others))}"
        yield Finding(ok=True, what=what, fix=f"leave it out of [cms.fields]; or {fix}")
    for name, error in definition.unfit(further).items():
        yield Finding(ok=name not in needed, what=error.message, fix=error.hint)
    held = definition.held(further)
    for name in [name for name in further if name in held]:
        yield Finding(ok=True, what=f"{name} is {held[name].kind}: its field is of the type {held[name].type}")
    for error in definition.demanded(further):
        yield Finding(ok=False, what=error.message, fix=error.hint)
    if definition.publishable:
        what = "the definition's entries may be drafts: brandsync makes new brands active, and lists drafts as well"
        yield Finding(ok=True, what=what)
