"""What ``brandsync check`` finds out about a Shopware shop. Writes nothing."""

from collections.abc import Iterable, Iterator
from typing import Final

from brandsync.backend import Finding
from brandsync.errors import ConfigError, CredentialsRefused, Rejected
from brandsync.errors.plural import plural
from brandsync.stores.refusal import refused_as
from brandsync.stores.shopware.api import ENTITY, ManufacturersApi, release
from brandsync.stores.shopware.custom_fields import CustomFields
from brandsync.stores.shopware.media import NEEDED as FOR_PICTURES
from brandsync.stores.shopware.media import Media, reading_uses
from brandsync.stores.shopware.session import PERMISSIONS

OLDEST: Final = (6, 5)
"""Since this version, Shopware writes a sync in one transaction (UPGRADE-6.5.md)."""
NEEDED: Final = tuple(f"{ENTITY}:{privilege}" for privilege in ("read", "create", "update", "delete"))
"""``AclWriteValidator``, ``AclCriteriaValidator``."""


def findings(api: ManufacturersApi, client_id: str, custom: CustomFields, media: Media | None) -> Iterator[Finding]:
    """Which Shopware it is, how many brands and which custom fields it holds, and what the integration may do.

    ``media``: where pictures go, if any are mapped.

    Raises:
        ConfigError: there is no Shopware, or it doesn't have that language.
        CredentialsRefused: the keys are wrong, or the integration may not read or create brands.
    """
    version = api.version()
    numbers = release(version)
    yield Finding(
        ok=not numbers or numbers >= OLDEST,
        what=f"{api.url} answers: it is Shopware {version or 'of an unknown version'}",
        fix="update it: since 6.5 Shopware writes all of a batch or nothing",
    )
    _, total = api.page([], 1, 20)
    yield Finding(ok=True, what=f"it holds {total:,} {plural(total, 'brand')}")
    yield from _custom_fields(custom)
    if media:
        yield from _readable(media)
    try:
        held = api.role(client_id)
    except (CredentialsRefused, Rejected):
        held = None
    if held is None:
        # As far as it shows without a write: most integrations may not read their own roles.
        with refused_as("the integration may read brands and not create them", f"give it {PERMISSIONS}"):
            api.may_create()
        yield Finding(
            ok=True,
            what="the integration may read and create brands; whether it may update and delete them shows at the first"
            " write, or here where it may also read integrations and roles (integration:read, acl_role:read)",
        )
        return
    if missing := _lacking(NEEDED, held):
        yield Finding(ok=False, what=f"the integration lacks {', '.join(missing)}", fix=f"give it {PERMISSIONS}")
    else:
        yield Finding(ok=True, what="the integration may read, create, update and delete brands")
    if media:
        yield from _pictures(held)


def _readable(media: Media) -> Iterator[Finding]:
    """That pictures can be looked at, or why not."""
    try:
        media.look()
    except CredentialsRefused as error:
        yield Finding(ok=False, what=error.message, fix=error.hint)
    else:
        yield Finding(ok=True, what="the integration may read media, which pictures become")


def _pictures(held: frozenset[str]) -> Iterator[Finding]:
    """What a role with these privileges may do with pictures."""
    if lacking := _lacking(FOR_PICTURES, held):
        what = f"the integration may not keep pictures: it lacks {', '.join(lacking)}"
        yield Finding(ok=False, what=what, fix="add that to its role, or leave images out of [cms.fields]")
    else:
        yield Finding(ok=True, what="the integration may read, create, update and delete media")
    if lacking := _lacking(reading_uses(), held):
        what = (
            "an undo leaves the pictures that it no longer needs in the shop's media: whether something else uses them"
        )
        yield Finding(ok=True, what=f"{what} shows with {', '.join(lacking)}", fix="add that to the integration's role")


def _lacking(needed: Iterable[str], held: frozenset[str]) -> list[str]:
    return [] if "*" in held else [privilege for privilege in needed if privilege not in held]


def _custom_fields(custom: CustomFields) -> Iterator[Finding]:
    """The kind of each custom field that is mapped, or why they can't be synced."""
    try:
        for field in custom.fields.values():
            yield Finding(
                ok=True, what=f"{field.name} is {field.kind}, in the custom field of that name ({field.type})"
            )
    except (ConfigError, CredentialsRefused) as error:
        yield Finding(ok=False, what=error.message, fix=error.hint)
