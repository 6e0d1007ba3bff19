"""What the resolver says about the name of a server: there is none of that name, or it can't tell now."""

import socket
from typing import Final

_NO_SUCH_NAME: Final = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


def unknown_host(error: BaseException) -> bool:
    """Whether there is no server of that name, and waiting doesn't help."""
    cause: BaseException | None = error
    while cause:
        if isinstance(cause, socket.gaierror):
            return cause.errno in _NO_SUCH_NAME
        cause = cause.__cause__ or cause.__context__
    return False
