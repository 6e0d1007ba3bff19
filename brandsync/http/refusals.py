"""A server's refusals, with the details that a backend may need."""

from brandsync.errors import CredentialsRefused, Rejected


class RejectedByServer(Rejected):
    """A 4xx answer, with its status and body for backends that can use them."""

    def __init__(self, message: str, *, status: int, body: bytes = b"") -> None:
        """``body``: the server's words as they came. They may repeat a secret: mask every part that is shown."""
        super().__init__(message)
        self.status = status
        self.body = body


class RefusedByServer(CredentialsRefused):
    """A 401 (also for an expired token) or a 403."""

    def __init__(self, message: str, *, status: int, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.status = status
