"""The installed backends, and the settings of each."""

from dataclasses import asdict
from typing import Any

from brandsync.errors import ConfigError
from brandsync.errors.hints import did_you_mean
from brandsync.registry import Backend, describe, installed
from brandsync.report.interface import Report, Sheet
from brandsync.settings.listing import Setting


def show_all(report: Report) -> None:
    """Show every installed backend."""
    found = list(installed())
    verified = [_verified(backend) for backend in found]
    rows = [
        (backend.kind, backend.name, f"{backend.distribution} {backend.version}", words)
        for backend, words in zip(found, verified, strict=True)
    ]
    sheet = Sheet("Backends", ("kind", "name", "package", "verified with"), rows)
    document = [{**asdict(backend), "verified": words or None} for backend, words in zip(found, verified, strict=True)]
    report.sheets([sheet], {"backends": document})


def show_one(report: Report, name: str) -> None:
    """Show the settings of every backend with this name: a CMS, a store, or one of each.

    Raises:
        ConfigError: there is none, or it doesn't work.
    """
    known = list(installed())
    found = [backend for backend in known if backend.name == name]
    if not found:
        names = [backend.name for backend in known]
        raise ConfigError(
            f'there is no backend "{name}"{did_you_mean(name, names)}', hint="`brandsync backends` lists them"
        )
    documents = [_document(backend) for backend in found]
    report.sheets([_sheet(document) for document in documents], {"backends": documents})


def _verified(backend: Backend) -> str:
    """What it was tested against. Empty if nobody says so, or if it doesn't work."""
    try:
        return describe(backend).verified
    except ConfigError:
        return ""


def _document(backend: Backend) -> dict[str, Any]:
    described = describe(backend)
    settings = [asdict(setting) for setting in described.settings]
    verified = described.verified or None
    return {**asdict(backend), "summary": described.summary, "verified": verified, "settings": settings}


def _sheet(document: dict[str, Any]) -> Sheet:
    title = f"{document['name']} ({document['kind']}): {document['summary']}"
    if document["verified"]:
        title += f" Verified with {document['verified']}."
    rows = [_row(Setting(**setting)) for setting in document["settings"]]
    return Sheet(title, ("setting", "type", "default", "description"), rows)


def _row(setting: Setting) -> tuple[str, str, str, str]:
    default = "required" if setting.required else setting.default or ""
    return setting.key, setting.kind, default, (setting.description or "").replace("``", "`")
