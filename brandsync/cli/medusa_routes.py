"""``brandsync init medusa-routes``: the API routes that a Medusa shop needs beyond those of Medusa's guide."""

import sys
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Final

import typer

from brandsync.cli.ending import finish
from brandsync.cli.new_files import samples, write_missing
from brandsync.errors import ConfigError
from brandsync.report.stream import write

_MIDDLEWARES: Final = PurePosixPath("src/api/middlewares.ts")
_BRAND_MODULE: Final = PurePosixPath("src/modules/brand/index.ts")
_GUIDE: Final = "https://docs.medusajs.com/learn/customization/custom-features/module"
_TO_ADD: Final = """\
Add two lines to {file}, or batches stay at Medusa's 100 KiB a request:
    import {{ brandBatchMiddlewares }} from "./admin/brands/batch/middlewares"
    ...brandBatchMiddlewares,    // among its `routes`
"""


def medusa_routes(
    directory: Annotated[Path, typer.Argument(metavar="DIRECTORY", help="The Medusa project.")],
) -> None:
    """Write the API routes with which a Medusa shop's brands can be updated, deleted and undone, in batches.

    They are TypeScript files of your own, to be built and deployed with the shop. Nothing is ever overwritten: if one
    of them is there with other content, none is written.
    """
    finish(None, lambda _: _run(directory))


def write_medusa_routes(directory: Path) -> list[Path]:
    """Write the routes into a Medusa project. Returns the files that weren't there yet.

    Raises:
        ConfigError: it isn't a Medusa project, it has no Brand Module, one of the files is there with other content, or
            it cannot be written.
    """
    _check_project(directory)
    wanted = samples("medusa", directory)
    if _own_middlewares(directory):  # Medusa reads only one file of them, so a person must merge ours into it
        del wanted[directory / _MIDDLEWARES]
    return write_missing(
        wanted, hint="name a project whose files you may write: `brandsync init medusa-routes DIRECTORY`"
    )


def middlewares_to_add(directory: Path) -> str | None:
    """What a person must add by hand to the project's own middlewares, or none."""
    file = _own_middlewares(directory)
    if file is None or "brandBatchMiddlewares" in file.read_text("utf-8", "replace"):
        return None
    return _TO_ADD.format(file=file)


def _run(directory: Path) -> int:
    lines = [f"Wrote {path}.\n" for path in write_medusa_routes(directory)] or ["Every file is there already.\n"]
    to_add = middlewares_to_add(directory) or ""
    write(sys.stdout, f"{''.join(lines)}{to_add}Next: build and deploy the shop, then `brandsync check`.\n")
    return 0


def _check_project(directory: Path) -> None:
    if "@medusajs/medusa" not in _dependencies(directory / "package.json"):
        raise ConfigError(
            f"{directory} is not a Medusa project: its package.json does not depend on @medusajs/medusa",
            hint="name the directory of the Medusa project: the one with medusa-config.ts",
        )
    module = directory / _BRAND_MODULE
    if not module.exists() or "BRAND_MODULE" not in module.read_text("utf-8", "replace"):
        raise ConfigError(
            f"{module} does not export BRAND_MODULE: the shop has no Brand Module as Medusa's guide makes it",
            hint=f"make one first: {_GUIDE}",
        )


def _dependencies(package: Path) -> Mapping[str, Any]:
    import json  # noqa: PLC0415 - no other command needs it here

    try:
        document = json.loads(package.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(
            f"{package.parent} is not a Medusa project: package.json cannot be read: {error.strerror}",
            hint="name the directory of the Medusa project: the one with medusa-config.ts",
        ) from None
    except ValueError:
        raise ConfigError(f"{package} is not JSON", hint="correct it; npm cannot read it either") from None
    found = document.get("dependencies") if isinstance(document, dict) else None
    return found if isinstance(found, dict) else {}


def _own_middlewares(directory: Path) -> Path | None:
    own = (directory / _MIDDLEWARES, directory / _MIDDLEWARES.with_suffix(".js"))
    return next((path for path in own if path.exists()), None)
