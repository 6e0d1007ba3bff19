"""The one HTTP client of every backend: all code that talks to a CMS or a store leaves httpx to this package.

It pools connections, counts requests, and repeats calls that failed for a moment. It follows no redirect to another
server, and turns every failure into one of our errors. No credential ever reaches an error's text or a log.
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final, TypedDict, TypeVar, Unpack

import httpx

from brandsync.backend import Rate
from brandsync.errors import ConfigError, Rejected, TryAgainLater, Unreadable
from brandsync.http.addresses import bare, has_dots, origin, shown_url
from brandsync.http.bounded import Into, OtherCoding, TooLarge, read, save, text_of
from brandsync.http.endpoint import WHOLE, Endpoint, connected
from brandsync.http.failures import FailedByServer, RefusedByServer, RejectedByServer, overdue, packed, too_large
from brandsync.http.pace import Pace, PaceHeaders
from brandsync.http.quota import Quota
from brandsync.http.resolving import unknown_host
from brandsync.http.retrying import Failed, Retries, retry_after
from brandsync.http.server_message import server_message
from brandsync.http.tls import speaks_no_tls, untrusted
from brandsync.interruptible import Helpers, Overdue, Stop, Wait
from brandsync.json_reading import read_json
from brandsync.observing.excerpt import excerpt
from brandsync.observing.masking import HIDDEN, Mask, hide
from brandsync.observing.tracing import STATUS, URL, span

Answer = TypeVar("Answer")
Response = httpx.Response

# Their INFO lines hold whole URLs, with any api_key in the query; their DEBUG lines hold headers.
for _chatty in ("httpx", "httpcore"):
    logging.getLogger(_chatty).setLevel(logging.WARNING)

IDEMPOTENT: Final = frozenset({"GET", "PUT", "PATCH", "DELETE"})
WRITING: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
MAX_REDIRECTS: Final = 5
NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
"""Failures after which the request certainly never left."""
GZIP: Final = b"\x1f\x8b"
"""The first bytes of a compressed body: RFC 1952, 2.3.1."""
NOT_DONE: Final = frozenset({429, 503})
"""Statuses after which the server has done nothing."""


class Options(TypedDict, total=False):
    """The options of a call, besides its method and path."""

    params: Mapping[str, Any] | None
    json: Any
    headers: Mapping[str, str] | None
    """Sent together with the endpoint's own headers."""
    idempotent: bool | None
    """Repeating it is harmless.

    By default, this holds for all but POST. POST is repeated only if the server has certainly done nothing yet.
    """
    once: bool
    """Never repeat it, whatever the server has done: a later call may do something else than was checked."""
    reads: bool
    """It changes nothing, whatever its method: it may be repeated, and sent by a run that must not write."""
    into: Into | None
    """Where the body of a good answer goes. Then it is no API's answer: a redirect is returned as it is."""
    content: bytes | None
    """The body, where it is no JSON."""
    files: Mapping[str, tuple[str | None, bytes, str | None]] | None
    """Parts of a form: of each, the file's name, its bytes and their media type; a plain text has but its bytes."""


_SILENT: Final[Mapping[type[httpx.RequestError], str]] = {
    httpx.ConnectTimeout: "no connection within `timeout`",
    httpx.ReadTimeout: "no answer within `timeout`",
    httpx.WriteTimeout: "the server took nothing within `timeout`",
}
"""What failed, for errors without words."""


_NO_TLS: Final = 'if it has no https, let `url` begin with "http://"; otherwise name the port that has it'


@dataclass(frozen=True, slots=True)
class _Call:
    method: str
    url: httpx.URL
    json: Any
    headers: Mapping[str, str] | None
    idempotent: bool
    once: bool
    writes: bool
    into: Into | None
    content: bytes | None
    files: Mapping[str, tuple[str | None, bytes, str | None]] | None

    def __str__(self) -> str:
        return f"{self.method} {shown_url(self.url)}"


