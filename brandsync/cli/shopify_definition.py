"""``brandsync init shopify-definition``: the metaobject definition whose entries are the brands of a Shopify shop."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brandsync.cli.ending import finish
from brandsync.cli.options import ConfigOption
from brandsync.errors import ConfigError
from brandsync.report.stream import write

if TYPE_CHECKING:
    from brandsync.config import Config
    from brandsync.stores.shopify.settings import ShopifySettings

DryRunOption = Annotated[bool, typer.Option("--dry-run", metavar="", help="Say what it would make, and make nothing.")]


def shopify_definition(*, config: ConfigOption = None, dry_run: DryRunOption = False) -> None:
    """Make the metaobject definition of a Shopify shop's brands, or add the fields that it lacks.

    It goes to the shop that the configuration names. Nothing that is there is ever changed or taken away, and repeating
    it is harmless. The app needs the scope write_metaobject_definitions.
    """
    finish(None, lambda _report: _run(config, dry_run=dry_run))


def _run(config: Path | None, *, dry_run: bool) -> int:
    from brandsync.config import load  # noqa: PLC0415 - slow to import, and no other command of `init` reads one
    from brandsync.stores.shopify.api import BrandsApi  # noqa: PLC0415
    from brandsync.stores.shopify.defining import Defining  # noqa: PLC0415

    loaded = load(config)
    settings = _settings(loaded)
    api = BrandsApi(settings)
    with ExitStack() as clients:
        for client in api.graphql.clients:
            clients.callback(client.close)
        defining = Defining.of(settings, api.definition())
        if not dry_run:
            defining.carry_out(api)
    said = defining.told("Would make" if dry_run else "Made", "Would add" if dry_run else "Added")
    following = "without `--dry-run`, it does so" if dry_run else f"`{loaded.command('check')}`"
    write(sys.stdout, f"{said} ({settings.address})\nNext: {following}.\n")
    return 0


def _settings(config: "Config") -> "ShopifySettings":
    from brandsync.stores.shopify.settings import ShopifySettings  # noqa: PLC0415

    settings = config.store
    if isinstance(settings, ShopifySettings):
        return settings
    raise ConfigError(
        f"the store of this configuration is {settings.backend!r}, not a Shopify shop",
        hint='name one whose [store] has `backend = "shopify"`: `brandsync init shopify-definition --config FILE`',
    )
