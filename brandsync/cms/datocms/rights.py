"""What the token's role may do with the model's records.

Source: datocms.com/docs/content-management-api/resources/role. The effective permissions are
``meta.final_permissions``: a negative entry always wins, and publishing a whole record needs the scope of all content.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from brandsync.cms.datocms.schema import Model
from brandsync.json_reading import at, objects

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
        role = next((found for found in objects(self.me.get("included")) if found.get("type") == "role"), None)
        if role is None:
            return None
        actions = ("update", "publish") if self.model.drafts else ("update",)
        refused = [action for action in actions if not self._may(action, at(role, "meta", "final_permissions"))]
        if not refused:
            return None
        name = at(role, "attributes", "name")
        return f"the role of the token, {name}, may not {' and '.join(refused)} records of this model"

    def _may(self, action: str, final: Any) -> bool:
        granted = any(self._grants(action, entry) for entry in objects(at(final, "positive_item_type_permissions")))
        taken = any(self._takes(action, entry) for entry in objects(at(final, "negative_item_type_permissions")))
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
