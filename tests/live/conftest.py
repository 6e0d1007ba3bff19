"""Live servers, started by the first test that needs one and stopped after the last."""

import os
from collections.abc import Callable, Iterator

import pytest
from live_server import LiveServer, NotHereError

Started = Callable[[type[LiveServer]], LiveServer]


@pytest.fixture(scope="session")
def started() -> Iterator[Started]:
    """Has a server installed and running."""
    running: dict[type[LiveServer], LiveServer] = {}

    def start(kind: type[LiveServer]) -> LiveServer:
        if kind not in running:
            server = kind()
            try:
                running[kind] = server.up()
            except NotHereError as lack:
                if os.environ.get("CI") == "true":
                    raise
                pytest.skip(str(lack))
        return running[kind]

    yield start
    for server in running.values():
        server.down()
