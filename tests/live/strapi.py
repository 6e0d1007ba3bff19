"""A Strapi 5 with a brand type that has drafts and locales, and with tokens of several privileges."""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
from live_cms import Fields, LiveCms
from live_server import main


class Strapi(LiveCms):
    """Listens on 1347; its data is one SQLite file."""

    name = "strapi"
    programs = ("node", "npm", "make", "g++", "python3")
    port = 1347
    ready_path = "/_health"
    fields: Mapping[str, str] = {
        "name": "name",
        "description": "description",
        "website_url": "website_url",
        "logo_url": "absolute(logo.url)",
    }

    def install(self) -> None:
        """Install from the lock file. The SQLite driver alone is compiled; no other package's script runs."""
        # `npm ci` wants optional packages for other machines in the lock file, which not every registry has.
        self.run("npm", "install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund")
        headers = Path(shutil.which("node") or "").resolve().parents[1]
        there = {"npm_config_nodedir": str(headers)} if (headers / "include" / "node").is_dir() else {}
        self.run("npm", "rebuild", "better-sqlite3", "--build-from-source", **there)
        for folder in (".tmp", "public/uploads"):
            (self.home / folder).mkdir(parents=True, exist_ok=True)

    def command(self) -> Sequence[str]:
        """Strapi without its admin panel, which would have to be built."""
        return ("node", "node_modules/@strapi/strapi/bin/strapi.js", "start")

    def environment(self) -> Mapping[str, str]:
        """No telemetry, no news, no look for a newer version."""
        quiet = dict.fromkeys(("STRAPI_TELEMETRY_DISABLED", "STRAPI_DISABLE_UPDATE_NOTIFICATION"), "true")
        return quiet | {"NODE_ENV": "production", "PORT": str(self.port), "HOME": os.environ.get("HOME", "/tmp")}

    def started(self) -> None:
        """Keep the tokens, which it wrote down when it was first started."""
        self.remember(tokens=self._tokens())

    def reset(self) -> None:
        """Delete all entries, in every locale, and all pictures."""
        self.call("reset")

    # The configuration.

    def settings(self, *, read_only: bool = False) -> dict[str, Any]:
        """As ``LiveCms.settings``."""
        return {
            "backend": "strapi",
            "url": self.url,
            "token": self.facts["tokens"]["reading" if read_only else "least"],
        }

    # The work of editors.

    def seed(self, brands: Sequence[Fields]) -> list[str]:
        """As ``LiveCms.seed``."""
        ids: list[str] = self.call("seed", brands=[dict(brand) for brand in brands])
        return ids

    def published(self) -> dict[str, dict[str, Any]]:
        """As ``LiveCms.published``."""
        return {row["document_id"]: _shown(row) for row in self.rows() if row["published_at"]}

    def edit(self, cms_id: str, **fields: Any) -> None:
        """As ``LiveCms.edit``."""
        self.document("update", documentId=cms_id, data=fields, status="published")

    def save_draft(self, cms_id: str, **fields: Any) -> None:
        """As ``LiveCms.save_draft``."""
        self.document("update", documentId=cms_id, data=fields)

    def draft(self, cms_id: str) -> dict[str, Any]:
        """As ``LiveCms.draft``."""
        return next(_shown(row) for row in self.rows() if row["document_id"] == cms_id and not row["published_at"])

    def new_draft(self, **fields: Any) -> str:
        """As ``LiveCms.new_draft``."""
        return str(self.document("create", data=fields)["documentId"])

    def publish(self, cms_id: str) -> None:
        """As ``LiveCms.publish``."""
        self.document("publish", documentId=cms_id)

    def unpublish(self, cms_id: str) -> None:
        """As ``LiveCms.unpublish``."""
        self.document("unpublish", documentId=cms_id)

    def delete(self, cms_id: str) -> None:
        """As ``LiveCms.delete``."""
        self.document("delete", documentId=cms_id)

    # What only Strapi has.

    def rows(self) -> list[dict[str, Any]]:
        """Every row of the table of brands, drafts and published ones, in every locale."""
        rows: list[dict[str, Any]] = self.call("rows")
        return rows

    def document(self, method: str, **params: Any) -> Any:
        """A call of Strapi's document service."""
        return self.call(f"documents/{method}", **params)["result"]

    def picture(self, url: str) -> int:
        """A picture in the media library; returns its id."""
        return int(self.call("picture", url=url)["id"])

    def call(self, what: str, **body: Any) -> Any:
        """A call of the tests' own routes."""
        response = httpx.post(f"{self.url}/api/editor/{what}", json=body, timeout=120)
        assert response.is_success, response.text
        return response.json()

    def _tokens(self) -> dict[str, str]:
        tokens: dict[str, str] = json.loads((self.home / "tokens.json").read_bytes())
        return tokens


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("name", "description", "website_url", "external_id")}


if __name__ == "__main__":
    main(Strapi())
