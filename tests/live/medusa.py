"""A live Medusa with the Brand Module of Medusa's guide, and a second one that has no more than the guide writes.

The first has the routes that ``brandsync init medusa-routes`` writes: exactly the files of that command. The second,
``MedusaTutorial``, shares what npm installed. Both need PostgreSQL at ``BRANDSYNC_TEST_POSTGRES``
(``postgresql://postgres@127.0.0.1:5432/postgres``) and make a database of their own there.
"""

import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
from live_server import LiveServer, NotHereError, main
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from brandsync.cli.medusa_routes import write_medusa_routes

POSTGRES = os.environ.get("BRANDSYNC_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
SERVER = POSTGRES.rpartition("/")[0]
CMS_URL = "http://127.0.0.1:9019"
"""Where the guide's own workflow looks for the CMS."""
EMAIL = "admin@example.com"
PASSWORD = "a password of the live tests"
SAMPLES = Path(__file__).parents[2] / "brandsync" / "samples" / "medusa"


class Medusa(LiveServer):
    """A Medusa that has every route brandsync can use. Its brands have every field."""

    name = "medusa"
    port = 9010
    ready_path = "/health"
    fields: Sequence[str] = ("name", "handle", "description", "logo_url", "website_url", "metadata")
    """What its brands have."""
    token_life = "24h"
    """How long a user's token is good for: Medusa's default."""

    def settings(self, **others: Any) -> dict[str, Any]:
        """The ``[store]`` section for it, with its secret API key."""
        return {
            "backend": "medusa",
            "url": self.url,
            "api_key": self.facts["secret_key"],
            "fields": list(self.fields),
        } | others

    def brands(self, *, deleted: bool = False) -> dict[str, dict[str, Any]]:
        """The rows of the table by id; ``deleted``: those that were deleted softly too."""
        which = "" if deleted else " WHERE deleted_at IS NULL"
        with self.sql() as sql:
            return {row["id"]: row for row in sql.execute(f"SELECT * FROM brand{which} ORDER BY id")}

    def insert(self, *brands: Mapping[str, Any]) -> None:
        """Make brands behind Medusa's back; each needs an ``id`` and a ``name``."""
        self.insert_many(brands)

    def insert_many(self, brands: Sequence[Mapping[str, Any]]) -> None:
        """Make many brands behind Medusa's back, all with the same columns."""
        names = ", ".join(brands[0])
        marks = ", ".join(["%s"] * len(brands[0]))
        with self.sql() as sql, sql.cursor() as cursor:
            rows = [[_adapted(value) for value in brand.values()] for brand in brands]
            cursor.executemany(f"INSERT INTO brand ({names}) VALUES ({marks})", rows)

    def edit(self, brand_id: str, **fields: Any) -> None:
        """Change a brand behind Medusa's back, as another program would."""
        assignments = ", ".join(f"{name} = %s" for name in fields)
        with self.sql() as sql:
            sql.execute(f"UPDATE brand SET {assignments} WHERE id = %s", [*map(_adapted, fields.values()), brand_id])

    def erase(self, brand_id: str) -> None:
        """Delete a row behind Medusa's back."""
        with self.sql() as sql:
            sql.execute("DELETE FROM brand WHERE id = %s", [brand_id])

    def logos(self) -> dict[str, str | None]:
        """What its brands refer to, by their names."""
        return {brand["name"]: brand["logo"] for brand in self.brands().values()}

    def images(self) -> dict[str, bytes]:
        """The files that its file provider keeps, by their ids."""
        return {path.name: path.read_bytes() for path in self._static.iterdir()} if self._static.exists() else {}

    def reset(self) -> None:
        """Forget all brands and pictures."""
        with self.sql() as sql:
            sql.execute("TRUNCATE brand")
            sql.execute("DROP TABLE IF EXISTS brandsync_image")
        shutil.rmtree(self._static, ignore_errors=True)

    def install(self) -> None:
        """Install Medusa, write brandsync's routes into it, make its database, and build it."""
        self.run("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        write_medusa_routes(self.home)
        self.make()

    def make(self) -> None:
        """Make the database and the administrator, and build."""
        with psycopg.connect(POSTGRES, autocommit=True) as server:
            server.execute(f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)")
            server.execute(f"CREATE DATABASE {self.database}")
            # With its just-in-time compiler, PostgreSQL takes seconds for some of Medusa's queries.
            server.execute(f"ALTER DATABASE {self.database} SET jit = off")
        self.medusa("db:migrate", "--execute-all-links")
        self.medusa("user", "-e", EMAIL, "-p", PASSWORD)
        self.medusa("build")
        self.remember(email=EMAIL, password=PASSWORD)

    def medusa(self, *arguments: str) -> str:
        """Run Medusa's own command line in the project."""
        return self.run("node_modules/.bin/medusa", *arguments)

    def command(self) -> Sequence[str]:
        """Start what ``medusa build`` made."""
        server = ("../../node_modules/.bin/medusa", "start", "-H", "127.0.0.1", "-p", str(self.port))
        return ("env", "--chdir=.medusa/server", "NODE_ENV=production", *server)

    def environment(self) -> Mapping[str, str]:
        """The database, and no word to anybody else."""
        return {
            "DATABASE_URL": f"{SERVER}/{self.database}",
            "MEDUSA_DISABLE_TELEMETRY": "true",
            "CMS_URL": CMS_URL,
            "FILES_URL": f"{self.url}/static",
            "JWT_EXPIRES_IN": self.token_life,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
        }

    def started(self) -> None:
        """Make the API keys: they are shown once."""
        if "secret_key" in self.facts:
            return
        login = {"email": EMAIL, "password": PASSWORD}
        token = httpx.post(f"{self.url}/auth/user/emailpass", json=login).raise_for_status().json()["token"]
        keys = {}
        for kind in ("secret", "publishable"):
            key = {"title": f"brandsync {kind}", "type": kind}
            headers = {"Authorization": f"Bearer {token}"}
            made = httpx.post(f"{self.url}/admin/api-keys", json=key, headers=headers).raise_for_status().json()
            keys[f"{kind}_key"] = made["api_key"]["token"]
        self.remember(**keys)

    def missing(self) -> None:
        """Look for PostgreSQL too."""
        super().missing()
        try:
            psycopg.connect(POSTGRES, connect_timeout=5).close()
        except psycopg.OperationalError as error:
            raise NotHereError(f"{self.name} needs PostgreSQL at {POSTGRES}: {error}") from None

    @property
    def _static(self) -> Path:
        return self.home / ".medusa" / "server" / "static"

    @property
    def database(self) -> str:
        """The name of its database."""
        return f"brandsync_live_{self.name.replace('-', '_')}_{self._version()}"

    @contextmanager
    def sql(self) -> Any:
        """A connection to its database; what was done in it is committed at the end."""
        with psycopg.connect(f"{SERVER}/{self.database}", row_factory=dict_row) as connection:
            yield connection

    def _version(self) -> str:
        # The routes are part of what is built, and so is where it stands: databases outlive a cache.
        digest = hashlib.sha256(super()._version().encode() + str(self.files).encode())
        for file in sorted(path for path in SAMPLES.rglob("*") if path.is_file()):
            digest.update(file.read_bytes())
        return digest.hexdigest()[:10]


class MedusaTutorial(Medusa):
    """A Medusa with what the guide writes, and no more: brands have a name; they are listed and created.

    Below ``/admin/core-brands`` it serves the same brands by the conventions of Medusa's own routes.
    """

    name = "medusa-tutorial"
    port = 9011
    fields = ("name",)
    token_life = "3s"

    def __init__(self) -> None:
        super().__init__()
        self.files = Path(__file__).parent / "medusa"
        self.home = self.home.parent / f"{self.name}-{self._version()}"

    def install(self) -> None:
        """Borrow what npm installed for the other one."""
        other = Medusa()
        with other.starting:
            if not (other.home / "installed").exists():
                other._install()
        shutil.copytree(self.home / "tutorial", self.home, dirs_exist_ok=True)
        (self.home / "node_modules").symlink_to(other.home / "node_modules")
        self.make()


def _adapted(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, dict) else value


if __name__ == "__main__":
    main(Medusa())
