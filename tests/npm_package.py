"""One package of npm, checked by npm's own integrity hash and kept in a cache outside the checkout.

The cache is ``BRANDSYNC_TEST_CACHE``, or the user's cache directory.
"""

import os
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

import platformdirs
from filelock import FileLock

SECONDS = 300


@dataclass(frozen=True)
class NpmPackage:
    """A package of one version."""

    name: str
    version: str

    @property
    def directory(self) -> Path:
        """Where it is kept, and what is taken out of it."""
        return Path(os.environ.get("BRANDSYNC_TEST_CACHE") or platformdirs.user_cache_path("brandsync-tests"))

    @property
    def file(self) -> str:
        """What npm calls its tarball."""
        return f"{self.name.removeprefix('@').replace('/', '-')}-{self.version}.tgz"

    def lack(self) -> str | None:
        """Why it can't be had here, for a skip; none where it can. Fetches it the first time."""
        try:
            self.tarball()
        except FileNotFoundError:
            return "npm is not installed"
        except subprocess.TimeoutExpired:
            return f"npm did not fetch {self.name}@{self.version} within {SECONDS} s"
        except subprocess.CalledProcessError as error:
            return f"npm cannot fetch {self.name}@{self.version}: {error.stderr.strip().splitlines()[:1]}"
        return None

    def tarball(self) -> Path:
        """The tarball, fetched where it isn't there yet."""
        found = self.directory / self.file
        if not found.exists():
            self.directory.mkdir(parents=True, exist_ok=True)
            with FileLock(self.directory / f"{self.file}.lock"):
                if not found.exists():
                    self._fetch(found)
        return found

    def member(self, path: str) -> Path:
        """One file of it, taken out once: to look through a tarball takes seconds."""
        tarball = self.tarball()
        found = self.directory / f"{self.file}.{Path(path).name}"
        if not found.exists():
            with tarfile.open(tarball) as package, tempfile.TemporaryDirectory(dir=self.directory) as scratch:
                file = package.extractfile(f"package/{path}")
                assert file is not None, path
                whole = Path(scratch, "file")
                whole.write_bytes(file.read())
                whole.replace(found)
        return found

    def _fetch(self, tarball: Path) -> None:
        npm = shutil.which("npm")
        if npm is None:
            raise FileNotFoundError("npm")
        with tempfile.TemporaryDirectory(dir=self.directory) as scratch:
            command = [npm, "pack", "--silent", f"{self.name}@{self.version}"]
            subprocess.run(command, cwd=scratch, check=True, capture_output=True, text=True, timeout=SECONDS)
            Path(scratch, self.file).replace(tarball)
