"""What the resolver says about the name of a server: there is none of that name, or it can't tell now."""

import socket
from typing import Final

from brandsync.http.tls import causes

_NO_SUCH_NAME: Final = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


def unknown_host(error: BaseException) -> bool:
    """Whether there is no server of that name, and waiting doesn't help."""
    found = next((cause for cause in causes(error) if isinstance(cause, socket.gaierror)), None)
    return found is not None and found.errno in _NO_SUCH_NAME
