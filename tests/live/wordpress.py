"""WordPress from Debian's package, on MariaDB and PHP's own web server, with a brand type and users of three kinds.

The package is unpacked below ``home`` and not installed, so that no web server of the system is touched.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.parse import urlsplit

import debian
import httpx
from live_cms import Fields, LiveCms
from live_server import NotHereError, main

from brandsync.cli.init import write_wordpress_plugin

MYSQL = os.environ.get("BRANDSYNC_TEST_MYSQL", "mysql://root@127.0.0.1:3306/mysql")
TESTED = "6.1."
"""Debian keeps one version at a time and none can be pinned; what the tests expect was seen with this one."""
USERS = {"admin": "administrator", "editor": "editor", "brandsync": "brandsync", "reader": "subscriber"}


class WordPress(LiveCms):
    """A WordPress site with a custom post type ``brand``."""

    name = "wordpress"
    programs = ("apt-get", "dpkg-deb")
    port = 8091
    ready_path = "/wp-json/wp/v2/brands"
    fields: Mapping[str, str] = {"name": "title.raw", "description": "content.raw", "website_url": "meta.website_url"}

    def missing(self) -> None:
        """Look for apt, and for the rights to install PHP where it isn't there."""
        super().missing()
        if shutil.which("php") is None and os.geteuid() != 0:
            raise NotHereError("wordpress needs `php` with its mysqli, which only root can install")

    def install(self) -> None:
        """Unpack WordPress and make the site."""
        if not self._has_php():
            debian.apt("install", "-y", "--no-install-recommends", "php-cli", "php-mysql")
        self._unpack()
        site = self.home / "usr" / "share" / "wordpress"
        plugins = site / "wp-content" / "mu-plugins"
        plugins.mkdir()
        write_wordpress_plugin(plugins)
        shutil.copy(self.home / "testing.php", plugins)
        shutil.copy(self.home / "wp-config.php", site)
        self.remember(**self.call("install", USERS))

    def command(self) -> Sequence[str]:
        """PHP's own web server."""
        return ("php", "-S", f"127.0.0.1:{self.port}", "-t", "usr/share/wordpress", "router.php")

    def environment(self) -> Mapping[str, str]:
        """What wp-config.php reads."""
        server = urlsplit(MYSQL)
        return {
            "WORDPRESS_DB_HOST": f"{server.hostname}:{server.port or 3306}",
            "WORDPRESS_DB_USER": server.username or "",
            "WORDPRESS_DB_PASSWORD": server.password or "",
            # By where it is installed: two installations on one machine are two sites.
            "WORDPRESS_DB_NAME": "brandsync_live_" + hashlib.sha256(str(self.home).encode()).hexdigest()[:10],
            "WORDPRESS_URL": self.url,
            "PHP_CLI_SERVER_WORKERS": "4",
        }

    def reset(self) -> None:
        """Leave no brand, and no fault."""
        self.call("reset_site")

    def settings(self, *, read_only: bool = False) -> dict[str, Any]:
        """``[cms]`` with the role of brandsync; ``read_only``: with a subscriber."""
        user = "reader" if read_only else "brandsync"
        login = {"username": user, "application_password": self.facts["passwords"][user]}
        view = {"context": "view", "fields": {**self.fields, "name": "raw_title", "description": "content.rendered"}}
        return {"backend": "wordpress", "url": self.url, **login, **(view if read_only else {})}

    def seed(self, brands: Sequence[Fields]) -> list[str]:
        """Publish many brands in one transaction."""
        return [str(number) for number in self.call("seed", [dict(brand) for brand in brands])]

    def published(self) -> dict[str, dict[str, Any]]:
        """The fields of each published brand."""
        found: dict[str, dict[str, Any]] = self.call("published")
        return found

    def edit(self, cms_id: str, **fields: Any) -> None:
        """Save an entry in the editor."""
        self.rest("POST", f"wp/v2/brands/{cms_id}", _body(fields))

    def save_draft(self, cms_id: str, **fields: Any) -> None:
        """What the editor saves by itself while somebody is writing: all texts, and no custom fields."""
        whole = self.draft(cms_id) | fields
        texts = {name: whole[name] or "" for name in ("name", "description")}
        self.rest("POST", f"wp/v2/brands/{cms_id}/autosaves", _body(texts))

    def draft(self, cms_id: str) -> dict[str, Any]:
        """The entry with its autosave, if there is one."""
        entry = self.rest("GET", f"wp/v2/brands/{cms_id}?context=edit")
        newer = self.rest("GET", f"wp/v2/brands/{cms_id}/autosaves?context=edit") or [entry]
        meta = {name: value or None for name, value in entry["meta"].items()}
        return {"name": newer[0]["title"]["raw"], "description": newer[0]["content"]["raw"] or None, **meta}

    def new_draft(self, **fields: Any) -> str:
        """Make a draft."""
        return str(self.rest("POST", "wp/v2/brands", {"status": "draft", **_body(fields)})["id"])

    def publish(self, cms_id: str) -> None:
        """Publish a draft; take an autosave over."""
        draft = self.draft(cms_id)
        self.rest("POST", f"wp/v2/brands/{cms_id}", {"status": "publish", **_body(draft)})

    def unpublish(self, cms_id: str) -> None:
        """Make a draft of an entry."""
        self.rest("POST", f"wp/v2/brands/{cms_id}", {"status": "draft"})

    def delete(self, cms_id: str) -> None:
        """Delete an entry, past the trash."""
        self.rest("DELETE", f"wp/v2/brands/{cms_id}?force=true")

    def fault(self, **faults: Any) -> None:
        """Misconfigure the site as testing.php can, until the next ``reset``."""
        self.call("options", {"brandsync_faults": faults})

    def rest(self, method: str, path: str, body: Any = None, *, user: str = "editor") -> Any:
        """One call of the API as some user."""
        login = (user, self.facts["passwords"][user])
        answer = httpx.request(method, f"{self.url}/wp-json/{path}", json=body, auth=login, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def call(self, command: str, argument: Any = ()) -> Any:
        """One command of site.php, inside WordPress."""
        with NamedTemporaryFile("w", encoding="utf-8", suffix=".json", dir=self.home) as file:
            json.dump(argument, file)
            file.flush()
            return json.loads(self.run("php", "site.php", command, file.name))

    def _has_php(self) -> bool:
        return shutil.which("php") is not None and "mysqli" in self.run("php", "-m")

    def _unpack(self) -> None:
        debian.apt("download", "wordpress", "php-getid3", directory=self.home)
        for package in self.home.glob("*.deb"):
            self.run("dpkg-deb", "-x", package.name, ".")
            package.unlink()


def _body(fields: Mapping[str, Any]) -> dict[str, Any]:
    names = {"name": "title", "description": "content"}
    body: dict[str, Any] = {names[name]: value or "" for name, value in fields.items() if name in names}
    meta = {name: value for name, value in fields.items() if name not in names}
    return {**body, "meta": meta} if meta else body


if __name__ == "__main__":
    main(WordPress())
