"""A server that hears what ``[notify]`` tells: notices as apprise sends them to ``json://``, pings, metrics."""

import json
import re
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

SECRET = "a-key-in-an-address"


class Heard:
    """Everything that was told, in its order."""

    def __init__(self, server: HTTPServer) -> None:
        self.url = server.url_for("")
        self.address = f"json://127.0.0.1:{server.port}/notice/{SECRET}"
        self.requests: list[Request] = []
        self.status = 200
        server.expect_request(re.compile(".*")).respond_with_handler(self._take)

    def _take(self, request: Request) -> Response:
        request.get_data()
        self.requests.append(request)
        return Response(status=self.status)

    def _to(self, start: str) -> list[Request]:
        return [request for request in self.requests if request.path.startswith(start)]

    @property
    def notices(self) -> list[dict[str, Any]]:
        return [json.loads(request.get_data()) for request in self._to("/notice")]

    @property
    def pings(self) -> list[tuple[str, str]]:
        """The end of each ping's path, and its run id."""
        return [(request.path.rpartition("/")[2], request.args["rid"]) for request in self._to("/ping")]

    @property
    def pushed(self) -> list[tuple[str, str]]:
        return [(request.path, request.get_data(as_text=True)) for request in self._to("/metrics")]
