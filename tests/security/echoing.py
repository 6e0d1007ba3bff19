"""A server that says back whatever it is told: every header, the query, and the credentials in each of their forms."""

import base64
import html
import json
from collections.abc import Callable, Iterator
from urllib.parse import quote, unquote

from werkzeug import Request, Response

Echo = Callable[[Request], Response]


def heard(request: Request) -> str:
    """All that came, as it came, and decoded."""
    return " ".join(dict.fromkeys(_heard(request)))


def _heard(request: Request) -> Iterator[str]:
    """What proves the client comes first: of a long text only the start would be shown."""
    sent = request.headers.get("Authorization") or request.headers.get("X-Api-Key", "")
    secret = (request.authorization and request.authorization.password) or sent.rpartition(" ")[2]
    yield from (sent, quote(secret, safe=""), base64.b64encode(secret.encode()).decode(), secret, html.escape(secret))
    query = request.query_string.decode("latin-1")
    yield from (query, unquote(query), request.get_data(as_text=True))
    for name, value in request.headers.items():
        yield f"{name}: {value}"


def page(status: int) -> Echo:
    """An HTML page, as frameworks show it with their debugging on."""
    return lambda request: Response(f"<html><pre>{heard(request)}</pre>", status, content_type="text/html")


def text(status: int) -> Echo:
    return lambda request: Response(heard(request), status, content_type="text/plain")


def message(status: int) -> Echo:
    return lambda request: Response(json.dumps({"message": heard(request)}), status, content_type="application/json")


def broken_json(request: Request) -> Response:
    return Response('{"you": ' + json.dumps(heard(request))[:-1], content_type="application/json")


def reason(request: Request) -> Response:
    return Response("", f"400 {_token(request)}", content_type="text/plain")


def kind(request: Request) -> Response:
    return Response("hello", content_type=f"text/{_token(request)}")


def redirect(target: str) -> Echo:
    """To an address that holds the credentials: ``{}`` in the target."""
    return lambda request: Response(status=302, headers={"Location": target.format(_token(request))})


def link(target: str) -> Echo:
    """An empty page, and the next one at an address that holds the credentials."""
    return lambda request: Response(
        "[{}]", headers={"Link": f'<{target.format(_token(request))}>; rel="next"'}, content_type="application/json"
    )


def _token(request: Request) -> str:
    """What proves the client, as a URL can hold it."""
    password = request.authorization.password if request.authorization else None
    sent = password or request.headers.get("Authorization") or request.headers.get("X-Api-Key", "")
    return quote(sent.rpartition(" ")[2], safe="")