class HttpClient:
    """Talks to one server. Thread-safe; connects at the first request.

    Its methods raise:
        ConfigError: an address that cannot be right, a redirect to another server, a certificate that isn't trusted.
        CredentialsRefused: 401 or 403.
        TryAgainLater: 429, 5xx or a broken connection, still after the retries.
        Rejected: an id ``.`` or ``..`` makes the path lead elsewhere; ``RejectedByServer``: any other 4xx.
        Unreadable: an answer that is not proper HTTP or JSON.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.before_write: Callable[[], None] = lambda: None
        """Called just before a request that may write is sent; raises if it must not be sent any more."""
        self.requests = 0
        """How many requests were sent, redirects and retries included."""
        self._lock = Lock()
        self._answered = False
        self._client: httpx.Client | None = None
        self._helpers = Helpers()
        self.masked = Mask(())
        """Removes the endpoint's secrets from what its server says."""
        self.hide()
        self._retries = Retries(endpoint.retry_for, endpoint.retry_limit)
        quota = endpoint.quota
        self._quota = Pace(quota) if isinstance(quota, PaceHeaders) else Quota(quota)

    @property
    def rate(self) -> Rate | None:
        """How many requests the server takes in what time, by its last answer; none if it doesn't say."""
        return self._quota.rate

    def stop_when(self, should_stop: Callable[[], bool]) -> None:
        """Set a function to ask all the time: once it is true, calls are no longer repeated, and waits end soon."""
        self._retries.stop = Stop(should_stop)

    def asked_to_stop(self) -> bool:
        """Whether the run has been asked to stop."""
        return self._retries.asked_to_stop()

    def request(self, method: str, path: str, **options: Unpack[Options]) -> Response:
        """Send one call and return the answer, with its whole body.

        ``path`` is relative to the endpoint, or a URL on its server.
        """
        call = self._call(method, path, options)
        return self._retries.run(lambda: self._answer(call))

    def json(self, method: str, path: str, **options: Unpack[Options]) -> tuple[Any, Response]:
        """Send a call as ``request`` does, and return the decoded JSON body and the answer."""
        call = self._call(method, path, options)
        return self._retries.run(lambda: self._decoded(call, self._answer(call)))

    def hide(self, *secrets: str) -> None:
        """Also remove these secrets from what the server says, such as a new token. They replace earlier ones."""
        self.masked = Mask((*self.endpoint.secrets, *secrets), self.endpoint.auth)
        hide(self.masked)

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            client, self._client = self._client, None
            helpers, self._helpers = self._helpers, Helpers()
        helpers.close()
        if client:
            client.close()

    def _call(self, method: str, path: str, options: Options) -> _Call:
        base = self._parsed(self.endpoint.url)
        absolute = path.lower().startswith(("http://", "https://"))
        if not absolute and has_dots(path):
            raise Rejected(
                f"{method} {excerpt(self.masked(path), 200)} would go to another path: `.` or `..` is a part of it",
                hint="an id in the CMS or the store, or a `path` in the configuration, is `.` or `..`; change it there",
            )
        url = self._parsed(path if absolute else f"{self.endpoint.url.rstrip('/')}/{path.lstrip('/')}")
        if origin(url) != origin(base):
            url = self._over_tls(path, url, base)
        params, idempotent = options.get("params"), options.get("idempotent")
        once, reads = options.get("once", False), options.get("reads", False)
        return _Call(
            method,
            url.copy_merge_params(dict(params)) if params else url,
            options.get("json"),
            options.get("headers"),
            reads or (not once and (method in IDEMPOTENT if idempotent is None else idempotent)),
            once,
            method in WRITING and not reads,
            options.get("into"),
            options.get("content"),
            options.get("files"),
        )

    def _over_tls(self, text: str, url: httpx.URL, base: httpx.URL) -> httpx.URL:
        """The URL over https, if it names the configured server with http: there, a proxy ends TLS.

        Raises:
            ConfigError: it is on another server.
        """
        secure = url.copy_with(scheme="https")
        if url.scheme == "http" and origin(secure) == origin(base):
            return secure
        where, there = self._shown(text, url)
        raise ConfigError(
            f"{where} is not on the configured server, {origin(base)}: no credentials are sent there",
            hint=f"if {there} is the right server, {self._moved(url)}; if it is the configured one behind a proxy, let"
            " it know its public address",
        )

    def _moved(self, url: httpx.URL) -> str:
        """The setting that leads to this URL's server instead."""
        base = self._parsed(self.endpoint.url).copy_with(scheme=url.scheme, host=url.host, port=url.port)
        return f'set url = "{self.masked(shown_url(base))}"'

    def _answer(self, call: _Call) -> Response:
        url = call.url
        for _ in range(MAX_REDIRECTS + 1):
            response = self._exchange(call, url)
            if call.into or not response.has_redirect_location:
                return self._judged(call, response)
            url = self._redirected(call, response)
        raise ConfigError(f"{call} was redirected more than {MAX_REDIRECTS} times", hint="check the URL")

    def _exchange(self, call: _Call, url: httpx.URL) -> Response:
        client = self._connected()
        window = self._quota.take(self.asked_to_stop)
        with self._lock:
            self.requests += 1
        seconds = WHOLE * self.endpoint.timeout
        wait = Wait[Response](f"the answer to {call}", self._retries.stop, seconds=seconds)
        headers = None
        try:
            with self._span(call.method, url) as told:
                response = self._helpers.start(wait, lambda: self._sent(client, call, url, wait)).result()
                told[STATUS], headers = response.status_code, response.headers
                self._answered = True
                return response
        except httpx.RequestError as error:
            raise self._broken(call, error) from None
        except Overdue:
            raise overdue(call, seconds) from None
        except TooLarge as error:
            raise too_large(call, error) from None
        except OtherCoding as error:
            raise packed(call, excerpt(self.masked(str(error)))) from None
        except httpx.InvalidURL:
            # httpx parses a redirect's target even if it doesn't follow it.
            problem = ConfigError(f"{call} is redirected to what is not a valid URL", hint="check the URL")
            raise Failed(problem) from None
        except UnicodeError as error:
            if "idna" in str(error):  # Python's own refusal of a name that is too long, or has an empty part
                raise self._nowhere(call) from None
            raise
        finally:
            self._quota.learn(window, headers)

    def _sent(self, client: httpx.Client, call: _Call, url: httpx.URL, wait: Wait[Response]) -> Response:
        """Send a request and read its answer; a helper thread does this."""

        def before_sending(event: str, _info: Mapping[str, Any]) -> None:
            # The connection is open, which may have taken a while. Nothing comes between this and the sending.
            if event.endswith(("send_request_headers.started", "send_request_body.started")):
                self.before_write()
                wait.require_wanted()

        body = {"json": call.json, "content": call.content, "files": call.files}
        trace = before_sending if call.writes else self.endpoint.trace
        extensions = {"trace": trace} if trace else None
        with client.stream(call.method, url, headers=call.headers, extensions=extensions, **body) as response:
            if call.into and response.is_success:
                return save(response, call.into, wait.require_wanted)
            return read(response, wait.require_wanted)

    def _span(self, method: str, url: httpx.URL) -> AbstractContextManager[dict[str, Any]]:
        port = url.port or {"http": 80, "https": 443}.get(url.scheme)
        server = {"server.address": url.host, "server.port": port}
        return span(method, {"http.request.method": method, URL: self.masked(shown_url(url)), **server}, request=True)

    def _connected(self) -> httpx.Client:
        with self._lock:
            if self._client is None:
                self._client = connected(self.endpoint)
            return self._client

    def _redirected(self, call: _Call, response: Response) -> httpx.URL:
        location = response.headers["location"]
        target = self._parsed(location, response.url)
        where, there = self._shown(location, target)
        if origin(target) != origin(call.url):
            raise ConfigError(
                f"{call} is redirected to another server, {there}: no credentials are sent there",
                hint=f"if {there} is the right server, {self._moved(target)} (it leads to {where})",
            )
        if call.method != "GET":
            raise ConfigError(
                f"{call} is redirected to {where}",
                hint="let `url` and the path in the configuration lead there; a slash at the end may be missing",
            )
        return target

    def _judged(self, call: _Call, response: Response) -> Response:
        status = response.status_code
        if response.is_success or (call.into and response.has_redirect_location):
            return response
        reason = excerpt(self.masked(response.reason_phrase))
        said = server_message(response.content, response.headers.get("content-type", ""), self.masked)
        message = f"{call} answers {status} {reason}".rstrip() + (f": {said}" if said else "")
        if status in {401, 403}:
            raise Failed(RefusedByServer(message, status=status, hint=self.endpoint.credentials_hint))
        if status in {408, 429} or status >= 500:
            raise self._passing(call, response, message)
        if 400 <= status < 500:
            raise Failed(RejectedByServer(message, status=status, body=response.content))
        raise Failed(Unreadable(message, hint="check the URL: this is no answer that an API gives"))

    def _passing(self, call: _Call, response: Response, message: str) -> Failed:
        after = retry_after(response.headers.get("retry-after"), response.headers.get("date"))
        if after is None and response.status_code == 429:
            after = self.endpoint.wait_of(response)
            after = self._quota.wait_of(response.headers) if after is None else after
        hint = None
        if after is not None and after > self.endpoint.retry_limit:
            message += f"; it asks to wait {after:.0f} s, and retry_limit is {self.endpoint.retry_limit:.0f} s"
            hint = "run again later, or raise `retry_limit`"
        again = call.idempotent or (response.status_code in NOT_DONE and not call.once)
        headers, body = response.headers, response.content
        failure = FailedByServer(message, status=response.status_code, headers=headers, body=body, hint=hint)
        return Failed(failure, again=again, after=after)

    def _broken(self, call: _Call, error: httpx.RequestError) -> Failed:
        if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
            return Failed(ConfigError(f"{call} cannot be sent", hint="check the URL and the headers"))
        if distrust := untrusted(error):
            why, remedy = distrust
            message = f"{call}: the server's certificate is not trusted: {excerpt(why, 200)}"
            return Failed(ConfigError(message, hint=remedy))
        if speaks_no_tls(error):
            message = f"{call}: the server does not speak TLS there: it answers a call to https in another protocol"
            return Failed(ConfigError(message, hint=_NO_TLS))
        if unknown_host(error) and not self._answered:  # a name that was known before may be known again
            return self._nowhere(call)
        # The error's words may hold a line that the server sent.
        what = self.masked(str(error)) or _SILENT.get(type(error), "the connection broke")
        again = call.idempotent or (isinstance(error, NOT_SENT) and not call.once)
        hint = "see that the server is up, and that `url` leads to it" if isinstance(error, NOT_SENT) else None
        return Failed(TryAgainLater(f"{call} failed: {excerpt(what, 200)}", hint=hint), again=again)

    def _nowhere(self, call: _Call) -> Failed:
        return Failed(
            ConfigError(
                f"{call} failed: no server of that name is known", hint="check the host in `url`, or the proxy's"
            )
        )

    def _shown(self, text: str, url: httpx.URL) -> tuple[str, str]:
        """A URL that was given as this text, and its server. A part of the URL may hold only a piece of a secret."""
        masked = self.masked(text)
        if masked == text:
            return shown_url(url), origin(url)
        server = "/".join(masked.split("/")[:3])
        return bare(masked), HIDDEN if HIDDEN in server else origin(url)

    def _parsed(self, text: str, base: httpx.URL | None = None) -> httpx.URL:
        """The URL that a text names; ``base``: the one that it is relative to."""
        try:
            return base.join(text) if base else httpx.URL(text)
        except httpx.InvalidURL:
            problem = ConfigError(f"{excerpt(bare(self.masked(text)))} is not a valid URL", hint="check the URL")
        raise problem

    def _decoded(self, call: _Call, response: Response) -> tuple[Any, Response]:
        try:
            return read_json(response.content), response
        except (ValueError, RecursionError):
            start = excerpt(self.masked(text_of(response).strip())) or "an empty body"
        kind = self.masked(response.headers.get("content-type", "no content type")).partition(";")[0].strip()
        again = response.content.startswith(GZIP)
        problem = Unreadable(
            f"{call} answers {response.status_code} with {excerpt(kind)} that is "
            + ("compressed once more than its headers say" if again else f"not JSON: {start}"),
            hint="let whoever runs the server mend that: something on the way compresses its answers a second time"
            if again
            else "check the URL: it may be a website's or a login page's and not an API's",
        )
        # A body that claims to be JSON may have been cut on the way; any other body is another kind of page.
        raise Failed(problem, again=call.idempotent and "json" in kind)
