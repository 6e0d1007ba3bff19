"""What the token's role may do with the model's records.

Source: datocms.com/docs/content-management-api/resources/role. The effective permissions are
``meta.final_permissions``: a negative entry always wins, and publishing a whole record needs the scope of all content.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from brandsync.cms.datocms.api import attributes_of
from brandsync.cms.datocms.schema import Model

Permission = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rights:
    """One token's rights to one model in one environment."""

    me: Mapping[str, Any]
    """The answer of ``GET /users/me?include=role``."""
    environment: str | None
    """None where it is unknown: then no entry counts as belonging to another environment."""
    model: Model

    def missing(self) -> str | None:
        """What the role doesn't allow, as the end of a sentence; none where it allows all, or says nothing."""
        included = self.me.get("included")
        role = next((found for found in included if _is_role(found)), None) if isinstance(included, list) else None
        if role is None:
            return None
        actions = ("update", "publish") if self.model.drafts else ("update",)
        refused = [action for action in actions if not self._may(action, _final(role))]
        if not refused:
            return None
        name = attributes_of(role).get("name")
        return f"the role of the token, {name}, may not {' and '.join(refused)} records of this model"

    def _may(self, action: str, final: Mapping[str, Any]) -> bool:
        granted = any(self._grants(action, entry) for entry in _entries(final, "positive_item_type_permissions"))
        taken = any(self._takes(action, entry) for entry in _entries(final, "negative_item_type_permissions"))
        return granted and not taken

    def _grants(self, action: str, entry: Permission) -> bool:
        """Whether the entry allows the action, even if only for some records: only DatoCMS knows for which."""
        scopes = {None, "all"} if action == "publish" else {None, "all", "not_localized"}
        return self._concerns(action, entry) and entry.get("localization_scope") in scopes

    def _takes(self, action: str, entry: Permission) -> bool:
        """Whether the entry forbids the action for every record."""
        scope = entry.get("localization_scope")
        limited = entry.get("on_stage") or entry.get("on_creator") not in {None, "anyone"}
        beside = action == "update" and scope == "localized"
        sure = self.environment is not None or not entry.get("environment")
        return self._concerns(action, entry) and not limited and not beside and sure

    def _concerns(self, action: str, entry: Permission) -> bool:
        return (
            entry.get("action") in {action, "all"}
            and entry.get("item_type") in {None, self.model.id}
            and entry.get("workflow") in {None, self.model.workflow}
            and (self.environment is None or entry.get("environment") in {None, self.environment})
        )


def _is_role(found: Any) -> bool:
    return isinstance(found, dict) and found.get("type") == "role"


def _final(role: Mapping[str, Any]) -> Mapping[str, Any]:
    meta = role.get("meta")
    final = meta.get("final_permissions") if isinstance(meta, dict) else None
    return final if isinstance(final, dict) else {}


def _entries(final: Mapping[str, Any], name: str) -> Iterable[Permission]:
    found = final.get(name)
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []
