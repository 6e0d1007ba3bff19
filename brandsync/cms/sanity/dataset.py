"""The HTTP API of one dataset: queries in GROQ, and mutations that are carried out all together or not at all.

Sources: sanity.io/docs, "Query API reference", "Mutation API reference", "Technical limits"; and the vendor's own
client, sanity-io/client, ``src/data/dataMethods.ts``.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode
from uuid import uuid4

from brandsync.cms.answers import CHECK_URL, required
from brandsync.cms.sanity.settings import SanitySettings
from brandsync.errors import ConfigError, Unreadable
from brandsync.http import HttpClient, PaceHeaders, RejectedByServer
from brandsync.json_reading import at

PACE: Final = PaceHeaders(reset="ratelimit-reset", documented=25)
"""Calls of ``/data/mutate`` a second from one address, however many mutations each holds. ("Technical limits".) Queries
may be twenty times as many. They keep the same pace, because only few go with the writes."""
LONGEST_URL: Final = 11_264
"""Characters of a query string; a longer query is posted. (The client's ``getQuerySizeLimit``.)"""
WHERE: Final = "check `project_id` and `dataset` in [cms]"

_NOWHERE: Final = "brandsync_asks_whether_it_may_write"
"""A field that no document has."""

Patch = Mapping[str, Any]


class StaleError(Exception):
    """A document was changed or deleted since it was looked at, or this very transaction was already carried out."""


class Dataset:
    """Queries and changes documents. Thread-safe."""

    def __init__(self, http: HttpClient, settings: SanitySettings) -> None:
        self._http = http
        root = f"/v{settings.api_version}/data"
        self.query_path = f"{root}/query/{settings.dataset}"
        self._mutate_path = f"{root}/mutate/{settings.dataset}"

    def query(self, query: str, values: Mapping[str, Any], *, raw: bool = False) -> Any:
        """The result of a query; ``values`` are its parameters. ``raw``: drafts and what releases hold are seen, too.

        Raises:
            ConfigError: there is no such dataset, or the query is not GROQ.
        """
        perspective = {"perspective": "raw" if raw else "published"}
        parameters = {f"${name}": json.dumps(value) for name, value in values.items()}
        asked = {**perspective, "query": query, **parameters}
        try:
            if len(urlencode(asked)) < LONGEST_URL:
                body, _ = self._http.json("GET", self.query_path, params=asked)
            else:
                posted = {"query": query, "params": values}
                body, _ = self._http.json("POST", self.query_path, params=perspective, json=posted, reads=True)
        except RejectedByServer as error:
            hint = WHERE if error.status == 404 else "check `projection` in [cms]: GROQ, as it stands between braces"
            raise ConfigError(error.message, hint=hint) from None
        if isinstance(body, dict) and "result" in body:
            return body["result"]
        raise Unreadable(f"{self.query_path} answers with no `result`", hint=CHECK_URL)

    def mutate(self, patches: Sequence[Patch]) -> None:
        """Change documents, all or none; queries see it at once (``visibility=sync``).

        The transaction has its own id: if the answer is lost, repeating the call changes nothing. (That id is unique in
        the dataset: 409 ``transactionAlreadyExistsError``.)

        Raises:
                StaleError: this call changed nothing.
        """
        try:
            done = self._mutate(patches, {"visibility": "sync"})
        except RejectedByServer as error:
            if error.status not in {404, 409}:
                raise
            raise StaleError from None
        required(at(done, "transactionId"), str, f"{self._mutate_path} answers with no `transactionId`")

    def may_change(self, cms_id: str) -> None:
        """Check that a document may be changed, by a dry run that removes a field that isn't there.

        Raises:
                CredentialsRefused: it may not be changed.
        """
        try:
            self._mutate([{"id": cms_id, "unset": [_NOWHERE]}], {"dryRun": "true"})
        except RejectedByServer as error:
            if error.status not in {404, 409}:  # gone, or changed at this very moment
                raise

    def _mutate(self, patches: Sequence[Patch], options: Mapping[str, str]) -> Any:
        body = {"mutations": [{"patch": patch} for patch in patches], "transactionId": uuid4().hex}
        return self._http.json("POST", self._mutate_path, params=options, json=body, idempotent=True)[0]
