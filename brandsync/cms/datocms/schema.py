"""The model: its fields, and whether its records have drafts. Asked for once.

Sources: datocms.com/docs/content-management-api/resources: "Model/Block model", "Field".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

from brandsync.cms.datocms.api import Api, attributes_of
from brandsync.cms.datocms.settings import DatocmsSettings
from brandsync.errors import ConfigError
from brandsync.errors.hints import did_you_mean

TEXTS: Final = frozenset({"string", "text"})
"""Single-line and multi-line text."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the model."""

    key: str
    kind: str
    localized: bool


@dataclass(frozen=True, slots=True)
class Model:
    """The model itself."""

    id: str
    drafts: bool
    """Draft/published mode: what is saved waits to be published. Without it, saving publishes."""
    workflow: str | None


class Schema:
    """The model as it was when it was first asked for. Thread-safe.

    Raises:
        ConfigError: there is no such model.
    """

    def __init__(self, api: Api, settings: DatocmsSettings) -> None:
        self._api = api
        self._settings = settings
        self._lock = Lock()
        self._fields: Mapping[str, Field] | None = None
        self._model: Model | None = None

    def fields(self) -> Mapping[str, Field]:
        """The fields, by their API keys."""
        with self._lock:
            if self._fields is None:
                found = self._api.fields()
                if found is None:
                    raise self._missing()
                fields = (_field(attributes_of(field)) for field in found)
                self._fields = {field.key: field for field in fields}
            return self._fields

    def model(self) -> Model:
        """The model."""
        with self._lock:
            if self._model is None:
                found = self._api.model()
                if found is None:
                    raise self._missing()
                drafts = attributes_of(found).get("draft_mode_active") is True
                self._model = Model(str(found.get("id")), drafts, _workflow(found.get("relationships")))
            return self._model

    def _missing(self) -> ConfigError:
        wanted = self._settings.model
        return ConfigError(
            f"the environment has no model `{wanted}`{did_you_mean(wanted, self._api.models())}",
            hint="correct `model` in [cms]: it takes the model's API key or id, and not its name; or `environment`",
        )


def without_field(settings: DatocmsSettings, fields: Mapping[str, Field]) -> ConfigError | None:
    """Why the model cannot hold external ids, or none."""
    name = settings.external_id
    problem = _problem(fields.get(name))
    if problem is None:
        return None
    return ConfigError(
        f"the model `{settings.model}` {problem.format(f'`{name}`')}",
        hint=f"let it have a field with the API key `{name}` (Single-line string, not localized), or name the field in"
        ' `external_id` in [cms], or keep links in the journal alone: link = "journal" in [sync]',
    )


def _problem(field: Field | None) -> str | None:
    if field is None:
        return "has no field {} to hold external ids"
    if field.kind not in TEXTS:
        return "has a field {} that holds no text"
    return "has a field {} that is localized: an external id is the same in every locale" if field.localized else None


def _field(attributes: Mapping[str, Any]) -> Field:
    return Field(str(attributes.get("api_key")), str(attributes.get("field_type")), attributes.get("localized") is True)


def _workflow(relationships: Any) -> str | None:
    workflow = relationships.get("workflow") if isinstance(relationships, dict) else None
    data = workflow.get("data") if isinstance(workflow, dict) else None
    return str(data.get("id")) if isinstance(data, dict) else None
