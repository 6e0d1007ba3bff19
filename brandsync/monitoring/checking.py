"""Whether everyone whom ``[notify]`` names can be told. This tells nobody anything."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

from brandsync.backend import Finding
from brandsync.config import NotifySettings
from brandsync.errors.hints import installing


def notify_findings(settings: NotifySettings) -> Iterator[Finding]:
    """Addresses that cannot be understood, extras that are missing, and files that cannot be written."""
    if settings.urls:
        yield from _addresses(settings)
    for name in ("metrics_file", "termination_message"):
        file: Path | None = getattr(settings, name)
        if file and not _can_be_written(file):
            yield Finding(
                ok=False, what=f"{name}: {file} cannot be written", fix="make its directory, and let this user write"
            )
    if settings.metrics_file or settings.pushgateway:
        try:
            import prometheus_client  # noqa: F401, PLC0415 - an extra
        except ImportError:
            yield Finding(ok=False, what="prometheus-client is not installed", fix=installing("metrics"))
    if settings.ping and not settings.ping.get_secret_value().startswith(("http://", "https://")):
        yield Finding(ok=False, what="ping is no http or https address", fix="copy it from the check's own page")


def _addresses(settings: NotifySettings) -> Iterator[Finding]:
    try:
        import apprise  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        yield Finding(ok=False, what="apprise is not installed", fix=installing("notify"))
        return
    logger = logging.getLogger("apprise")
    logger.disabled = True  # it logs what it doesn't understand, passwords included
    try:
        known = [apprise.Apprise.instantiate(url.get_secret_value()) is not None for url in settings.urls]
    finally:
        logger.disabled = False
    for number, is_known in enumerate(known, 1):
        what = f"apprise {'understands' if is_known else 'does not understand'} the address number {number} in `urls`"
        fix = None if is_known else "write it as apprise does: https://github.com/caronc/apprise/wiki"
        yield Finding(ok=is_known, what=what, fix=fix)


def _can_be_written(file: Path) -> bool:
    try:
        return file.parent.is_dir() and os.access(file if file.exists() else file.parent, os.W_OK)
    except OSError:  # nothing can be there, or be seen
        return False
