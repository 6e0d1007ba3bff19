"""The lease: only one run of a pipeline may write at a time."""

import logging
import os
import socket
import stat
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from peewee import Database, IntegrityError

from brandsync.database import server_clock
from brandsync.errors import LeaseHeld, LeaseLost
from brandsync.journal.damage import damaged
from brandsync.journal.tables import LeaseTable

TIME_TO_LIVE = 60.0
"""How many seconds a lease holds without being renewed, by default."""

_log = logging.getLogger(__name__)


class Lease:
    """The right of one run to write, for as long as it is renewed.

    The holder also locks its own file on its machine. The system releases that lock when the process dies, however it
    dies. So a run on the same machine sees a dead holder at once; a run elsewhere waits until its time is up.
    """

    time_to_live: float = TIME_TO_LIVE
    """How many seconds it holds without being renewed. To change it for one lease, set it before ``acquire``."""

    def __init__(self, database: Database, pipeline: str, run: str) -> None:
        self._database = database
        self._pipeline = pipeline
        self._run = run
        self._lock = FileLock(_lock_file(run), mode=0o600)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._owner = threading.get_ident()
        self._confirmed = 0.0
        self._taken_from: Path | None = None

    def acquire(self) -> None:
        """Take the lease, from nobody or from a dead run.

        Raises:
            LeaseHeld: another run has it.
        """
        self._lock.acquire(blocking=False)
        asked = _clock()
        try:
            self._take()
        except BaseException:
            self._unlock()
            raise
        self._confirmed = asked

    def _take(self) -> None:
        for row in _rows(self._database, self._pipeline):
            if _is_held(self._database, row):
                raise self._held(row["host"], row["run"])
            if not self._replace(row["run"], row["renewals"]):
                raise self._held("another machine", "that was faster")
            self._taken_from = Path(row["lock_file"]) if _is_lock_of(row["run"], Path(row["lock_file"])) else None
            return
        try:
            LeaseTable.insert(pipeline=self._pipeline, renewals=0, **self._fields()).execute(self._database)
        except IntegrityError:
            raise self._held("another machine", "that was faster") from None

    def _held(self, host: str, run: str) -> LeaseHeld:
        return LeaseHeld(
            f"another run of {self._pipeline!r} is at work: {run} on {host}",
            hint="try again when it is done: `brandsync runs` shows how it stands",
        )

    def _fields(self) -> dict[str, object]:
        return {
            "run": self._run,
            "expires_at": server_clock(self._database) + self.time_to_live,
            "host": socket.gethostname()[:255],
            "lock_file": self._lock.lock_file,
        }

    def _replace(self, run: str, renewals: int) -> bool:
        query = LeaseTable.update(renewals=renewals + 1, **self._fields()).where(
            LeaseTable.pipeline == self._pipeline, LeaseTable.run == run, LeaseTable.renewals == renewals
        )
        return bool(query.execute(self._database) == 1)

    def renew(self) -> None:
        """Hold the lease for another ``time_to_live``.

        Call it in a transaction that must count only while the lease is held.

        Raises:
            LeaseLost: another run has taken it.
        """
        asked = _clock()  # a process that is stopped before the answer comes must not believe that it is fresh
        query = LeaseTable.update(
            renewals=LeaseTable.renewals + 1, expires_at=server_clock(self._database) + self.time_to_live
        ).where(LeaseTable.pipeline == self._pipeline, LeaseTable.run == self._run)
        if query.execute(self._database) != 1:
            raise LeaseLost(
                f"run {self._run} was away for so long that another run took over",
                hint="nothing to do: the other run has undone what this one had begun",
            )
        self._confirmed = asked

    def confirm(self) -> None:
        """Make sure that the lease is still held. Asks the journal only if that isn't certain. Any thread may call it.

        Raises:
            LeaseLost: another run has taken it.
        """
        if _clock() - self._confirmed <= self.time_to_live / 2:
            return
        if threading.get_ident() == self._owner:
            self.renew()
        else:
            with self._database.connection_context():
                self.renew()

    def keep(self) -> None:
        """Renew it in the background until it is released. Call it when ``acquire`` is durable."""
        if self._taken_from:
            # Not earlier: if this process dies first, the file tells the next one that the holder is dead.
            self._taken_from.unlink(missing_ok=True)
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)
        self._thread.start()

    def _keep(self) -> None:
        while not self._stop.wait(self.time_to_live / 3):
            try:
                with self._database.connection_context():
                    self.renew()
            except LeaseLost:
                return
            except Exception as error:  # noqa: BLE001 - the next write renews it, or finds out
                _log.debug("the lease could not be renewed: %s", type(error).__name__)

    def release(self) -> None:
        """Give the lease up for the next run."""
        self._stop.set()
        if self._thread:
            self._thread.join()
        mine = LeaseTable.delete().where(LeaseTable.pipeline == self._pipeline, LeaseTable.run == self._run)
        try:
            mine.execute(self._database)
        except BaseException:
            # The file stays, unlocked: the next run on this machine then knows that nobody holds the lease.
            self._lock.release()
            raise
        self._unlock()

    def _unlock(self) -> None:
        self._lock.release()
        Path(self._lock.lock_file).unlink(missing_ok=True)


def at_work(database: Database, pipeline: str) -> str | None:
    """The run that holds a pipeline's lease, or none. Writes nothing."""
    return next((row["run"] for row in _rows(database, pipeline) if _is_held(database, row)), None)


def _rows(database: Database, pipeline: str) -> list[dict[str, Any]]:
    rows = LeaseTable.select().where(LeaseTable.pipeline == pipeline).dicts().execute(database)
    try:
        return [{**row, "expires_at": float(row["expires_at"]), "renewals": int(row["renewals"])} for row in rows]
    except ValueError:
        remedy = f"while no run is at work: DELETE FROM brandsync_lease WHERE pipeline = '{pipeline}'"
        raise damaged("brandsync_lease", f"the lease of {pipeline!r}", "a number", remedy) from None


def _is_held(database: Database, row: dict[str, Any]) -> bool:
    clock = LeaseTable.select(server_clock(database)).tuples().limit(1).execute(database)
    now = float(next(iter(clock))[0])
    return bool(row["expires_at"] > now) and not _is_dead(Path(row["lock_file"]), row["run"])


def _clock() -> float:
    """A clock in seconds that also counts the time while the process is stopped or the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def _lock_file(run: str) -> str:
    return str(Path(tempfile.gettempdir()) / f"brandsync-{run}.lock")


def _is_dead(lock_file: Path, run: str) -> bool:
    """Whether the process that locked this file is gone. False if the file isn't here or isn't ours."""
    if not _is_lock_of(run, lock_file):
        return False
    lock = FileLock(lock_file, mode=0o600)
    try:
        lock.acquire(blocking=False)
    except (Timeout, OSError):
        return False
    lock.release()
    return True


def _is_lock_of(run: str, lock_file: Path) -> bool:
    """Check a path from the journal: whoever can write there must not make us open or remove another file."""
    try:
        found = lock_file.lstat()
    except OSError:
        return False
    named = run.isalnum() and lock_file.name == Path(_lock_file(run)).name
    return named and stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid()
