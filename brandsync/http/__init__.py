"""The HTTP client of every backend."""

from brandsync.http.client import Endpoint, HttpClient, RejectedByServer, Response, next_link

__all__ = ["Endpoint", "HttpClient", "RejectedByServer", "Response", "next_link"]
