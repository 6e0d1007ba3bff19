"""Fixtures that the live tests of several servers share."""

from collections.abc import Callable
from typing import Any

import pytest
from live_server import LiveServer


def emptied(kind: type[LiveServer]) -> Any:
    """The fixture of a server that holds no brand."""

    @pytest.fixture
    def live(started: Callable[[type[LiveServer]], LiveServer]) -> LiveServer:
        server = started(kind)
        server.reset()
        return server

    return live
