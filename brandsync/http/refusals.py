"""What a server refuses, with what a backend may have to know of it."""

from brandsync.errors import CredentialsRefused, Rejected


class RejectedByServer(Rejected):
    """A 4xx answer, with its status and its body for those who can make something of them."""

    def __init__(self, message: str, *, status: int, body: bytes = b"") -> None:
        """``body``: what the server says, as it came. It may repeat a secret: whatever is shown of it is masked."""
        super().__init__(message)
        self.status = status
        self.body = body


class RefusedByServer(CredentialsRefused):
    """A 401, which a token that has expired gets too, or a 403."""

    def __init__(self, message: str, *, status: int, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.status = status
