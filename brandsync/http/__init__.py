"""The HTTP client of every backend."""

from brandsync.backend import Rate
from brandsync.http.addresses import bare, is_at, joined, moved, next_link
from brandsync.http.client import HttpClient, Options, Response
from brandsync.http.endpoint import Endpoint
from brandsync.http.failures import FailedByServer, RefusedByServer, RejectedByServer
from brandsync.http.pace import Pace, PaceHeaders
from brandsync.http.proxies import transport_to
from brandsync.http.quota import QuotaHeaders
from brandsync.http.retrying import retry_after
from brandsync.http.signed import SignedClient, is_token
from brandsync.interruptible import wait_while

__all__ = [
    "Endpoint",
    "FailedByServer",
    "HttpClient",
    "Options",
    "Pace",
    "PaceHeaders",
    "QuotaHeaders",
    "Rate",
    "RefusedByServer",
    "RejectedByServer",
    "Response",
    "SignedClient",
    "bare",
    "is_at",
    "is_token",
    "joined",
    "moved",
    "next_link",
    "retry_after",
    "transport_to",
    "wait_while",
]
