"""The HTTP client of every backend."""

from brandsync.backend import Rate
from brandsync.http.addresses import bare, joined, next_link
from brandsync.http.bearer import BearerToken, is_token
from brandsync.http.client import HttpClient, Options, Response
from brandsync.http.endpoint import Endpoint
from brandsync.http.pace import Pace, PaceHeaders
from brandsync.http.proxies import transport_to
from brandsync.http.quota import QuotaHeaders
from brandsync.http.refusals import RefusedByServer, RejectedByServer

__all__ = [
    "BearerToken",
    "Endpoint",
    "HttpClient",
    "Options",
    "Pace",
    "PaceHeaders",
    "QuotaHeaders",
    "Rate",
    "RefusedByServer",
    "RejectedByServer",
    "Response",
    "bare",
    "is_token",
    "joined",
    "next_link",
    "transport_to",
]
