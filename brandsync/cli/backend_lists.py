"""The installed backends, and the settings of each."""

from dataclasses import asdict
from typing import Any

from brandsync.errors import ConfigError
from brandsync.errors.hints import did_you_mean
from brandsync.registry import Backend, Description, describe, installed
from brandsync.report.interface import Report, Sheet


def show_all(report: Report) -> None:
    """Show every installed backend."""
    found = [(backend, _verified(backend)) for backend in installed()]
    rows = [
        (backend.kind, backend.name, f"{backend.distribution} {backend.version}", verified)
        for backend, verified in found
    ]
    sheet = Sheet("Backends", ("kind", "name", "package", "verified with"), rows)
    document = [{**asdict(backend), "verified": verified or None} for backend, verified in found]
    report.sheets([sheet], {"backends": document})


def show_one(report: Report, name: str) -> None:
    """Show the settings of every backend with this name: a CMS, a store, or one of each.

    Raises:
        ConfigError: there is none, or it doesn't work.
    """
    known = list(installed())
    found = [describe(backend) for backend in known if backend.name == name]
    if not found:
        names = [backend.name for backend in known]
        raise ConfigError(
            f'there is no backend "{name}"{did_you_mean(name, names)}', hint="`brandsync backends` lists them"
        )
    report.sheets(list(map(_sheet, found)), {"backends": list(map(_document, found))})


def _verified(backend: Backend) -> str:
    """What it was tested against. Empty if nobody says so, or if it doesn't work."""
    try:
        return describe(backend).verified
    except ConfigError:
        return ""


def _document(described: Description) -> dict[str, Any]:
    return {
        **asdict(described.backend),
        "summary": described.summary,
        "verified": described.verified or None,
        "settings": [asdict(setting) for setting in described.settings],
    }


def _sheet(described: Description) -> Sheet:
    title = f"{described.backend.name} ({described.backend.kind}): {described.summary}"
    if described.verified:
        title += f" Verified with {described.verified}."
    rows = [
        (
            setting.key,
            setting.kind,
            "required" if setting.required else setting.default or "",
            (setting.description or "").replace("``", "`"),
        )
        for setting in described.settings
    ]
    return Sheet(title, ("setting", "type", "default", "description"), rows)
