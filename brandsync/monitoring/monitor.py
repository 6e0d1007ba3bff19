"""Tells everyone that ``[notify]`` names. A failure here is a warning: it never changes how a run ends."""

import json
import logging
from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING
from uuid import uuid4

from brandsync.config import NotifySettings
from brandsync.errors import ConfigError
from brandsync.errors.hints import installing
from brandsync.journal import Journal
from brandsync.monitoring.news import Notice, State, news, state_before
from brandsync.run.result import Result

if TYPE_CHECKING:
    from brandsync.monitoring.metrics import Metrics

_log = logging.getLogger(__name__)
_SECONDS = 10.0
"""How many seconds anybody who is told has to answer."""


class _Unheard(Exception):
    """A message did not arrive. Its text says why, without the address: an address may hold a key."""


def _why(error: Exception) -> str:
    """The reason, without the error's own words: they may hold an address, and so a key."""
    cause: BaseException | None = error
    while cause:
        if isinstance(cause, TimeoutError):
            return f"no answer within {_SECONDS:.0f} seconds"
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        inner = getattr(cause, "reason", None)  # urllib's
        cause = inner if isinstance(inner, OSError) else cause.__cause__ or cause.__context__
    return "the address is wrong, or what answers is no such service"


class Monitor:
    """Tells others about one run of a pipeline."""

    def __init__(self, settings: NotifySettings) -> None:
        self._settings = settings
        self._ping_id = str(uuid4())

    def begins(self) -> None:
        """Tell that the run begins."""
        self._attempt("ping", lambda: self._ping("/start", ""))

    def ended(self, result: Result, journal: Journal | None) -> None:
        """Tell that the run has ended. By now it is in the journal, if that was possible."""
        summary = f"{result.status}, exit code {result.exit_code}" + (f": {result.error}" if result.error else "")
        self._attempt("ping", lambda: self._ping(f"/{result.exit_code}", summary))
        if self._settings.urls and (notice := news(result, state_before(journal, result.run))):
            self._attempt("urls", lambda: self._notify(notice))
        metrics = cache(partial(self._metrics, result, journal))
        if file := self._settings.metrics_file:
            self._attempt("metrics_file", lambda: metrics().write(file))
        if gateway := self._settings.pushgateway:
            self._attempt("pushgateway", lambda: metrics().push(gateway, _SECONDS))
        if message := self._settings.termination_message:
            self._attempt("termination_message", lambda: message.write_text(_termination_message(result), "utf-8"))

    def _attempt(self, what: str, tell: Callable[[], object]) -> None:
        try:
            tell()
        except _Unheard as problem:
            _log.warning("[notify] %s: %s", what, problem)
        except Exception as error:  # noqa: BLE001 - whatever it is, the run is over and stands
            _log.warning("[notify] %s: nothing could be told: %s", what, _why(error))

    def _ping(self, path: str, text: str) -> None:
        if not self._settings.ping:
            return
        import httpx  # noqa: PLC0415 - a file and a database need none

        from brandsync.http import transport_to  # noqa: PLC0415

        url = self._settings.ping.get_secret_value().rstrip("/") + path
        try:
            with httpx.Client(transport=transport_to(url), timeout=_SECONDS) as client:
                answer = client.post(url, params={"rid": self._ping_id}, content=text.encode("utf-8", "replace"))
            reason = "" if answer.is_success else f"it answers {answer.status_code}"
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            reason = _why(error)
        except ConfigError as error:
            reason = error.message
        if reason:
            raise _Unheard(f"the ping was not taken: {reason}")

    def _notify(self, notice: Notice) -> None:
        try:
            import apprise  # noqa: PLC0415 - an extra, and slow to import
        except ImportError:
            raise _Unheard(f"apprise is not installed: `{installing('notify')}`") from None
        kinds = {State.GOOD: apprise.NotifyType.SUCCESS, State.SKIPPING: apprise.NotifyType.WARNING}
        told = apprise.Apprise()
        for number, url in enumerate(self._settings.urls, 1):
            if not told.add(url.get_secret_value()):
                _log.warning("[notify] urls: apprise doesn't understand the address number %d", number)
        kind = kinds.get(notice.state, apprise.NotifyType.FAILURE)
        # As text: words of editors and servers aren't markup, even if a service would read them as markup.
        text = apprise.NotifyFormat.TEXT
        if len(told) and not told.notify(notice.body, title=notice.title, notify_type=kind, body_format=text):
            raise _Unheard("a notice was not taken")

    def _metrics(self, result: Result, journal: Journal | None) -> "Metrics":
        try:
            from brandsync.monitoring.metrics import Metrics  # noqa: PLC0415 - an extra
        except ImportError:
            raise _Unheard(f"prometheus-client is not installed: `{installing('metrics')}`") from None
        return Metrics(result, journal)


def _termination_message(result: Result) -> str:
    """One line of JSON, well within the 4,096 bytes that Kubernetes keeps."""
    told = {
        "run": result.run,
        "pipeline": result.pipeline,
        "status": result.status,
        "exit_code": result.exit_code,
        "counts": result.counts,
        "error": (result.error or "")[:1_000] or None,
    }
    return json.dumps(told, separators=(",", ":")) + "\n"
