"""What is installed, and what each of it takes and can do."""

from dataclasses import asdict, fields
from typing import Any

from brandsync.errors import ConfigError
from brandsync.registry import Backend, describe, installed, load_cms, load_store
from brandsync.report import Report, Sheet
from brandsync.setting_list import Setting
from brandsync.suggest import did_you_mean


def show_all(report: Report) -> None:
    """Every backend that is installed."""
    found = list(installed())
    rows = [(backend.kind, backend.name, f"{backend.distribution} {backend.version}") for backend in found]
    sheet = Sheet("Backends", ("kind", "name", "package"), rows)
    report.sheets([sheet], {"backends": [asdict(backend) for backend in found]})


def show_one(report: Report, name: str) -> None:
    """The settings and the capabilities of every backend of this name: a CMS, a store, or one of each.

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
    sheets = [sheet for document in documents for sheet in _sheets(document)]
    report.sheets(sheets, {"backends": documents})


def _document(backend: Backend) -> dict[str, Any]:
    described = describe(backend)
    return {
        **asdict(backend),
        "summary": described.summary,
        "settings": [asdict(setting) for setting in described.settings],
        "capabilities": _capabilities(backend),
    }


def _capabilities(backend: Backend) -> dict[str, Any]:
    """As the class has them: some depend on the settings, and then a configured backend may have others."""
    loaded = load_cms(backend.name) if backend.kind == "cms" else load_store(backend.name)
    declared = loaded.capabilities
    values = {field.name: getattr(declared, field.name) for field in fields(declared)}
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in values.items()}


def _sheets(document: dict[str, Any]) -> list[Sheet]:
    title = f"{document['name']} ({document['kind']}): {document['summary']}"
    settings = [_row(Setting(**setting)) for setting in document["settings"]]
    capabilities = [(name, _shown(value)) for name, value in document["capabilities"].items()]
    return [
        Sheet(title, ("setting", "type", "default", "description"), settings),
        Sheet("It can", ("capability", "value"), capabilities),
    ]


def _row(setting: Setting) -> tuple[str, str, str, str]:
    default = "required" if setting.required else setting.default or ""
    return setting.key, setting.kind, default, (setting.description or "").replace("``", "`")


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, list) else str(value)
