"""A real server for the live tests: installed from its lock file, started headless, and emptied between tests.

Each server is a script with three commands, which may be repeated at will::

    python tests/live/strapi.py up      # install what is missing, start it, wait until it answers; prints its address
    python tests/live/strapi.py reset   # forget all brands
    python tests/live/strapi.py down    # stop it

Everything lives below ``BRANDSYNC_TEST_LIVE_DIR`` (``~/.cache/brandsync-live``), a folder for each version of the
server's files: a changed lock file or configuration is installed anew.
"""

import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
from filelock import FileLock

INSTALL_TIMEOUT = 1_500
START_TIMEOUT = 180


class NotHereError(Exception):
    """What this machine lacks to run the server; its text says what."""


class LiveServer(ABC):
    """One server. Its files stand in the folder of its name beside its script."""

    name: str
    programs: Sequence[str] = ("node", "npm")
    """What has to be on the PATH."""
    port: int
    """Where it listens, on 127.0.0.1."""
    ready_path: str = "/"
    """What answers, with any status below 500, as soon as the server is ready."""

    def __init__(self) -> None:
        self.files = Path(__file__).parent / self.name
        root = Path(os.environ.get("BRANDSYNC_TEST_LIVE_DIR") or Path.home() / ".cache" / "brandsync-live")
        self.home = root / f"{self.name}-{self._version()}"
        """Where it is installed and keeps its data."""
        self.url = f"http://127.0.0.1:{self.port}"

    # What a server has to say of itself.

    @abstractmethod
    def install(self) -> None:
        """Install it into ``home``, where ``files`` have been copied. Called once for each version."""

    @abstractmethod
    def command(self) -> Sequence[str]:
        """What starts it, in ``home``."""

    @abstractmethod
    def reset(self) -> None:
        """Bring it back to the state of a fresh start: the type and the tokens there, and no brand."""

    def environment(self) -> Mapping[str, str]:
        """Variables for everything that runs in ``home``."""
        return {}

    def started(self) -> None:
        """Called when it answers after a start: whatever needs it running, such as making tokens."""

    def missing(self) -> None:
        """Look for what the machine must have.

        Raises:
            NotHereError: it doesn't.
        """
        for program in self.programs:
            if shutil.which(program) is None:
                raise NotHereError(f"{self.name} needs `{program}`")

    # What all servers share.

    def up(self) -> "LiveServer":
        """Have it installed and running; returns itself."""
        self.missing()
        with self.starting:
            if not (self.home / "installed").exists():
                self._install()
            if self._running() != self.home or not self.answers():
                self._start()
        return self

    def down(self) -> None:
        """Stop it, if it runs."""
        with self.starting:
            self._stop()

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        with self.starting:
            self._stop(signal.SIGKILL)

    def answers(self) -> bool:
        """Whether it is ready now."""
        try:
            return httpx.get(self.url + self.ready_path, timeout=10).status_code < 500
        except httpx.HTTPError:
            return False

    def run(self, *command: str, timeout: float = INSTALL_TIMEOUT, **environment: str) -> str:
        """Run a program in ``home``; returns what it printed, and shows it where the program fails."""
        done = subprocess.run(
            command,
            cwd=self.home,
            env=os.environ | dict(self.environment()) | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{self.name}: {' '.join(command)} exits {done.returncode}:\n{done.stdout[-4000:]}")
        return done.stdout

    def remember(self, **facts: Any) -> None:
        """Keep what only the server's making tells, such as a token that is shown once."""
        file = self.home / "facts.json"
        file.write_text(json.dumps(self.facts | facts, indent=1), "utf-8")

    @property
    def facts(self) -> dict[str, Any]:
        """What ``remember`` was told."""
        file = self.home / "facts.json"
        facts: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.exists() else {}
        return facts

    def log(self) -> str:
        """The end of what it has printed since it was started."""
        file = self.home / "server.log"
        return file.read_text("utf-8", "replace")[-4000:] if file.exists() else ""

    def _version(self) -> str:
        digest = hashlib.sha256(Path(sys.modules[type(self).__module__].__file__ or "").read_bytes())
        for file in sorted(path for path in self.files.rglob("*") if path.is_file()):
            digest.update(str(file.relative_to(self.files)).encode() + file.read_bytes())
        return digest.hexdigest()[:10]

    def _install(self) -> None:
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(parents=True)
        if self.files.is_dir():
            shutil.copytree(self.files, self.home, dirs_exist_ok=True)
        self.install()
        (self.home / "installed").touch()

    def _start(self) -> None:
        self._stop()
        if _listening(self.port):
            raise RuntimeError(f"{self.name}: something else listens on port {self.port}")
        with (self.home / "server.log").open("wb") as log:
            process = subprocess.Popen(
                self.command(),
                cwd=self.home,
                env=os.environ | dict(self.environment()),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        threading.Thread(target=process.wait, daemon=True).start()  # whoever stops it sees that it has gone
        self._pid_file.write_text(f"{process.pid} {self.home}")
        deadline = time.monotonic() + START_TIMEOUT
        while not self.answers():
            if process.poll() is not None or time.monotonic() > deadline:
                self._stop()
                raise RuntimeError(f"{self.name} did not start:\n{self.log()}")
            time.sleep(0.3)
        self.started()

    @property
    def _pid_file(self) -> Path:
        """Beside ``home``: a server of an earlier version has to make room."""
        return self.home.parent / f"{self.name}.pid"

    def _running(self) -> Path | None:
        """The home of the server that was started last."""
        return Path(self._pid_file.read_text().partition(" ")[2]) if self._pid_file.exists() else None

    def _stop(self, *signals: signal.Signals) -> None:
        if not self._pid_file.exists():
            return
        group = int(self._pid_file.read_text().partition(" ")[0])
        for number in signals or (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(group, number)
            if self._gone(group):
                break
        self._pid_file.unlink()

    def _gone(self, group: int) -> bool:
        for _ in range(100):
            if not _listening(self.port) and not _alive(group):
                return True
            time.sleep(0.1)
        return False

    def lock_file(self, purpose: str) -> Path:
        """A file that all processes know, to be locked."""
        self.home.parent.mkdir(parents=True, exist_ok=True)
        return self.home.parent / f"{self.name}.{purpose}.lock"

    @property
    def starting(self) -> FileLock:
        """Held by who installs, starts or stops it: one at a time, in whatever process."""
        return FileLock(self.lock_file("start"))


def _alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def main(server: LiveServer) -> None:
    """The script of a server: ``up``, ``down`` or ``reset``."""
    commands = {"up": server.up, "down": server.down, "reset": server.reset}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        sys.exit(f"usage: {Path(sys.argv[0]).name} {'|'.join(commands)}")
    try:
        commands[sys.argv[1]]()
    except NotHereError as error:
        sys.exit(str(error))
    if sys.argv[1] == "up":
        sys.stdout.write(f"{server.url}\n")
