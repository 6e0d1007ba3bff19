"""Payload on Next.js and SQLite: drafts are versions, and the live row stands beside them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from live_cms import Fields, LiveCms
from live_server import main

SEEN = ("name", "description", "summary", "website_url", "logo", "external_id")
"""What visitors see of an entry; ``updatedAt`` changes with every write."""
AT_ONCE = 500
"""Entries in one request of the seeding."""


class Payload(LiveCms):
    """Payload with its REST API and no admin panel: the same routes, and half the time to build."""

    name = "payload"
    port = 3017
    ready_path = "/api/access"
    fields: Mapping[str, str] = {
        "name": "name",
        "description": "text(description)",
        "website_url": "website_url",
        "logo_url": "absolute(logo.url)",
    }

    def install(self) -> None:
        """Install, make the tables and the users, build."""
        self.run("npm", "ci", "--no-audit", "--no-fund")
        # Lexical's modules for Node await each other: without the condition, two starts in three never end (or end 13).
        printed = self.run("node", "--conditions=production", "prepare.js", NODE_ENV="development")
        self.remember(**json.loads(printed.strip().splitlines()[-1]))
        self.run("node", *self._next("build"))

    def command(self) -> Sequence[str]:
        """Its production server."""
        return ("node", *self._next("start", "--hostname", "127.0.0.1", "--port", str(self.port)))

    def environment(self) -> Mapping[str, str]:
        """Nothing that leaves the machine, and all data in ``home``."""
        return {
            "NODE_ENV": "production",
            "NEXT_TELEMETRY_DISABLED": "1",
            "PAYLOAD_HOME": str(self.home),
            "PAYLOAD_SECRET": "for tests alone",
        }

    def reset(self) -> None:
        """The tables of the entries, their versions and the editors' locks are emptied."""
        self.call("POST", "/testing/reset", {})

    # What its editors do.

    def settings(self, *, read_only: bool = False) -> dict[str, Any]:
        key = self.facts["reader" if read_only else "brandsync"]
        return {"backend": "payload", "url": self.url, "api_key": key, "depth": 1}

    def seed(self, brands: Sequence[Fields], **more: Any) -> list[str]:
        made: list[str] = []
        for start in range(0, len(brands), AT_ONCE):
            some = [_rich(brand) | more for brand in brands[start : start + AT_ONCE]]
            made += self.call("POST", "/testing/seed", {"brands": some})["ids"]
        return [str(cms_id) for cms_id in made]

    def published(self) -> dict[str, dict[str, Any]]:
        where = "limit=0&depth=0&where[_status][equals]=published"
        docs = {str(doc["id"]): _plain(doc) for doc in self.call("GET", f"/brands?{where}")["docs"]}
        return {cms_id: {name: doc[name] for name in SEEN} for cms_id, doc in docs.items()}

    def edit(self, cms_id: str, **fields: Any) -> None:
        self.call("PATCH", f"/brands/{cms_id}", _rich(fields) | {"_status": "published"}, role="editor")

    def save_draft(self, cms_id: str, **fields: Any) -> None:
        self.call("PATCH", f"/brands/{cms_id}?draft=true", _rich(fields) | {"_status": "draft"}, role="editor")

    def draft(self, cms_id: str) -> dict[str, Any]:
        return _plain(self.call("GET", f"/brands/{cms_id}?depth=0&draft=true"))

    def new_draft(self, **fields: Any) -> str:
        made = self.call("POST", "/brands?draft=true", _rich(fields) | {"_status": "draft"}, role="editor")
        return str(made["doc"]["id"])

    def publish(self, cms_id: str) -> None:
        self.call("PATCH", f"/brands/{cms_id}", {"_status": "published"}, role="editor")

    def unpublish(self, cms_id: str) -> None:
        self.call("PATCH", f"/brands/{cms_id}", {"_status": "draft"}, role="editor")

    def delete(self, cms_id: str) -> None:
        self.call("DELETE", f"/brands/{cms_id}", role="editor")

    # What only Payload has.

    def lock(self, cms_id: str) -> None:
        """An editor has the entry open in the admin panel and has begun to change it."""
        self.call("POST", "/testing/lock", {"id": int(cms_id)})

    def upload(self, name: str, content: bytes) -> int:
        """A picture for ``logo``; returns its id."""
        files = {"file": (name, content, "image/png")}
        answer = httpx.post(f"{self.url}/api/media", files=files, headers=self.headers("editor"), timeout=60)
        answer.raise_for_status()
        made: int = answer.json()["doc"]["id"]
        return made

    def replace_file(self, file: int, content: bytes) -> None:
        """Another file in place of one, under its id."""
        files = {"file": ("logo.png", content, "image/png")}
        url = f"{self.url}/api/media/{file}"
        httpx.patch(url, files=files, headers=self.headers("editor"), timeout=60).raise_for_status()

    def versions(self, cms_id: str) -> list[dict[str, Any]]:
        """All versions of an entry, the newest first."""
        found: list[dict[str, Any]] = self.call(
            "GET", f"/brands/versions?limit=0&depth=0&sort=-createdAt&where[parent][equals]={cms_id}"
        )["docs"]
        return found

    def call(self, method: str, path: str, body: Any = None, *, role: str = "admin") -> Any:
        """One call; returns what it answers."""
        answer = httpx.request(method, f"{self.url}/api{path}", json=body, headers=self.headers(role), timeout=300)
        if answer.is_error:
            raise RuntimeError(f"{method} {path} answers {answer.status_code}: {answer.text[:2000]}")
        return answer.json()

    def headers(self, role: str) -> dict[str, str]:
        """The credentials of the user of this role."""
        return {"Authorization": f"users API-Key {self.facts[role]}"}

    def _next(self, *arguments: str) -> Sequence[str]:
        return (str(self.home / "node_modules" / "next" / "dist" / "bin" / "next"), *arguments)


def _rich(fields: Fields) -> dict[str, Any]:
    """The fields with the description as Lexical keeps it."""
    description = fields.get("description")
    return {**fields, "description": _lexical(description)} if isinstance(description, str) else dict(fields)


def _lexical(text: str) -> dict[str, Any]:
    block = {"direction": "ltr", "format": "", "indent": 0, "version": 1}
    words = {"type": "text", "text": text, "detail": 0, "format": 0, "mode": "normal", "style": "", "version": 1}
    paragraph = {"type": "paragraph", "children": [words], "textFormat": 0, "textStyle": "", **block}
    return {"root": {"type": "root", "children": [paragraph], **block}}


def _plain(doc: dict[str, Any]) -> dict[str, Any]:
    description = doc.get("description")
    return {**doc, "description": description and description["root"]["children"][0]["children"][0]["text"]}


if __name__ == "__main__":
    main(Payload())
