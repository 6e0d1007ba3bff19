"""The model: its fields, and whether its records have drafts. Asked for once.

Sources: datocms.com/docs/content-management-api/resources: "Model/Block model", "Field".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

from brandsync.cms import checked
from brandsync.cms.datocms.api import Api, attributes_of
from brandsync.cms.datocms.settings import DatocmsSettings
from brandsync.json_reading import at

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

    def __init__(self, api: Api) -> None:
        self._api = api
        self._lock = Lock()
        self._fields: Mapping[str, Field] | None = None
        self._model: Model | None = None

    def fields(self) -> Mapping[str, Field]:
        """The fields, by their API keys."""
        with self._lock:
            if self._fields is None:
                fields = [_field(attributes_of(field)) for field in self._api.fields()]
                self._fields = {field.key: field for field in fields}
            return self._fields

    def model(self) -> Model:
        """The model."""
        with self._lock:
            if self._model is None:
                found = self._api.model()
                drafts = at(found, "attributes", "draft_mode_active") is True
                workflow = at(found, "relationships", "workflow", "data", "id")
                self._model = Model(str(found.get("id")), drafts, None if workflow is None else str(workflow))
            return self._model


def require_field(settings: DatocmsSettings, fields: Mapping[str, Field]) -> None:
    """See that the model can hold external ids.

    Raises:
        ConfigError: it cannot.
    """
    name = settings.external_id
    field = fields.get(name)
    is_text = field.kind in TEXTS if field else None
    flaws = {"localized: an external id is the same in every locale": field and field.localized}
    needed = f"with the API key `{name}` (Single-line string, not localized)"
    checked.require_field(f"the model `{settings.model}`", name, is_text, flaws, needed)


def _field(attributes: Mapping[str, Any]) -> Field:
    return Field(str(attributes.get("api_key")), str(attributes.get("field_type")), attributes.get("localized") is True)
